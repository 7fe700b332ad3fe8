//! A page: its lines, its directives with the fences that they fill, and the fences that somebody wrote.

use std::ops::Range;

use crate::docs::{
    directive::{self, Directive, Kind, Options},
    fence::{self, Fence},
};

/// The comment that says that a chapter shows all that its step changes.
const COVERAGE: &str = "coverage";

/// A page of the book, or another text with directives.
#[derive(Debug)]
pub struct Page {
    /// Its path in the workspace.
    pub path: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// The directives that fill fences, in order.
    pub regions: Vec<Region>,
    /// The fences that somebody wrote.
    pub by_hand: Vec<ByHand>,
    /// Whether it says that it shows all that its step changes.
    pub covers: bool,
    /// What is wrong with it, and in which line, counted from 0.
    pub problems: Vec<(usize, String)>,
}

/// A directive and what it filled last.
#[derive(Debug)]
pub struct Region {
    /// The line on which the directive begins, counted from 0.
    pub line: usize,
    /// How far it is indented.
    pub indent: usize,
    /// The directive.
    pub directive: Directive,
    /// The lines after the directive that it fills.
    pub body: Range<usize>,
    /// What it filled last.
    pub fences: Vec<Fence>,
}

/// A fence that somebody wrote.
#[derive(Debug)]
pub struct ByHand {
    /// The line on which it begins, counted from 0.
    pub line: usize,
    /// Its language.
    pub language: String,
    /// How many lines are in it.
    pub length: usize,
    /// What the comment above it says, if one says that it is by hand.
    pub options: Option<Options>,
}

impl Page {
    /// Reads a page.
    pub fn parse(path: &str, text: &str) -> Self {
        let mut page = Page {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            regions: vec![],
            by_hand: vec![],
            covers: false,
            problems: vec![],
        };
        let mut at = 0;
        // The comment that says that the next fence is by hand, and its line.
        let mut mark: Option<(usize, Options)> = None;
        while at < page.lines.len() {
            let line = page.lines[at].trim();
            if line.is_empty() {
                at += 1;
                continue;
            }
            let marked = mark.take();
            if let Some((fence, next)) = fence::read(&page.lines, at) {
                if next > page.lines.len() {
                    page.problem(at, "this fence has no end: close it");
                }
                page.by_hand.push(ByHand {
                    line: at,
                    language: fence.language,
                    length: fence.lines.len(),
                    options: marked.map(|(_, options)| options),
                });
                at = next;
                continue;
            }
            if let Some((line, _)) = marked {
                page.problem(line, "there is no fence below this comment: take it away");
            }
            at = match page.lines[at].trim_start().starts_with("<!--") {
                true => page.comment(at, &mut mark),
                false => {
                    if is_stray(&page.lines[at]) {
                        page.problem(at, STRAY);
                    }
                    at + 1
                }
            };
        }
        if let Some((line, _)) = mark {
            page.problem(line, "there is no fence below this comment: take it away");
        }
        page
    }

    /// Notes what is wrong with a line.
    fn problem(&mut self, line: usize, what: &str) {
        self.problems.push((line, what.to_owned()));
    }

    /// Reads the comment that begins on a line, and gives the line to go on with.
    fn comment(&mut self, first: usize, mark: &mut Option<(usize, Options)>) -> usize {
        let Some(length) = self.lines[first..].iter().position(|line| line.contains("-->")) else {
            self.problem(first, "this comment has no end: close it");
            return self.lines.len();
        };
        let next = first + length + 1;
        let comment: Vec<&str> = self.lines[first..next].iter().map(|line| line.trim()).collect();
        let comment = comment.join(" ");
        let Some(text) = comment.trim_start_matches("<!--").strip_suffix("-->").map(str::trim)
        else {
            if is_stray(&comment) {
                self.problem(first, STRAY);
            }
            return next;
        };
        self.covers |= text == COVERAGE;
        match directive::parse(text) {
            None => {}
            Some(Err(error)) => self.problem(first, &format!("{error:#}")),
            Some(Ok(directive)) if directive.kind == Kind::ByHand => {
                *mark = Some((first, directive.options));
            }
            Some(Ok(directive)) => {
                let (fences, end) = self.filled(next, &directive);
                let line = &self.lines[first];
                self.regions.push(Region {
                    line: first,
                    indent: line.len() - line.trim_start().len(),
                    directive,
                    body: next..end,
                    fences,
                });
                return end;
            }
        }
        next
    }

    /// What a directive filled last, and the line after it.
    fn filled(&self, first: usize, directive: &Directive) -> (Vec<Fence>, usize) {
        let most = if directive.kind == Kind::Bug { 2 } else { 1 };
        let (mut fences, mut end) = (Vec::new(), first);
        while fences.len() < most {
            let Some((caption, at)) = self.caption(end) else { break };
            // Only a caption tells a second fence from one that somebody wrote below the first.
            if caption.is_empty() && !fences.is_empty() {
                break;
            }
            let Some((mut fence, next)) = fence::read(&self.lines, at) else { break };
            fence.caption = caption;
            fences.push(fence);
            end = next.min(self.lines.len());
        }
        (fences, end)
    }

    /// The caption from a line on, if there is one, and the line of what comes after it.
    fn caption(&self, first: usize) -> Option<(String, usize)> {
        let next_filled = |from: usize| {
            let filled = self.lines.iter().skip(from).position(|line| !line.trim().is_empty());
            filled.map(|skipped| from + skipped)
        };
        let at = next_filled(first)?;
        match fence::caption(self.lines[at].trim()) {
            Some(caption) => Some((caption.to_owned(), next_filled(at + 1)?)),
            None => Some((String::new(), at)),
        }
    }
}

/// What to say of a directive that is none, since it is not alone.
const STRAY: &str = "this directive does nothing: write it on a line of its own";

/// Whether a line has a directive on it that is no code.
fn is_stray(line: &str) -> bool {
    line.match_indices("<!--").any(|(at, sign)| {
        let text = line[at + sign.len()..].trim_start();
        let is_code = line[..at].matches('`').count() % 2 == 1;
        !is_code && directive::begins(text)
    })
}

#[cfg(test)]
mod tests;
