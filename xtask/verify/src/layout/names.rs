//! Rule 1: which files may contain the name of a step.

use std::fs;

use anyhow::Result;

use crate::layout::pair::Pair;
use kit::{code::without_comments, manifest, neutral};

/// Finds the step's own name where `crate::` says it better.
///
/// A doc example must name its crate, and so must programs, tests and examples: they are crates of their own.
pub fn own(pair: &Pair<'_>) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for (path, text) in pair.tree.under("src/") {
        if path == "src/main.rs" || path.starts_with("src/bin/") {
            continue;
        }
        for (index, (line, in_example)) in doc_examples(text).enumerate() {
            if neutral::occurs(line) && !in_example {
                places.push(format!(
                    "{}: the file contains `{}`. Write `crate::` in code, and leave the name out of prose, so that \
                     the text is the same in every step",
                    pair.place(path, index + 1),
                    pair.step.crate_name(),
                ));
            }
        }
    }
    Ok(places)
}

/// Finds the names of other steps in code and among the dependencies.
pub fn others(pair: &Pair<'_>) -> Result<Vec<String>> {
    let steps = pair.workspace.steps.iter();
    let others: Vec<_> = steps.filter(|step| step.name != pair.step.name).collect();
    let manifest = fs::read_to_string(pair.step.dir.join("Cargo.toml"))?;
    let dependencies = manifest::split(&manifest).rest;
    let mut places = Vec::new();
    for step in others.iter().filter(|step| dependencies.contains(&step.name)) {
        places.push(format!(
            "{}/Cargo.toml: the step depends on `{}`. Copy the files that it needs instead",
            pair.step.name, step.name
        ));
    }
    for (path, text) in pair.tree.under("") {
        let code = without_comments(text);
        for (index, (line, (full, in_example))) in code.lines().zip(doc_examples(text)).enumerate()
        {
            let line = if in_example { full } else { line };
            let named = others
                .iter()
                .find(|step| line.contains(&step.crate_name()) || line.contains(&step.name));
            if let Some(step) = named {
                places.push(format!(
                    "{}: the code names `{}`. A step uses no other step: write `{}` or `crate::`",
                    pair.place(path, index + 1),
                    step.name,
                    pair.step.crate_name(),
                ));
            }
        }
    }
    Ok(places)
}

/// The lines of a text, each with whether it is part of a fenced example in a doc comment.
fn doc_examples(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut in_example = false;
    text.lines().map(move |line| {
        let trimmed = line.trim_start();
        let doc = trimmed.strip_prefix("///").or_else(|| trimmed.strip_prefix("//!"));
        match doc {
            Some(doc) if doc.trim_start().starts_with("```") => in_example = !in_example,
            Some(_) => {}
            None => in_example = false,
        }
        (line, in_example)
    })
}
