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

use crate::{
    binaries::{self, Limits, Test},
    bugs::Bug,
    cargo,
    manifest::{self, Parts},
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
    "[profile]\ndev = { debug = false, incremental = false, package.'*' = { debug = false } }\n\n";

/// The workspace of broken steps, which is in the target folder.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
    target: PathBuf,
    /// The manifest and the lock file of the workspace that the steps are in.
    manifest: String,
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

struct Broken {
    name: String,
    dir: PathBuf,
    diff: String,
}

impl Scratch {
    /// Creates the workspace's folder.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let target = cargo::target(&workspace.root)?;
        let root = target.join("bugs");
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        let manifest = tree::read(&workspace.root.join("Cargo.toml"))?;
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
            let outcomes = binaries::run_while(&tests, LIMITS, AT_ONCE, note, &|_| true);
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
        let text = tree::read(&step.dir.join("Cargo.toml"))?;
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
        files.insert("Cargo.toml".to_owned(), package(&name, step, test, bug.program, &text));
        let dir = self.root.join(&name);
        tree::mirror(&dir, &files)?;
        Ok(Broken { name, dir, diff })
    }

    fn write_manifest(&self, broken: &[Broken]) -> Result<()> {
        let members: Vec<&String> = broken.iter().map(|it| &it.name).collect();
        let mut text =
            format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n{PROFILES}");
        let shared = manifest::sections(&self.manifest).into_iter();
        for section in shared.filter(|section| section.starts_with("[workspace.")) {
            let lines = section.lines().filter(|line| !line.contains("path = "));
            text.extend(lines.map(|line| format!("{line}\n")));
        }
        fs::write(self.root.join("Cargo.toml"), text)?;
        // Cargo takes out of the copy what these packages do not need.
        if self.lock.exists() {
            fs::copy(&self.lock, self.root.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
        }
        Ok(())
    }
}

/// The manifest of a package with a bug: the step's dependencies, only one test, and the program if the test runs it.
fn package(name: &str, step: &Step, test: &str, program: bool, own: &str) -> String {
    let Parts { package, rest } = manifest::split(own);
    let edition = package.lines().find(|line| line.starts_with("edition")).unwrap_or_default();
    let is_needed =
        |section: &&str| section.lines().next().unwrap_or_default().contains("dependencies");
    let needed: String = manifest::sections(rest).into_iter().filter(is_needed).collect();
    let program = match program {
        true => format!("[[bin]]\nname = '{name}'\npath = 'src/main.rs'\ntest = false\n\n"),
        false => String::new(),
    };
    format!(
        "[package]\nname = '{name}'\n{edition}\nautobins = false\nautoexamples = false\nautotests = false\n\
         autobenches = false\n\n[lib]\nname = '{}'\ntest = false\n\n{program}[[test]]\nname = '{test}'\npath = 'tests/{test}.rs'\n\n\
         [lints.rust]\nwarnings = 'allow'\n\n{needed}",
        step.crate_name()
    )
}
