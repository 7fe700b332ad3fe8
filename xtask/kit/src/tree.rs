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
                files.insert(path, neutralise(&text, step));
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

/// All files in a folder and the folders in it, sorted; none if there is no such folder.
///
/// Hidden files and editors' backups are nobody's source, and a `target` folder is cargo's.
pub fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}: is it readable?", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            if !path.is_dir() {
                files.push(path);
            } else if name != "target" {
                folders.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
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
