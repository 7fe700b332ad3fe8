//! `cargo xtask carry N`: carries the uncommitted edits of a step forward into the later steps.

use std::{collections::BTreeSet, fs, ops::Range, process::Command};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use comfy_table::{Table, presets};
use kit::{
    manifest,
    neutral::{neutralise, restore},
    outln,
    steps::{Step, Workspace},
    tree::{FOLDERS, Tree},
};
use similar::TextMerge;

/// The manifest's path in a step. What is above its dependencies is different in each step and is not carried.
const MANIFEST: &str = "Cargo.toml";

/// What to carry, and how far.
#[derive(Debug, Args)]
pub struct CarryArgs {
    /// The step that was edited, 1 to 6
    #[arg(value_name = "N")]
    step: u8,
    /// Carry these files only, named as in the step: `src/executor.rs`
    files: Vec<String>,
    /// The last step to carry into
    #[arg(long, value_name = "M")]
    to: Option<u8>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// An edited file of a step, with its texts in the last commit and now. The step's name is neutralised.
struct Edit {
    path: String,
    base: Option<String>,
    theirs: Option<String>,
}

/// What happens to a file in a later step: a word for it, and what to do.
type Outcome = (&'static str, Todo);

/// What to do with a file.
enum Todo {
    Keep,
    Write(String),
    Remove,
}

/// Lines that both sides changed, each in its own way, counted from 0: in the later step, and in the edited step.
type Overlap = (Range<usize>, Range<usize>);

/// Carries the edits into all the later steps, or into none.
pub fn run(workspace: &Workspace, args: &CarryArgs) -> Result<()> {
    let step = workspace.step(args.step)?;
    let mut edits = uncommitted(workspace, step)?;
    for file in &args.files {
        let names: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
        let names = names.join(", ");
        let is_edited = edits.iter().any(|edit| edit.path == *file);
        ensure!(
            is_edited,
            "{}/{file} has no uncommitted edit. Files with edits: {names}",
            step.name
        );
    }
    edits.retain(|edit| args.files.is_empty() || args.files.contains(&edit.path));
    if edits.is_empty() {
        outln!("{} has no uncommitted edits, so there is nothing to carry.", step.name);
        return Ok(());
    }
    let last = args.to.unwrap_or(u8::MAX);
    let is_later = |later: &&Step| (args.step + 1..=last).contains(&later.meta.number);
    let later: Vec<&Step> = workspace.steps.iter().filter(is_later).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let numbers = later.iter().map(|step| format!("step {:02}", step.meta.number));
    table.set_header(std::iter::once("file".to_owned()).chain(numbers));
    let trees = later.iter().map(|step| Tree::read(step)).collect::<Result<Vec<_>>>()?;
    let (mut todos, mut conflicts) = (Vec::new(), Vec::new());
    for edit in &edits {
        let mut row = vec![edit.path.as_str()];
        let mut is_dropped = false;
        for (later, tree) in later.iter().zip(&trees) {
            is_dropped |= later.meta.drops.contains(&edit.path) && edit.path.starts_with("src/");
            match carried(later, tree, edit, is_dropped)? {
                Ok((word, todo)) => {
                    row.push(word);
                    todos.push((later.dir.join(&edit.path), *later, todo));
                }
                Err(overlaps) => {
                    let place = |it| describe(step, later, edit, it);
                    conflicts.extend(overlaps.iter().map(|it| (later.meta.number, place(it))));
                }
            }
        }
        table.add_row(row);
    }
    if let Some(first) = conflicts.iter().map(|(number, _)| *number).min() {
        let places: String = conflicts.iter().map(|(_, place)| format!("  {place}\n")).collect();
        let way = match first - 1 > args.step {
            true => format!(
                "carry up to it with `cargo xtask carry {} --to {}`, ",
                args.step,
                first - 1
            ),
            false => String::new(),
        };
        bail!(
            "nothing was written, because these places need a decision:\n{places}\
             Make the same edit by hand there, and carry again. If step {first} needs another text, {way}edit step \
             {first}, and continue with `cargo xtask carry {first}`."
        );
    }
    for (path, later, todo) in todos.iter().filter(|_| !args.dry_run) {
        let done = match todo {
            Todo::Keep => Ok(()),
            Todo::Remove => fs::remove_file(path),
            Todo::Write(text) => fs::create_dir_all(path.parent().context("it is in a folder")?)
                .and_then(|()| fs::write(path, restore(text, later))),
        };
        done.with_context(|| format!("cannot write {}", path.display()))?;
    }
    outln!("{}", table.trim_fmt());
    match args.dry_run {
        true => outln!("Nothing was written. Leave out --dry-run to write it."),
        false => outln!("Run `cargo fmt --all` and `cargo xtask test-all` now."),
    }
    Ok(())
}

/// The files of a step that differ from the last commit.
fn uncommitted(workspace: &Workspace, step: &Step) -> Result<Vec<Edit>> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(&workspace.root);
        let output = git.output().context("cannot start git, which knows the last commit")?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = output.status.success().then(|| String::from_utf8(output.stdout));
        text.map_or(Err(errors), |text| text.map_err(|_| "a text is not UTF-8".to_owned()))
            .map_err(anyhow::Error::msg)
    };
    let places = FOLDERS.iter().chain([&MANIFEST]).map(|place| format!("{}/{place}", step.name));
    let places: Vec<String> = places.collect();
    let mut paths = BTreeSet::new();
    for mut list in [
        vec!["diff", "--relative", "--name-only", "--no-renames", "-z", "HEAD", "--"],
        vec!["ls-files", "--others", "--exclude-standard", "-z", "--"],
    ] {
        list.extend(places.iter().map(String::as_str));
        let text = git(&list).context("run it in a clone, because it compares with a commit")?;
        paths.extend(text.split_terminator('\0').map(str::to_owned));
    }
    let mut now = Tree::read(step)?.files;
    let text = fs::read_to_string(step.dir.join(MANIFEST))?;
    now.insert(MANIFEST.to_owned(), neutralise(&text, step));
    let edit = |path: &String| {
        let base = git(&["show", &format!("HEAD:./{path}")]).ok();
        let path = path.strip_prefix(&step.name)?.strip_prefix('/')?.to_owned();
        let (base, theirs) = (base.map(|text| neutralise(&text, step)), now.get(&path).cloned());
        (base != theirs).then_some(Edit { path, base, theirs })
    };
    Ok(paths.iter().filter_map(edit).collect())
}

