//! Shows differences, as lines or as a table: through a pager on a terminal, as they are otherwise.

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::{Command, Stdio},
    sync::LazyLock,
};

use anyhow::Result;
use comfy_table::{Cell, CellAlignment, Table, presets};
use console::style;
use regex::Regex;
use similar::ChangeTag;

use crate::diff::FileDiff;
use kit::out;

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// A line that begins an item.
static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(pub(\([^)]*\))? )?((async|const|extern|default) )*(fn|impl|struct|enum|trait|mod|macro_rules!)\b",
    )
    .expect("the pattern is fixed")
});

/// Shows differences as lines, or as a table.
pub fn show(files: &[FileDiff], as_table: bool) -> Result<()> {
    let text = match as_table {
        true => table(files),
        false => files.iter().map(unified).collect::<Vec<_>>().join("\n"),
    };
    let pager = env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    if !io::stdout().is_terminal() || !paged(&text, pager.as_deref().unwrap_or("less")) {
        out!("{text}");
    }
    Ok(())
}

/// Shows a text in a pager, and returns whether that worked.
fn paged(text: &str, pager: &str) -> bool {
    let words = shell_words::split(pager).unwrap_or_default();
    let Some((program, arguments)) = words.split_first().filter(|(program, _)| *program != "cat")
    else {
        return false;
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    // Colours pass, the pager ends at once if all fits the screen, and a minus is a minus in any locale.
    for (name, value) in [("LESS", "FRX"), ("LESSCHARSET", "utf-8")] {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let Ok(mut child) = command.spawn() else { return false };
    // A reader who leaves the pager early closes the pipe, which is no error.
    let _ = child.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    child.wait().is_ok_and(|status| status.success())
}

/// One file's difference in the unified format. A new file is shown whole, and so is one that is gone.
fn unified(file: &FileDiff) -> String {
    let path = |side: &Option<(String, String)>| {
        side.as_ref().map_or("/dev/null".to_owned(), |(path, _)| path.clone())
    };
    let mut text = String::new();
    for line in [format!("--- {}", path(&file.old)), format!("+++ {}", path(&file.new))] {
        text += &format!("{}\n", style(line).bold());
    }
    let old: Vec<&str> = file.old.iter().flat_map(|(_, text)| text.lines()).collect();
    let diff = file.lines();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let start = hunk.ops().first().map_or(0, |op| op.old_range().start);
        let item =
            item_above(&old[..start]).map_or(String::new(), |item| format!(" {}", item.trim()));
        text += &format!("{}{item}\n", style(hunk.header()).cyan());
        for change in hunk.iter_changes() {
            let line = format!("{}{}", change.tag(), change.value().trim_end_matches('\n'));
            let line = match change.tag() {
                ChangeTag::Equal => line,
                ChangeTag::Insert => style(line).green().to_string(),
                ChangeTag::Delete => style(line).red().to_string(),
            };
            let end = if change.missing_newline() { "\n\\ No newline at end of file" } else { "" };
            text += &format!("{line}{end}\n");
        }
    }
    text
}

/// The last of these lines that begins an item.
pub fn item_above<'a>(lines: &[&'a str]) -> Option<&'a str> {
    lines.iter().rev().find(|line| ITEM.is_match(line)).copied()
}

/// The table of files and how many lines of each change.
pub fn table(files: &[FileDiff]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["file", "+", "−", "total"]);
    let mut add = |name: String, added: usize, removed: usize| {
        table.add_row([Cell::new(name), added.into(), removed.into(), (added + removed).into()]);
    };
    for file in files {
        let note = match (&file.old, &file.new) {
            (None, _) => " (new)",
            (_, None) => " (gone)",
            _ => "",
        };
        add(format!("{}{note}", file.path), file.added, file.removed);
    }
    let count =
        if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) };
    let sum = |number: fn(&FileDiff) -> usize| files.iter().map(number).sum();
    add(count, sum(|file| file.added), sum(|file| file.removed));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_a_pager_does_not_show_is_printed() {
        for pager in ["cat", "false", "no-such-program", "less 'unclosed"] {
            assert!(!paged("text", pager), "{pager}");
        }
        assert!(paged("text", "sh -c 'test \"$(cat)\" = text'"));
    }
}
