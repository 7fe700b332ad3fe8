//! Complete crates: what is in the folder of a prefix, and in a learner's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::Result;

use crate::series::{Series, Snapshot, snapshot::MANIFEST};
use kit::{
    manifest::{self, sections},
    neutral::restore,
    tree,
};

/// The list of test modules.
pub const LIST: &str = "tests/all.rs";

/// The lints that a learner's code is held to. Documentation of every item is a rule for the steps only.
const LINTS: [&str; 2] = ["unexpected_cfgs", "unsafe_code"];

/// The texts of a crate, by their path in it.
pub type Files = BTreeMap<String, String>;

impl Series<'_> {
    /// The files of a crate that has the sources of `snapshot`, and the tests and examples of the first `reached`
    /// tasks. The tag goes into the version: cargo takes two packages of one name and version for the same one.
    pub fn folder(&self, snapshot: &Snapshot, reached: usize, tag: &str) -> Result<Files> {
        let mut files = self.beside(reached);
        for (path, text) in &snapshot.0 {
            let text = restore(text, self.step);
            let text = if path == MANIFEST { self.manifest(&text, &files, tag)? } else { text };
            files.insert(path.clone(), text);
        }
        // The versions that the steps are tested with.
        if let Ok(lock) = fs::read_to_string(self.workspace.root.join("Cargo.lock")) {
            files.insert("Cargo.lock".to_owned(), lock);
        }
        Ok(files)
    }

    /// The tests and examples when `reached` tasks have been reached.
    ///
    /// A module or example of a later task is as in the step before, or missing if it is not there.
    pub fn beside(&self, reached: usize) -> Files {
        let later: BTreeSet<(&str, &str)> = self.tasks[reached..]
            .iter()
            .flat_map(|task| {
                let tests = task.tests.iter().map(|name| ("tests", name.as_str()));
                tests.chain(task.examples.iter().map(|name| ("examples", name.as_str())))
            })
            .collect();
        let is_later = |path: &str| later.contains(&part(path));
        let (own, before) = (&self.tree.files, &self.tree_before.files);
        let own = own.iter().filter(|(path, _)| !is_later(path));
        let files = own.chain(before.iter().filter(|(path, _)| is_later(path)));
        let files = files.filter(|(path, _)| !path.starts_with("src/"));
        let mut files: Files =
            files.map(|(path, text)| (path.clone(), restore(text, self.step))).collect();
        if let Some(mut list) = files.remove(LIST) {
            let has = |name: &str| files.keys().any(|path| part(path) == ("tests", name));
            list = manifest::only_modules(&list, has);
            files.insert(LIST.to_owned(), list);
        }
        files
    }

    /// The sections of the manifest about these tests and examples.
    pub fn targets(&self, files: &Files) -> Result<Vec<String>> {
        let manifest = tree::read(&self.step.dir.join(MANIFEST))?;
        let is_there = |section: &&str| {
            let names = |path: &String| section.contains(&format!("name = \"{}\"\n", part(path).1));
            is_target(section) && files.keys().any(names)
        };
        Ok(sections(&manifest).into_iter().filter(is_there).map(str::to_owned).collect())
    }

    /// The manifest: the step's, with these dependencies and with what it inherits, as a workspace of its own.
    fn manifest(&self, dependencies: &str, files: &Files, tag: &str) -> Result<String> {
        let own = tree::read(&self.step.dir.join(MANIFEST))?;
        let targets = self.targets(files)?;
        let kept = sections(&own).into_iter().filter(|section| {
            let is_there = !is_target(section) || targets.iter().any(|it| it == section);
            is_there && !section.trim_start_matches('[').starts_with("package.metadata")
        });
        let mut text = with_dependencies(&kept.collect::<String>(), dependencies);
        // A task can add a dependency that this manifest does not have yet, so those of all steps are declared.
        let mut manifests = String::new();
        for step in &self.workspace.steps {
            manifests += &tree::read(&step.dir.join(MANIFEST))?;
        }
        let used = names(&manifests);
        let mut root = tree::read(&self.workspace.root.join(MANIFEST))?;
        if let Some((head, rest)) = root.split_once("\nversion = \"").filter(|_| !tag.is_empty()) {
            root = format!("{head}\nversion = \"{}", rest.replacen('"', &format!("+{tag}\""), 1));
        }
        for section in sections(&root) {
            let mut lines = section.lines();
            let header = lines.next().unwrap_or_default();
            let is_inherited = |name: &str| match header {
                "[workspace]" => name == "resolver",
                "[workspace.dependencies]" => used.contains(name),
                "[workspace.lints.rust]" => LINTS.contains(&name),
                _ => header == "[workspace.package]" || header.starts_with("[profile."),
            };
            let lines = lines.filter(|line| name(line).is_some_and(is_inherited));
            let lines: String = lines.map(|line| format!("{line}\n")).collect();
            if !lines.is_empty() {
                text += &format!("\n{header}\n{lines}");
            }
        }
        Ok(text)
    }
}

