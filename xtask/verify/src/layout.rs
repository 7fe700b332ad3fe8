//! Checks the rules of the workspace, which keep the difference from one step to the next readable.
//!
//! What the compiler and the other suites find is not checked here: a step without a program does not build, code that
//! uses another step needs a dependency on it, and the ladder shows which steps are built from smol.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use anyhow::Result;
use kit::{
    code::bare,
    manifest, neutral,
    report::{Failure, Report},
    steps::{Step, Workspace},
    tree::Tree,
};
use learn::diff::FileDiff;
use regex::Regex;

/// How many lines a file of a step may have.
const LINES: usize = 250;

/// How many columns a line of a step may have: what the site shows without a scroll bar. Rustfmt breaks code, but
/// neither comments nor strings.
const COLUMNS: usize = 90;

/// The steps that change only the `use` items of the game. The first step writes the game, and the last is about it.
const SAME_GAME: std::ops::RangeInclusive<u8> = 2..=5;

/// A step and the one before it, with their files.
struct Pair<'a> {
    workspace: &'a Workspace,
    step: &'a Step,
    tree: &'a Tree,
    manifest: &'a str,
    /// The files with a test binary of their own, if the manifest lists them.
    binaries: Option<Vec<String>>,
    before: Option<(&'a Step, &'a Tree)>,
}

/// A rule: a sentence about a step, and what finds the places that break it. Each place is a file, a line, what is
/// wrong, and what to do.
type Rule = (&'static str, fn(&Pair<'_>) -> Vec<String>);

/// What every step must keep.
const RULES: [Rule; 10] = [
    ("forbids unsafe code in its library", forbids_unsafe),
    ("names itself only in main.rs, tests, examples and doc examples", names_itself),
    ("depends on no other step", depends_on_steps),
    ("has the right number and folder", place),
    ("declares exactly what it adds, changes and drops in src/", differences),
    ("has no file that is too long and no line that is too wide", sizes),
    ("changes only the `use` items of its game", changes_of_the_game),
    ("keeps its runtime free of the game", mentions_of_the_game),
    ("keeps the tests of the step before", lost_tests),
    ("compiles every test file", idle_tests),
];

/// Checks the rules, for one step or for all of them.
pub fn check(workspace: &Workspace, only: Option<u8>) -> Result<Report> {
    let trees = workspace.steps.iter().map(Tree::read).collect::<Result<Vec<_>>>()?;
    let steps: Vec<(&Step, &Tree)> = workspace.steps.iter().zip(&trees).collect();
    let readme = fs::read_to_string(workspace.root.join("README.md")).unwrap_or_default();
    let mut report = Report::default();
    let mut tally = |name: String, places: Vec<String>| {
        report.passed += usize::from(places.is_empty());
        let failure = |detail| Failure { name: name.clone(), detail };
        report.failures.extend(places.into_iter().map(failure));
    };
    for (index, &(step, tree)) in steps.iter().enumerate() {
        if only.is_some_and(|number| number != step.meta.number) {
            continue;
        }
        let before = index.checked_sub(1).map(|before| steps[before]);
        let manifest = fs::read_to_string(step.dir.join("Cargo.toml"))?;
        let binaries = manifest::test_files(&manifest)?;
        let pair = Pair { workspace, step, tree, manifest: &manifest, binaries, before };
        for (sentence, find) in RULES {
            tally(format!("{} {sentence}", step.name), find(&pair));
        }
        let row = row(step, before.map(|(_, tree)| tree), tree);
        let advice = format!("README.md lacks this row, which `cargo xtask readme` prints:\n{row}");
        let missing = if readme.contains(&row) { vec![] } else { vec![advice] };
        tally(format!("{} is in the table of README.md", step.name), missing);
    }
    Ok(report)
}

/// The table of steps for README.md.
pub fn readme_table(workspace: &Workspace) -> Result<String> {
    let mut table =
        "| step | adds | lines changed | chapter |\n| --- | --- | --- | --- |\n".to_owned();
    let mut before = None;
    for step in &workspace.steps {
        let tree = Tree::read(step)?;
        table += &format!("{}\n", row(step, before.as_ref(), &tree));
        before = Some(tree);
    }
    Ok(table)
}

/// A step's row in that table, with the lines of `src/` that it adds and removes.
fn row(step: &Step, before: Option<&Tree>, tree: &Tree) -> String {
    let (empty, (mut added, mut removed)) = (Tree::default(), (0, 0));
    let before = before.unwrap_or(&empty);
    let difference = before.difference(tree);
    let paths = difference.adds.iter().chain(&difference.changes).chain(&difference.drops);
    for path in paths.filter(|path| path.starts_with("src/")) {
        let side = |tree: &Tree| Some((path.clone(), tree.text(path).to_owned()));
        let file = FileDiff::new(path, side(before), side(tree));
        (added, removed) = (added + file.added, removed + file.removed);
    }
    let (name, meta) = (&step.name, &step.meta);
    let chapter = format!("[{}]({})", meta.title, meta.chapter.display());
    format!("| [`{name}`]({name}) | {} | +{added} −{removed} | {chapter} |", meta.capability)
}

