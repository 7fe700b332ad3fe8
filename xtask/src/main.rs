//! `cargo xtask`: drives tests, differences and games across all steps.

mod along;
mod bench;
mod binaries;
mod bisection;
mod book;
mod bugs;
mod build;
mod carry;
mod client;
mod code;
mod diff;
mod docs;
mod faults;
mod instructions;
mod ladder;
mod layout;
mod load;
mod manifest;
mod neutral;
mod out;
mod pictures;
mod play;
mod report;
mod sanitize;
mod series;
mod server;
mod soak;
mod steps;
mod suite;
mod svg;
mod test_all;
mod trace;
mod tree;
mod verdict;

use std::{
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    out::{out, outln},
    report::Report,
    steps::{Step, Workspace},
};

/// Drives tests, differences and games across all steps.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Let two bots play a step's game, and print what everybody says as it happens
    Play {
        /// The step's number
        #[arg(default_value_t = 6)]
        step: u8,
        /// Do not wait between the guesses
        #[arg(long)]
        fast: bool,
        /// Leave the server to you and `nc`
        #[arg(long, conflicts_with = "fast")]
        serve: bool,
    },
    /// Check everything: each step alone, the game, the ladder, the layout, and this tool
    TestAll(test_all::TestAllArgs),
    /// Show what each step can do and what it cannot do yet, probed from outside
    Ladder {
        /// Only this step
        #[arg(long)]
        step: Option<u8>,
    },
    /// Put known bugs into the steps, and see each caught by the test that is there for it
    Bugs(bugs::BugsArgs),
    /// Let crowds do to the last step's server what clients can do, for minutes, and see what it comes to
    Soak(soak::SoakArgs),
    /// Let the system calls of the last step's server fail, and see that only those concerned notice
    Faults(faults::FaultsArgs),
    /// Let AddressSanitizer and valgrind look at the last step: minutes, so nothing else does it
    Sanitize,
    /// Put a load on a server, and see what it costs
    Load(load::LoadArgs),
    /// Hold the last step against its peers, or the steps against each other, in rounds
    Bench(bench::BenchArgs),
    /// Count the instructions that things take, on the last step's runtime and on others
    Instructions(instructions::InstructionsArgs),
    /// Show what changes from one step to another, the most important file first
    Diff(diff::DiffArgs),
    /// Fill the fences of the chapters from the code and from runs, or check them
    Docs(docs::DocsArgs),
    /// Build the book as a site, show it, or check it in a browser
    Book(book::BookArgs),
    /// Draw the figures of the chapters
    Pictures(pictures::PicturesArgs),
    /// Show what a step's runtime does during two guesses, over time
    Trace(trace::TraceArgs),
    /// Check the series of tasks that leads from each step to the next, or write one
    Series(series::SeriesArgs),
    /// Take the uncommitted edits of a step forward into the later steps
    Carry(carry::CarryArgs),
    /// Lay the folder in which you type a step along with its chapter
    Start(along::StartArgs),
    /// Run a step's tests and the game's rules against what you typed, up to the first that fails
    Check(along::CheckArgs),
    /// Show how what you typed differs from our step
    Compare(along::CompareArgs),
    /// Give the next hint for a step, one at a time
    Hint(along::HintArgs),
    /// Say how far you are with each step, and what comes next
    Progress,
    /// Print the table of steps as README.md should have it
    #[command(hide = true)]
    Readme,
    /// Hold a step's server, or any other, to the game's rules
    #[command(hide = true)]
    Suite {
        /// The step whose rules hold
        #[arg(default_value_t = 6)]
        level: u8,
        /// A server to hold to them instead of the step's own
        #[arg(long)]
        binary: Option<PathBuf>,
        /// Run only those rules whose sentence contains this
        #[arg(long)]
        only: Option<String>,
        /// Stop at the first failure
        #[arg(long)]
        fail_fast: bool,
    },
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let ended = panic::catch_unwind(AssertUnwindSafe(|| run(&command)));
    match ended.unwrap_or_else(|panicked| match panicked.is::<out::HungUp>() {
        true => Ok(true),
        false => panic::resume_unwind(panicked),
    }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // The causes belong to the sentence: the last one often says what to do.
            eprintln!("{} {error:#}", console::style("error:").for_stderr().red().bold());
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for, and says whether all is well.
fn run(command: &Command) -> Result<bool> {
    let workspace = Workspace::load()?;
    match command {
        Command::Play { step, fast, serve } => play::run(&workspace, *step, *fast, *serve)?,
        Command::TestAll(args) => return test_all::run(&workspace, args),
        Command::Ladder { step } => return ladder(&workspace, *step),
        Command::Bugs(args) => return bugs::run(&workspace, args),
        Command::Sanitize => return Ok(printed(&sanitize::check(&workspace, &progress)?)),
        Command::Soak(args) => return soak::run(&workspace, args),
        Command::Faults(args) => return faults::run(&workspace, args),
        Command::Load(args) => load::run(&workspace, args)?,
        Command::Bench(args) => return bench::run(&workspace, args),
        Command::Instructions(args) => return instructions::run(&workspace, args),
        Command::Diff(args) => diff::run(&workspace, args)?,
        Command::Docs(args) => return docs::run(&workspace, args),
        Command::Book(args) => return book::run(&workspace, args),
        Command::Pictures(args) => pictures::run(&workspace, args)?,
        Command::Trace(args) => trace::run(&workspace, args)?,
        Command::Series(args) => return series::run(&workspace, args),
        Command::Carry(args) => carry::run(&workspace, args)?,
        Command::Start(args) => along::start(&workspace, args)?,
        Command::Check(args) => return along::check(&workspace, args),
        Command::Compare(args) => along::compare(&workspace, args)?,
        Command::Hint(args) => along::hint(&workspace, args)?,
        Command::Progress => along::progress(&workspace)?,
        Command::Readme => out!("{}", layout::readme_table(&workspace)?),
        Command::Suite { level, binary, only, fail_fast } => {
            let binary = match binary {
                Some(binary) => binary.clone(),
                None => build::server(&workspace, workspace.step(*level)?)?,
            };
            let target = suite::Target { binary, level: *level };
            let wanted =
                |case: &&suite::Case| only.as_ref().is_none_or(|only| case.name.contains(only));
            let cases = suite::cases().filter(wanted);
            let report = suite::run_some(cases, &target, &progress, *fail_fast);
            return Ok(printed(&report));
        }
    }
    Ok(true)
}

/// Probes the steps, and prints the table and what is not as expected.
fn ladder(workspace: &Workspace, only: Option<u8>) -> Result<bool> {
    let binaries = build::servers(workspace, only)?;
    let binary = |step: &Step| binaries[&step.meta.number].clone();
    let (table, report) = ladder::run(workspace, &binary, only, &progress);
    outln!("{table}");
    Ok(printed(&report))
}

/// Says on stderr what is going on.
fn progress(line: &str) {
    eprintln!("{line}");
}

/// Prints what was found, and says whether all is well.
fn printed(report: &Report) -> bool {
    out!("{report}");
    report.failures.is_empty()
}
