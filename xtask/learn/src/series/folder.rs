//! Complete crates: what is in the folder of a prefix, and in a learner's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::series::{Series, Snapshot, snapshot};
use kit::{manifest, neutral::restore, steps::Workspace, tree};

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
            let text =
                if path == snapshot::MANIFEST { self.manifest(&text, reached, tag)? } else { text };
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
        let later = self.later(reached);
        let is_later = |path: &str| later.contains(&part(path));
        let (own, before) = (&self.tree.files, &self.tree_before.files);
        let own = own.iter().filter(|(path, _)| !is_later(path));
        let files = own.chain(before.iter().filter(|(path, _)| is_later(path)));
        let files = files.filter(|(path, _)| !path.starts_with("src/"));
        let mut files: Files =
            files.map(|(path, text)| (path.clone(), restore(text, self.step))).collect();
        if let Some(list) = files.get_mut(LIST) {
            let missing = self.missing(reached);
            *list = manifest::only_modules(list, |name| !missing.contains(&("tests", name)));
        }
        files
    }

    /// The modules and examples of tasks that have not been reached.
    fn later(&self, reached: usize) -> BTreeSet<(&str, &str)> {
        let tasks = self.tasks.iter().skip(reached);
        tasks
            .flat_map(|task| {
                let tests = task.tests.iter().map(|name| ("tests", name.as_str()));
                tests.chain(task.examples.iter().map(|name| ("examples", name.as_str())))
            })
            .collect()
    }

    /// Those of them that the step before does not have.
    fn missing(&self, reached: usize) -> BTreeSet<(&str, &str)> {
        let mut missing = self.later(reached);
        missing.retain(|wanted| !self.tree_before.files.keys().any(|path| part(path) == *wanted));
        missing
    }

    /// The sections of the manifest about tests and examples, without those of tasks that have not been reached.
    pub fn targets(&self, reached: usize) -> Result<Vec<String>> {
        let manifest = tree::read(&self.step.dir.join("Cargo.toml"))?;
        let missing = self.missing(reached);
        let is_missing = |target: &str| {
            let mut missing = missing.iter();
            missing.any(|(_, name)| target.contains(&format!("name = \"{name}\"\n")))
        };
        let targets = sections(&manifest).into_iter().filter(|section| is_target(section));
        Ok(targets.filter(|target| !is_missing(target)).map(str::to_owned).collect())
    }

    /// The manifest: the step's, with these dependencies, as a workspace of its own.
    fn manifest(&self, dependencies: &str, reached: usize, tag: &str) -> Result<String> {
        let own = tree::read(&self.step.dir.join("Cargo.toml"))?;
        let root = table(&tree::read(&self.workspace.root.join("Cargo.toml"))?)?;
        let shared = child(&root, "workspace");
        let inherited = child(&shared, "package");
        let mut package = child(&table(&own)?, "package");
        package.remove("metadata");
        for (key, value) in &mut package {
            if value.get("workspace").is_some() {
                *value = inherited.get(key).context("inherits nothing")?.clone();
            }
        }
        if !tag.is_empty() {
            let version = package.get("version").and_then(Value::as_str).unwrap_or("0.1.0");
            let sign = if version.contains('+') { '.' } else { '+' };
            package.insert("version".to_owned(), format!("{version}{sign}{tag}").into());
        }
        let mut text = section("package", &package);
        let targets = self.targets(reached)?;
        for section in sections(&own) {
            let is_package = section.starts_with("[package") || section.starts_with("[[package");
            let is_later = is_target(section) && !targets.iter().any(|it| it == section);
            if section.starts_with('[') && !is_package && !is_later {
                text += &format!("\n{}\n", section.trim_end());
            }
        }
        text = with_dependencies(&text, dependencies);
        let mut workspace = Table::new();
        workspace.extend(shared.get("resolver").map(|it| ("resolver".to_owned(), it.clone())));
        text += &section("workspace", &workspace);
        let used = names(self.workspace)?;
        let mut versions = child(&shared, "dependencies");
        versions.retain(|name, _| used.contains(name));
        let mut lints = child(&child(&shared, "lints"), "rust");
        lints.retain(|name, _| LINTS.contains(&name));
        for (name, table) in
            [("workspace.dependencies", &versions), ("workspace.lints.rust", &lints)]
        {
            text += &section(name, table);
        }
        for (name, settings) in &child(&root, "profile") {
            text +=
                &section(&format!("profile.{name}"), settings.as_table().unwrap_or(&Table::new()));
        }
        Ok(text.trim_start().to_owned())
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

/// The sections of a manifest as text, each with its header and with what stands above it.
pub fn sections(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// The names of all dependencies of all steps.
fn names(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for step in &workspace.steps {
        let manifest = table(&tree::read(&step.dir.join("Cargo.toml"))?)?;
        let targets = child(&manifest, "target");
        let tables = targets.iter().filter_map(|(_, table)| table.as_table()).chain([&manifest]);
        for table in tables {
            for kind in ["dependencies", "dev-dependencies"] {
                names.extend(child(table, kind).into_iter().map(|(name, _)| name));
            }
        }
    }
    Ok(names)
}

/// Parses a manifest.
pub fn table(text: &str) -> Result<Table> {
    toml::from_str(text).context("Cargo.toml cannot be parsed")
}

/// The table of that name, empty if there is none.
pub fn child(table: &Table, name: &str) -> Table {
    table.get(name).and_then(Value::as_table).cloned().unwrap_or_default()
}

/// A section of a manifest.
fn section(header: &str, table: &Table) -> String {
    let lines: String = table.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    if lines.is_empty() && header != "workspace" { lines } else { format!("\n[{header}]\n{lines}") }
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
