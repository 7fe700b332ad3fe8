//! Builds a step's server.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::steps::{Step, Workspace};

/// Builds the step's server, shows cargo's progress on stderr, and gives the program's path.
pub fn server(workspace: &Workspace, step: &Step) -> Result<PathBuf> {
    build(workspace, [&step.name, "--bin", &step.name], &[])
}

/// Builds the step's server for release, as `server` does otherwise.
pub fn release(workspace: &Workspace, step: &Step) -> Result<PathBuf> {
    build(workspace, [&step.name, "--bin", &step.name], &["--release"])
}

/// Builds a server that is an example of this tool's, for release or not, as `server` does otherwise.
pub fn example(workspace: &Workspace, name: &str, release: bool) -> Result<PathBuf> {
    let options: &[&str] = if release { &["--release"] } else { &[] };
    build(workspace, ["xtask", "--example", name], options)
}

/// Builds a package's program, of that kind and name, with these options.
fn build(workspace: &Workspace, what: [&str; 3], options: &[&str]) -> Result<PathBuf> {
    let [package, kind, name] = what;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(["--package", package, kind, name])
        .args(options)
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("{name} does not build: see above");
    }
    // Cargo tells where it put what: the folder depends on settings that only cargo knows.
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executable.with_context(|| format!("cargo names no program of {name}"))
}

/// Builds the servers of all steps, or of one, and gives their paths by the steps' numbers.
pub fn servers(workspace: &Workspace, only: Option<u8>) -> Result<BTreeMap<u8, PathBuf>> {
    let steps = match only {
        Some(number) => vec![workspace.step(number)?],
        None => workspace.steps.iter().collect(),
    };
    let built = steps.into_iter().map(|step| Ok((step.meta.number, server(workspace, step)?)));
    built.collect()
}
