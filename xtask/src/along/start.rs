//! `cargo xtask start N`: lays the folder in which a learner turns the step before into the step.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use console::style;

use crate::{
    along::{
        lay,
        mine::Mine,
        sections::Chapter,
        state::{State, Way},
    },
    neutral::{neutralise, restore},
    out::outln,
    steps::{Step, Workspace},
    tree,
};

/// What to lay.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// The step to be built, 1 to 6
    step: u8,
    /// Begin with what you typed for the step before, instead of with ours
    #[arg(long)]
    from_mine: bool,
    /// Move what is there aside, to `my/stepNN.1`, and begin anew
    #[arg(long)]
    fresh: bool,
}

/// What cargo is told in `my/`: to find `cargo xtask` from there, and what was compiled for the steps already.
const CONFIG: &str = "# Laid by `cargo xtask start`, anew each time.\n";

/// Lays the folder, and says what is to be done in it.
pub fn start(workspace: &Workspace, args: &StartArgs) -> Result<()> {
    let mine = Mine::new(workspace, args.step)?;
    let (number, shown) = (args.step, mine.shown());
    let before = number.checked_sub(1).filter(|&before| before > 0);
    let before = before.map(|before| Mine::new(workspace, before)).transpose()?;
    let mut state = State::load(workspace)?;
    let sources = match (&before, args.from_mine) {
        (Some(before), true) => finished(before, &state)?,
        (Some(before), false) => before.step.dir.clone(),
        (None, false) => mine.step.dir.clone(),
        (None, true) => bail!("no step comes before the first: leave `--from-mine` out"),
    };
    if fs::symlink_metadata(&mine.dir).is_ok() {
        if !args.fresh {
            bail!(
                "{shown} is there already, and it is yours: go on with `cargo xtask check {number}`, \
                 or move it aside and begin anew with `cargo xtask start {number} --fresh`"
            );
        }
        outln!("What you had is in {} now.", move_aside(&mine)?);
    }
    let named = before.as_ref().map_or(mine.step, |before| before.step);
    lay_out(&mine, named, &sources).with_context(|| format!("cannot lay {shown}"))?;
    state.set(&mine, Way { start: mine.fingerprint()?, ..Way::default() })?;
    tell(&mine, before.as_ref(), args.from_mine)
}

/// The learner's version of a step, if its check has passed and nothing was written since.
fn finished(before: &Mine<'_>, state: &State) -> Result<PathBuf> {
    let (number, shown) = (before.number(), before.shown());
    if !before.dir.is_dir() {
        bail!(
            "there is no {shown} to begin with: leave `--from-mine` out, and begin with our step"
        );
    }
    if state.of(before).done != before.fingerprint()? {
        bail!(
            "{shown} has not passed as it is now: see to it with `cargo xtask check {number}`, \
             or leave `--from-mine` out, and begin with our step"
        );
    }
    Ok(before.dir.clone())
}

/// Moves what is there aside, to the first name that is free, and gives that.
fn move_aside(mine: &Mine<'_>) -> Result<String> {
    let free = (1..).find(|count| fs::symlink_metadata(mine.aside(*count)).is_err());
    let count = free.context("every name is taken")?;
    let shown = mine.shown();
    fs::rename(&mine.dir, mine.aside(count))
        .with_context(|| format!("cannot move {shown} aside"))?;
    Ok(format!("{shown}.{count}"))
}

