//! `cargo xtask carry N`: carries the uncommitted edits of a step forward into the later steps.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{
    manifest,
    neutral::{neutralise, restore},
    outln,
    steps::{Step, Workspace},
    tree::{self, FOLDERS},
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

/// The text of a file, if there is one.
type Text = Option<String>;

/// An edited file of a step, with its texts in the last commit and now. The step's name is neutralised.
struct Edit {
    path: String,
    base: Text,
    theirs: Text,
}

/// Carries the edits into all the later steps, or into none.
pub fn run(workspace: &Workspace, args: &CarryArgs) -> Result<()> {
    let step = workspace.step(args.step)?;
    let mut edits = uncommitted(step)?;
    let names: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
    for file in &args.files {
        ensure!(
            names.contains(&file.as_str()),
            "{}/{file} has no uncommitted edit. Files with edits: {}",
            step.name,
            names.join(", ")
        );
    }
    edits.retain(|edit| args.files.is_empty() || args.files.contains(&edit.path));
    if edits.is_empty() {
        outln!("{} has no uncommitted edits, so there is nothing to carry.", step.name);
        return Ok(());
    }
    let last = args.to.unwrap_or(u8::MAX);
    let is_later = |later: &&Step| (args.step + 1..=last).contains(&later.meta.number);
    let (mut changes, mut conflicts) = (Vec::new(), Vec::new());
    for edit in &edits {
        let mut is_dropped = false;
        for later in workspace.steps.iter().filter(is_later) {
            is_dropped |= later.meta.drops.contains(&edit.path) && edit.path.starts_with("src/");
            let place = format!("{}/{}", later.name, edit.path);
            match carried(later, edit, is_dropped)? {
                Ok(change) => changes.extend(change.map(|text| (place, text))),
                Err(lines) => {
                    let what = match edit.theirs {
                        Some(_) => "edits lines that have another text here",
                        None => "drops this file, which has another text here",
                    };
                    let line = |line| format!("  {place}:{line}: {} {what}\n", step.name);
                    conflicts.extend(lines.into_iter().map(|it| (later.meta.number, line(it))));
                }
            }
        }
    }
    if let Some(first) = conflicts.iter().map(|(number, _)| *number).min() {
        let places: String = conflicts.into_iter().map(|(_, place)| place).collect();
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
    for (place, text) in &changes {
        let file = workspace.root.join(place);
        let done = match text {
            _ if args.dry_run => Ok(()),
            Some(text) => fs::create_dir_all(file.parent().context("it is in a folder")?)
                .and_then(|()| fs::write(&file, text)),
            None => fs::remove_file(&file),
        };
        done.with_context(|| format!("cannot write {place}"))?;
        outln!("{place}: {}", if text.is_some() { "written" } else { "removed" });
    }
    match args.dry_run {
        _ if changes.is_empty() => outln!("The later steps have these edits, or lack the files."),
        true => outln!("Nothing was written, because of --dry-run."),
        false => outln!("Run `cargo fmt --all` and `cargo xtask test-all` now."),
    }
    Ok(())
}

/// The files of a step that differ from the last commit.
fn uncommitted(step: &Step) -> Result<Vec<Edit>> {
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").args(arguments).current_dir(&step.dir).output();
        let output = output.context("cannot start git, which knows the last commit")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).context("a text is not UTF-8")
    };
    let mut paths = BTreeSet::new();
    for list in [
        &["diff", "--relative", "--name-only", "--no-renames", "-z", "HEAD", "--"][..],
        &["ls-files", "--others", "--exclude-standard", "-z", "--"],
    ] {
        let text = git(&[list, &FOLDERS, &[MANIFEST]].concat());
        let text = text.context("run it in a clone, because it compares with a commit")?;
        paths.extend(text.split_terminator('\0').map(str::to_owned));
    }
    let edit = |path: String| {
        let base = git(&["show", &format!("HEAD:./{path}")]).ok();
        let base = base.map(|text| neutralise(&text, step));
        let theirs = read(step, &path)?.map(|text| neutralise(&text, step));
        Ok(Edit { path, base, theirs })
    };
    paths.into_iter().map(edit).collect()
}

fn read(step: &Step, path: &str) -> Result<Text> {
    let file = step.dir.join(path);
    file.exists().then(|| tree::read(&file)).transpose()
}

/// Applies an edit to the file of a later step. Returns what becomes of the file, if it changes. The inner error has the
/// lines that have another text there, counted from 1.
fn carried(step: &Step, edit: &Edit, is_dropped: bool) -> Result<Result<Option<Text>, Vec<usize>>> {
    let ours = read(step, &edit.path)?;
    let text = |text: &Text| {
        let text = restore(text.as_ref()?, step);
        let ours = ours.as_ref().filter(|_| edit.path == MANIFEST).map(|it| manifest::split(it));
        Some(ours.map_or(text.clone(), |it| it.package.to_owned() + manifest::split(&text).rest))
    };
    let (base, theirs) = (text(&edit.base), text(&edit.theirs));
    Ok(match (base, ours, theirs) {
        (_, ours, theirs) if ours == theirs => Ok(None),
        (None, None, Some(new)) if !is_dropped => Ok(Some(Some(new))),
        (_, None, _) => Ok(None),
        (base, ours, None) if base == ours => Ok(Some(None)),
        (_, _, None) => Err(vec![1]),
        (base, Some(ours), Some(theirs)) => {
            let base = base.unwrap_or_default();
            let merge = TextMerge::from_lines(base.as_str(), ours.as_str(), theirs.as_str());
            let text = merge.to_string();
            match merge.is_conflicted() {
                true => Err(merge.conflicts().map(|it| it.ours_range().start + 1).collect()),
                false => Ok((text != ours).then_some(Some(text))),
            }
        }
    })
}
