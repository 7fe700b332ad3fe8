//! What takes which test's reason away, as `xtask/guards/*.toml` says it.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    bugs::bugs_of,
    faults,
    layout::names_of_tests,
    report::Failure,
    steps::{Step, Workspace},
    suite, tree,
};

/// Where the mutations are, relative to the workspace.
const DIR: &str = "xtask/guards";

/// A change of the source that takes out what some tests guard.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    /// What is wrong then, as a clause.
    pub name: String,
    /// The file, relative to the workspace.
    pub file: String,
    /// A text that occurs in it exactly once.
    pub find: String,
    /// What replaces it.
    pub replace: String,
    /// The tests that must fail: `FILE::NAME` of the last step, `game: RULE`, `faults: FAULT`, or of this tool
    /// `xtask: FILE::PATH`, where `bin` is the file of those in `src`.
    pub fails: Vec<String>,
}

impl Mutation {
    /// Whether its name, or one of its tests, contains a text.
    pub fn is_about(&self, text: &str) -> bool {
        self.name.contains(text) || self.fails.iter().any(|test| test.contains(text))
    }
}

/// A file of mutations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mutation: Vec<Mutation>,
}

/// All mutations.
#[derive(Debug)]
pub struct Record {
    /// In the order of the files' names, and in that of each file.
    pub mutations: Vec<Mutation>,
}

impl Record {
    /// Whether the workspace has such a record.
    pub fn exists(workspace: &Workspace) -> bool {
        workspace.root.join(DIR).is_dir()
    }

    /// Reads the record.
    pub fn load(workspace: &Workspace) -> Result<Self> {
        let dir = workspace.root.join(DIR);
        let entries = fs::read_dir(&dir).with_context(|| format!("cannot list {DIR}"))?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let mut mutations = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path)?;
            let file: File =
                toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
            mutations.extend(file.mutation);
        }
        Ok(Record { mutations })
    }

    /// What is wrong with the record: texts that are not in their file exactly once, tests that do not exist, and tests
    /// that nothing takes the reason from.
    pub fn faults(&self, workspace: &Workspace) -> Result<Vec<Failure>> {
        let Some(last) = workspace.steps.last() else { return Ok(vec![]) };
        let mut tests = tests(last)?;
        tests.extend(own_tests(workspace)?);
        let mut guarded: BTreeSet<String> =
            bugs_of(workspace, last)?.into_iter().map(|bug| bug.test).collect();
        let mut faults = Vec::new();
        let mut fault = |name: String, detail: String| faults.push(Failure { name, detail });
        for mutation in &self.mutations {
            let text = fs::read_to_string(workspace.root.join(&mutation.file));
            let found = text.unwrap_or_default().matches(&mutation.find).count();
            if found != 1 {
                fault(
                    mutation.name.clone(),
                    format!(
                        "its text occurs {found} times in {}: adapt {DIR} to what the file says now",
                        mutation.file
                    ),
                );
            }
            for test in mutation.fails.iter().filter(|test| !tests.contains(*test)) {
                let detail = format!("there is no test `{test}` in {}: adapt {DIR}", last.name);
                fault(mutation.name.clone(), detail);
            }
            guarded.extend(mutation.fails.iter().cloned());
        }
        for test in tests.difference(&guarded) {
            fault(
                test.clone(),
                format!(
                    "nobody has seen it fail: write into {DIR} what it guards and how that can break, \
                     and run `cargo xtask guards --only` with its name"
                ),
            );
        }
        Ok(faults)
    }
}

/// Every test of a step: those in its folder `tests`, and, if its game is the one whose calls are made to fail, the
/// rules of the game and the faults.
fn tests(step: &Step) -> Result<BTreeSet<String>> {
    let mut tests = BTreeSet::new();
    for entry in fs::read_dir(step.dir.join("tests"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let names = names_of_tests(&fs::read_to_string(&path)?);
            tests.extend(names.iter().map(|name| format!("{}::{name}", stem(&path))));
        }
    }
    if step.meta.number == faults::STEP {
        tests.extend(suite::cases().map(|case| format!("game: {}", case.name)));
        tests.extend(faults::cases().map(|case| format!("faults: {}", case.name)));
    }
    Ok(tests)
}

/// Every test of this tool, if it is part of the workspace.
fn own_tests(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let mut tests = BTreeSet::new();
    let root = workspace.root.join("xtask");
    for folder in ["src", "tests"] {
        for path in tree::files_under(&root.join(folder))? {
            let names = names_of_tests(&fs::read_to_string(&path)?);
            let prefix = prefix(&tree::relative(&root, &path));
            tests.extend(names.iter().map(|name| format!("xtask: {prefix}{name}")));
        }
    }
    Ok(tests)
}

/// What stands before the name of a test in that file of the tool.
fn prefix(path: &str) -> String {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let (folder, path) = path.split_once('/').unwrap_or(("", path));
    match path.split_once('/') {
        // `tests/NAME/main.rs` is a program of its own, with the modules beside it; so is `tests/NAME.rs`.
        Some((file, module)) if folder == "tests" => format!("{file}::{module}::"),
        None if folder == "tests" => format!("{path}::"),
        _ if path.ends_with("/tests") => format!("bin::{}::", path.replace('/', "::")),
        _ => format!("bin::{}::tests::", path.replace('/', "::")),
    }
}

/// A file's name without its extension.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_the_tool_are_named_as_cargo_names_them() {
        for (path, name) in [
            ("src/neutral.rs", "bin::neutral::tests::"),
            ("src/guards/record.rs", "bin::guards::record::tests::"),
            ("src/client/tests.rs", "bin::client::tests::"),
            ("tests/load.rs", "load::"),
            ("tests/workspace/layout.rs", "workspace::layout::"),
        ] {
            assert_eq!(prefix(path), name, "{path}");
        }
    }
}
