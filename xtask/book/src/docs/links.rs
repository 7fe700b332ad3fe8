//! Links between the pages, and to files of the workspace; and the table of contents.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::LazyLock,
};

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// The table of contents, relative to the workspace.
pub const SUMMARY: &str = "docs/src/SUMMARY.md";

/// A name that HTML gives to a place.
static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\b(?:id|name)="([^"]+)""#).expect("the pattern is fixed"));

/// What is wrong, and in which line, counted from 1.
pub type Problem = (usize, String);

/// A text and where its links can go to.
#[derive(Debug, Default)]
pub struct Links {
    /// Where its links go to, and the lines they are in.
    pub targets: Vec<(usize, String)>,
    /// The places in it that links can go to.
    pub anchors: BTreeSet<String>,
    /// References to links that are nowhere.
    pub broken: Vec<(usize, String)>,
}

impl Links {
    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let mut links = Links::default();
        let line_of = |at: usize| text[..at].matches('\n').count() + 1;
        let mut broken = Vec::new();
        let callback = |link: BrokenLink<'_>| {
            // One pair of brackets is mostly no link at all.
            if matches!(link.link_type, LinkType::Reference | LinkType::ReferenceUnknown) {
                broken.push((line_of(link.span.start), link.reference.to_string()));
            }
            None
        };
        let parser =
            Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(callback));
        let mut heading: Option<String> = None;
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.targets.push((line_of(range.start), dest_url.to_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    links.heading(&heading.take().unwrap_or_default())
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let names = ID.captures_iter(&html).map(|found| found[1].to_owned());
                    links.anchors.extend(names);
                }
                _ => {}
            }
        }
        links.broken = broken;
        links
    }

    /// Adds the anchor of a heading, as hosting sites and mdBook make it.
    fn heading(&mut self, text: &str) {
        let kept = |c: &char| c.is_alphanumeric() || "_- ".contains(*c);
        let slug: String = text.trim().chars().filter(kept).collect();
        let slug = slug.to_lowercase().replace(' ', "-");
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let free = [slug.clone()].into_iter().chain(numbered);
        let free = free.into_iter().find(|slug| !self.anchors.contains(slug));
        self.anchors.extend(free);
    }
}

/// Finds the links of a page that lead nowhere. The pages are all that have been read, by their paths.
pub fn dead(root: &Path, page: &str, pages: &BTreeMap<String, Links>) -> Vec<Problem> {
    let Some(links) = pages.get(page) else { return vec![] };
    let broken = links.broken.iter().map(|(line, reference)| {
        (*line, format!("there is no link `[{reference}]: …` on this page: add it"))
    });
    let dead = links.targets.iter().filter_map(|(line, target)| {
        let why = is_dead(root, page, target, pages)?;
        Some((*line, format!("the link to `{target}` leads nowhere: {why}")))
    });
    broken.chain(dead).collect()
}

/// Why a link leads nowhere, if it does.
fn is_dead(
    root: &Path,
    page: &str,
    target: &str,
    pages: &BTreeMap<String, Links>,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let Some(path) = resolve(page, file) else {
        return Some("it leaves the workspace".to_owned());
    };
    if !file.is_empty() && !root.join(&path).exists() {
        return Some(format!("there is no {path}"));
    }
    if anchor.is_empty() {
        return None;
    }
    match pages.get(&path) {
        Some(links) if links.anchors.contains(anchor) => None,
        Some(links) => {
            let known: Vec<&str> = links.anchors.iter().map(String::as_str).collect();
            Some(format!("{path} has no heading `#{anchor}`, but {}", known.join(", ")))
        }
        // A line of a source, perhaps: that would not stay true.
        None => Some(format!("{path} is no page, so it has no anchors")),
    }
}

/// The path in the workspace of a file that a page names; the page itself if it names none.
fn resolve(page: &str, file: &str) -> Option<String> {
    if file.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Finds the pages that the table of contents does not list. What it lists and is not there is a dead link.
pub fn unlisted(pages: &BTreeMap<String, Links>) -> Vec<String> {
    let Some(summary) = pages.get(SUMMARY) else {
        return vec![format!("there is no {SUMMARY}: list the pages of the book there")];
    };
    let listed = summary.targets.iter().filter_map(|(_, target)| resolve(SUMMARY, target));
    let listed: BTreeSet<String> = listed.collect();
    let is_page = |path: &&String| path.starts_with("docs/src/") && *path != SUMMARY;
    let unlisted = pages.keys().filter(is_page).filter(|path| !listed.contains(*path));
    unlisted.map(|path| format!("{SUMMARY} does not list {path}: add it")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_names_are_anchors() {
        let links = Links::parse(
            "# Why `no` wake, gets_lost?\n## Run it\n## Run it\n<a id=\"pin\"></a>\n\n<p id=\"x\">\n",
        );
        let anchors: Vec<&str> = links.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["pin", "run-it", "run-it-1", "why-no-wake-gets_lost", "x"]);
    }

    #[test]
    fn links_are_found_with_their_lines_and_those_in_code_are_none() {
        let links =
            Links::parse("[a](b.md)\n`[c](d)`\n![e](f.svg) [g][h] [i]\n\n```text\n[j](k)\n```\n");
        let targets: Vec<(usize, &str)> =
            links.targets.iter().map(|(line, target)| (*line, target.as_str())).collect();
        assert_eq!(targets, [(1, "b.md"), (3, "f.svg")]);
        assert_eq!(links.broken, [(3, "h".to_owned())]);
    }

    #[test]
    fn a_path_is_relative_to_its_page() {
        assert_eq!(resolve("docs/src/a.md", "../../x/y.rs").as_deref(), Some("x/y.rs"));
        assert_eq!(resolve("docs/src/a.md", "").as_deref(), Some("docs/src/a.md"));
        assert_eq!(resolve("README.md", "../x"), None);
    }
}
