//! What each step can and cannot do yet, probed from outside. To be written.

use std::path::PathBuf;

use crate::{
    report::Report,
    steps::{Step, Workspace},
};

/// Probes each step, or only one, and gives the table of what it found, and the checks that came with it.
pub fn run(
    workspace: &Workspace,
    binary: &dyn Fn(&Step) -> PathBuf,
    only: Option<u8>,
) -> (String, Report) {
    let steps = workspace.steps.iter();
    let chosen = steps.filter(|step| only.is_none_or(|number| number == step.meta.number));
    let _binaries: Vec<PathBuf> = chosen.map(binary).collect();
    (String::new(), Report::default())
}
