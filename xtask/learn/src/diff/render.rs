//! A difference as text: the unified format, in colour where a person looks.

use std::sync::LazyLock;

use console::{Style, style};
use regex::Regex;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::diff::FileDiff;

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// A line that begins an item, whose name helps to find one's way.
static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(pub(\([^)]*\))? )?((async|const|extern|default) )*(fn|impl|struct|enum|trait|mod|macro_rules!)\b",
    )
    .expect("the pattern is fixed")
});

/// One file's difference in the unified format. A new file is shown whole, and so is one that is gone.
pub fn unified(file: &FileDiff) -> String {
    let side = |side: &Option<(String, String)>| match side {
        Some((path, _)) => path.clone(),
        None => "/dev/null".to_owned(),
    };
    let (old_path, new_path) = (side(&file.old), side(&file.new));
    let bold = Style::new().bold();
    let mut out = format!("{}\n", bold.apply_to(format_args!("--- {old_path}")));
    out += &format!("{}\n", bold.apply_to(format_args!("+++ {new_path}")));

    let diff = TextDiff::from_lines(file.old_text(), file.new_text());
    for hunk in diff.grouped_ops(CONTEXT) {
        out += &header(&hunk, file.old_text());
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Equal => format!(" {line}"),
                ChangeTag::Insert => style(format_args!("+{line}")).green().to_string(),
                ChangeTag::Delete => style(format_args!("-{line}")).red().to_string(),
            };
            out += &line;
            out.push('\n');
            if change.missing_newline() {
                out += "\\ No newline at end of file\n";
            }
        }
    }
    out
}

/// The line above a hunk: where it is in both texts, and in which item.
fn header(hunk: &[DiffOp], old: &str) -> String {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return String::new();
    };
    let old_start = first.old_range().start;
    let old_range = range(old_start, last.old_range().end);
    let new_range = range(first.new_range().start, last.new_range().end);
    let before: Vec<&str> = old.lines().take(old_start).collect();
    let item = before.iter().rev().find(|line| ITEM.is_match(line));
    let place = style(format!("@@ -{old_range} +{new_range} @@")).cyan();
    match item {
        Some(item) => format!("{place} {}\n", item.trim()),
        None => format!("{place}\n"),
    }
}

/// Lines from `start` to before `end`, as the unified format counts them: from 1, and from 0 where there are none.
fn range(start: usize, end: usize) -> String {
    let length = end - start;
    let start = if length == 0 { start } else { start + 1 };
    if length == 1 { start.to_string() } else { format!("{start},{length}") }
}
