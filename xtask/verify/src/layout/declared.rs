//! Rules 2 and 3: a step's manifest says where it stands and what it changes, and nothing is moved.

use std::collections::BTreeSet;

use anyhow::Result;
use similar::TextDiff;

use crate::layout::pair::Pair;
use kit::{steps::Workspace, tree::Tree};

/// How much of two texts must be alike for the one to be the other, moved.
const MOVED: f32 = 0.75;

/// Finds the gaps in the numbers of the steps.
pub fn numbers(workspace: &Workspace) -> Vec<String> {
    let numbers: Vec<u8> = workspace.steps.iter().map(|step| step.meta.number).collect();
    let expected = 1..=u8::try_from(numbers.len()).unwrap_or(u8::MAX);
    if expected.eq(numbers.iter().copied()) {
        return vec![];
    }
    vec![format!(
        "the steps are numbered {numbers:?}. Set `number` under [package.metadata.step] so that they count 1, 2, 3 …"
    )]
}

/// Finds what is wrong with a step's number, its name and its chapter.
pub fn place(pair: &Pair<'_>) -> Result<Vec<String>> {
    let name = &pair.step.name;
    let mut places = Vec::new();
    let prefix = format!("step{:02}-", pair.step.meta.number);
    if !name.starts_with(&prefix) {
        places.push(format!(
            "{name}/Cargo.toml: the step's number is {}, but its folder does not begin with {prefix}. Change one of them",
            pair.step.meta.number
        ));
    }
    let chapter = &pair.step.meta.chapter;
    if !pair.workspace.root.join(chapter).is_file() {
        places.push(format!(
            "{name}/Cargo.toml: the chapter {} does not exist. Write it, or correct `chapter`",
            chapter.display()
        ));
    }
    Ok(places)
}

/// Finds the differences in `src/` that are not declared, and the declared ones that do not exist.
pub fn differences(pair: &Pair<'_>) -> Result<Vec<String>> {
    let empty = Tree::default();
    let before = pair.before.map_or(&empty, |(_, tree)| tree);
    let real = before.difference(pair.tree);
    let meta = &pair.step.meta;
    let manifest = format!("{}/Cargo.toml", pair.step.name);
    let misplaced = meta.misplaced.iter();
    let mut places: Vec<String> = misplaced
        .map(|what| {
            format!("{manifest}: {what}. Only files under src/ are declared: take it off the list")
        })
        .collect();
    for (word, verb, declared, real) in [
        ("adds", "add", &meta.adds, &real.adds),
        ("changes", "change", &meta.changes, &real.changes),
        ("drops", "drop", &meta.drops, &real.drops),
    ] {
        let in_src = |path: &&String| path.starts_with("src/");
        let real: BTreeSet<&String> = real.iter().filter(in_src).collect();
        let declared: Vec<&String> = declared.iter().filter(in_src).collect();
        let listed: BTreeSet<&String> = declared.iter().copied().collect();
        for path in real.difference(&listed) {
            places.push(format!(
                "{manifest}: the step {word} {path}, but `{word}` does not list it. List it, or undo the difference"
            ));
        }
        for path in listed.difference(&real) {
            places.push(format!(
                "{manifest}: `{word}` lists {path}, but the step does not {verb} it. Take it off the list"
            ));
        }
        if listed.len() < declared.len() {
            places.push(format!("{manifest}: `{word}` lists a file twice. Take one off"));
        }
    }
    Ok(places)
}

/// Finds files that went somewhere else on the way.
pub fn moves(pair: &Pair<'_>) -> Result<Vec<String>> {
    let Some((step, before)) = pair.before else {
        return Ok(vec![]);
    };
    let real = before.difference(pair.tree);
    let mut places = Vec::new();
    for from in &real.drops {
        for to in &real.adds {
            let likeness = TextDiff::from_lines(before.text(from), pair.tree.text(to)).ratio();
            if likeness > MOVED {
                places.push(format!(
                    "{}/{to}: this file was {}/{from}. Use one path in all steps, that of the last one",
                    pair.step.name, step.name
                ));
            }
        }
    }
    Ok(places)
}
