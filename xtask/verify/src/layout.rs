//! Checks the rules of the workspace, which keep the difference from one step to the next readable.

mod complete;
mod declared;
mod game;
mod names;
mod pair;
mod readme;
mod size;
mod smol;
mod test_files;
mod tests_kept;

use std::time::Instant;

use anyhow::Result;

use crate::layout::pair::Pair;
use kit::{
    report::{Failure, Report},
    steps::Workspace,
    tree::Tree,
};

pub use readme::table as readme_table;

/// A rule that every step keeps: a sentence about it, and what finds the places that break it.
///
/// Each place is a line or more for a person: file, line, what is wrong and how to mend it.
type Rule = (&'static str, fn(&Pair<'_>) -> Result<Vec<String>>);

/// What every step must keep.
const RULES: &[Rule] = &[
    ("has a library, a program, tests and examples", complete::parts),
    ("forbids unsafe code in its library", complete::forbids_unsafe),
    ("names itself only in main.rs, tests, examples and doc examples", names::own),
    ("names no other step", names::others),
    ("has the right number, folder and chapter", declared::place),
    ("declares exactly what it adds, changes and drops in src/", declared::differences),
    ("moves and renames no file", declared::moves),
    ("has no file that is too long", size::long_files),
    ("has no line that is too wide", size::wide_lines),
    ("changes only the `use` items of its game", game::only_uses),
    ("keeps its runtime free of the game", game::arrows),
    ("keeps the tests of the step before", tests_kept::all),
    ("compiles every test file", test_files::compiled),
];

/// Checks every rule of the layout, for one step or for all of them and the workspace around them.
pub fn check(workspace: &Workspace, only: Option<u8>) -> Report {
    let started = Instant::now();
    let mut report = Report::default();
    match check_steps(workspace, only, &mut report) {
        Ok(()) => {
            if only.is_none() {
                tally(
                    &mut report,
                    "the steps are numbered from 1 without a gap",
                    Ok(declared::numbers(workspace)),
                );
            }
        }
        Err(error) => tally(&mut report, "the steps can be read", Err(error)),
    }
    readme::check(workspace, only, &mut report);
    smol::check(workspace, only, &mut report);
    report.took = started.elapsed();
    report
}

/// Checks the rules that every step keeps.
fn check_steps(workspace: &Workspace, only: Option<u8>, report: &mut Report) -> Result<()> {
    let trees = workspace.steps.iter().map(Tree::read);
    let trees = trees.collect::<Result<Vec<_>>>()?;
    for pair in pair::all(workspace, &trees) {
        if only.is_some_and(|number| number != pair.step.meta.number) {
            continue;
        }
        for (sentence, find) in RULES {
            let name = format!("{} {sentence}", pair.step.name);
            tally(report, &name, find(&pair));
        }
    }
    Ok(())
}

/// Counts one check: passed, or a failure for each place that breaks it.
fn tally(report: &mut Report, name: &str, places: Result<Vec<String>>) {
    let places = places.unwrap_or_else(|error| vec![format!("{error:#}")]);
    if places.is_empty() {
        report.passed += 1;
    }
    report
        .failures
        .extend(places.into_iter().map(|detail| Failure { name: name.to_owned(), detail }));
}
