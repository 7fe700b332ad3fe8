//! Rule 1: a step is a crate of its own.

use anyhow::Result;

use crate::layout::pair::Pair;
use kit::code::bare;

/// Finds the parts that a step lacks.
pub fn parts(pair: &Pair<'_>) -> Result<Vec<String>> {
    let name = &pair.step.name;
    let mut missing = Vec::new();
    for file in ["src/lib.rs", "src/main.rs"] {
        if !pair.tree.files.contains_key(file) {
            missing.push(format!("{name}/{file} is missing. Add it"));
        }
    }
    for folder in ["tests/", "examples/"] {
        if !pair.tree.under(folder).any(|(path, _)| path.ends_with(".rs")) {
            missing.push(format!(
                "{name}/{folder} has no .rs file. Every step has tests and examples: add one"
            ));
        }
    }
    Ok(missing)
}

/// Finds a library that does not forbid unsafe code. The workspace's lint can be allowed again, this attribute cannot.
pub fn forbids_unsafe(pair: &Pair<'_>) -> Result<Vec<String>> {
    let library = bare(pair.tree.text("src/lib.rs"));
    let forbids = library.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]");
    let message =
        "the library allows unsafe code. Add `#![forbid(unsafe_code)]` below its documentation";
    let place = pair.place("src/lib.rs", 1);
    Ok(if forbids { vec![] } else { vec![format!("{place}: {message}")] })
}
