//! `run:` fences: what a command prints.

mod call;

use std::time::{Duration, SystemTime};

use anyhow::{Result, bail, ensure};

use self::call::Call;
use crate::docs::{
    Filled,
    book::{Book, Mode},
    directive::{Directive, Options},
    fence::Fence,
    source::cut,
};
use kit::neutral::{neutralise_run, without_machine};

/// How long a command may take, once it is built.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands above figures, before the date.
const MEASURED: &str = "measured on ";

/// What stands where lines are left out.
pub const LEFT_OUT: &str = "…";

/// Fills a `run:` fence.
pub fn fill(book: &Book<'_>, directive: &Directive, old: Option<&Fence>) -> Result<Filled> {
    let (subject, options) = (&directive.subject, &directive.options);
    let call = Call::parse(subject, &book.workspace.root)?;
    let first = format!("$ {subject}");
    let kept = old.filter(|old| {
        let again = matches!(book.mode, Mode::Fill { again: true });
        let checked_only = options.slow && book.mode == Mode::Check;
        let dated = options.figures && old.caption.starts_with(MEASURED);
        (dated && !again || checked_only) && old.lines.first() == Some(&first)
    });
    if let Some(old) = kept {
        return Ok(Fence { language: "console".to_owned(), ..old.clone() }.into());
    }
    ensure!(
        !(options.figures || options.slow) || book.mode != Mode::Check,
        "it has not been run yet, or nobody knows when: `cargo xtask docs` does"
    );
    (book.note)(subject);
    let patience = if options.slow || options.figures { PATIENCE * 30 } else { PATIENCE };
    let (status, output) = call.run(&book.workspace.root, patience)?;
    let expected = options.exit.unwrap_or(0);
    if status != Some(expected) {
        let ended = status.map_or("by a signal".to_owned(), |code| format!("with {code}"));
        bail!("it ended {ended}, and {expected} is expected; it said:\n{output}");
    }
    let output = without_machine(&output, &[&book.workspace.root]);
    let mut lines = vec![first];
    lines.extend(chosen(&output, options)?);
    let caption = match options.figures {
        true => format!("{MEASURED}{}", today()),
        false => String::new(),
    };
    let new = Fence { caption, language: "console".to_owned(), lines };
    // Another port or another time is no news.
    let same = |old: &&Fence| {
        neutralise_run(&old.lines.join("\n")) == neutralise_run(&new.lines.join("\n"))
    };
    match old.filter(same).filter(|_| !options.figures) {
        Some(old) => Ok(Fence { lines: old.lines.clone(), ..new }.into()),
        None => Ok(new.into()),
    }
}

/// The lines of an output that are to be shown, with a sign where lines are left out.
fn chosen(output: &str, options: &Options) -> Result<Vec<String>> {
    let lines: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
    let (from, to) = (options.from.as_deref(), options.to.as_deref());
    let range = match (from, to) {
        // A line of an output opens nothing.
        (_, Some(_)) => cut(&lines, from, to)?,
        (Some(_), None) => cut(&lines, from, None)?.start..lines.len(),
        (None, None) => 0..lines.len(),
    };
    let mut shown: Vec<&str> = lines[range.clone()].to_vec();
    let first = options.first.unwrap_or(if options.last.is_some() { 0 } else { shown.len() });
    let last = options.last.unwrap_or(0);
    if first + last < shown.len() {
        shown.splice(first..shown.len() - last, [LEFT_OUT]);
    }
    if range.start > 0 && shown.first() != Some(&LEFT_OUT) {
        shown.insert(0, LEFT_OUT);
    }
    if range.end < lines.len() && shown.last() != Some(&LEFT_OUT) {
        shown.push(LEFT_OUT);
    }
    Ok(shown.into_iter().map(str::to_owned).collect())
}

/// Today's date.
fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()[..10].to_owned()
}

#[cfg(test)]
mod tests;