/// Lays the folder: aside at first, so that it is whole once it is there.
fn lay_out(mine: &Mine<'_>, before: &Step, sources: &Path) -> Result<()> {
    let (root, step) = (&mine.workspace.root, mine.step);
    let my = root.join("my");
    fs::create_dir_all(my.join(".cargo"))?;
    let xtask = root.join("xtask/Cargo.toml").display().to_string();
    // An alias is cut at its blanks. The other way to say it works in the steps' folders only.
    let xtask = if xtask.contains(' ') { "../../xtask/Cargo.toml".to_owned() } else { xtask };
    let xtask = toml::Value::String(format!("run --quiet --manifest-path {xtask} --"));
    let config = format!(
        "{CONFIG}[alias]\nxtask = {xtask}\n\n\
         [build]\ntarget-dir = \"../target/my\"\nbuild-dir = \"../target\"\n"
    );
    let path = my.join(".cargo/config.toml");
    if !path.exists() || fs::read_to_string(&path)?.starts_with(CONFIG) {
        fs::write(&path, config)?;
    }
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(&my)?;
    let write = |path: &str, text: &str| {
        let path = new.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let overlay = root.join("xtask/along").join(mine.name());
    let folders =
        [(sources, "src"), (&step.dir, "tests"), (&step.dir, "examples"), (&overlay, "src")];
    for (base, folder) in folders {
        for file in tree::files_under(&base.join(folder))? {
            let path = tree::relative(base, &file);
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
            write(&path, &restore(&neutralise(&text, before), step))?;
        }
    }
    let before = (before.name != step.name).then_some(before);
    write("Cargo.toml", &lay::manifest(mine, before)?)?;
    // With the versions that the steps were tested with.
    if let Ok(lock) = fs::read_to_string(root.join("Cargo.lock")) {
        write("Cargo.lock", &lock)?;
    }
    // It is renamed and not removed: what is under its new name is no temporary folder any more.
    fs::rename(new.keep(), &mine.dir)?;
    Ok(())
}

/// Says what was laid, what the chapter makes of it, and how to go on.
fn tell(mine: &Mine<'_>, before: Option<&Mine<'_>>, from_mine: bool) -> Result<()> {
    let (number, step) = (mine.number(), mine.step);
    let bold = |text: String| style(text).bold();
    let with = format!("with the tests and examples of step {number:02}");
    outln!(
        "{}",
        bold(match before {
            Some(before) if from_mine =>
                format!("{} is laid: what you have in {}, {with}.", mine.shown(), before.shown()),
            Some(before) => format!(
                "{} is laid: step {:02} as it is in the end, {with}.",
                mine.shown(),
                before.number()
            ),
            None =>
                format!("{} is laid: step 01 with the best parts left out, {with}.", mine.shown()),
        })
    );
    outln!(
        "\nChapter {number}, \"{}\", {}, is about",
        step.meta.title,
        step.meta.chapter.display()
    );
    let chapter = Chapter::of(mine.workspace, step);
    for path in mine.added() {
        let present = mine.dir.join(path).is_file();
        let is_blank = present && fs::read_to_string(mine.dir.join(path))?.contains("todo!(");
        match (present, is_blank) {
            (true, true) => outln!("  to fill in  {path}"),
            (true, false) => outln!("  as it is    {path}"),
            (false, _) => outln!("  new         {path}"),
        }
    }
    for path in step.meta.changes.iter().filter(|path| path.starts_with("src/")) {
        outln!("  to change   {path}");
    }
    let new = lay::newcomers(step, before.map(|before| before.step))?;
    let old = lay::leftovers(step, before.map(|before| before.step))?;
    let list = |names: Vec<&str>| names.join(", ");
    if !new.is_empty() {
        let names = list(new.iter().map(String::as_str).collect());
        outln!("  as it is    Cargo.toml: {names} came in already");
    }
    if !old.is_empty() {
        let names = list(old.keys().map(String::as_str).collect());
        outln!("  to change   Cargo.toml: {names} can go in the end");
    }
    if let Some(first) = mine.to_write().first() {
        outln!("\nBegin with {first}: {}.", chapter.read_file(first));
    }
    outln!(
        "
  cargo xtask check {number}      what passes, what does not yet, and what to read about it
  cargo xtask hint {number}       one hint at a time
  cargo xtask compare {number}    how yours differs from ours
  cargo xtask progress     how far you are

The first check fails: this is the starting point, and what fails is what the chapter is about."
    );
    Ok(())
}
