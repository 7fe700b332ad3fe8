//! The chapters: their fences, the site, and the traces of the runtimes.

mod book;
mod docs;
mod group;
mod trace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use kit::steps::Workspace;

/// Write, check and read the book.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Fill the fences of the chapters from the code and from runs, or check them
    Docs(docs::DocsArgs),
    /// Build the book as a site, show it, or check it in a browser
    Book(book::BookArgs),
    /// Show what a step's runtime does during two guesses
    Trace(trace::TraceArgs),
}

fn main() -> ExitCode {
    let command = Command::parse();
    kit::run(|workspace| run(workspace, &command))
}

fn run(workspace: &Workspace, command: &Command) -> Result<bool> {
    match command {
        Command::Docs(args) => docs::run(workspace, args),
        Command::Book(args) => book::run(workspace, args),
        Command::Trace(args) => trace::run(workspace, args).map(|()| true),
    }
}