/// Carries one edit into one step.
fn carried(
    step: &Step,
    tree: &Tree,
    edit: &Edit,
    is_dropped: bool,
) -> Result<Result<Outcome, Vec<Overlap>>> {
    let (base, theirs) = (edit.base.as_deref(), edit.theirs.as_deref());
    if edit.path != MANIFEST {
        let ours = tree.files.get(&edit.path).map(String::as_str);
        return Ok(match ours.is_none() && is_dropped {
            true => Ok(("no such file", Todo::Keep)),
            false => merged(base, ours, theirs),
        });
    }
    let ours = neutralise(&fs::read_to_string(step.dir.join(MANIFEST))?, step);
    let [base, ours, theirs] =
        [base, Some(&ours), theirs].map(|text| manifest::split(text.unwrap_or_default()));
    if base.rest == theirs.rest {
        return Ok(Ok(("has it", Todo::Keep)));
    }
    let shift = |lines: Range<usize>, above: &str| {
        let above = above.lines().count();
        lines.start + above..lines.end + above
    };
    Ok(match merged(Some(base.rest), Some(ours.rest), Some(theirs.rest)) {
        Ok((word, Todo::Write(rest))) => Ok((word, Todo::Write(ours.package.to_owned() + &rest))),
        Ok(outcome) => Ok(outcome),
        Err(overlaps) => Err(overlaps
            .into_iter()
            .map(|(of_ours, of_theirs)| {
                (shift(of_ours, ours.package), shift(of_theirs, theirs.package))
            })
            .collect()),
    })
}

/// Applies the edit from `base` to `theirs` to `ours`, or returns where the two sides disagree.
fn merged(
    base: Option<&str>,
    ours: Option<&str>,
    theirs: Option<&str>,
) -> Result<Outcome, Vec<Overlap>> {
    Ok(match (base, ours, theirs) {
        (_, ours, theirs) if ours == theirs => ("has it", Todo::Keep),
        (None, None, Some(new)) => ("added", Todo::Write(new.to_owned())),
        (_, None, _) => ("no such file", Todo::Keep),
        (base, ours, None) if base == ours => ("removed", Todo::Remove),
        (base, ours, Some(new)) if base == ours => ("taken", Todo::Write(new.to_owned())),
        (_, Some(ours), None) => return Err(vec![(0..ours.lines().count(), 0..0)]),
        (base, Some(ours), Some(theirs)) => {
            let merge = TextMerge::from_lines(base.unwrap_or_default(), ours, theirs);
            if merge.is_conflicted() {
                return Err(merge
                    .conflicts()
                    .map(|it| (it.ours_range(), it.theirs_range()))
                    .collect());
            }
            let text = merge.to_string();
            if text == ours { ("has it", Todo::Keep) } else { ("merged", Todo::Write(text)) }
        }
    })
}

/// Names the place of a conflict.
fn describe(source: &Step, step: &Step, edit: &Edit, (ours, theirs): &Overlap) -> String {
    // `7`, `7-9`, or `7` for the place before line 7.
    let lines = |lines: &Range<usize>| match lines.len() {
        0 | 1 => format!("{}", lines.start + 1),
        _ => format!("{}-{}", lines.start + 1, lines.end),
    };
    let (path, name) = (&edit.path, &source.name);
    let place = format!("{}/{path}:{}", step.name, lines(ours));
    match edit.theirs {
        None => format!("{place}: {name} drops this file, which has another text here"),
        Some(_) => format!("{place} against {name}/{path}:{}", lines(theirs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apart_from_each_other_are_merged_and_an_overlap_has_its_lines() {
        let merge = |base, ours, theirs| match merged(Some(base), Some(ours), Some(theirs)) {
            Ok((word, Todo::Write(text))) => Ok((word, text)),
            Ok((word, _)) => Ok((word, String::new())),
            Err(overlaps) => Err(overlaps),
        };
        let both = merge("a\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nd\n");
        assert_eq!(both, Ok(("merged", "A\nb\nc\nD\n".to_owned())));
        assert_eq!(merge("a\nb\n", "a\nB\n", "a\nB\n"), Ok(("has it", String::new())));
        let overlap = merge("a\nb\nc\n", "x\na\n1\nc\n", "a\n2\nc\n");
        assert_eq!(overlap, Err(vec![(2..3, 1..2)]));
    }
}
