//! A copy of a learner's step with the step's own tests, for when the learner's differ.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Result;

use crate::{along::mine::Mine, tree};

/// Makes `dir` a copy of the learner's step with our tests in it. A file that is the same already is left alone, so that
/// cargo compiles nothing for nothing.
pub fn mirror(mine: &Mine<'_>, dir: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    for (base, folder) in [(&mine.dir, "src"), (&mine.step.dir, "tests")] {
        for file in tree::files_under(&base.join(folder))? {
            files.insert(tree::relative(base, &file), fs::read(&file)?);
        }
    }
    for name in ["Cargo.toml", "Cargo.lock"] {
        files.extend(fs::read(mine.dir.join(name)).ok().map(|text| (name.to_owned(), text)));
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
