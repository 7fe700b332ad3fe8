//! One mutation, tried: put into a copy, the tests that it is there for run, and taken out again.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use regex::Regex;

use super::Mutation;
use crate::{
    bugs::Scratch,
    faults,
    report::Report,
    steps::Workspace,
    suite::{self, Case, Target},
    test_all::SHOULD_PANIC,
};

/// What came of one mutation.
#[derive(Debug)]
pub struct Trial {
    /// The mutation, as a difference.
    pub diff: String,
    /// What came of each test.
    pub outcomes: Vec<(String, Outcome)>,
}

/// What came of one test.
#[derive(Debug)]
pub enum Outcome {
    /// As it should, with these words.
    Failed(String),
    /// It noticed nothing, and said this.
    Passed(String),
    /// It cannot run here, for this reason.
    Skipped(String),
}

/// Tries a mutation.
pub fn run(workspace: &Workspace, scratch: &Scratch, mutation: &Mutation) -> Result<Trial> {
    let Mutation { file, find, replace, .. } = mutation;
    let (outcomes, diff) =
        scratch.with(Path::new(file), find, replace, || outcomes(workspace, scratch, mutation))?;
    Ok(Trial { diff, outcomes })
}

/// Runs the tests of a mutation that is in place.
fn outcomes(
    workspace: &Workspace,
    scratch: &Scratch,
    mutation: &Mutation,
) -> Result<Vec<(String, Outcome)>> {
    let (mut files, mut rules, mut faults) = (BTreeMap::<_, Vec<&str>>::new(), vec![], vec![]);
    let last = workspace.steps.last().context("there are no steps")?;
    for test in &mutation.fails {
        let (kind, rest) = test.split_once(": ").unwrap_or((&last.name, test));
        match (kind, rest.split_once("::")) {
            ("game", _) => rules.push(rest),
            ("faults", _) => faults.push(rest),
            (package, Some((file, case))) => files.entry((package, file)).or_default().push(case),
            _ => bail!("{}: `{test}` is neither a test nor a rule nor a fault", mutation.name),
        }
    }
    let mut outcomes = Vec::new();
    for ((package, file), cases) in files {
        for (case, outcome) in tests(scratch, package, file, &cases)? {
            let of = if package == last.name { String::new() } else { format!("{package}: ") };
            outcomes.push((format!("{of}{file}::{case}"), outcome));
        }
    }
    if rules.is_empty() && faults.is_empty() {
        return Ok(outcomes);
    }
    let binary = match scratch.program(last)? {
        Ok(binary) => binary,
        Err(said) => bail!("{} does not build with that in it: {said}", last.name),
    };
    let target = Target { binary, level: last.meta.number };
    let quiet = |_: &str| {};
    let among = |names: &[&str], case: &Case| names.contains(&case.name);
    let cases = suite::cases().filter(|case| among(&rules, case));
    let report = suite::run_some(cases, &target, &quiet, false);
    outcomes.extend(rules.iter().map(|rule| (format!("game: {rule}"), judged(rule, &report))));
    let report = faults::check(&target, &|case| among(&faults, case), &quiet, false);
    outcomes.extend(faults.iter().map(|name| (format!("faults: {name}"), judged(name, &report))));
    Ok(outcomes)
}

/// What a report says of one case.
fn judged(name: &str, report: &Report) -> Outcome {
    if let Some(failure) = report.failures.iter().find(|failure| failure.name == name) {
        return Outcome::Failed(failure.detail.lines().take(2).collect::<Vec<_>>().join(", "));
    }
    // Either this one was skipped, or all were, for one reason.
    let is_about = |reason: &&String| reason.starts_with(&format!("{name}: "));
    let skipped = report.skipped.iter().find(is_about);
    match skipped.or(report.skipped.first().filter(|_| report.passed == 0)) {
        Some(reason) => Outcome::Skipped(reason.clone()),
        None => Outcome::Passed("it passed".to_owned()),
    }
}

/// Runs some tests of one file.
fn tests<'a>(
    scratch: &Scratch,
    package: &str,
    file: &str,
    cases: &[&'a str],
) -> Result<Vec<(&'a str, Outcome)>> {
    // A model that deadlocks takes its whole process along.
    if file == "loom" && cases.len() > 1 {
        return each_alone(scratch, package, file, cases);
    }
    let (success, said) = scratch.test(package, file, cases)?;
    // Some tests let cargo build what does not compile: that is another package.
    if said.contains(&format!("error: could not compile `{package}`")) {
        bail!("{package} does not build with that in it: {said}");
    }
    // A test that does not end in time does, too, and the others have not said anything then.
    if !success && !said.contains("test result: ") && cases.len() > 1 {
        return each_alone(scratch, package, file, cases);
    }
    // Whatever cargo itself stumbles over is no test that failed.
    if !success && !said.contains("\nrunning ") {
        bail!("the tests of {package} did not run: {said}");
    }
    let judge = |&case: &&'a str| {
        let broke_off = !success && cases.len() == 1;
        let has_failed = |how| said.contains(&format!("test {case}{how} ... FAILED"));
        let outcome = match broke_off || has_failed("") || has_failed(SHOULD_PANIC) {
            true => Outcome::Failed(words(case, &said)),
            false => Outcome::Passed(said.clone()),
        };
        (case, outcome)
    };
    Ok(cases.iter().map(judge).collect())
}

/// Runs each test in a process of its own.
fn each_alone<'a>(
    scratch: &Scratch,
    package: &str,
    file: &str,
    cases: &[&'a str],
) -> Result<Vec<(&'a str, Outcome)>> {
    let mut outcomes = Vec::new();
    for case in cases {
        outcomes.extend(tests(scratch, package, file, &[case])?);
    }
    Ok(outcomes)
}

/// What a test that failed said first.
fn words(case: &str, said: &str) -> String {
    let panicked = Regex::new(&format!(r"(?m)^thread '{case}'.* panicked at .*\n(.*)$"));
    let panicked = panicked.expect("the name of a test is a word").captures(said);
    if let Some(panicked) = panicked {
        return panicked[1].to_owned();
    }
    let tells = |line: &&str| line.contains("did not end within") || line.contains("panicked");
    said.lines().find(tells).unwrap_or("it broke off").to_owned()
}
