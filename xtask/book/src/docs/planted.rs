//! `bug:` fences: a known bug, and what the test says that catches it; and `ladder:` fences.

use std::{fs, path::Path};

use anyhow::{Result, bail, ensure};

use crate::docs::{
    Filled,
    book::{Book, Mode},
    command::LEFT_OUT,
    directive::Directive,
    fence::Fence,
    page::Region,
    source::indent,
};
use kit::{
    bugs::{self, Bug},
    neutral::{neutralise_run, without_machine},
    steps::Step,
};
use suite::ladder;

/// How many lines around the bug are shown, unless the directive says otherwise.
const CONTEXT: usize = 2;

/// How many lines of what the test says are shown.
const LINES: usize = 12;

/// Fills the two fences of a bug: the change, and what the test says.
///
/// A check does not put it in, which takes minutes: `cargo xtask bugs` sees that the test still fails like that.
pub fn fill(book: &Book<'_>, page: &str, region: &Region) -> Result<Filled> {
    let Directive { subject, options, .. } = &region.directive;
    let (step, bug) = find(book, page, subject)?;
    let file = format!("{}/{}", step.name, bug.file);
    let change = Fence {
        caption: format!("`{file}`, with a bug"),
        language: "diff".to_owned(),
        lines: change(step, &bug, options.context.unwrap_or(CONTEXT))?,
    };
    let (test_file, case) = bug.test.split_once("::").unwrap_or((&bug.test, ""));
    ensure!(
        has_test(step, test_file, case),
        "{}/tests/{test_file}.rs has no test `{case}`: mend `test` in xtask/bugs",
        step.name
    );
    let said = Fence {
        caption: format!("what `{case}` in `tests/{test_file}.rs` says then"),
        language: "text".to_owned(),
        lines: vec![],
    };
    let kept = region.fences.get(1).filter(|_| {
        let again = matches!(book.mode, Mode::Fill { again: true });
        // A change that is shown otherwise need not be another one; a bug that is another one says so by its lines.
        let changed = |fence: &Fence| {
            let signs = fence.lines.iter().filter(|line| line.starts_with(['+', '-']));
            signs.cloned().collect::<Vec<_>>()
        };
        let same = region.fences.first().is_some_and(|old| changed(old) == changed(&change));
        !again && (same || book.mode == Mode::Check)
    });
    let lines = match kept.filter(|kept| kept.lines.join("\n").contains(&bug.says)) {
        Some(kept) => kept.lines.clone(),
        None if book.mode == Mode::Check => {
            bail!("what the test says lacks {:?}: `cargo xtask docs` runs it again", bug.says)
        }
        None => run(book, step, &bug, case, region.fences.get(1))?,
    };
    Ok(Filled { fences: vec![change, Fence { lines, ..said }], shown: vec![] })
}

/// The bug of that name: of the page's step, if several steps have one.
fn find<'a>(book: &'a Book<'_>, page: &str, name: &str) -> Result<(&'a Step, Bug)> {
    let mut found = Vec::new();
    for step in &book.workspace.steps {
        let bugs = bugs::bugs_of(book.workspace, step)?;
        found.extend(bugs.into_iter().filter(|bug| bug.name == name).map(|bug| (step, bug)));
    }
    if found.len() > 1 {
        found.retain(|(step, _)| step.has_page(Path::new(page)));
    }
    let last = found.pop();
    match (last, found.len()) {
        (Some(bug), 0) => Ok(bug),
        (Some(_), _) => {
            bail!("there are several bugs `{name}`: give them names of their own in xtask/bugs")
        }
        (None, _) => bail!("there is no bug `{name}`: copy its name from xtask/bugs/stepNN.toml"),
    }
}

/// The change that a bug is, as lines of a difference.
fn change(step: &Step, bug: &Bug, context: usize) -> Result<Vec<String>> {
    let text = fs::read_to_string(step.dir.join(&bug.file))?;
    let broken = text.replacen(&bug.find, &bug.replace, 1);
    let diff = similar::TextDiff::from_lines(&text, &broken);
    let mut lines: Vec<(char, String)> = Vec::new();
    for ops in diff.grouped_ops(context) {
        for change in ops.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                similar::ChangeTag::Equal => ' ',
                similar::ChangeTag::Insert => '+',
                similar::ChangeTag::Delete => '-',
            };
            let line = change.value().trim_end();
            let is_documentation =
                ["///", "//!"].iter().any(|sign| line.trim_start().starts_with(sign));
            if sign != ' ' || !is_documentation {
                lines.push((sign, line.to_owned()));
            }
        }
    }
    // Around the change, what is outside of the block that it is in tells nothing.
    let changed = lines.iter().filter(|(sign, line)| *sign != ' ' && !line.is_empty());
    let depth = changed.map(|(_, line)| indent(line)).min().unwrap_or(0).saturating_sub(4);
    let tells =
        |(sign, line): &(char, String)| *sign != ' ' || (!line.is_empty() && indent(line) >= depth);
    let first = lines.iter().position(tells).unwrap_or(0);
    let last = lines.iter().rposition(tells).map_or(0, |last| last + 1);
    let lines = &lines[first..last];
    let filled = lines.iter().filter(|(_, line)| !line.is_empty());
    let common = filled.map(|(_, line)| indent(line)).min().unwrap_or(0);
    let written = |(sign, line): &(char, String)| {
        format!("{sign}{}", line.get(common..).unwrap_or_default()).trim_end().to_owned()
    };
    Ok(lines.iter().map(written).collect())
}

