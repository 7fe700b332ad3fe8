//! `cargo xtask check N`: a learner's step against our tests, in the order of the chapter, up to the first that fails.

mod runner;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Args;
use console::style;

use self::runner::{Runner, UNBUILT};
use crate::{
    along::{
        lay,
        mine::Mine,
        sections::{Chapter, GAME, Reading},
        state::State,
        tell,
    },
    out::{out, outln},
    report::{Failure, Report},
    steps::{Step, Workspace},
};

/// Where a check stops if something does not build.
const THE_BUILD: &str = "the build";

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The step, 1 to 6
    step: u8,
    /// Only this test file, `waker` or `tests/waker.rs`, or the `game`
    #[arg(long, value_name = "FILE")]
    only: Option<String>,
    /// Go on after the first test file that fails
    #[arg(long)]
    all: bool,
}

/// One part of a check: its name, `tests/waker.rs` say, and what runs it.
enum Part<'a> {
    /// The library and the program build.
    Build,
    /// A test file of this step.
    Test(&'a str),
    /// The test files that the step before has, too.
    Kept(Vec<&'a str>),
    /// The examples in the documentation.
    Docs,
    /// `Cargo.toml` names nothing that should be gone.
    Manifest,
    /// The game's rules.
    Game,
}

/// Runs the check, and says whether all of it passed.
pub fn check(workspace: &Workspace, args: &CheckArgs) -> Result<bool> {
    let mine = Mine::existing(workspace, args.step)?;
    let mut state = State::load(workspace)?;
    let mut way = state.of(&mine);
    let now = mine.fingerprint()?;
    let fresh = way.start == now;
    if fresh {
        outln!("Nothing is written yet: this is the starting point, and it is expected to fail.\n");
    }
    let changed = mine.changed_tests()?;
    if !changed.is_empty() {
        outln!(
            "{} not as in step {:02}: ours run, and yours stay as they are.\n",
            list(&changed),
            args.step
        );
    }
    let runner = Runner::new(&mine, !changed.is_empty(), args.all)?;
    let (mut tests, mut rules, mut stops) = (0, 0, Vec::new());
    let mut failed = Vec::new();
    for part in parts(&mine, args)? {
        let report = runner.run(&part);
        match part {
            Part::Game => rules += report.passed,
            Part::Docs | Part::Build | Part::Manifest => {}
            Part::Test(_) | Part::Kept(_) => tests += report.passed,
        }
        if let Part::Test(path) = part {
            way.good.retain(|good| good != path);
        }
        if report.failures.is_empty() {
            way.good.extend(if let Part::Test(path) = part { Some(path.to_owned()) } else { None });
            continue;
        }
        let stop = stopped_at(&part, &report);
        failed.extend(report.failures.iter().filter_map(test_name));
        out!("\n{}", tell::failures(&report.failures));
        explain(&mine, &part, &report, &stop);
        // Then a hint about what these tests test would be beside the point.
        let unbuilt = report.failures.iter().any(|failure| failure.name.ends_with(UNBUILT));
        let must_stop = matches!(part, Part::Build);
        stops.push(if unbuilt { THE_BUILD.to_owned() } else { stop });
        if must_stop || !args.all {
            break;
        }
    }
    let passed = stops.is_empty();
    if args.only.is_none() {
        way.passed = tests;
        way.done = if passed { now } else { String::new() };
    }
    (way.stopped, way.failed) = (stops.first().cloned().unwrap_or_default(), failed);
    state.set(&mine, way)?;
    match (passed, &args.only) {
        (false, _) => outln!("\nStuck? cargo xtask hint {}", args.step),
        (true, Some(only)) => outln!("\n{only} passes. All of it: cargo xtask check {}", args.step),
        (true, None) => tell::success(&mine, tests, rules),
    }
    if !passed && fresh {
        outln!("This was to be expected: nothing is written yet.");
    }
    Ok(passed)
}

/// The parts of the check, in the order of the chapter: what is new, what was there before, and the game.
fn parts<'a>(mine: &Mine<'a>, args: &CheckArgs) -> Result<Vec<Part<'a>>> {
    let chapter = Chapter::of(mine.workspace, mine.step);
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for step in &mine.workspace.steps[..usize::from(mine.number())] {
        all.extend(step.meta.adds.iter().map(String::as_str).filter(|path| is_test(path)));
        all.retain(|path| !step.meta.drops.iter().any(|dropped| dropped == path));
    }
    let is_new = |path: &&str| mine.step.meta.adds.iter().any(|added| added == path);
    let (mut new, kept): (Vec<&str>, Vec<&str>) = all.iter().partition(|path| is_new(path));
    // What a model finds is hard to read: whatever else there is to find comes first.
    new.sort_by_key(|path| {
        let line = chapter.about(path).map_or(usize::MAX, |place| place.line);
        (path.ends_with("_model.rs"), line)
    });
    if let Some(only) = &args.only {
        let wanted = |path: &&&str| {
            let name = path.trim_start_matches("tests/");
            *path == only || name == only || name.trim_end_matches(".rs") == only
        };
        return Ok(match all.iter().find(wanted) {
            Some(path) => vec![Part::Build, Part::Test(path)],
            None if only == GAME => vec![Part::Build, Part::Game],
            None => bail!(
                "step {} has no test file `{only}`: name one of {}, or `{GAME}`",
                args.step,
                list(&all.into_iter().map(str::to_owned).collect::<Vec<_>>())
            ),
        });
    }
    let mut parts = vec![Part::Build];
    parts.extend(new.into_iter().map(Part::Test));
    parts.extend((!kept.is_empty()).then_some(Part::Kept(kept)));
    parts.extend([Part::Docs, Part::Manifest, Part::Game]);
    Ok(parts)
}

