//! `cargo xtask start N`: creates the folder in which a learner turns the step before into the step.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use console::style;

use crate::{
    along::{
        mine::Mine,
        state::{State, Way},
        tell,
    },
    series::{Snapshot, merge::merge},
};
use kit::{neutral::restore, outln, steps::Workspace, tree};

/// What to create.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// The step to build, 1 to 6
    #[arg(value_parser = crate::number)]
    step: u8,
    /// Begin with your own version of the step before, instead of ours
    #[arg(long)]
    from_mine: bool,
    /// Move the existing folder aside, to `my/stepNN.1`, and start over
    #[arg(long)]
    fresh: bool,
}

/// Where cargo builds what is in `my/`: the dependencies are those that it compiled for the steps.
const CONFIG: &str = "# Written by `cargo xtask start`.
[build]
target-dir = \"../target/my\"
build-dir = \"../target\"
";

/// A package that makes `cargo xtask` work in every folder of the learner's workspace. An alias cannot name a program by
/// a path, because cargo takes such a path from the current folder, but it can name a package of the workspace.
const XTASK: &str =
    "# Written by `cargo xtask start`, so that the command works in each folder of this workspace.
[package]
name = \"xtask\"
edition = \"2024\"

[[bin]]
name = \"xtask\"
path = \"../../../xtask/src/main.rs\"
";

/// Creates the folder, and says what to do in it.
pub fn start(workspace: &Workspace, args: &StartArgs) -> Result<()> {
    let mine = Mine::new(workspace, args.step)?;
    let (number, shown) = (args.step, mine.shown());
    let mut state = State::load(workspace)?;
    let own = match args.from_mine {
        true => Some(finished(workspace, number, &state)?),
        false => None,
    };
    if fs::symlink_metadata(&mine.dir).is_ok() {
        if !args.fresh {
            bail!(
                "{shown} already exists. Continue with `cargo xtask check {number}`, or start over with \
                 `cargo xtask start {number} --fresh` (your files are moved aside, not deleted)"
            );
        }
        let aside = mine.aside(mine.count_aside() + 1);
        fs::rename(&mine.dir, &aside).with_context(|| format!("cannot move {shown} aside"))?;
        outln!("Your files are in {} now.", tree::relative(&workspace.root, &aside));
    }
    let (mut sources, mut left) = (mine.series.prefixes[0].clone(), String::new());
    if let (Some(own), Some(before)) = (&own, mine.series.before) {
        let before = Snapshot::read(&before.dir, before)?;
        (sources, left) = merge(&before, own, &sources);
    }
    if let Some(lib) = sources.0.get_mut("src/lib.rs").filter(|_| mine.series.before.is_some()) {
        *lib = mine.retitled(lib);
    }
    lay_out(&mine, &sources).with_context(|| format!("cannot create {shown}"))?;
    let left = restore(&left, mine.step) + &mine.begin(1, false)?.1;
    state.set(&mine, &Way { start: mine.fingerprint(&["src"])?, ..Way::default() })?;
    let from = match (&own, mine.series.before) {
        (Some(_), _) => format!("your step {:02}", number - 1),
        (None, Some(_)) => format!("step {:02} as it ended", number - 1),
        (None, None) => "the starting point".to_owned(),
    };
    let ready = style(format!("{shown} is ready: {from}, with the tests of task 1.")).bold();
    outln!(
        "{ready}\nIt is a workspace of its own: open the folder {shown} in your editor. If you open the whole \
         checkout instead,\nadd {shown}/Cargo.toml to `rust-analyzer.linkedProjects`.\n"
    );
    for (index, task) in mine.series.tasks.iter().enumerate() {
        let time =
            if task.minutes > 0 { format!(" ({} minutes)", task.minutes) } else { String::new() };
        outln!("  task {}: {}{time}", index + 1, task.title);
    }
    tell::begin(&mine, 1, &left);
    outln!(
        "
  cargo xtask check {number}      run the tests, and move on to the next task when they pass
                           (with --watch: run them each time you save a file)
  cargo xtask hint {number}       show one hint
  cargo xtask compare {number}    show how your code differs from ours
  cargo xtask progress     show how far you are

In {shown} you can leave the number out. The first check fails, because nothing is written yet."
    );
    Ok(())
}

/// The learner's version of the step before, if its check has passed and nothing was written since.
fn finished(workspace: &Workspace, number: u8, state: &State) -> Result<Snapshot> {
    let Some(before) = number.checked_sub(1).filter(|&before| before > 0) else {
        bail!("no step comes before the first. Leave `--from-mine` out");
    };
    let mine = Mine::new(workspace, before)?;
    let shown = mine.shown();
    if !mine.dir.is_dir() {
        bail!("{shown} does not exist. Leave `--from-mine` out to begin with our step");
    }
    if state.of(&mine).done != mine.fingerprint(&["src"])? {
        bail!(
            "{shown} has not passed its check as it is now. Run `cargo xtask check {before}`, or leave `--from-mine` \
             out to begin with our step"
        );
    }
    mine.snapshot()
}

/// Writes the folder under another name at first, so that it is complete once it exists.
fn lay_out(mine: &Mine<'_>, sources: &Snapshot) -> Result<()> {
    let my = mine.workspace.root.join("my");
    fs::create_dir_all(my.join(".cargo"))?;
    let path = my.join(".cargo/config.toml");
    if !path.exists() {
        fs::write(&path, CONFIG)?;
    }
    let new = my.join(format!(".new-{}", mine.name()));
    if new.exists() {
        fs::remove_dir_all(&new).context("cannot remove what an interrupt has left")?;
    }
    let aside = mine.count_aside();
    let tag = if aside > 0 { (aside + 1).to_string() } else { String::new() };
    let mut files = mine.series.folder(sources, 1, &tag)?;
    if let Some(manifest) = files.get_mut("Cargo.toml") {
        *manifest = manifest.replace("[workspace]\n", "[workspace]\nmembers = [\".xtask\"]\n");
    }
    files.insert(".xtask/Cargo.toml".to_owned(), XTASK.to_owned());
    tree::write(&new, &files)?;
    Ok(fs::rename(new, &mine.dir)?)
}
