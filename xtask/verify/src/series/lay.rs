//! The folders in which a series is written: `--lay` and `--save`.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
};

use anyhow::{Context, Result, bail, ensure};

use kit::{outln, tree};
use learn::series::{Series, Snapshot};

/// The file beside the folders that tells what was in them when they were written or saved.
const LAID: &str = "laid.txt";

/// Writes every prefix, start and naive version as a complete folder.
///
/// With `carry`, what differs between the last prefix and the step is merged into all of them.
pub fn lay(series: &Series<'_>, carry: bool) -> Result<()> {
    ensure!(series.exists(), "write {} first", series.shown("tasks.toml"));
    let (laid, own) = (series.laid()?, Snapshot::read(&series.step.dir, series.step)?);
    let last = series.prefixes.last().cloned().unwrap_or_default();
    let known = fs::read_to_string(laid.join(LAID)).unwrap_or_default();
    if let Some(line) = state(series)?.lines().find(|line| !known.contains(line)) {
        bail!(
            "{} has edits that are not saved. Save them with `cargo xtask series {} --save`, or remove the folder",
            laid.join(line.split(' ').next().unwrap_or_default()).display(),
            series.step.meta.number
        );
    }
    for (name, snapshot, reached) in versions(series) {
        let (snapshot, conflicts) =
            if carry { merge(&last, snapshot, &own) } else { (snapshot.clone(), vec![]) };
        for path in conflicts {
            outln!("conflict in {name}/{path}: edit the lines between <<<<<<< and >>>>>>>");
        }
        let tag = name.replace('.', "-");
        let files = series.folder(&snapshot, reached, &format!("task{tag}"))?;
        tree::mirror(&laid.join(&name), &files).with_context(|| format!("cannot lay {name}"))?;
    }
    for (patch, hunk) in &series.rejected {
        outln!("not applied, {patch}: {hunk}");
    }
    if !carry && last != own {
        let differs = last.changed(&own).join(", ");
        outln!(
            "The last prefix is not {}: {differs}. Edit the folders, or use `--lay --carry` to merge the difference into them.",
            series.step.name
        );
    }
    fs::write(laid.join(LAID), state(series)?)?;
    outln!(
        "Wrote {}. Edit src/ and the dependencies there, then run `cargo xtask series {} --save`.",
        laid.display(),
        series.step.meta.number
    );
    Ok(())
}

/// Writes the patches back from the folders.
pub fn save(series: &Series<'_>) -> Result<()> {
    let (laid, step) = (series.laid()?, series.step);
    let read = |name: &str| -> Result<Snapshot> {
        let dir = laid.join(name);
        ensure!(dir.is_dir(), "there is no {}: write it with `--lay`", dir.display());
        Snapshot::read(&dir, step)
    };
    let write = |name: &str, from: &Snapshot, to: &Snapshot| -> Result<()> {
        let (file, patch) = (series.path(name), from.patch_to(to));
        let old = fs::read_to_string(&file).unwrap_or_default();
        if patch == old {
            return Ok(());
        }
        outln!("{} {}", if patch.is_empty() { "removed" } else { "wrote" }, series.shown(name));
        match patch.is_empty() {
            true => fs::remove_file(file),
            false => fs::write(file, patch),
        }
        .with_context(|| format!("cannot write {}", series.shown(name)))
    };
    let base = series.before.map_or(Ok(Snapshot::default()), |it| Snapshot::read(&it.dir, it))?;
    let mut before = read("0")?;
    write("0.patch", &base, &before)?;
    for number in 1..=series.tasks.len() {
        let after = read(&number.to_string())?;
        write(&format!("{number}.patch"), &before, &after)?;
        for kind in ["start", "naive"] {
            let name = format!("{number}.{kind}");
            if laid.join(&name).is_dir() {
                write(&format!("{name}.patch"), &before, &read(&name)?)?;
            }
        }
        before = after;
    }
    fs::write(laid.join(LAID), state(series)?)?;
    let own = Snapshot::read(&step.dir, step)?;
    if before != own {
        let differs = before.changed(&own).join(", ");
        outln!("The last folder is not {} yet: {differs}.", step.name);
    }
    Ok(())
}

/// A line for each folder that is there, with its name and a number for what is in it.
fn state(series: &Series<'_>) -> Result<String> {
    let mut text = String::new();
    for (name, ..) in versions(series) {
        let dir = series.laid()?.join(&name);
        if dir.is_dir() {
            let mut hasher = DefaultHasher::new();
            Snapshot::read(&dir, series.step)?.0.hash(&mut hasher);
            text += &format!("{name} {:016x}\n", hasher.finish());
        }
    }
    Ok(text)
}

/// The folders of a series: name, sources, and how many tasks have been reached.
fn versions<'a>(series: &'a Series<'_>) -> Vec<(String, &'a Snapshot, usize)> {
    let mut versions = vec![("0".to_owned(), &series.prefixes[0], 0)];
    for (index, task) in series.tasks.iter().enumerate() {
        let (number, before) = (index + 1, &series.prefixes[index]);
        let start = series.starts[index].as_ref().unwrap_or(before);
        versions.push((format!("{number}.start"), start, number));
        if task.naive.is_some() {
            let naive = series.naives[index].as_ref().unwrap_or(before);
            versions.push((format!("{number}.naive"), naive, number));
        }
        versions.push((number.to_string(), &series.prefixes[number], number));
    }
    versions
}

/// Merges what leads from `last` to `own` into a snapshot, and gives the paths with conflicts.
fn merge(last: &Snapshot, snapshot: &Snapshot, own: &Snapshot) -> (Snapshot, Vec<String>) {
    let (mut merged, mut conflicts) = (snapshot.clone(), Vec::new());
    for path in last.changed(own) {
        let Some(text) = snapshot.0.get(&path) else {
            // Only the last prefix can get a file that no patch brings.
            if snapshot == last {
                merged.0.extend(own.0.get(&path).map(|text| (path.clone(), text.clone())));
            }
            continue;
        };
        if !own.0.contains_key(&path) {
            if snapshot == last {
                merged.0.remove(&path);
            }
            continue;
        }
        let text = match diffy::merge(last.text(&path), text, own.text(&path)) {
            Ok(text) => text,
            Err(text) => {
                conflicts.push(path.clone());
                text
            }
        };
        merged.0.insert(path, text);
    }
    (merged, conflicts)
}
