//! The files of a step, and how they differ from another's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{neutral::neutralise, steps::Step};

/// The folders of a step that its manifest accounts for, the most important one first.
pub const FOLDERS: [&str; 3] = ["src", "tests", "examples"];

/// The texts under a step's `src/`, `tests/` and `examples/`, its own name neutralised.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The texts by their path in the step, with `/` between its parts.
    pub files: BTreeMap<String, String>,
}

/// Which files one tree adds, changes and drops of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that only the later tree has.
    pub adds: BTreeSet<String>,
    /// Files that both have, with different texts.
    pub changes: BTreeSet<String>,
    /// Files that only the earlier tree has.
    pub drops: BTreeSet<String>,
}

impl Tree {
    /// Reads the files of a step.
    pub fn read(step: &Step) -> Result<Self> {
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            for file in files_under(&step.dir.join(folder))? {
                let path = relative(&step.dir, &file);
                let text = fs::read_to_string(&file).with_context(|| {
                    format!("cannot read {}/{path}: keep only text files there", step.name)
                })?;
                // Git may have checked the files out with the line ends of Windows.
                files.insert(path, neutralise(&text.replace("\r\n", "\n"), step));
            }
        }
        Ok(Tree { files })
    }

    /// The text of a file, empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    /// The paths that begin with `prefix`.
    pub fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(prefix))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// What `later` adds, changes and drops of this tree.
    pub fn difference(&self, later: &Tree) -> Difference {
        let mut difference = Difference::default();
        for (path, text) in &later.files {
            match self.files.get(path) {
                None => difference.adds.insert(path.clone()),
                Some(before) if before != text => difference.changes.insert(path.clone()),
                Some(_) => false,
            };
        }
        let dropped = self.files.keys().filter(|path| !later.files.contains_key(*path));
        difference.drops = dropped.cloned().collect();
        difference
    }
}

/// All files in a folder and the folders in it, sorted. There are none if there is no such folder.
///
/// Leaves out hidden files, backups of editors, links, sockets and pipes, and folders of cargo's, which have a file
/// `CACHEDIR.TAG`.
pub fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() || folder.join("CACHEDIR.TAG").exists() {
            continue;
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}. Is it readable?", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let name = name.to_string_lossy();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            if kind.is_file() {
                files.push(entry.path());
            } else if kind.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a folder have these files and no others in its source folders. A file that is the same already keeps its time,
/// so that cargo compiles only what changed.
pub fn mirror(dir: &Path, files: &BTreeMap<String, String>) -> Result<()> {
    for folder in FOLDERS {
        for file in files_under(&dir.join(folder))? {
            if !files.contains_key(&relative(dir, &file)) {
                fs::remove_file(file)?;
            }
        }
    }
    write(dir, files)
}

/// Writes files into a folder. A file that is the same already keeps its time.
pub fn write(dir: &Path, files: &BTreeMap<String, String>) -> Result<()> {
    // Cargo takes out of the lock file what the manifest does not need, so a new manifest gets a new one.
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).ok();
    let is_locked = manifest.as_ref() == files.get("Cargo.toml") && dir.join("Cargo.lock").exists();
    for (path, text) in files.iter().filter(|(path, _)| *path != "Cargo.lock" || !is_locked) {
        let file = dir.join(path);
        if fs::read(&file).ok().as_deref() != Some(text.as_bytes()) {
            fs::create_dir_all(file.parent().unwrap_or(dir))?;
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

/// The path of `file` in `folder`, with `/` between its parts.
pub fn relative(folder: &Path, file: &Path) -> String {
    let path = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Reads a text file. Its lines end with `\n`, whatever they end with in the file.
pub fn read(file: &Path) -> Result<String> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.replace("\r\n", "\n"))
}
