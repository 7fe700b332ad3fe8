//! Fences: how they are read, and how they are written.

/// A fence and the line above it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fence {
    /// What stands above it, without the underscores around it. Empty if nothing does.
    pub caption: String,
    /// Its language.
    pub language: String,
    /// The lines in it.
    pub lines: Vec<String>,
}

/// The caption that a line is, without the underscores around it.
pub fn caption(line: &str) -> Option<&str> {
    let caption = line.strip_prefix('_')?.strip_suffix('_')?;
    (!caption.is_empty() && !caption.starts_with('_')).then_some(caption)
}

/// Reads the fence that begins on a line, and gives the line after it: one too many if it has no end.
pub fn read(lines: &[String], at: usize) -> Option<(Fence, usize)> {
    let first = lines.get(at)?;
    let indent = first.len() - first.trim_start().len();
    let first = first.trim();
    let sign = first.chars().next().filter(|sign| "`~".contains(*sign))?;
    let length = first.chars().take_while(|c| *c == sign).count();
    if length < 3 {
        return None;
    }
    let info = first[length..].trim();
    // A code span of three backticks is no fence.
    if sign == '`' && info.contains('`') {
        return None;
    }
    let is_end = |line: &String| {
        let line = line.trim();
        line.chars().count() >= length && line.chars().all(|c| c == sign)
    };
    let inside = lines[at + 1..].iter().take_while(|line| !is_end(line));
    let without_indent = |line: &String| {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        line[blanks.min(indent)..].to_owned()
    };
    let inside: Vec<String> = inside.map(without_indent).collect();
    let next = at + inside.len() + 2;
    let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
    Some((Fence { caption: String::new(), language, lines: inside }, next))
}

/// Writes fences, one after the other.
pub fn write(fences: &[Fence], indent: usize) -> Vec<String> {
    let mut out = Vec::new();
    for fence in fences {
        if !out.is_empty() {
            out.push(String::new());
        }
        if !fence.caption.is_empty() {
            out.extend([format!("_{}_", fence.caption), String::new()]);
        }
        let ticks = |line: &String| line.trim_start().chars().take_while(|c| *c == '`').count();
        let longest = fence.lines.iter().map(ticks).max().unwrap_or(0);
        let sign = "`".repeat((longest + 1).max(3));
        out.push(format!("{sign}{}", fence.language));
        out.extend(fence.lines.iter().cloned());
        out.push(sign);
    }
    for line in &mut out {
        if !line.is_empty() {
            line.insert_str(0, &" ".repeat(indent));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for lines in [vec!["a", "", "  b"], vec![], vec!["```rust", "```"]] {
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            let fence = Fence { caption: "a `b`".to_owned(), language: "text".to_owned(), lines };
            for indent in [0, 3] {
                let written = write(std::slice::from_ref(&fence), indent);
                assert_eq!(caption(written[0].trim()), Some("a `b`"));
                let (mut read, next) = read(&written, 2).unwrap();
                assert_eq!(next, written.len());
                read.caption.clone_from(&fence.caption);
                assert_eq!(read, fence);
            }
        }
    }

    #[test]
    fn only_a_fence_is_a_fence() {
        for line in ["a", "``", "```a```", "", "~~"] {
            assert_eq!(read(&[line.to_owned()], 0), None, "{line}");
        }
        let lines = ["~~~rust,ignore".to_owned(), "```".to_owned()];
        let (fence, next) = read(&lines, 0).unwrap();
        assert_eq!((fence.language.as_str(), fence.lines.len(), next), ("rust", 1, 3));
    }
}
