//! Three-way merges of one file.

use std::ops::Range;

use similar::TextMerge;

/// Lines that both sides changed, each in its own way; counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The lines in the step that the edit is carried into.
    pub ours: Range<usize>,
    /// The lines in the step that was edited.
    pub theirs: Range<usize>,
}

/// Applies the edit from `base` to `theirs` to `ours`, or says where the two sides disagree.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Result<String, Vec<Overlap>> {
    let merge = TextMerge::from_lines(base, ours, theirs);
    if !merge.is_conflicted() {
        return Ok(merge.to_string());
    }
    let overlaps = merge
        .conflicts()
        .map(|region| Overlap { ours: region.ours_range(), theirs: region.theirs_range() });
    Err(overlaps.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apart_from_each_other_are_combined() {
        let merged = merge("a\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nd\n");
        assert_eq!(merged.unwrap(), "A\nb\nc\nD\n");
    }

    #[test]
    fn the_same_edit_on_both_sides_is_one() {
        assert_eq!(merge("a\nb\n", "a\nB\n", "a\nB\n"), Ok("a\nB\n".to_owned()));
    }

    #[test]
    fn an_overlap_is_told_by_its_lines() {
        let overlaps = merge("a\nb\nc\n", "x\na\n1\nc\n", "a\n2\nc\n").unwrap_err();
        assert_eq!(overlaps, [Overlap { ours: 2..3, theirs: 1..2 }]);
    }
}
