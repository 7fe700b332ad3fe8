//! The manifest of a learner's step: a workspace of its own, so that nothing in it disturbs the steps around it.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::{along::mine::Mine, steps::Step};

/// The tables of dependencies that a step may have. A dependency may move from one to another on the way.
const DEPENDENCIES: [&str; 2] = ["dependencies", "dev-dependencies"];

/// The lints that a learner is held to. That every item wants documentation is the steps' own rule.
const LINTS: [&str; 2] = ["unexpected_cfgs", "unsafe_code"];

/// Makes the manifest of the learner's version of a step, which begins as `before`: it has what both of them need.
pub fn manifest(mine: &Mine<'_>, before: Option<&Step>) -> Result<String> {
    let (workspace, step) = (mine.workspace, mine.step);
    let root = read(&workspace.root.join("Cargo.toml"))?;
    let manifest = read(&step.dir.join("Cargo.toml"))?;
    let shared = table(&root, "workspace");
    let mut text =
        format!("# Laid by `cargo xtask start {}`, and yours from now on.\n", step.meta.number);
    let mut section = |header: &str, lines: String| {
        if !lines.is_empty() || header == "workspace" {
            text += &format!("\n[{header}]\n{lines}");
        }
    };
    let resolver = shared.get("resolver");
    section("workspace", resolver.map(|it| format!("resolver = {it}\n")).unwrap_or_default());
    let mut package = table(&manifest, "package");
    package.remove("metadata");
    let inherited = table(&shared, "package");
    package.insert("version".to_owned(), version(mine, &package, &inherited));
    section("package", package.iter().map(|(key, value)| line(key, value, &inherited)).collect());

    let versions = table(&shared, "dependencies");
    let lines_of = |table: &Table| -> String {
        table.iter().map(|(name, value)| line(name, value, &versions)).collect()
    };
    let leaves = leftovers(step, before)?;
    for name in DEPENDENCIES {
        let mut lines = lines_of(&table(&manifest, name));
        if name == "dependencies" && !leaves.is_empty() {
            lines += &format!(
                "# Step {:02} needs this no more: take it out when nothing uses it.\n{}",
                step.meta.number,
                lines_of(&leaves)
            );
        }
        section(name, lines);
    }
    for (target, tables) in &table(&manifest, "target") {
        let tables = tables.as_table().cloned().unwrap_or_default();
        for (name, _) in &tables {
            section(&format!("target.'{target}'.{name}"), lines_of(&table(&tables, name)));
        }
    }
    let lints = table(&table(&shared, "lints"), "rust");
    let lints = lints.iter().filter(|(name, _)| LINTS.contains(&name.as_str()));
    section("lints.rust", lints.map(|(name, value)| format!("{name} = {value}\n")).collect());
    for (profile, settings) in &table(&root, "profile") {
        let settings = settings.as_table().cloned().unwrap_or_default();
        let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
        section(&format!("profile.{profile}"), lines.collect());
    }
    Ok(text)
}

/// The version of what is laid: the step's, unless something was moved aside that has that already.
///
/// Cargo takes two packages of one name and version for the same, wherever they are, and would not build the other.
fn version(mine: &Mine<'_>, package: &Table, inherited: &Table) -> Value {
    let own = package.get("version").filter(|version| version.is_str());
    let version = own.or(inherited.get("version")).and_then(Value::as_str).unwrap_or("0.1.0");
    let aside = (1..).take_while(|count| mine.aside(*count).exists()).last();
    Value::String(match aside {
        Some(aside) => tagged(version, &(aside + 1).to_string()),
        None => version.to_owned(),
    })
}

/// A version that is told from another by a tag only.
pub fn tagged(version: &str, tag: &str) -> String {
    let sign = if version.contains('+') { '.' } else { '+' };
    format!("{version}{sign}{tag}")
}

/// What `before` depends on and `step` does not any more.
pub fn leftovers(step: &Step, before: Option<&Step>) -> Result<Table> {
    let Some(before) = before else { return Ok(Table::new()) };
    let kept = names(&read(&step.dir.join("Cargo.toml"))?);
    let mut before = table(&read(&before.dir.join("Cargo.toml"))?, "dependencies");
    before.retain(|name, _| !kept.contains(name));
    Ok(before)
}

/// What `step` depends on and `before` does not yet, tests included.
pub fn newcomers(step: &Step, before: Option<&Step>) -> Result<BTreeSet<String>> {
    let Some(before) = before else { return Ok(BTreeSet::new()) };
    let known = names(&read(&before.dir.join("Cargo.toml"))?);
    Ok(names(&read(&step.dir.join("Cargo.toml"))?).difference(&known).cloned().collect())
}

/// Reads a manifest.
pub fn read(path: &std::path::Path) -> Result<Table> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read {}: is it there?", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} cannot be parsed", path.display()))
}

/// A table of that name, empty if there is none.
pub fn table(table: &Table, name: &str) -> Table {
    table.get(name).and_then(Value::as_table).cloned().unwrap_or_default()
}

/// The names of all dependencies, but for those of single targets.
fn names(manifest: &Table) -> BTreeSet<String> {
    DEPENDENCIES
        .iter()
        .flat_map(|name| table(manifest, name).into_iter())
        .map(|(name, _)| name)
        .collect()
}

/// A line of a manifest. What it takes from the workspace is said in full.
fn line(key: &str, value: &Value, shared: &Table) -> String {
    let takes = value.get("workspace").is_some();
    let value = match (value, shared.get(key)) {
        (Value::Table(own), Some(common)) if takes => {
            let mut all = match common {
                Value::Table(all) => all.clone(),
                version => Table::from_iter([("version".to_owned(), version.clone())]),
            };
            for (key, value) in own.iter().filter(|(key, _)| *key != "workspace") {
                match (all.get_mut(key), value) {
                    (Some(Value::Array(all)), Value::Array(more)) => all.extend(more.clone()),
                    _ => drop(all.insert(key.clone(), value.clone())),
                }
            }
            let only_version = if all.len() == 1 { all.get("version").cloned() } else { None };
            only_version.unwrap_or(Value::Table(all))
        }
        (_, _) => value.clone(),
    };
    format!("{key} = {value}\n")
}
