//! The rules that a page keeps, and how it is said that one does not.

use std::path::Path;

use anyhow::Result;
use similar::TextDiff;

use crate::docs::{
    book::Book,
    coverage::{self, Places},
    directive::Kind,
    fence::Fence,
    links::Problem,
    page::{Page, Region},
};
use kit::{
    report::{Failure, Report},
    steps::Step,
};

/// How many lines of code a fence may have.
const LINES: usize = 25;

/// The languages of fences that are filled from the code.
const FROM_CODE: [&str; 2] = ["rust", "diff"];

/// What a directive says, as it says it.
pub fn title(region: &Region) -> String {
    let kind = match region.directive.kind {
        Kind::Code => "code",
        Kind::Diff => "diff",
        Kind::Task => "task",
        Kind::Start => "start",
        Kind::Naive => "naive",
        Kind::Diffstat => "diffstat",
        Kind::Run => "run",
        Kind::Bug => "bug",
        Kind::Ladder => "ladder",
        Kind::ByHand => "by hand",
    };
    format!("{kind}: {}", region.directive.subject)
}

/// Says so if a fence is too long to be read.
pub fn too_long(region: &Region, fences: &[Fence]) -> Option<String> {
    let is_long = |fence: &&Fence| is_too_long(&fence.language, fence.lines.len());
    let fence = fences.iter().find(is_long).filter(|_| !region.directive.options.long)?;
    Some(format!(
        "has {} lines, more than {LINES}: name less of it, with `from \"…\" to \"…\"` say, or add `; long`",
        fence.lines.len()
    ))
}

/// Whether a fence of code has too many lines.
fn is_too_long(language: &str, lines: usize) -> bool {
    FROM_CODE.contains(&language) && lines > LINES
}

/// How a fence differs from what it should be.
pub fn difference(old: &[String], new: &[String]) -> String {
    if old.is_empty() {
        return "there is no fence below it: `cargo xtask docs` writes it".to_owned();
    }
    let (old, new) = (old.join("\n") + "\n", new.join("\n") + "\n");
    let diff = TextDiff::from_lines(&old, &new);
    let diff = diff.unified_diff().context_radius(1).to_string();
    format!("`cargo xtask docs` fills it anew:\n{}", diff.trim_end())
}

/// Checks the fences that somebody wrote, and the comments.
pub fn fences(page: &Page, report: &mut Report) {
    let mut problems: Vec<Problem> =
        page.problems.iter().map(|(line, what)| (line + 1, what.clone())).collect();
    for fence in &page.by_hand {
        let line = fence.line + 1;
        let language = fence.language.as_str();
        if language.is_empty() {
            problems
                .push((line, "this fence has no language: write `text` if it is none".to_owned()));
        }
        if FROM_CODE.contains(&language) && fence.options.is_none() {
            problems.push((
                line,
                format!(
                    "this {language} fence has no directive: write `<!-- {}: … -->` above it, or `<!-- by hand: why -->`",
                    if language == "diff" { "diff" } else { "code" }
                ),
            ));
        }
        let is_excused = fence.options.as_ref().is_some_and(|options| options.long);
        if is_too_long(language, fence.length) && !is_excused {
            problems.push((
                line,
                format!("has {} lines, more than {LINES}: split it, or add `; long`", fence.length),
            ));
        }
    }
    tally(report, &page.path, "has only fences that say what they are", problems);
}

/// Counts one check of a page: passed, or a failure for each line that breaks it.
pub fn tally(report: &mut Report, page: &str, sentence: &str, problems: Vec<Problem>) {
    if problems.is_empty() {
        report.passed += 1;
    }
    let failure = |(line, what)| Failure {
        name: format!("{page} {sentence}"),
        detail: format!("{page}:{line}: {what}"),
    };
    report.failures.extend(problems.into_iter().map(failure));
}

/// The step whose chapter a page is.
fn step_of<'a>(book: &'a Book<'_>, page: &Page) -> Option<&'a Step> {
    book.workspace.steps.iter().find(|step| step.meta.chapter == Path::new(&page.path))
}

/// Checks that a chapter shows what its step changes, if it says that it does.
pub fn coverage(book: &Book<'_>, page: &Page, shown: &Places, report: &mut Report) {
    let Some(step) = step_of(book, page) else { return };
    let name = format!("{} shows what {} changes", page.path, step.name);
    let coverage = match coverage::look(book, step, shown) {
        Ok(coverage) => coverage,
        Err(error) => {
            report.failures.push(Failure { name, detail: format!("{error:#}") });
            return;
        }
    };
    let missing: usize = coverage.gaps.values().map(Vec::len).sum();
    let failure = |detail| Failure { name: name.clone(), detail };
    report.failures.extend(coverage.problems.iter().cloned().map(failure));
    if !page.covers {
        report.skipped.push(format!(
            "{name}: {missing} of {} changed lines of code are not shown, and it does not claim that they are; \
             `<!-- coverage -->` at its top would",
            coverage.changed
        ));
    } else if missing > 0 {
        report.failures.push(failure(format!(
            "{missing} of {} changed lines of code are neither in a `code:` nor in a `diff:` fence: show them, or list \
             them under [[package.metadata.step.unshown]] in {}/Cargo.toml\n{}",
            coverage.changed,
            step.name,
            coverage.list()
        )));
    } else if coverage.problems.is_empty() {
        report.passed += 1;
    }
}

/// What a chapter does not show, by file and by item.
pub fn uncovered(book: &Book<'_>, page: &Page, shown: &Places) -> Result<String> {
    let Some(step) = step_of(book, page) else { return Ok(String::new()) };
    let coverage = coverage::look(book, step, shown)?;
    let missing: usize = coverage.gaps.values().map(Vec::len).sum();
    let mut out =
        format!("{}: {missing} of {} changed lines are not shown\n", page.path, coverage.changed);
    for (file, lines) in coverage.by_file() {
        out += &format!("  {file}: {lines}\n");
    }
    for line in coverage.list().lines() {
        out += &format!("    {line}\n");
    }
    for problem in &coverage.problems {
        out += &format!("  {problem}\n");
    }
    Ok(out)
}
