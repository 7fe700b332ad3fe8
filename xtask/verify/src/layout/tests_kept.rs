//! Rule 6: the tests of a step are those of the step before, minus those that its chapter replaces, and its own.

use std::{collections::BTreeSet, sync::LazyLock};

use anyhow::Result;
use regex::Regex;

use crate::layout::pair::Pair;
use kit::code::bare;

/// A test's attribute, other attributes after it, and the test's name.
static TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\[\s*(?:\w+::)*test\s*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)")
        .expect("the pattern is fixed")
});

/// The name of a function.
static FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bfn\s+(\w+)").expect("the pattern is fixed"));

/// Finds the tests of the step before that are gone and not listed in `replaces`, and those listed that are not gone.
pub fn all(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    let name = &pair.step.name;
    let mut replaced: BTreeSet<&str> = pair.step.meta.replaces.iter().map(String::as_str).collect();
    let mut places = Vec::new();
    for (path, text) in before.under("tests/") {
        let kept = names(pair.tree.text(path));
        for test in names(text).difference(&kept) {
            let full = format!("{}::{test}", module(path));
            if replaced.remove(full.as_str()) {
                continue;
            }
            let line = text.lines().position(|line| line.contains(&format!("fn {test}")));
            places.push(format!(
                "{}/{path}:{}: {name}/{path} does not have the test `{test}`. Copy it there, or, if the chapter \
                 replaces it, list \"{full}\" under `replaces` in {name}/Cargo.toml",
                step.name,
                line.map_or(1, |index| index + 1),
            ));
        }
    }
    places.extend(replaced.into_iter().map(|test| {
        format!(
            "{name}/Cargo.toml: `replaces` lists {test}, but that is no test of {} that is gone. Take it off the list",
            step.name
        )
    }));
    Ok(places)
}

/// The module of a test file: `program::world` for `tests/program/world.rs`.
fn module(path: &str) -> String {
    path.trim_start_matches("tests/").trim_end_matches(".rs").replace('/', "::")
}

/// The names of the tests in a file.
pub fn names(text: &str) -> BTreeSet<String> {
    let code = bare(text);
    let mut names: BTreeSet<String> =
        TEST.captures_iter(&code).map(|found| found[1].to_owned()).collect();
    // Inside `proptest!` every function is a test, with or without the attribute.
    for (start, _) in code.match_indices("proptest!") {
        let block = braces(&code[start..]);
        names.extend(FUNCTION.captures_iter(block).map(|found| found[1].to_owned()));
    }
    names
}

/// The text from the first opening brace to the one that closes it.
fn braces(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_helpers() {
        let text = "
            fn helper() {}
            // #[test] fn in_a_comment() {}
            #[test]
            #[should_panic(expected = \"x\")]
            fn plain() {}
            #[cfg(unix)]
            #[test]
            fn guarded() { if true { } }
            proptest! {
                #![proptest_config(x)]
                /// Says something.
                #[test]
                fn one(a in 0..1) { }
                fn other(a in 0..1) { }
            }
            fn after() {}
        ";
        let names: Vec<String> = names(text).into_iter().collect();
        assert_eq!(names, ["guarded", "one", "other", "plain"]);
    }
}