impl Pair<'_> {
    /// A place in the step, as `step03-waker/src/lib.rs:7`.
    fn place(&self, path: &str, line: usize) -> String {
        format!("{}/{path}:{line}", self.step.name)
    }
}

/// A workspace's lint can be allowed again in a file, but this attribute cannot.
fn forbids_unsafe(pair: &Pair<'_>) -> Vec<String> {
    let forbids = pair.tree.text("src/lib.rs").lines().any(|it| it == "#![forbid(unsafe_code)]");
    let place = pair.place("src/lib.rs", 1);
    let advice = format!("{place}: add `#![forbid(unsafe_code)]` below the documentation");
    if forbids { vec![] } else { vec![advice] }
}

/// Finds the step's own name where it would make files of two steps differ.
fn names_itself(pair: &Pair<'_>) -> Vec<String> {
    let mut places = Vec::new();
    for (path, text) in pair.tree.under("src/") {
        let mut in_example = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            let is_fence = doc.is_some_and(|doc| doc.trim_start().starts_with("```"));
            in_example = doc.is_some() && in_example != is_fence;
            if path != "src/main.rs" && !in_example && neutral::occurs(line) {
                let place = pair.place(path, index + 1);
                places.push(format!(
                    "{place}: the line has the step's name. Write `crate::` in code, and leave the name out of prose"
                ));
            }
        }
    }
    places
}

fn depends_on_steps(pair: &Pair<'_>) -> Vec<String> {
    let dependencies = manifest::split(pair.manifest).rest;
    let others = pair.workspace.steps.iter().filter(|step| step.name != pair.step.name);
    let used = others.filter(|step| dependencies.contains(&step.name));
    let place = pair.place("Cargo.toml", 1);
    used.map(|it| format!("{place}: copy what the step needs of {}", it.name)).collect()
}

fn place(pair: &Pair<'_>) -> Vec<String> {
    let number = pair.step.meta.number;
    let expected = pair.before.map_or(1, |(before, _)| before.meta.number + 1);
    if number == expected && pair.step.name.starts_with(&format!("step{number:02}-")) {
        return vec![];
    }
    let place = pair.place("Cargo.toml", 1);
    vec![format!("{place}: set `number` to {expected}, and name the folder step{expected:02}-…")]
}

/// Finds the differences in `src/` that are not declared, and the declared ones that do not exist.
fn differences(pair: &Pair<'_>) -> Vec<String> {
    let empty = Tree::default();
    let real = pair.before.map_or(&empty, |(_, tree)| tree).difference(pair.tree);
    let (meta, place) = (&pair.step.meta, pair.place("Cargo.toml", 1));
    let misplaced = meta.misplaced.iter();
    let mut places: Vec<String> =
        misplaced.map(|what| format!("{place}: {what}. List only files under src/")).collect();
    for (word, declared, real) in [
        ("adds", &meta.adds, &real.adds),
        ("changes", &meta.changes, &real.changes),
        ("drops", &meta.drops, &real.drops),
    ] {
        let in_src = |path: &&String| path.starts_with("src/");
        let real: BTreeSet<&String> = real.iter().filter(in_src).collect();
        let listed: BTreeSet<&String> = declared.iter().filter(in_src).collect();
        for path in real.difference(&listed) {
            places.push(format!("{place}: the step {word} {path}. List it under `{word}`"));
        }
        for path in listed.difference(&real) {
            places.push(format!("{place}: `{word}` lists {path} wrongly. Take it off the list"));
        }
        if listed.len() < declared.iter().filter(in_src).count() {
            places.push(format!("{place}: `{word}` lists a file twice. Take one off the list"));
        }
    }
    places
}

fn sizes(pair: &Pair<'_>) -> Vec<String> {
    let mut places = Vec::new();
    for (path, text) in pair.tree.under("").filter(|(path, _)| path.ends_with(".rs")) {
        // The neutral name has a length of its own.
        let text = neutral::restore(text, pair.step);
        let lines = text.lines().count();
        if lines > LINES {
            let place = pair.place(path, lines);
            places.push(format!("{place}: {LINES} lines are allowed. Split the file"));
        }
        let wide = text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS);
        places.extend(wide.map(|(index, _)| {
            format!(
                "{}: {COLUMNS} columns are allowed. Break the line",
                pair.place(path, index + 1)
            )
        }));
    }
    places
}

