//! A workspace of broken steps: for each bug a package with the step's library, the bug in it, and the bug's test.
//!
//! Cargo compiles these packages together and only when a bug or its step changes. Dependencies are those that it
//! compiled for the steps.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use similar::TextDiff;
use toml::{Table, Value};

use crate::{
    binaries::{self, Limits, Test},
    bugs::Bug,
    cargo, manifest,
    steps::{Step, Workspace},
    tree,
};

/// A test that waits for ever because of its bug gives up after three seconds.
const LIMITS: Limits =
    Limits { deadline: Some(3), patience: Duration::from_secs(120), fail_fast: false };

/// How many tests run at once. Most of them wait.
const AT_ONCE: usize = 4;

/// How the packages are compiled.
const PROFILES: &str =
    "dev = { debug = false, incremental = false, package.'*' = { debug = false } }";

/// The workspace of broken steps.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
    target: PathBuf,
    /// The manifest and the lock file of the workspace that the steps are in.
    manifest: Table,
    lock: PathBuf,
}

/// What came of a bug's test.
#[derive(Debug, Default)]
pub struct Run {
    /// Whether the step compiled.
    pub built: bool,
    /// Whether the test passed.
    pub passed: bool,
    /// What the test printed, or the compiler.
    pub output: String,
    /// The bug, as a difference.
    pub diff: String,
}

/// A package with a bug.
struct Broken {
    name: String,
    dir: PathBuf,
    diff: String,
}

