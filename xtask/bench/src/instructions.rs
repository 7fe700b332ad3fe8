//! `cargo xtask instructions`: how many instructions things take, on the last step's runtime and on others.
//!
//! Instructions outside the kernel, as valgrind's callgrind counts them. They are not time, but unlike time they are the
//! same on a busy machine and on an idle one, so a change of one per cent can be seen.

mod callgrind;
mod game;
mod ops;
mod table;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use self::{callgrind::Callgrind, table::Row};
use kit::{cargo, outln, steps::Workspace};

/// What to count.
#[derive(Debug, Args)]
pub struct InstructionsArgs {
    /// Only those rows whose name contains this: `game`, for one
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Keep callgrind's profiles in this folder, for `callgrind_annotate`
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
}

/// Counts, prints what it came to, and says whether every target is met.
pub fn run(workspace: &Workspace, args: &InstructionsArgs) -> Result<bool> {
    let callgrind = Callgrind::new(args.profiles.as_deref())?;
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let rows = rows(workspace, &callgrind, &wanted)?;
    ensure!(!rows.is_empty(), "no row has that in its name: without `--only` you see all names");
    match args.json {
        true => outln!("{}", table::json(&rows)?),
        false => outln!("{}", table::table(&rows)),
    }
    Ok(rows.iter().all(Row::is_met))
}

/// Counts what is wanted.
fn rows(
    workspace: &Workspace,
    callgrind: &Callgrind,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Row>> {
    let note = |line: &str| kit::note!("counting: {line}");
    let mut rows = Vec::new();
    let games = game::ROWS.into_iter().filter(|(depth, _)| wanted(&game::name(*depth)));
    let games: Vec<_> = games.collect();
    if !games.is_empty() {
        let contenders = game::contenders(workspace)?;
        for game in games {
            rows.push(game::row(callgrind, &contenders, game, &note)?);
        }
    }
    let ops: Vec<_> = ops::OPS.into_iter().filter(|op| wanted(op.name)).collect();
    if !ops.is_empty() {
        let binary = cargo::example(workspace, "xtask-bench", "ops", &["--release"])?;
        for op in ops {
            rows.push(ops::row(callgrind, &binary, op, &note)?);
        }
    }
    Ok(rows)
}