/// Whether a step has a test.
fn has_test(step: &Step, file: &str, case: &str) -> bool {
    let case = case.rsplit("::").next().unwrap_or_default();
    let text = fs::read_to_string(step.dir.join(format!("tests/{file}.rs"))).unwrap_or_default();
    text.contains(&format!("fn {case}("))
}

/// Puts a bug in, and gives the lines to show of what the test says.
fn run(
    book: &Book<'_>,
    step: &Step,
    bug: &Bug,
    case: &str,
    old: Option<&Fence>,
) -> Result<Vec<String>> {
    (book.note)(&format!("{}: {}", step.name, bug.name));
    let ran = book.scratch()?.run(step, bug)?;
    if let Err(expected) = bugs::verdict(bug, &ran) {
        bail!("expected of {} {expected}: `cargo xtask bugs` tells more", bug.test);
    }
    let roots = [book.scratch()?.root(), &book.workspace.root];
    let lines = heart(&without_machine(&ran.output, &roots), case, &bug.says);
    let same =
        |old: &&Fence| neutralise_run(&old.lines.join("\n")) == neutralise_run(&lines.join("\n"));
    Ok(old.filter(same).map_or_else(|| lines.clone(), |old| old.lines.clone()))
}

/// The lines to show of what a test says: its own words, and of those as many as fit, what is expected among them.
fn heart(output: &str, case: &str, says: &str) -> Vec<String> {
    let begin = format!("---- {case} stdout ----\n");
    let own = output.split_once(&begin).map(|(_, rest)| rest);
    let own = own.map(|rest| rest.split("\nfailures:\n").next().unwrap_or(rest));
    let own = own.filter(|own| own.contains(says)).unwrap_or(output);
    // It begins with a panic, as far as it says something that matters, and the way to there matters to nobody.
    let panicked = own.find("\nthread '").map(|at| &own[at..]);
    let own = panicked.filter(|panicked| panicked.contains(says)).unwrap_or(own);
    let told = own.split("stack backtrace:").next().filter(|told| told.contains(says));
    let own = told.unwrap_or(own);
    // What was killed leaves cargo's words around its own.
    let cargos = regex::Regex::new(
        r"^(\s*(Compiling|Finished|Running|Blocking) |running \d+ test|error: test failed|Caused by:|  process didn't|the test ended)",
    )
    .expect("the pattern is fixed");
    let is_news = |line: &&str| {
        let is_noise = line.starts_with("note: ") || cargos.is_match(line);
        line.contains(says) || !(is_noise || line.trim().is_empty())
    };
    let thread = regex::Regex::new(r"^(thread '[^']*') \(\d+\)").expect("the pattern is fixed");
    let lines: Vec<String> = own
        .lines()
        .filter(is_news)
        .map(|line| thread.replace(line.trim_end(), "$1").into_owned())
        .collect();
    let at = (0..lines.len()).find(|&at| lines[at].contains(says)).unwrap_or(0);
    let start = if at < LINES { 0 } else { at - LINES / 2 };
    let end = (start + LINES).min(lines.len());
    let mut shown = lines[start..end].to_vec();
    if start > 0 {
        shown.insert(0, LEFT_OUT.to_owned());
    }
    if end < lines.len() {
        shown.push(LEFT_OUT.to_owned());
    }
    shown
}

/// Fills a `ladder:` fence: what a step can do, beside the step before. The suite `ladder` checks that it is so.
pub fn fill_ladder(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let Ok(number) = directive.subject.parse::<u8>() else {
        bail!("`{}`: write the number of a step", directive.subject)
    };
    book.workspace.step(number)?;
    let steps: Vec<u8> = (number.saturating_sub(1).max(1)..=number).collect();
    let row = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<9}")).collect();
        format!("{name:<20}{cells}").trim_end().to_owned()
    };
    let mut lines = vec![row("", steps.iter().map(|step| format!("step {step:02}")).collect())];
    for (name, _) in ladder::expected(number) {
        let holds = |step: &u8| ladder::expected(*step).any(|rung| rung == (name, true));
        lines.push(row(
            name,
            steps.iter().map(|step| ladder::words(holds(step)).to_owned()).collect(),
        ));
    }
    let caption = "from `cargo xtask ladder`".to_owned();
    Ok(Fence { caption, language: "text".to_owned(), lines }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_says_itself_is_shown_and_what_is_expected_is_in_it() {
        let output = "running 1 test\n---- it_works stdout ----\n\nthread 'it_works' (42) panicked at a.rs:1:2:\n\
                      left: 1\nnote: run with\n\n\nfailures:\n    it_works\n";
        let expected = ["thread 'it_works' panicked at a.rs:1:2:", "left: 1"];
        assert_eq!(heart(output, "it_works", "left"), expected);
        let loud = format!("proptest: much\n{output}");
        let loud = loud.replace("stdout ----", "stdout ----\nproptest: much");
        assert_eq!(
            heart(&loud.replace("note: ", "stack backtrace:\n 0: "), "it_works", "left"),
            expected
        );
        let killed = "    Finished `test` profile\n     Running tests/a.rs (target/a)\n\nrunning 1 test\n\
                      it_works did not end within 5s\nerror: test failed, to rerun pass `--test a`\n\n\
                      Caused by:\n  process didn't exit successfully: `target/a` (signal: 6)\n";
        assert_eq!(heart(killed, "it_works", "did not end"), ["it_works did not end within 5s"]);
        // A test that was killed has said nothing of its own.
        assert!(heart(output, "it_works", "running").contains(&"running 1 test".to_owned()));
        let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let shown = heart(&long, "it_works", "line 30");
        assert_eq!((shown.len(), shown[0].as_str()), (LINES + 2, LEFT_OUT));
        assert!(shown.contains(&"line 30".to_owned()));
    }
}