impl Scratch {
    /// Finds the place for the workspace, which is in the target folder.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let target = cargo::target(&workspace.root)?;
        let root = target.join("bugs");
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        let manifest = toml::from_str(&fs::read_to_string(workspace.root.join("Cargo.toml"))?)?;
        let lock = workspace.root.join("Cargo.lock");
        Ok(Scratch { root: root.canonicalize()?, target, manifest, lock })
    }

    /// The workspace's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Runs a bug's test on a copy of the step that has the bug.
    pub fn run(&self, step: &Step, bug: &Bug) -> Result<Run> {
        let mut runs = self.run_all(&[(step, bug)], &|_| {})?;
        runs.pop().context("there is one bug")
    }

    /// Runs the tests of several bugs, each on its own copy.
    pub fn run_all(&self, bugs: &[(&Step, &Bug)], note: &dyn Fn(&str)) -> Result<Vec<Run>> {
        let broken = bugs.iter().map(|(step, bug)| self.lay(step, bug));
        let broken = broken.collect::<Result<Vec<_>>>()?;
        self.write_manifest(&broken)?;
        let mut runs: Vec<Run> = Vec::new();
        runs.resize_with(bugs.len(), Run::default);
        for models in [false, true] {
            let chosen = |index: &usize| bugs[*index].1.test.starts_with("loom::") == models;
            let chosen: Vec<usize> = (0..bugs.len()).filter(chosen).collect();
            let Some(first) = chosen.first() else { continue };
            note(&format!("compiling {} and {} more", bugs[*first].1.name, chosen.len() - 1));
            let mut command = self.cargo(models);
            for &index in &chosen {
                let name = &broken[index].name;
                // The tests name the program even if they do not run it.
                command.args(["--package", name]).env(format!("CARGO_BIN_EXE_{name}"), "not built");
            }
            let (built, errors) = binaries::build_some(command)?;
            let mut tests: Vec<&Test> = Vec::new();
            let mut indexes = Vec::new();
            for &index in &chosen {
                let (step, Bug { test: name, .. }) = bugs[index];
                let of_package = || built.tests.iter().filter(|it| it.is_of(&broken[index].dir));
                if of_package().next().is_none() && errors.is_some() {
                    continue;
                }
                let test = of_package().find(|test| test.name == *name);
                tests.push(test.with_context(|| format!("{} has no test `{name}`", step.name))?);
                indexes.push(index);
            }
            let errors = errors.unwrap_or_default();
            chosen.iter().for_each(|&index| runs[index].output.clone_from(&errors));
            let outcomes = binaries::run_some(&tests, LIMITS, AT_ONCE, note, &|_| true);
            for (&index, (_, outcome)) in indexes.iter().zip(outcomes) {
                let outcome = outcome?;
                // Places in the source begin with the package's name.
                let output = outcome.said.replace(&broken[index].name, &bugs[index].0.name);
                runs[index] = Run { built: true, passed: outcome.passed, output, ..Run::default() };
            }
        }
        for (run, Broken { diff, .. }) in runs.iter_mut().zip(broken) {
            run.diff = diff;
        }
        Ok(runs)
    }

    /// Cargo, about to compile tests in this workspace.
    fn cargo(&self, models: bool) -> Command {
        // The models have a target folder of their own, where their dependencies are, too.
        let target = if models { self.target.join("loom") } else { self.target.clone() };
        let mut command = cargo::beside(&self.root, &target, "bugs");
        command.args(["build", "--tests", "--quiet", "--keep-going"]).stderr(Stdio::piped());
        if models {
            cargo::for_models(&mut command);
        }
        command
    }

    /// Writes the package of a bug.
    fn lay(&self, step: &Step, bug: &Bug) -> Result<Broken> {
        let words = bug.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-").to_lowercase();
        let name = format!("{}-{words}", step.name);
        let mut files = BTreeMap::new();
        for folder in ["src", "tests"] {
            for file in tree::files_under(&step.dir.join(folder))? {
                files.insert(tree::relative(&step.dir, &file), fs::read_to_string(file)?);
            }
        }
        let text = files.get_mut(&bug.file).with_context(|| format!("no file {}", bug.file))?;
        let broken = text.replacen(&bug.find, &bug.replace, 1);
        ensure!(broken != *text, "the bug changes nothing");
        let diff =
            TextDiff::from_lines(&*text, &broken).unified_diff().context_radius(2).to_string();
        *text = broken;
        let (module, _) = bug.test.split_once("::").context("a bug's test is `file::name`")?;
        let text = fs::read_to_string(step.dir.join("Cargo.toml"))?;
        let mut test = module;
        // A file without a binary of its own is a module of `tests/all.rs`.
        if let Some(binaries) = manifest::test_files(&text)?
            && !binaries.contains(&format!("tests/{module}.rs"))
        {
            test = binaries::ALL;
            let used = files.get(&format!("tests/{module}.rs")).cloned().unwrap_or_default();
            let all = files.entry("tests/all.rs".to_owned()).or_default();
            *all =
                manifest::only_modules(all, |it| it == module || used.contains(&format!("{it}::")));
        }
        let manifest = package(&name, step, test, bug.program, toml::from_str(&text)?)?;
        files.insert("Cargo.toml".to_owned(), manifest);
        let dir = self.root.join(&name);
        tree::mirror(&dir, &files)?;
        Ok(Broken { name, dir, diff })
    }

    /// Writes the manifest of the workspace.
    fn write_manifest(&self, broken: &[Broken]) -> Result<()> {
        let mut root = self.manifest.clone();
        let workspace = root.get_mut("workspace").and_then(Value::as_table_mut);
        let workspace = workspace.context("Cargo.toml has no [workspace]")?;
        let members = broken.iter().map(|it| it.name.clone().into()).collect();
        workspace.insert("members".to_owned(), Value::Array(members));
        workspace.remove("exclude");
        workspace.remove("default-members");
        if let Some(shared) = workspace.get_mut("dependencies").and_then(Value::as_table_mut) {
            shared.retain(|_, dependency| dependency.get("path").is_none());
        }
        root.insert("profile".to_owned(), Value::Table(toml::from_str(PROFILES)?));
        fs::write(self.root.join("Cargo.toml"), toml::to_string(&root)?)?;
        // Cargo takes out of the copy what these packages do not need.
        if self.lock.exists() {
            fs::copy(&self.lock, self.root.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
        }
        Ok(())
    }
}

/// The manifest of a package with a bug: that of the step, with only one test, and with a program if the test runs it.
fn package(
    name: &str,
    step: &Step,
    test: &str,
    program: bool,
    mut manifest: Table,
) -> Result<String> {
    for word in ["lib", "bin", "bench", "example", "test", "lints"] {
        manifest.remove(word);
    }
    let package = manifest.get_mut("package").and_then(Value::as_table_mut);
    let package = package.context("a step's manifest has [package]")?;
    package.insert("name".to_owned(), name.into());
    for kind in ["bins", "examples", "tests", "benches"] {
        package.insert(format!("auto{kind}"), false.into());
    }
    let bin = format!("{{ name = '{name}', path = 'src/main.rs', test = false }}");
    let bin = if program { bin } else { String::new() };
    let targets = format!(
        "lib = {{ name = '{}', test = false }}\nbin = [{bin}]\n\
         test = [{{ name = '{test}', path = 'tests/{test}.rs' }}]\nlints.rust.warnings = 'allow'\n",
        step.crate_name()
    );
    manifest.extend(toml::from_str::<Table>(&targets)?);
    Ok(toml::to_string(&manifest)?)
}