/// Finds, in each file of the game, the first line that differs, apart from `use` items.
fn changes_of_the_game(pair: &Pair<'_>) -> Vec<String> {
    let Some((step, before)) = pair.before.filter(|_| SAME_GAME.contains(&pair.step.meta.number))
    else {
        return vec![];
    };
    let files = before.under("src/game").chain(pair.tree.under("src/game"));
    let files: BTreeSet<&str> = files.map(|(path, _)| path).collect();
    let first_change = |file: &str| {
        let [old, new] = [before, pair.tree].map(|tree| without_uses(tree.text(file)));
        let same = old.iter().zip(&new).take_while(|(old, new)| old.1 == new.1).count();
        let [old, new] = [old, new].map(|lines| lines.get(same).copied());
        let (line, _) = old.or(new)?;
        let [old, new] = [old, new].map(|line| line.map_or("no line", |(_, text)| text.trim()));
        Some(format!(
            "{}/{file}:{line}: `{old}` is `{new}` in {}. Make the two files equal. `cargo xtask carry {}` carries an \
             edit on",
            step.name, pair.step.name, step.meta.number
        ))
    };
    files.into_iter().filter_map(first_change).collect()
}

/// The lines that are not blank and not part of a `use` item at the file's top level, with their numbers.
fn without_uses(text: &str) -> Vec<(usize, &str)> {
    static USE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:pub(?:\([^)]*\))? )?use ").expect("it is valid"));
    let (mut in_use, mut lines) = (false, Vec::new());
    for (index, line) in text.lines().enumerate() {
        in_use = in_use || USE.is_match(line);
        if !in_use && !line.trim().is_empty() {
            lines.push((index + 1, line));
        }
        in_use = in_use && !line.trim_end().ends_with(';');
    }
    lines
}

fn mentions_of_the_game(pair: &Pair<'_>) -> Vec<String> {
    static PATH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"crate::(?:\{[^;]*?)?\bgame\b").expect("it is valid"));
    let mut places = Vec::new();
    for (path, text) in pair.tree.under("src/runtime") {
        for found in PATH.find_iter(text) {
            let place = pair.place(path, text[..found.start()].matches('\n').count() + 1);
            places.push(format!(
                "{place}: the runtime uses the game. Move what both need into src/runtime"
            ));
        }
    }
    places
}

/// Finds the tests of the step before that are gone and not listed in `replaces`, and those listed that are not gone.
fn lost_tests(pair: &Pair<'_>) -> Vec<String> {
    let Some((step, before)) = pair.before else { return vec![] };
    let manifest = pair.place("Cargo.toml", 1);
    let mut replaced: BTreeSet<&str> = pair.step.meta.replaces.iter().map(String::as_str).collect();
    let mut places = Vec::new();
    for (path, text) in before.under("tests/") {
        let module = path.trim_start_matches("tests/").trim_end_matches(".rs").replace('/', "::");
        let kept = tests_in(pair.tree.text(path));
        let lost = tests_in(text).into_iter().filter(|test| !kept.contains(test));
        for test in lost.map(|test| format!("{module}::{test}")) {
            if !replaced.remove(test.as_str()) {
                places.push(format!(
                    "{}/{path}: the step lacks its test {test}. Copy it, or list it under `replaces` in {manifest}",
                    step.name
                ));
            }
        }
    }
    let wrong =
        |test| format!("{manifest}: `replaces` lists {test}, which is not gone. Take it off");
    places.extend(replaced.into_iter().map(wrong));
    places
}

/// The names of the tests in a file.
fn tests_in(text: &str) -> BTreeSet<String> {
    // An attribute, other attributes after it, and the name.
    static TEST: LazyLock<Regex> = LazyLock::new(|| {
        let test =
            r"#\[\s*(?:\w+::)*test\s*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)";
        Regex::new(test).expect("it is valid")
    });
    TEST.captures_iter(&bare(text)).map(|found| found[1].to_owned()).collect()
}

/// Finds tests in files that are neither a test binary nor a module of one.
fn idle_tests(pair: &Pair<'_>) -> Vec<String> {
    static MODULE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bmod\s+(\w+)\s*;").expect("it is valid"));
    let in_src = pair.tree.under("src/").filter(|(_, text)| !tests_in(text).is_empty());
    let mut idle: Vec<&str> = in_src.map(|(path, _)| path).collect();
    // Without a list, cargo makes a binary of each file.
    if let Some(binaries) = &pair.binaries {
        let mut compiled: BTreeSet<String> = binaries.iter().cloned().collect();
        for binary in binaries {
            let code = bare(pair.tree.text(binary));
            let modules = MODULE.captures_iter(&code);
            compiled.extend(modules.map(|found| format!("tests/{}.rs", &found[1])));
        }
        let files = pair.tree.under("tests/").map(|(path, _)| path);
        let files = files.filter(|path| path.ends_with(".rs") && path.matches('/').count() == 1);
        idle.extend(files.filter(|path| !compiled.contains(*path)));
    }
    let advice =
        "no test binary has the tests of this file. Move them into a module of tests/all.rs";
    idle.iter().map(|path| format!("{}: {advice}", pair.place(path, 1))).collect()
}
