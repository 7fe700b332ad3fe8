//! The order in which to read a difference.

use std::cmp::Reverse;

use crate::diff::FileDiff;
use kit::{steps::Workspace, tree::FOLDERS};

/// Sorts files for a reader: `src/` before tests before examples before the manifest; in each, what is new in the
/// order in which the manifests list it, then what changes, the most changed first.
pub fn sort(files: &mut [FileDiff], workspace: &Workspace) {
    let adds: Vec<&String> = workspace.steps.iter().flat_map(|step| &step.meta.adds).collect();
    files.sort_by_key(|file| {
        let folder = FOLDERS.iter().position(|folder| file.path.split('/').next() == Some(folder));
        let listed = adds.iter().position(|path| **path == file.path);
        let is_new = file.old.is_none();
        (
            folder.unwrap_or(FOLDERS.len()),
            !is_new,
            listed.filter(|_| is_new).unwrap_or(usize::MAX),
            Reverse(file.total()),
            file.path.clone(),
        )
    });
}
