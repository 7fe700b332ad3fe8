//! The steps of the workspace, as their manifests declare them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::tree;

/// One step crate.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its package's name, which is its folder's too: `step03-waker`.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// What `[package.metadata.step]` says.
    pub meta: Meta,
}

/// `[package.metadata.step]`: what the step is, and how it differs from the step before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// 1 to 6.
    pub number: u8,
    /// A word or two.
    pub title: String,
    /// The one capability that the step adds.
    pub capability: String,
    /// The chapter, relative to the workspace.
    pub chapter: PathBuf,
    /// Files that the step before does not have: those under `src/` as declared, in reading order, and then those under
    /// `tests/` and `examples/`, which `derive` finds.
    #[serde(default)]
    pub adds: Vec<String>,
    /// Files under `src/` that the step before has with another text, as declared, in reading order.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Files that only the step before has: those under `src/` as declared, and then the others.
    #[serde(default)]
    pub drops: Vec<String>,
    /// Tests of the step before, as `module::name`, that the chapter of this step replaces.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// Declarations of files outside `src/`, as "`adds` lists tests/a.rs".
    #[serde(skip)]
    pub misplaced: Vec<String>,
    /// Changes that the chapter need not show.
    #[serde(default)]
    pub unshown: Vec<Unshown>,
}

/// A change that a chapter need not show.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unshown {
    /// The file, relative to the step.
    pub file: String,
    /// The item in it, or several with commas between them; without any, all of the file.
    pub item: Option<String>,
    /// Why it is not worth showing.
    pub reason: String,
}

impl Step {
    /// The crate's name as code writes it: `step03_waker`.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Whether a page is about this step: its chapter, or another page with the chapter's number, as `06-runtime.md`
    /// beside `06-server.md`. The path is relative to the workspace.
    pub fn has_page(&self, path: &Path) -> bool {
        let number = format!("{:02}-", self.meta.number);
        let is_numbered = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(&number);
        path.parent() == self.meta.chapter.parent() && path.file_name().is_some_and(is_numbered)
            || path == self.meta.chapter
    }
}

/// The workspace and its steps, in order.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// The steps, the first one first.
    pub steps: Vec<Step>,
}

impl Workspace {
    /// Reads the workspace that `XTASK_ROOT` names. Where that is not set, as under `cargo test`, the workspace is two
    /// folders above the package.
    pub fn load() -> Result<Self> {
        let package = || Some(PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?));
        let above = || Some(package()?.ancestors().nth(2)?.to_owned());
        let root = env::var_os("XTASK_ROOT").map(PathBuf::from).or_else(above);
        let root = root.context("start this program as `cargo xtask`")?;
        let mut steps = Vec::new();
        let entries = fs::read_dir(&root);
        for entry in entries.with_context(|| format!("cannot list {}", root.display()))? {
            let dir = entry?.path();
            let Some(name) = dir.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            if !name.starts_with("step") || !dir.join("Cargo.toml").is_file() {
                continue;
            }
            let name = name.to_owned();
            let meta = read_meta(&dir).with_context(|| format!("in {name}/Cargo.toml"))?;
            steps.push(Step { name, dir, meta });
        }
        steps.sort_by_key(|step: &Step| step.meta.number);
        derive(&mut steps)?;
        Ok(Workspace { root, steps })
    }

    /// The step of that number.
    pub fn step(&self, number: u8) -> Result<&Step> {
        match self.steps.iter().find(|step| step.meta.number == number) {
            Some(step) => Ok(step),
            None => bail!("there is no step {number}: the steps are 1 to {}", self.steps.len()),
        }
    }
}

/// Completes what the steps add and drop by the files that manifests do not declare: tests and examples.
fn derive(steps: &mut [Step]) -> Result<()> {
    let mut before = BTreeSet::new();
    for Step { dir, meta, .. } in steps {
        for (word, list) in
            [("adds", &mut meta.adds), ("changes", &mut meta.changes), ("drops", &mut meta.drops)]
        {
            let others = list.extract_if(.., |path| !path.starts_with("src/"));
            meta.misplaced.extend(others.map(|path| format!("`{word}` lists {path}")));
        }
        let mut files = BTreeSet::new();
        for folder in ["tests", "examples"] {
            let found = tree::files_under(&dir.join(folder))?;
            files.extend(found.iter().map(|file| tree::relative(dir, file)));
        }
        meta.adds.extend(files.difference(&before).cloned());
        meta.drops.extend(before.difference(&files).cloned());
        before = files;
    }
    Ok(())
}

/// Reads `[package.metadata.step]` of the crate in `dir`.
fn read_meta(dir: &Path) -> Result<Meta> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        step: Meta,
    }
    let text = fs::read_to_string(dir.join("Cargo.toml"))?;
    let manifest: Manifest = toml::from_str(&text)?;
    Ok(manifest.package.metadata.step)
}
