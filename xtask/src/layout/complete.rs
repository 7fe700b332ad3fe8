//! Rule 1: a step is a crate of its own.

use std::fs;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::layout::pair::Pair;

/// Finds the parts that a step lacks.
pub fn parts(pair: &Pair<'_>) -> Result<Vec<String>> {
    let name = &pair.step.name;
    let mut missing = Vec::new();
    for file in ["src/lib.rs", "src/main.rs"] {
        if !pair.tree.files.contains_key(file) {
            missing.push(format!("{name}/{file} is missing: write it"));
        }
    }
    for folder in ["tests/", "examples/"] {
        let mut sources = pair.tree.under(folder).filter(|(path, _)| path.ends_with(".rs"));
        if sources.next().is_none() {
            missing.push(format!(
                "{name}/{folder} has no .rs file: every step has tests and examples, add one"
            ));
        }
    }
    Ok(missing)
}

/// Finds the dependencies of a step on another one.
pub fn dependencies(pair: &Pair<'_>) -> Result<Vec<String>> {
    let text = fs::read_to_string(pair.step.dir.join("Cargo.toml"))?;
    let manifest: Table =
        toml::from_str(&text).context("Cargo.toml cannot be parsed: mend its syntax")?;
    let mut names = Vec::new();
    collect(&manifest, &mut names);
    let others = pair.workspace.steps.iter().filter(|step| step.name != pair.step.name);
    let found = others.filter(|step| names.contains(&step.name));
    Ok(found
        .map(|step| {
            let line = text.lines().position(|line| {
                let line = line.trim_start();
                line.starts_with(&step.name)
                    || (line.contains(&step.name) && line.contains("package"))
                    || line.contains(&format!(".{}]", step.name))
            });
            format!(
                "{}: depends on `{}`: a step stands alone, copy the files that it needs instead",
                pair.place("Cargo.toml", line.map_or(1, |index| index + 1)),
                step.name
            )
        })
        .collect())
}

/// Collects the packages of all `…dependencies` tables, those of single targets included.
fn collect(table: &Table, names: &mut Vec<String>) {
    for (key, value) in table {
        let Value::Table(value) = value else { continue };
        if key.ends_with("dependencies") {
            for (name, dependency) in value {
                let package = dependency.get("package").and_then(Value::as_str);
                names.push(package.unwrap_or(name).to_owned());
            }
        } else if key != "package" {
            collect(value, names);
        }
    }
}
