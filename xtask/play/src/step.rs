//! The step whose game is played: one of ours, or the reader's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Result;

/// A step whose game can be played.
pub struct Step {
    pub number: u8,
    /// `step06-server` or `my/step06`.
    pub name: String,
    /// The command with which the reader runs it.
    pub run: String,
    /// The page of the book about it.
    pub chapter: Option<String>,
    folder: PathBuf,
}

impl Step {
    /// Finds the step of that number. In `my/stepNN` the number may be left out.
    pub fn find(number: Option<u8>, mine: bool) -> Result<Self> {
        let root = env::var_os("XTASK_ROOT").map(PathBuf::from);
        let root = root.ok_or("start this program as `cargo xtask play`")?;
        let number = number.or_else(|| here(&root)).unwrap_or(6);
        let names = |folder: &Path| -> Result<Vec<String>> {
            let entries = fs::read_dir(folder);
            let entries =
                entries.map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
            Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        };
        let mut steps = names(&root)?;
        steps.retain(|name| {
            name.starts_with("step") && root.join(name).join("Cargo.toml").is_file()
        });
        let prefix = format!("step{number:02}-");
        let Some(ours) = steps.iter().find(|name| name.starts_with(&prefix)) else {
            return Err(format!("there is no step {number}. The steps are 1 to {}", steps.len()));
        };
        if mine {
            let name = format!("my/step{number:02}");
            let folder = root.join(&name);
            if !folder.is_dir() {
                return Err(format!(
                    "{name} does not exist. Create it with `cargo xtask start {number}`"
                ));
            }
            return Ok(Step { number, name, run: "cargo run".to_owned(), chapter: None, folder });
        }
        let pages = names(&root.join("docs/src")).unwrap_or_default().into_iter();
        let page = pages.filter(|name| name.starts_with(&prefix[4..])).min();
        let chapter = page.map(|page| format!("docs/src/{page}"));
        let (name, run) = (ours.clone(), format!("cargo run -p {ours}"));
        Ok(Step { number, name, run, chapter, folder: root.join(ours) })
    }

    /// Builds the step's program. Cargo's own progress is seen meanwhile.
    pub fn build(&self) -> Result<()> {
        match self.cargo("build").arg("--bins").status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(format!("{} does not build. The compiler's errors are above", self.name)),
            Err(error) => Err(format!("cannot start cargo: {error}")),
        }
    }

    /// A command of cargo's on the step.
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg(command).current_dir(&self.folder);
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
