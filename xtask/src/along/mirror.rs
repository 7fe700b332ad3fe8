//! A copy of a learner's step with the step's own tests, for when the learner's differ.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Result;
use toml::Value;

use crate::{
    along::{lay, mine::Mine},
    tree,
};

/// Makes `dir` a copy of the learner's step with our tests in it. A file that is the same already is left alone, so that
/// cargo compiles nothing for nothing.
pub fn mirror(mine: &Mine<'_>, dir: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    for (base, folder) in [(&mine.dir, "src"), (&mine.step.dir, "tests")] {
        for file in tree::files_under(&base.join(folder))? {
            files.insert(tree::relative(base, &file), fs::read(&file)?);
        }
    }
    let mut manifest = lay::read(&mine.dir.join("Cargo.toml"))?;
    // As what was moved aside has another version, so has the copy.
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        let version = package.get("version").and_then(Value::as_str).unwrap_or("0.0.0");
        let version = lay::tagged(version, "copy");
        package.insert("version".to_owned(), Value::String(version));
    }
    files.insert("Cargo.toml".to_owned(), toml::to_string(&manifest)?.into_bytes());
    // Cargo keeps the copy's own up to date.
    if !dir.join("Cargo.lock").exists() {
        files.extend(
            fs::read(mine.dir.join("Cargo.lock")).ok().map(|text| ("Cargo.lock".to_owned(), text)),
        );
    }
    for folder in ["src", "tests"] {
        for file in tree::files_under(&dir.join(folder))? {
            if !files.contains_key(&tree::relative(dir, &file)) {
                fs::remove_file(file)?;
            }
        }
    }
    for (path, text) in files {
        let path = dir.join(path);
        if fs::read(&path).ok().as_ref() != Some(&text) {
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
            fs::write(&path, text)?;
        }
    }
    Ok(())
}
