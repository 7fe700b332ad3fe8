//! What a task can change: the files below `src/` and the dependencies of a crate.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use diffy::{
    DiffOptions, Patch,
    patch_set::{FileOperation, ParseOptions, PatchSet},
};

use crate::{diff::FileDiff, series::folder::dependencies};
use kit::{code::only_code, neutral::neutralise, steps::Step, tree};

/// The path that stands for the dependencies.
pub const MANIFEST: &str = "Cargo.toml";

/// What a patch calls a file that does not exist.
const NOWHERE: &str = "/dev/null";

/// The files below `src/` and, as `Cargo.toml`, the tables of dependencies; the crate's name is neutralised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot(pub BTreeMap<String, String>);

impl Snapshot {
    /// Reads the crate in `dir`, which has the name of `step`.
    pub fn read(dir: &Path, step: &Step) -> Result<Self> {
        let mut files = BTreeMap::new();
        for file in tree::files_under(&dir.join("src"))? {
            let path = tree::relative(dir, &file);
            files.insert(path, neutralise(&tree::read(&file)?, step));
        }
        let manifest = neutralise(&tree::read(&dir.join(MANIFEST))?, step);
        files.insert(MANIFEST.to_owned(), dependencies(&manifest));
        Ok(Snapshot(files))
    }

    /// The text of a file, empty if there is none.
    pub fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// The paths that have another text in `later`, or exist in only one of the two.
    pub fn changed(&self, later: &Snapshot) -> Vec<String> {
        let mut paths: Vec<&String> = self.0.keys().chain(later.0.keys()).collect();
        paths.sort();
        paths.dedup();
        paths.retain(|path| self.0.get(*path) != later.0.get(*path));
        paths.into_iter().cloned().collect()
    }

    /// The patch that turns this snapshot into `later`. Empty if nothing differs.
    pub fn patch_to(&self, later: &Snapshot) -> String {
        let mut text = String::new();
        for path in self.changed(later) {
            let name = |side: &Snapshot, letter: char| match side.0.contains_key(&path) {
                true => format!("{letter}/{path}"),
                false => NOWHERE.to_owned(),
            };
            let mut options = DiffOptions::new();
            options.set_original_filename(name(self, 'a')).set_modified_filename(name(later, 'b'));
            text += &options.create_patch(self.text(&path), later.text(&path)).to_string();
        }
        text
    }

    /// Applies a patch, and gives the hunks that do not apply. Those leave their place as it was.
    pub fn apply(&self, patch: &str) -> Result<(Snapshot, Vec<String>)> {
        let mut result = self.clone();
        let mut rejected = Vec::new();
        for file in PatchSet::parse(patch, ParseOptions::unidiff()) {
            let file = file.context("this is not a patch")?;
            let (path, is_new, is_gone) = match file.operation() {
                FileOperation::Create(path) => (path, true, false),
                FileOperation::Delete(path) => (path, false, true),
                FileOperation::Modify { modified, .. } => (modified, false, false),
                _ => bail!("a patch of a series does not rename files"),
            };
            let path = path.split_once('/').map_or(&**path, |(_, path)| path).to_owned();
            let mut text = match (result.0.get(&path), is_new) {
                (Some(_), true) => {
                    rejected.push(format!("{path} exists already\n"));
                    continue;
                }
                (None, false) => {
                    rejected.push(format!("{path} does not exist\n"));
                    continue;
                }
                (text, _) => text.cloned().unwrap_or_default(),
            };
            let all = file.patch().as_text().map(ToString::to_string).unwrap_or_default();
            let all = all.strip_suffix('\n').unwrap_or(&all);
            // A line of a hunk begins with a sign, so this is found only where a hunk begins.
            for (index, hunk) in all.split("\n@@ ").skip(1).enumerate() {
                let hunk = format!("@@ {hunk}\n");
                let alone = format!("--- a\n+++ b\n{hunk}");
                match Patch::from_str(&alone)
                    .ok()
                    .and_then(|patch| diffy::apply(&text, &patch).ok())
                {
                    Some(applied) => text = applied,
                    None => rejected.push(format!("hunk {} of {path}:\n{hunk}", index + 1)),
                }
            }
            match is_gone && text.is_empty() {
                true => drop(result.0.remove(&path)),
                false => drop(result.0.insert(path, text)),
            }
        }
        Ok((result, rejected))
    }

    /// How many lines of code in `src/` differ, added and removed ones together.
    pub fn lines_to(&self, later: &Snapshot) -> usize {
        let paths = self.changed(later).into_iter().filter(|path| path.starts_with("src/"));
        let count = |path: String| {
            let side = |snapshot: &Snapshot| Some((path.clone(), only_code(snapshot.text(&path))));
            let file = FileDiff::new(&path, side(self), side(later));
            file.added + file.removed
        };
        paths.map(count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        Snapshot(
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        )
    }

    #[test]
    fn a_patch_leads_from_one_snapshot_to_the_other() {
        let before =
            snapshot(&[("src/a.rs", "1\n2\n3\n"), ("src/gone.rs", "x\n"), ("src/same.rs", "")]);
        let after = snapshot(&[
            ("src/a.rs", "1\n2\nthree"),
            ("src/new/b.rs", "--- y\n"),
            ("src/same.rs", ""),
        ]);
        let patch = before.patch_to(&after);
        assert!(patch.contains("--- /dev/null\n+++ b/src/new/b.rs\n"), "{patch}");
        assert_eq!(before.apply(&patch).unwrap(), (after.clone(), vec![]));
        assert_eq!(after.patch_to(&after), "");
    }

    #[test]
    fn a_hunk_that_does_not_apply_is_named_and_the_others_apply() {
        let lines: Vec<String> = (0..20).map(|line| format!("{line}\n")).collect();
        let (before, changed) = (lines.concat(), lines.concat().replace("1\n2\n", "2\n"));
        let (before, after) = (
            snapshot(&[("src/a.rs", &before)]),
            snapshot(&[("src/a.rs", &changed.replace("18\n", "x\n"))]),
        );
        let patch = before.patch_to(&after);
        let other = snapshot(&[("src/a.rs", &before.text("src/a.rs").replace("17\n", "y\n"))]);
        let (applied, rejected) = other.apply(&patch).unwrap();
        assert_eq!(applied.text("src/a.rs"), changed.replace("17\n", "y\n"));
        assert_eq!(rejected.len(), 1);
        assert!(rejected[0].starts_with("hunk 2 of src/a.rs:\n@@ -"), "{rejected:?}");
        let (_, rejected) = snapshot(&[]).apply(&patch).unwrap();
        assert_eq!(rejected, ["src/a.rs does not exist\n"]);
    }

    #[test]
    fn only_lines_of_code_count() {
        let before = snapshot(&[("src/a.rs", "// old\nfn a() {}\n"), ("Cargo.toml", "")]);
        let after = snapshot(&[
            ("src/a.rs", "// new\n\nfn a() {\n}\n"),
            ("Cargo.toml", "[dependencies]\n"),
        ]);
        assert_eq!(before.lines_to(&after), 3);
    }
}
