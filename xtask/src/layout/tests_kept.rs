//! Rule 6: the tests of a step are those of the step before, and more.

use std::{collections::BTreeSet, sync::LazyLock};

use anyhow::Result;
use regex::Regex;

use crate::{code::bare, layout::pair::Pair};

/// A test's attribute, other attributes after it, and the test's name.
static TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\[\s*(?:\w+::)*test\s*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)")
        .expect("the pattern is fixed")
});

/// The name of a function.
static FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bfn\s+(\w+)").expect("the pattern is fixed"));

/// Finds the tests of the step before that are gone, unless their file is declared dropped.
pub fn all(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    let mut places = Vec::new();
    for (path, text) in before.under("tests/") {
        if pair.step.meta.drops.iter().any(|dropped| dropped == path) {
            continue;
        }
        let kept = names(pair.tree.text(path));
        for name in names(text).difference(&kept) {
            let line = text.lines().position(|line| line.contains(&format!("fn {name}")));
            places.push(format!(
                "{}/{path}:{}: the test `{name}` is not in {}/{path}: copy it there, \
                 so that a regression shows in the step that brings it",
                step.name,
                line.map_or(1, |index| index + 1),
                pair.step.name,
            ));
        }
    }
    Ok(places)
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
