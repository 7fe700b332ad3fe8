//! What carrying an edit would do to each later step, worked out before anything is written.

use std::{fmt, fs, ops::Range};

use anyhow::Result;

use crate::carry::{
    edits::{Edit, MANIFEST},
    merge,
};
use kit::{
    manifest,
    neutral::{neutralise, restore},
    steps::Step,
    tree::Tree,
};

/// What happens to a file in a later step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The step had the text from before the edit: it takes the new one.
    Taken,
    /// The step has a text of its own, and the edit was merged into it.
    Merged,
    /// The step gets a new file.
    Added,
    /// The step loses the file.
    Removed,
    /// The step has the edit already.
    Present,
    /// The step does not have the file.
    Absent,
}

impl Outcome {
    /// Whether the file goes.
    pub fn deletes(self) -> bool {
        self == Outcome::Removed
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Taken => "taken",
            Outcome::Merged => "merged",
            Outcome::Added => "added",
            Outcome::Removed => "removed",
            Outcome::Present => "has it",
            Outcome::Absent => "no such file",
        })
    }
}

/// What happens to one file in one later step.
#[derive(Debug)]
pub struct Action<'a> {
    /// The later step.
    pub step: &'a Step,
    /// The file's path in it.
    pub path: String,
    /// What happens.
    pub outcome: Outcome,
    /// What to write, if anything.
    pub text: Option<String>,
}

/// What happens everywhere, and what prevents it.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// What happens, file by file and in each step by step.
    pub actions: Vec<Action<'a>>,
    /// The conflicts, each a line for a person.
    pub conflicts: Vec<String>,
    /// The number of the first step that has one.
    first_conflict: Option<u8>,
}

impl Plan<'_> {
    /// The number of the first step with a conflict, 0 if there is none.
    pub fn first_conflict(&self) -> u8 {
        self.first_conflict.unwrap_or_default()
    }
}

/// A file that no longer exists in the step that was edited, or a merge's overlaps.
type Verdict = Result<(Outcome, Option<String>), Vec<merge::Overlap>>;

/// Works out what the edits of `source` do to the later steps.
pub fn make<'a>(
    source: &Step,
    later: impl Iterator<Item = &'a Step>,
    edits: &[Edit],
) -> Result<Plan<'a>> {
    let mut plan = Plan::default();
    let mut dropped = Vec::new();
    for step in later {
        // Only what is declared: a file that is new in the edited step is in no later step yet, and is not dropped there.
        dropped.extend(step.meta.drops.iter().filter(|path| path.starts_with("src/")).cloned());
        let tree = Tree::read(step)?;
        for edit in edits {
            let ours = tree.files.get(&edit.path).map(String::as_str);
            let verdict = if edit.path == MANIFEST {
                carry_manifest(step, edit)?
            } else if ours.is_none() && dropped.contains(&edit.path) {
                Ok((Outcome::Absent, None))
            } else {
                carry(edit.base.as_deref(), ours, edit.theirs.as_deref())
            };
            match verdict {
                Ok((outcome, text)) => plan.actions.push(Action {
                    step,
                    path: edit.path.clone(),
                    outcome,
                    text: text.map(|text| restore(&text, step)),
                }),
                Err(overlaps) => {
                    plan.conflicts.extend(
                        overlaps.iter().map(|overlap| describe(source, step, edit, overlap)),
                    );
                    plan.first_conflict.get_or_insert(step.meta.number);
                }
            }
        }
    }
    plan.actions.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(plan)
}

/// Carries one edit into one text.
fn carry(base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Verdict {
    let outcome = match (base, ours, theirs) {
        (_, ours, theirs) if ours == theirs => (Outcome::Present, None),
        (None, None, Some(new)) => (Outcome::Added, Some(new.to_owned())),
        (Some(_), None, _) => (Outcome::Absent, None),
        (base, Some(_), None) if base == ours => (Outcome::Removed, None),
        (base, ours, Some(new)) if base == ours => (Outcome::Taken, Some(new.to_owned())),
        (base, Some(ours), Some(theirs)) => {
            let merged = merge::merge(base.unwrap_or_default(), ours, theirs)?;
            if merged == ours { (Outcome::Present, None) } else { (Outcome::Merged, Some(merged)) }
        }
        (_, ours, None) => {
            return Err(vec![merge::Overlap {
                ours: 0..ours.unwrap_or_default().lines().count(),
                theirs: 0..0,
            }]);
        }
    };
    Ok(outcome)
}

/// Carries an edit of the manifest's dependencies and what follows them: what a step says of itself is its own.
fn carry_manifest(step: &Step, edit: &Edit) -> Result<Verdict> {
    let ours = neutralise(&fs::read_to_string(step.dir.join(MANIFEST))?, step);
    let ours = manifest::split(&ours);
    let rest = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        manifest::split(text).rest.to_owned()
    };
    let (base, theirs) = (rest(&edit.base), rest(&edit.theirs));
    if base == theirs {
        return Ok(Ok((Outcome::Present, None)));
    }
    let skipped = ours.package.lines().count();
    let verdict = match carry(Some(&base), Some(ours.rest), Some(&theirs)) {
        Ok((outcome, text)) => Ok((outcome, text.map(|text| ours.package.to_owned() + &text))),
        Err(mut overlaps) => {
            let edited = manifest::split(edit.theirs.as_deref().unwrap_or_default());
            let above = edited.package.lines().count();
            for overlap in &mut overlaps {
                overlap.ours = shift(&overlap.ours, skipped);
                overlap.theirs = shift(&overlap.theirs, above);
            }
            Err(overlaps)
        }
    };
    Ok(verdict)
}

/// The same lines in a text that has more lines above them.
fn shift(lines: &Range<usize>, above: usize) -> Range<usize> {
    lines.start + above..lines.end + above
}

/// Says where two sides disagree.
fn describe(source: &Step, step: &Step, edit: &Edit, overlap: &merge::Overlap) -> String {
    let place = format!("{}/{}:{}", step.name, edit.path, lines(&overlap.ours));
    if edit.theirs.is_none() {
        return format!(
            "{place}: {} drops this file, and here it has a text of its own",
            source.name
        );
    }
    format!("{place} against {}/{}:{}", source.name, edit.path, lines(&overlap.theirs))
}

/// Lines as a person counts them: `7`, `7-9`, or `7` for the place before line 7.
fn lines(lines: &Range<usize>) -> String {
    if lines.len() > 1 {
        format!("{}-{}", lines.start + 1, lines.end)
    } else {
        format!("{}", lines.start + 1)
    }
}
