//! Links between pages and to files of the workspace, and the table of contents.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The table of contents, relative to the workspace.
pub const SUMMARY: &str = "docs/src/SUMMARY.md";

/// What is wrong, and in which line, counted from 1.
pub type Problem = (usize, String);

/// The links of a text, and the places in it that links can lead to.
#[derive(Debug, Default)]
pub struct Links {
    targets: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
}

impl Links {
    pub fn parse(text: &str) -> Self {
        let mut links = Links::default();
        let mut heading: Option<String> = None;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = text[..range.start].matches('\n').count() + 1;
                    links.targets.push((line, dest_url.to_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    links.heading(&heading.take().unwrap_or_default())
                }
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| heading.push_str(&text));
                }
                _ => {}
            }
        }
        links
    }

    /// Adds the anchor of a heading, as code hosts and mdBook make it.
    fn heading(&mut self, text: &str) {
        let kept = |c: &char| c.is_alphanumeric() || "_- ".contains(*c);
        let slug: String = text.trim().chars().filter(kept).collect();
        let slug = slug.to_lowercase().replace(' ', "-");
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let mut names = [slug.clone()].into_iter().chain(numbered);
        self.anchors.extend(names.find(|name| !self.anchors.contains(name)));
    }
}

/// Finds the links of a page that lead nowhere, given all pages by their paths.
pub fn dead(root: &Path, page: &str, pages: &BTreeMap<String, Links>) -> Vec<Problem> {
    let Some(links) = pages.get(page) else { return vec![] };
    let dead = links.targets.iter().filter_map(|(line, target)| {
        let why = why_dead(root, page, target, pages)?;
        Some((*line, format!("the link to `{target}` leads nowhere: {why}")))
    });
    dead.collect()
}

/// Why a link leads nowhere, if it does.
fn why_dead(
    root: &Path,
    page: &str,
    target: &str,
    pages: &BTreeMap<String, Links>,
) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let Some(path) = resolve(page, file) else {
        return Some("it leaves the workspace".to_owned());
    };
    if !root.join(&path).exists() {
        return Some(format!("there is no {path}"));
    }
    match pages.get(&path) {
        _ if anchor.is_empty() => None,
        Some(links) if links.anchors.contains(anchor) => None,
        Some(links) => {
            let known: Vec<&str> = links.anchors.iter().map(String::as_str).collect();
            Some(format!("{path} has no heading `#{anchor}`. It has {}", known.join(", ")))
        }
        // The line of a source would change with the next edit.
        None => Some(format!("{path} is no page, so it has no anchors")),
    }
}

/// The path in the workspace of a file that a page names. An empty name is the page itself.
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

/// Finds the pages that the table of contents does not list.
pub fn unlisted(pages: &BTreeMap<String, Links>) -> Vec<Problem> {
    let Some(summary) = pages.get(SUMMARY) else {
        return vec![(1, format!("there is no {SUMMARY}. List the pages of the book there"))];
    };
    let listed = summary.targets.iter().filter_map(|(_, target)| resolve(SUMMARY, target));
    let listed: BTreeSet<String> = listed.collect();
    let pages = pages.keys().filter(|path| path.starts_with("docs/src/") && *path != SUMMARY);
    let unlisted = pages.filter(|path| !listed.contains(*path));
    unlisted.map(|path| (1, format!("{SUMMARY} does not list {path}. Add it"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_anchors_are_found_except_in_code() {
        let links = Links::parse(
            "# Why `no` wake, gets_lost?\n## Run\n## Run\n\n[a](b.md)\n`[c](d)`\n\
             ![e](f.svg) [g]\n\n```text\n[h](i)\n```\n",
        );
        let anchors: Vec<&str> = links.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["run", "run-1", "why-no-wake-gets_lost"]);
        assert_eq!(links.targets, [(5, "b.md".to_owned()), (7, "f.svg".to_owned())]);
        assert_eq!(resolve("docs/src/a.md", "../../x/y.rs").as_deref(), Some("x/y.rs"));
        assert_eq!(resolve("README.md", "../x"), None);
    }
}
