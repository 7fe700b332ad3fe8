//! `cargo xtask bugs`: puts known bugs into the steps, one at a time, and sees each of them caught by the test that is
//! there for it.
//!
//! The bugs are in `xtask/bugs/stepNN.toml`: a text of the step to be found, what replaces it, and the test that must
//! fail then, saying the right thing. A test that does not fail without the line it guards guards nothing.

mod scratch;

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use console::style;
use serde::Deserialize;

pub use self::scratch::{Run, Scratch};
use crate::{
    outln,
    report::{Failure, Report},
    steps::{Step, Workspace},
};

/// Which bugs to put in.
#[derive(Debug, Args)]
pub struct BugsArgs {
    /// Only this step's, 1 to 6
    step: Option<u8>,
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Show the change and what the test says
    #[arg(long)]
    show: bool,
}

/// One known bug.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// What is wrong, as a clause.
    pub name: String,
    /// The file, relative to the step.
    pub file: String,
    /// A text that occurs in it exactly once.
    pub find: String,
    /// What replaces it.
    pub replace: String,
    /// The test that must fail: `file::name`. Those of `loom` are models.
    pub test: String,
    /// What it says then.
    pub says: String,
}

/// The bugs of one step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bugs {
    /// The bugs, in the order of the chapter.
    bug: Vec<Bug>,
}

/// Puts the bugs in that were asked for, and says whether all of them were caught.
pub fn run(workspace: &Workspace, args: &BugsArgs) -> Result<bool> {
    if let Some(number) = args.step {
        workspace.step(number)?;
    }
    let wanted = |bug: &Bug| args.only.as_ref().is_none_or(|only| bug.name.contains(only));
    let tell = |line: &str, ran: &Run| {
        outln!("{line}");
        if args.show {
            outln!("{}\n{}", ran.diff, ran.output.trim_end());
        }
    };
    let report = check(workspace, args.step, &wanted, &tell)?;
    for failure in &report.failures {
        outln!("\n{} {}\n{}", style("FAILED").red().bold(), failure.name, failure.detail);
    }
    outln!("{} passed, {} failed", report.passed, report.failures.len());
    Ok(report.failures.is_empty())
}

/// Puts bugs in, and reports which of them were caught.
pub fn check(
    workspace: &Workspace,
    step: Option<u8>,
    wanted: &dyn Fn(&Bug) -> bool,
    tell: &dyn Fn(&str, &Run),
) -> Result<Report> {
    let began = Instant::now();
    let scratch = Scratch::new(workspace)?;
    let mut report = Report::default();
    for step in
        workspace.steps.iter().filter(|each| step.is_none_or(|step| step == each.meta.number))
    {
        for bug in bugs_of(workspace, step)?.iter().filter(|bug| wanted(bug)) {
            let name = format!("{}: {}", step.name, bug.name);
            let began = Instant::now();
            let ran = scratch.run(step, bug).with_context(|| format!("{name} ({})", bug.file))?;
            let took = began.elapsed().as_secs_f32();
            match verdict(bug, &ran) {
                Ok(()) => {
                    report.passed += 1;
                    tell(&format!("caught {name}, by {} ({took:.1} s)", bug.test), &ran);
                }
                Err(expected) => {
                    let detail = format!(
                        "    {}: expected {expected}\n{}\n{}",
                        bug.test, ran.diff, ran.output
                    );
                    report.failures.push(Failure { name, detail });
                }
            }
        }
    }
    report.took = began.elapsed();
    Ok(report)
}

/// Whether the test failed as it should, or what was expected instead.
pub fn verdict(bug: &Bug, ran: &Run) -> Result<(), String> {
    if ran.output.contains("error: could not compile") {
        return Err("that the step builds with the bug in it: mend the bug's text".to_owned());
    }
    if ran.success {
        return Err("that it fails: it does not notice the bug".to_owned());
    }
    if !ran.output.contains(&bug.says) {
        return Err(format!("that it fails saying {:?}", bug.says));
    }
    Ok(())
}

/// The bugs that are known for a step.
pub fn bugs_of(workspace: &Workspace, step: &Step) -> Result<Vec<Bug>> {
    let path = workspace.root.join(path_of(step));
    let text = fs::read_to_string(&path).unwrap_or_default();
    if text.is_empty() {
        return Ok(vec![]);
    }
    let bugs: Bugs = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    for bug in &bugs.bug {
        let text = fs::read_to_string(step.dir.join(&bug.file))
            .with_context(|| format!("{}: {}: no file {}", step.name, bug.name, bug.file))?;
        let found = text.matches(&bug.find).count();
        if found != 1 {
            bail!(
                "{}: {}: its text occurs {found} times in {}: adapt {} to what the file says now",
                step.name,
                bug.name,
                bug.file,
                path_of(step).display()
            );
        }
    }
    Ok(bugs.bug)
}

/// Where a step's bugs are, relative to the workspace.
fn path_of(step: &Step) -> PathBuf {
    PathBuf::from(format!("xtask/bugs/step{:02}.toml", step.meta.number))
}
