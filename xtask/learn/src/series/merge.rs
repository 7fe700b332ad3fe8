//! Changes of a series, carried into the files of a learner, which differ from ours.

use std::collections::BTreeSet;

use similar::{MergeResolution, TextDiff, TextMerge};

use crate::{
    diff::item_above,
    series::{Snapshot, folder::name, snapshot::MANIFEST},
};
use kit::{code::bare, manifest::sections};

/// Carries what changes from `base` to `theirs` into `ours`. Gives the result and, as text, the changes that do not fit.
pub fn merge(base: &Snapshot, ours: &Snapshot, theirs: &Snapshot) -> (Snapshot, String) {
    let (mut result, mut left) = (ours.clone(), String::new());
    for path in base.changed(theirs) {
        let [old, own, new] = [base, ours, theirs].map(|side| side.0.get(&path));
        let merged = match (old, own, new) {
            (_, Some(own), _) if path == MANIFEST => {
                Some(dependencies(base.text(&path), own, theirs.text(&path)))
            }
            (None, None, Some(new)) => Some(new.clone()),
            (None, Some(own), Some(new)) if own != new => {
                left += &format!("{path} exists already, and stays as it is.\n");
                continue;
            }
            (Some(old), own, Some(new)) => {
                let (text, more) = file(old, own.map_or("", |own| own), new);
                if !more.is_empty() {
                    left += &format!("{path}\n{more}");
                }
                own.map(|_| text)
            }
            (Some(old), Some(own), None) if own != old => {
                left +=
                    &format!("{path}: move what is yours to another file, and remove this one.\n");
                continue;
            }
            (_, own, new) => own.and(new).cloned(),
        };
        match merged {
            Some(text) => result.0.insert(path, text),
            None => result.0.remove(&path),
        };
    }
    (result, left)
}

/// Merges one file. Where both sides change the same lines, ours stay: items that are new are put beside them, and other
/// changes are given as hunks.
fn file(base: &str, ours: &str, theirs: &str) -> (String, String) {
    let merge = TextMerge::from_lines(base, ours, theirs);
    let (mut text, mut left) = (String::new(), String::new());
    for region in merge.regions() {
        let range = region.base_range();
        let old: String = range.clone().filter_map(|line| merge.base_line(line)).collect();
        let own: String = region.ours_range().filter_map(|line| merge.ours_line(line)).collect();
        let new: String =
            region.theirs_range().filter_map(|line| merge.theirs_line(line)).collect();
        let is_new = |more: &&str| is_new(more, ours);
        match region.resolution() {
            MergeResolution::Theirs => text += &new,
            MergeResolution::Conflict => {
                if let Some(more) = new.strip_prefix(&old).filter(is_new) {
                    text += &(own + more);
                } else if let Some(more) = new.strip_suffix(&old).filter(is_new) {
                    text += &(more.to_owned() + &own);
                } else {
                    text += &own;
                    let above: Vec<&str> = base.lines().take(range.start).collect();
                    left += &hunk(item_above(&above), &old, &new);
                }
            }
            _ => text += &own,
        }
    }
    (text, left)
}

/// Whether lines are whole items or fields, none of which is in a text already.
fn is_new(lines: &str, text: &str) -> bool {
    const STARTS: [&str; 10] =
        ["pub", "fn", "async", "impl", "struct", "enum", "mod", "use", "const", "type"];
    let code = bare(lines);
    let starts = code.lines().filter(|line| {
        let word = line.trim_start().split([' ', '(', '<']).next().unwrap_or_default();
        STARTS.contains(&word)
    });
    let mut starts = starts.map(str::trim).peekable();
    let first = code.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first == starts.peek().copied()
        && first.is_some()
        && code.matches('{').count() == code.matches('}').count()
        && !starts.any(|start| text.contains(start))
}

/// A change as a person reads it, under the item that it is in.
fn hunk(item: Option<&str>, old: &str, new: &str) -> String {
    let mut text = format!("@@ {} @@\n", item.unwrap_or("at the top").trim());
    for change in TextDiff::from_lines(old, new).iter_all_changes() {
        text += &format!("{}{}\n", change.tag(), change.value().trim_end());
    }
    text
}

