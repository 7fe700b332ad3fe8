//! The step whose game is played: one of ours, or the reader's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Result;

/// A step whose game can be played.
#[derive(Debug)]
pub struct Step {
    /// Its number.
    pub number: u8,
    /// Its name, `step06-server` or `my/step06`.
    pub name: String,
    /// The command that runs it.
    pub run: String,
    /// The page of the book about it.
    pub chapter: Option<String>,
    /// The folder in which cargo is called.
    folder: PathBuf,
    /// The package; none if the folder has only one.
    package: Option<String>,
}

impl Step {
    /// Finds the step of that number. In `my/stepNN` the number may be left out.
    pub fn find(number: Option<u8>, mine: bool) -> Result<Self> {
        let root = env::var_os("XTASK_ROOT").map(PathBuf::from);
        let root = root.ok_or("start this program as `cargo xtask play`")?;
        let number = number.or_else(|| here(&root)).unwrap_or(6);
        let prefix = format!("step{number:02}-");
        let (ours, numbers) = ours(&root, &prefix)?;
        let Some(package) = ours else {
            return Err(format!("there is no step {number}. The steps are 1 to {numbers}"));
        };
        if !mine {
            let run = format!("cargo run -p {package}");
            let chapter = chapter(&root, number);
            let name = package.clone();
            return Ok(Step { number, name, run, chapter, folder: root, package: Some(package) });
        }
        let name = format!("my/step{number:02}");
        let folder = root.join("my").join(format!("step{number:02}"));
        if !folder.is_dir() {
            return Err(format!(
                "{name} does not exist. Create it with `cargo xtask start {number}`"
            ));
        }
        let run = "cargo run".to_owned();
        Ok(Step { number, name, run, chapter: None, folder, package: None })
    }

    /// Builds the step's program. Cargo's own progress is seen meanwhile.
    pub fn build(&self) -> Result<()> {
        let mut command = self.cargo("build");
        if self.package.is_some() {
            command.arg("--bins");
        }
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(format!("{} does not build. The compiler's errors are above", self.name)),
            Err(error) => Err(format!("cannot start cargo: {error}")),
        }
    }

    /// A command of cargo's on the step. Only a build shows cargo's own lines.
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg(command).current_dir(&self.folder);
        if command != "build" {
            cargo.arg("--quiet");
        }
        if let Some(package) = &self.package {
            cargo.args(["--package", package]);
        }
        cargo
    }
}

/// The number of the step in whose folder below `my/` the current folder is.
fn here(root: &Path) -> Option<u8> {
    let dir = env::current_dir().ok()?.canonicalize().ok()?;
    let my = root.join("my").canonicalize().ok()?;
    let name = dir.strip_prefix(my).ok()?.components().next()?;
    name.as_os_str().to_str()?.strip_prefix("step")?.parse().ok()
}

/// The package whose name begins like this, and how many steps there are.
fn ours(root: &Path, prefix: &str) -> Result<(Option<String>, usize)> {
    let entries = fs::read_dir(root);
    let entries = entries.map_err(|error| format!("cannot list {}: {error}", root.display()))?;
    let names = entries.flatten().filter(|entry| entry.path().join("Cargo.toml").is_file());
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let steps: Vec<String> = names.filter(|name| name.starts_with("step")).collect();
    Ok((steps.iter().find(|name| name.starts_with(prefix)).cloned(), steps.len()))
}

/// The first page of the book about a step.
fn chapter(root: &Path, number: u8) -> Option<String> {
    let names = fs::read_dir(root.join("docs/src")).ok()?.flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let page = names.filter(|name| name.starts_with(&format!("{number:02}-"))).min()?;
    Some(format!("docs/src/{page}"))
}
