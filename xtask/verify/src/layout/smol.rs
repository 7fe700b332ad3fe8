//! From step 05 on no part of smol is left, not even behind another dependency.

use std::{env, process::Command};

use anyhow::{Context, Result, bail};

use crate::layout::tally;
use kit::{
    report::Report,
    steps::{Step, Workspace},
};

/// The first step that must do without.
const FIRST: u8 = 5;

/// The packages that smol is made of and that the runtime replaces.
const PACKAGES: [&str; 8] = [
    "smol",
    "async-io",
    "async-executor",
    "async-net",
    "async-global-executor",
    "async-task",
    "blocking",
    "polling",
];

/// Checks that the later steps do without smol.
pub fn check(workspace: &Workspace, only: Option<u8>, report: &mut Report) {
    for step in &workspace.steps {
        let number = step.meta.number;
        if number < FIRST || only.is_some_and(|only| only != number) {
            continue;
        }
        let places = dependencies(workspace, step).map(|tree| found(step, &tree));
        let name = format!("{} depends on nothing of smol", step.name);
        tally(report, &name, places);
    }
}

/// What a step depends on, a package a line, as cargo resolves it.
fn dependencies(workspace: &Workspace, step: &Step) -> Result<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(&workspace.root)
        .args(["tree", "--edges", "normal", "--prefix", "none", "--package"])
        .arg(&step.name)
        .output()
        .context("cannot start cargo: is it on the PATH?")?;
    if !output.status.success() {
        bail!(
            "`cargo tree -p {}` failed, run it to see more:\n{}",
            step.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The packages of smol in the output of `cargo tree`.
fn found(step: &Step, tree: &str) -> Vec<String> {
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let left = PACKAGES.iter().filter(|package| names.contains(package));
    left.map(|package| {
        format!(
            "{}/Cargo.toml: the step still depends on `{package}`. `cargo tree -p {} -e normal -i {package}` shows why",
            step.name, step.name
        )
    })
    .collect()
}