/// Whether a file of a step is a test file of its own. Models want another compiler's flag, and are left out.
fn is_test(path: &str) -> bool {
    let name = path.strip_prefix("tests/").and_then(|path| path.strip_suffix(".rs"));
    name.is_some_and(|name| !name.contains('/') && name != "loom")
}

/// Names, as one says them: `a, b`.
fn list(names: &[String]) -> String {
    names.join(", ")
}

/// Where a part stopped: the test file, or the part.
fn stopped_at(part: &Part<'_>, report: &Report) -> String {
    let file = report.failures.first().and_then(|failure| failure.name.split_once(": "));
    match (part, file) {
        (Part::Test(path), _) => (*path).to_owned(),
        (Part::Kept(_), Some((path, _))) => path.to_owned(),
        (Part::Kept(_), None) => "tests".to_owned(),
        (Part::Build, _) => THE_BUILD.to_owned(),
        (Part::Docs, _) => "doc tests".to_owned(),
        (Part::Manifest, _) => "Cargo.toml".to_owned(),
        (Part::Game, _) => GAME.to_owned(),
    }
}

/// The name of a test that failed, as hints say it: `waker::the_name`.
fn test_name(failure: &Failure) -> Option<String> {
    let (path, name) = failure.name.strip_prefix("tests/")?.split_once(".rs: ")?;
    Some(format!("{path}::{name}"))
}

/// Says what to read about a failure, and what the chapter adds next.
fn explain(mine: &Mine<'_>, part: &Part<'_>, report: &Report, stop: &str) {
    let chapter = Chapter::of(mine.workspace, mine.step);
    let next = mine.next_file();
    let unbuilt = report.failures.iter().any(|failure| failure.name.ends_with("does not build"));
    outln!("");
    match (part, next) {
        // What does not build wants what comes next: to read about its own subject would lead astray.
        (_, Some(_)) if unbuilt => {}
        (Part::Build | Part::Docs, Some(_)) => {}
        (Part::Build | Part::Docs, None) => {
            outln!("{} {}", style("read:").bold(), chapter.read(""))
        }
        // Where the chapter first says its name while it builds is where it changes.
        (Part::Manifest, _) => {
            outln!("{} {}", style("read:").bold(), chapter.read_file("Cargo.toml"))
        }
        _ => outln!("{} {}", style("read:").bold(), reading(mine, stop)),
    }
    if let Some(next) = next {
        outln!("{} {next}, {}", style("next:").bold(), chapter.read_file(next));
        outln!("      What is missing is not wrong: the chapter adds it.");
    }
}

/// What to read about a test file: what the last step up to this one says that has something to say.
fn reading(mine: &Mine<'_>, what: &str) -> Reading {
    let steps = mine.workspace.steps.iter().filter(|step| step.meta.number <= mine.number());
    let mut steps = steps.rev();
    let about = |step: &&Step| {
        // The game is in every step, and what a step changes may break it.
        what != GAME
            && (step.meta.sections.contains_key(what)
                || step.meta.adds.iter().any(|path| path == what))
    };
    let step = steps.find(about).unwrap_or(mine.step);
    Chapter::of(mine.workspace, step).read(what)
}

/// The dependencies that the step before had, and that the learner's manifest should name no more.
fn leftovers(mine: &Mine<'_>) -> Result<Vec<String>> {
    let Some(before) = mine.number().checked_sub(1).filter(|&before| before > 0) else {
        return Ok(vec![]);
    };
    let old = lay::leftovers(mine.step, Some(mine.workspace.step(before)?))?;
    let own = lay::table(&lay::read(&mine.dir.join("Cargo.toml"))?, "dependencies");
    Ok(old.into_iter().map(|(name, _)| name).filter(|name| own.contains_key(name)).collect())
}