/// The module or example that a file belongs to: `tests` and `waker` for `tests/waker.rs` and `tests/waker/a.rs`.
pub fn part(path: &str) -> (&str, &str) {
    let mut parts = path.split('/');
    let (folder, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    (folder, name.trim_end_matches(".rs"))
}

/// The tables of dependencies in a manifest, but for those of tests and builds, as text.
pub fn dependencies(manifest: &str) -> String {
    sections(manifest)
        .into_iter()
        .filter(|section| is_dependencies(section))
        .map(|section| format!("{}\n\n", section.trim_end()))
        .collect::<String>()
        .trim_end_matches('\n')
        .to_owned()
        + "\n"
}

/// A manifest with these dependencies in the place of its own.
pub fn with_dependencies(manifest: &str, dependencies: &str) -> String {
    let mut dependencies = Some(dependencies.trim_end()).filter(|text| !text.is_empty());
    let mut text = String::new();
    for section in sections(manifest) {
        match is_dependencies(section) {
            true => text += &dependencies.take().map_or(String::new(), |all| format!("{all}\n\n")),
            false => text += section,
        }
    }
    text + &dependencies.map_or(String::new(), |all| format!("\n{all}\n"))
}

/// Whether a section of a manifest is about a test or an example.
fn is_target(section: &str) -> bool {
    section.starts_with("[[test]]") || section.starts_with("[[example]]")
}

/// Whether a section of a manifest has dependencies.
fn is_dependencies(section: &str) -> bool {
    let header = section.lines().next().unwrap_or_default();
    header.starts_with("[dependencies")
        || (header.starts_with("[target.")
            && (header.contains(".dependencies]") || header.contains(".dependencies.")))
}

/// The name that a line of a manifest gives a value, as `mio` in `mio.workspace = true`.
pub fn name(line: &str) -> Option<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let end = line.find(|c| !is_name(c)).filter(|end| *end > 0)?;
    Some(&line[..end])
}

/// The names that the lines of a manifest give values: those of dependencies, and others.
pub fn names(manifest: &str) -> BTreeSet<&str> {
    manifest.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dependencies_are_told_from_the_rest_of_a_manifest() {
        let text = "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[target.'cfg(x)'.dependencies]\nc = \"2\"\n\n\
                    [dev-dependencies]\nd = \"3\"\n\n[dependencies.e]\nversion = \"4\"\n";
        let expected = "[dependencies]\nb = \"1\"\n\n[target.'cfg(x)'.dependencies]\nc = \"2\"\n\n\
                        [dependencies.e]\nversion = \"4\"\n";
        assert_eq!(dependencies(text), expected);
        assert_eq!(dependencies(expected), expected);
        assert_eq!(dependencies("[package]\n"), "\n");
        assert_eq!(
            dependencies(&with_dependencies(text, "[dependencies]\nf = \"5\"\n")),
            "[dependencies]\nf = \"5\"\n"
        );
        assert!(with_dependencies(text, expected).contains("[dev-dependencies]\nd = \"3\"\n"));
    }
}
