//! `cargo xtask hint N`: one hint at a time.
//!
//! They are in `xtask/hints/stepNN.toml`, in the order in which the chapter comes to them.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use console::style;
use serde::Deserialize;

use crate::{
    along::{
        mine::Mine,
        sections::Chapter,
        state::{State, Way},
    },
    out::outln,
    steps::{Step, Workspace},
};

/// Which hint to give.
#[derive(Debug, Args)]
pub struct HintArgs {
    /// The step, 1 to 6
    step: u8,
    /// The last one again
    #[arg(long, conflicts_with = "all")]
    again: bool,
    /// All of them
    #[arg(long)]
    all: bool,
}

/// One hint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// When it helps most: while a file is missing (`src/waker.rs`), or after a test file (`tests/waker.rs`) or one of
    /// its tests (`waker::the_name`) has failed.
    pub when: Option<String>,
    /// What it says.
    pub text: String,
}

/// The hints of a step.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hints {
    hint: Vec<Hint>,
}

/// Gives the next hint, or those that were asked for.
pub fn hint(workspace: &Workspace, args: &HintArgs) -> Result<()> {
    let mine = Mine::existing(workspace, args.step)?;
    let hints = hints_of(workspace, mine.step)?;
    if hints.is_empty() {
        bail!("step {} has no hints: read {}", args.step, mine.step.meta.chapter.display());
    }
    let mut state = State::load(workspace)?;
    let mut way = state.of(&mine);
    way.hints.retain(|hint| *hint < hints.len());
    if args.all {
        for (index, hint) in hints.iter().enumerate() {
            show(index, &hints, hint);
        }
        return Ok(());
    }
    if args.again {
        let Some(&last) = way.hints.last() else {
            bail!("no hint was given yet: `cargo xtask hint {}` gives the first", args.step);
        };
        show(last, &hints, &hints[last]);
        return Ok(());
    }
    let is_blank = way.start == mine.fingerprint()?;
    let is_missing = |path: &str| path.starts_with("src/") && !mine.dir.join(path).is_file();
    let Some(next) = next(&hints, &way, is_blank, &is_missing) else {
        outln!(
            "That were all {} hints: read {}, or look at ours with `cargo xtask compare {}`.",
            hints.len(),
            Chapter::of(workspace, mine.step).read(&way.stopped),
            args.step
        );
        return Ok(());
    };
    show(next, &hints, &hints[next]);
    way.hints.push(next);
    state.set(&mine, way)
}

/// Prints a hint.
fn show(index: usize, hints: &[Hint], hint: &Hint) {
    let title = format!("Hint {} of {}", index + 1, hints.len());
    let about = hint.when.as_ref().map(|when| format!(", about {when}")).unwrap_or_default();
    outln!("{}\n{}\n", style(title + &about).bold(), hint.text.trim());
}

/// The hint to be given next: of those that were not given yet, the first about a test that failed; or else the first
/// about a file that is missing; or else the first, but for those about tests that pass. While nothing is written, it is
/// the missing files that matter.
fn next(
    hints: &[Hint],
    way: &Way,
    is_blank: bool,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<usize> {
    let left = (0..hints.len()).filter(|index| !way.hints.contains(index));
    left.min_by_key(|&index| match hints[index].when.as_deref() {
        Some(when) if is_blank && is_missing(when) => 0,
        Some(when) if when == way.stopped || way.failed.iter().any(|test| test == when) => 1,
        Some(when) if is_missing(when) => 2,
        Some(when) if way.good.iter().any(|path| is_about(when, path)) => 4,
        _ => 3,
    })
}

/// Whether a hint with this `when` is about a test file, or about one of its tests.
fn is_about(when: &str, path: &str) -> bool {
    let file = when.split_once("::").map(|(file, _)| format!("tests/{file}.rs"));
    file.as_deref().unwrap_or(when) == path
}

/// The hints of a step: none, if there is no file of them.
pub fn hints_of(workspace: &Workspace, step: &Step) -> Result<Vec<Hint>> {
    let path = format!("xtask/hints/step{:02}.toml", step.meta.number);
    let text = fs::read_to_string(workspace.root.join(&path)).unwrap_or_default();
    if text.is_empty() {
        return Ok(vec![]);
    }
    let hints: Hints = toml::from_str(&text).with_context(|| format!("in {path}"))?;
    Ok(hints.hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{along::sections, layout};

    #[test]
    fn what_failed_comes_first_then_what_is_missing_then_what_is_left() {
        let whens =
            [None, Some("src/a.rs"), Some("tests/b.rs"), Some("b::it_counts"), Some("src/z.rs")];
        let hint =
            |when: &Option<&str>| Hint { when: when.map(str::to_owned), text: String::new() };
        let hints: Vec<Hint> = whens.iter().map(hint).collect();
        let order = |is_blank: bool, stopped: &str, failed: &[&str]| {
            let failed = failed.iter().map(|test| (*test).to_owned()).collect();
            let mut way = Way { stopped: stopped.to_owned(), failed, ..Way::default() };
            while let Some(next) = next(&hints, &way, is_blank, &|path| path == "src/a.rs") {
                way.hints.push(next);
            }
            way.hints
        };
        assert_eq!(order(false, "", &[]), [1, 0, 2, 3, 4]);
        assert_eq!(order(false, "tests/b.rs", &["b::it_ends"]), [2, 1, 0, 3, 4]);
        assert_eq!(order(false, "tests/b.rs", &["b::it_counts"]), [2, 3, 1, 0, 4]);
        assert_eq!(order(true, "tests/b.rs", &[]), [1, 2, 0, 3, 4]);
    }

    #[test]
    fn hints_about_what_passes_come_last() {
        let whens = ["tests/a.rs", "a::it_ends", "tests/b.rs"];
        let hints: Vec<Hint> =
            whens.map(|when| Hint { when: Some(when.to_owned()), text: String::new() }).into();
        let mut way = Way { good: vec!["tests/a.rs".to_owned()], ..Way::default() };
        let mut order = Vec::new();
        while let Some(next) = next(&hints, &way, false, &|_| false) {
            order.push(next);
            way.hints.push(next);
        }
        assert_eq!(order, [2, 0, 1]);
    }

    #[test]
    fn every_step_has_hints_and_each_is_about_something_that_the_step_has() {
        let workspace = Workspace::load().unwrap();
        for step in &workspace.steps {
            let hints = hints_of(&workspace, step).unwrap();
            assert!((4..=8).contains(&hints.len()), "{}: {} hints", step.name, hints.len());
            for Hint { when, text } in hints {
                assert!(
                    text.lines().all(|line| line.len() <= 100),
                    "{}: too wide: {text}",
                    step.name
                );
                let Some(when) = when else { continue };
                let known = match when.split_once("::") {
                    Some((file, test)) => {
                        let path = step.dir.join(format!("tests/{file}.rs"));
                        layout::names_of_tests(&fs::read_to_string(path).unwrap()).contains(test)
                    }
                    None => step.dir.join(&when).is_file() || when == sections::GAME,
                };
                assert!(known, "{} has no {when}: adapt its hints", step.name);
            }
        }
    }
}
