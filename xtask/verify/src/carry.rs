//! `cargo xtask carry N`: takes the edits made in a step forward into the later ones.

mod edits;
mod merge;
mod plan;

use std::{collections::BTreeSet, fmt::Write as _, fs};

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::{Table, presets};

use crate::carry::plan::{Action, Plan};
use kit::{outln, steps::Workspace};

/// What `carry` carries, and how far.
#[derive(Debug, Args)]
pub struct CarryArgs {
    /// The step that was edited, 1 to 6
    #[arg(value_name = "N")]
    step: u8,
    /// Carry these files only, named as in the step: `src/executor.rs`
    files: Vec<String>,
    /// The last step to carry into
    #[arg(long, value_name = "M")]
    to: Option<u8>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Takes the uncommitted edits of a step forward into the later ones, all of them or none.
pub fn run(workspace: &Workspace, args: &CarryArgs) -> Result<()> {
    let step = workspace.step(args.step)?;
    let mut edits = edits::uncommitted(workspace, step)?;
    for file in &args.files {
        if !edits.iter().any(|edit| edit.path == *file) {
            let edited: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
            bail!(
                "{}/{file} has no uncommitted edit: name one of the edited files: {}",
                step.name,
                edited.join(", ")
            );
        }
    }
    edits.retain(|edit| args.files.is_empty() || args.files.contains(&edit.path));
    if edits.is_empty() {
        outln!(
            "{} has no uncommitted edits, so there is nothing to carry: edit it first, and commit after carrying",
            step.name
        );
        return Ok(());
    }
    let last = args.to.unwrap_or(u8::MAX);
    let later =
        workspace.steps.iter().filter(|later| (args.step + 1..=last).contains(&later.meta.number));
    let plan = plan::make(step, later, &edits)?;
    if !plan.conflicts.is_empty() {
        bail!(conflict_message(&plan, args.step));
    }
    if !args.dry_run {
        write(&plan)?;
    }
    outln!("{}", table(&plan));
    if args.dry_run {
        outln!("Nothing was written: leave --dry-run out to write it.");
    } else {
        outln!("Now `cargo fmt --all`, and `cargo xtask test-all` says whether all of it holds.");
    }
    Ok(())
}

/// Says which lines conflict and how to go on.
fn conflict_message(plan: &Plan<'_>, number: u8) -> String {
    let mut message = "these places need a decision, so nothing was written anywhere:\n".to_owned();
    for conflict in &plan.conflicts {
        let _ = writeln!(message, "  {conflict}");
    }
    let first = plan.first_conflict();
    let _ = write!(
        message,
        "Make the edit by hand where it conflicts, in the same words, and carry again. Where it must read otherwise, "
    );
    let _ = if first > number + 1 {
        write!(
            message,
            "carry up to there (`cargo xtask carry {number} --to {}`), edit step {first} by hand, and go on from it \
             (`cargo xtask carry {first}`).",
            first - 1
        )
    } else {
        write!(
            message,
            "edit step {first} by hand, and go on from it (`cargo xtask carry {first}`)."
        )
    };
    message
}

/// Writes what the plan says.
fn write(plan: &Plan<'_>) -> Result<()> {
    for action in &plan.actions {
        let path = action.step.dir.join(&action.path);
        let done = match &action.text {
            Some(text) => path
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, text)),
            None if action.outcome.deletes() => fs::remove_file(&path),
            None => continue,
        };
        done.with_context(|| {
            format!(
                "cannot write {}/{}: make it writable and carry again, `git diff` shows what was written so far",
                action.step.name, action.path
            )
        })?;
    }
    Ok(())
}

/// What happens to each file in each step.
fn table(plan: &Plan<'_>) -> String {
    let steps: BTreeSet<u8> = plan.actions.iter().map(|action| action.step.meta.number).collect();
    let mut paths: Vec<&str> = plan.actions.iter().map(|action| action.path.as_str()).collect();
    paths.dedup();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["file".to_owned()];
    header.extend(steps.iter().map(|number| format!("step {number:02}")));
    table.set_header(header);
    for path in paths {
        let mut row = vec![path.to_owned()];
        row.extend(steps.iter().map(|number| {
            let is_cell =
                |action: &&Action<'_>| action.path == path && action.step.meta.number == *number;
            let action = plan.actions.iter().find(is_cell);
            action.map_or(String::new(), |action| action.outcome.to_string())
        }));
        table.add_row(row);
    }
    table.trim_fmt()
}
