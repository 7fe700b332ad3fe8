//! Rule 6: every test file is compiled. A file that nothing compiles would pass silently.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use anyhow::Result;
use regex::Regex;

use crate::layout::pair::Pair;
use kit::{code::bare, manifest};

/// The file of the one test binary that holds almost all tests of a step.
const ALL: &str = "tests/all.rs";

/// The name of a module that is in a file of its own.
static MODULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bmod\s+(\w+)\s*;").expect("the pattern is fixed"));

/// Finds test files that are neither a test binary nor a module of one.
pub fn compiled(pair: &Pair<'_>) -> Result<Vec<String>> {
    let manifest = fs::read_to_string(pair.step.dir.join("Cargo.toml"))?;
    let Some(binaries) = manifest::test_files(&manifest)? else {
        if !pair.tree.files.contains_key(ALL) {
            return Ok(vec![]);
        }
        return Ok(vec![format!(
            "{}/Cargo.toml: cargo makes a binary of each file beside {ALL}, too. Set `autotests = false` under \
             [package]",
            pair.step.name
        )]);
    };
    let mut compiled = BTreeSet::new();
    for binary in binaries {
        let code = bare(pair.tree.text(&binary));
        compiled.extend(MODULE.captures_iter(&code).map(|found| format!("tests/{}.rs", &found[1])));
        compiled.insert(binary);
    }
    let files = pair.tree.under("tests/").map(|(path, _)| path);
    let files = files.filter(|path| path.ends_with(".rs") && path.matches('/').count() == 1);
    let idle = files.filter(|path| !compiled.contains(*path));
    Ok(idle
        .map(|path| {
            let module = path.trim_start_matches("tests/").trim_end_matches(".rs");
            format!(
                "{}/{path}: nothing compiles this file, so its tests never run. Add `mod {module};` to {ALL}, or a \
                 [[test]] named {module} to Cargo.toml",
                pair.step.name
            )
        })
        .collect())
}