/// Carries a change of the tables of dependencies into those of the learner, line by line.
fn dependencies(base: &str, ours: &str, theirs: &str) -> String {
    let of = |text: &str, header: &str| -> Vec<String> {
        let mut all = sections(text).into_iter();
        let found = all.find(|section| section.lines().next() == Some(header)).unwrap_or_default();
        let lines = found.lines().skip(1).filter(|line| !line.trim().is_empty());
        lines.map(str::to_owned).collect()
    };
    let mut headers: Vec<&str> = sections(ours).into_iter().chain(sections(theirs)).collect();
    headers = headers.iter().filter_map(|section| section.lines().next()).collect();
    let mut seen = BTreeSet::new();
    headers.retain(|header| !header.is_empty() && seen.insert(*header));
    let mut text = String::new();
    for header in headers {
        let [old, mut lines, new] = [base, ours, theirs].map(|side| of(side, header));
        lines.retain(|line| new.contains(line) || !old.contains(line));
        for line in new.iter().filter(|line| !old.contains(line)) {
            lines.retain(|own| name(own) != name(line) || name(own).is_none());
            lines.push(line.clone());
        }
        if !lines.is_empty() {
            text += &format!("{header}\n{}\n\n", lines.join("\n"));
        }
    }
    text.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(path: &str, text: &str) -> Snapshot {
        Snapshot([(path.to_owned(), text.to_owned())].into())
    }

    const BASE: &str = "mod a;\n\nfn one() {\n    1\n}\n";

    #[test]
    fn a_new_item_is_put_beside_lines_that_differ_and_another_change_is_a_hunk() {
        let theirs = "mod a;\nmod b;\n\nfn one() {\n    2\n}\n\nfn two() {}\n";
        let ours = "mod a;\nmod own;\n\nfn one() {\n    7\n}\n\nfn own() {}\n";
        let (merged, left) = file(BASE, ours, theirs);
        let expected =
            "mod a;\nmod own;\nmod b;\n\nfn one() {\n    7\n}\n\nfn own() {}\n\nfn two() {}\n";
        assert_eq!(merged, expected);
        assert_eq!(left, "@@ fn one() { @@\n-    1\n+    2\n");
        // What is there already does not come twice.
        assert_eq!(file(BASE, theirs, theirs), (theirs.to_owned(), String::new()));
    }

    #[test]
    fn a_file_that_exists_stays_and_one_that_does_not_is_created() {
        let theirs = snapshot("src/b.rs", "ours\n");
        let own = snapshot("src/b.rs", "own\n");
        let (merged, left) = merge(&Snapshot::default(), &own, &theirs);
        assert_eq!((merged, &left[..]), (own, "src/b.rs exists already, and stays as it is.\n"));
        let (merged, left) = merge(&Snapshot::default(), &Snapshot::default(), &theirs);
        assert_eq!((merged, left), (theirs, String::new()));
        let changed = snapshot("src/b.rs", "a\n");
        let gone = merge(&changed, &Snapshot::default(), &snapshot("src/b.rs", "b\n"));
        assert_eq!(gone, (Snapshot::default(), "src/b.rs\n@@ at the top @@\n-a\n+b\n".to_owned()));
    }

    #[test]
    fn dependencies_are_carried_whatever_the_learner_has_there() {
        let base = "[dependencies]\na = \"1\"\nold = \"1\"\n";
        let theirs =
            "[dependencies]\na = \"2\"\n\n[target.'cfg(model)'.dependencies]\nloom = \"1\"\n";
        let ours = "[dependencies]\nold = \"1\"\nown = \"1\"\na = \"1\"\n";
        let expected = "[dependencies]\nown = \"1\"\na = \"2\"\n\n[target.'cfg(model)'.dependencies]\nloom = \"1\"\n";
        assert_eq!(dependencies(base, ours, theirs), expected);
    }
}
