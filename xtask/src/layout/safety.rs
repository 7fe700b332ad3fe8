//! The runtime is safe Rust: no `unsafe` but in the one example about it.

use std::fs;

use anyhow::Result;

use crate::{
    code::{bare, lines_with_word},
    layout::pair::Pair,
    layout::size::other_sources,
    steps::Workspace,
    tree,
};

/// The one file that may be unsafe: it shows what the standard library does for us.
const EXCEPTION: &str = "examples/raw_waker.rs";

/// Finds unsafe code in a step.
pub fn no_unsafe(pair: &Pair<'_>) -> Result<Vec<String>> {
    let files = pair.tree.under("");
    let files = files.filter(|(path, _)| path.ends_with(".rs") && *path != EXCEPTION);
    Ok(files
        .flat_map(|(path, text)| {
            let lines = lines_with_word(&bare(text), "unsafe");
            let place = move |line| mend(&pair.place(path, line));
            lines.into_iter().map(place)
        })
        .collect())
}

/// Finds unsafe code in the crates that are no steps.
pub fn other_crates(workspace: &Workspace) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for file in other_sources(workspace)? {
        let path = tree::relative(&workspace.root, &file);
        let code = bare(&fs::read_to_string(&file)?);
        let lines = lines_with_word(&code, "unsafe").into_iter();
        places.extend(lines.map(|line| mend(&format!("{path}:{line}"))));
    }
    Ok(places)
}

/// What to do about unsafe code at a place.
fn mend(place: &str) -> String {
    format!("{place}: unsafe code: find a safe way, only {EXCEPTION} may show the other")
}

/// Finds a library that does not forbid unsafe code.
pub fn forbidden(pair: &Pair<'_>) -> Result<Vec<String>> {
    let library = bare(pair.tree.text("src/lib.rs"));
    let forbids = library.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]");
    if forbids {
        return Ok(vec![]);
    }
    Ok(vec![format!(
        "{}: does not forbid unsafe code: write `#![forbid(unsafe_code)]` below its documentation",
        pair.place("src/lib.rs", 1)
    )])
}
