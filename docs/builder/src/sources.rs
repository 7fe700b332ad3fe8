//! The pages of the workspace's files: sources with the colours of the book, texts as texts, folders as lists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use crate::links::{self, CODE, Needed};

/// The page around a source.
const PAGE: &str = include_str!("page.html");

/// All files under a folder, in order, but for hidden ones and what cargo has built.
pub fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.is_dir() {
            _ if name.starts_with('.') || name == "target" => {}
            true => files.extend(files_under(&path)?),
            false => files.push(path),
        }
    }
    files.sort();
    Ok(files)
}

/// A path relative to a folder, with slashes.
pub fn relative(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Writes the pages of all files that are linked to, and of those that these link to.
pub fn write(root: &Path, site: &Path, needed: &mut Needed) -> Result<()> {
    let mut written = BTreeSet::new();
    while let Some(path) =
        needed.sources.iter().find(|path| !written.contains(*path)).cloned()
    {
        let page = links::page_of(root, &path);
        let up = "../".repeat(page.matches('/').count());
        let body = match root.join(&path) {
            folder if folder.is_dir() => list(root, &path, &up, needed)?,
            file => shown(root, &file, &path, &page, needed)?,
        };
        let text = PAGE
            .replace("{up}", &up)
            .replace("{path}", &escape(&path))
            .replace("{body}", &body);
        let to = site.join(&page);
        fs::create_dir_all(to.parent().context("no folder")?)?;
        fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
        written.insert(path);
    }
    Ok(())
}

/// The list of what is in a folder.
fn list(root: &Path, path: &str, up: &str, needed: &mut Needed) -> Result<String> {
    let mut body = String::from("<ul>\n");
    for file in files_under(&root.join(path))? {
        // What is no text is nothing to read.
        if fs::read_to_string(&file).is_err() {
            continue;
        }
        let file = relative(root, &file);
        let name =
            escape(file.strip_prefix(path).unwrap_or(&file).trim_start_matches('/'));
        body += &format!(
            "<li><a href=\"{up}{CODE}/{file}.html\"><code>{name}</code></a></li>\n"
        );
        needed.sources.insert(file);
    }
    Ok(body + "</ul>\n")
}

/// A file as the page shows it.
fn shown(
    root: &Path,
    file: &Path,
    path: &str,
    page: &str,
    needed: &mut Needed,
) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("{path} is no text"))?;
    let language = match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => "rust",
        Some("toml") => "toml",
        Some("md") => {
            let body = rendered(&text);
            return Ok(links::rewrite(root, &body, [path, page], &|_| true, needed));
        }
        _ => "plaintext",
    };
    Ok(format!(
        "<pre><code class=\"language-{language}\">{}</code></pre>\n",
        escape(&text)
    ))
}

/// A text as HTML, whose headings can be linked to.
fn rendered(text: &str) -> String {
    let mut events: Vec<Event<'_>> =
        Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    for at in 0..events.len() {
        let words = events[at..].iter().map_while(|event| match event {
            Event::End(TagEnd::Heading(_)) => None,
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            _ => Some(""),
        });
        let words: String = words.collect();
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            let kept = |c: &char| c.is_alphanumeric() || "_- ".contains(*c);
            let slug: String = words.chars().filter(kept).collect();
            *id = Some(slug.to_lowercase().replace(' ', "-").into());
        }
    }
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    body
}

/// Writes a text so that it is no markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_can_be_linked_to() {
        let body = rendered("# The rules of `the` layout!\n\nText.\n");
        assert_eq!(
            body,
            "<h1 id=\"the-rules-of-the-layout\">The rules of <code>the</code> layout!</h1>\n<p>Text.</p>\n"
        );
    }
}
