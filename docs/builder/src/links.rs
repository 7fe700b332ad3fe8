//! Links that leave the chapters: to pictures, and to files and folders of the workspace.
//!
//! In the workspace and on a site that hosts it they lead to the file itself. The site of the book has a page for each
//! file that is linked to, and the pictures beside the chapters.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use anyhow::{Context, Result, bail};
use regex::{Captures, Regex};

use crate::{player, sources};

/// Where the site has the pages of the workspace's files.
pub const CODE: &str = "code";

/// The folder of the chapters in the workspace.
const CHAPTERS: &str = "docs/src";

/// The folder of the pictures in the workspace.
const PICTURES: &str = "docs/img";

/// What leads to another file.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r##"\b(href|src)="([^":#?]+)((?:#[^"]*)?)""##)
        .expect("the pattern is fixed")
});

/// What the pages need beside themselves.
#[derive(Debug, Default)]
pub struct Needed {
    /// Files and folders of the workspace.
    pub sources: BTreeSet<String>,
    /// Links that lead nowhere.
    dead: Vec<String>,
}

/// Rewrites the links of the chapters, and makes the pages that they lead to.
pub fn mend(root: &Path, site: &Path) -> Result<()> {
    copy_pictures(root, site)?;
    player::copy(root, site)?;
    let mut needed = Needed::default();
    let pages = sources::files_under(site)?;
    for page in
        pages.iter().filter(|page| page.extension().is_some_and(|end| end == "html"))
    {
        let name = sources::relative(site, page);
        let text = fs::read_to_string(page)?;
        let from = format!("{CHAPTERS}/{name}");
        // What does not lead out of the chapters' folder is mdBook's own.
        let outward = |target: &str| target.starts_with("../");
        let linked = rewrite(root, &text, [&from, &name], &outward, &mut needed);
        let mended = with_tables(&enlargeable(&linked));
        // The page for printing shows the pictures alone.
        let mended = match name.as_str() {
            "print.html" => mended,
            _ => player::with_players(root, &name, &mended)?,
        };
        if mended != text {
            fs::write(page, mended).with_context(|| format!("cannot write {name}"))?;
        }
    }
    sources::write(root, site, &mut needed)?;
    if !needed.dead.is_empty() {
        bail!("links lead nowhere:\n  {}", needed.dead.join("\n  "));
    }
    Ok(())
}

/// Makes a click on a picture show it alone and larger. This needs no script: each picture links to a second copy, which
/// the style sheet shows while it is the target.
fn enlargeable(text: &str) -> String {
    static IMAGE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<img src="([^"]+)"[^>]*>"#).expect("the pattern is valid")
    });
    let mut number = 0;
    let replaced = IMAGE.replace_all(text, |found: &Captures<'_>| {
        number += 1;
        let (image, source) = (&found[0], &found[1]);
        format!(
            "<a class=\"figure\" id=\"figure-{number}\" href=\"#zoom-{number}\" title=\"Enlarge\">{image}</a>\
             <a class=\"zoom\" id=\"zoom-{number}\" href=\"#figure-{number}\" title=\"Close\">\
             <img src=\"{source}\" alt=\"\" loading=\"lazy\"></a>"
        )
    });
    replaced.into_owned()
}

/// Marks the output that is a table, so that the style sheet does not wrap its rows.
fn with_tables(text: &str) -> String {
    static OUTPUT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<code class="(language-(?:text|console))">([^<]*[│┆┌][^<]*)"#)
            .expect("the pattern is valid")
    });
    OUTPUT.replace_all(text, r#"<code class="$1 table">$2"#).into_owned()
}

/// Copies the pictures to where the site has them.
fn copy_pictures(root: &Path, site: &Path) -> Result<()> {
    let folder = root.join(PICTURES);
    if !folder.is_dir() {
        return Ok(());
    }
    for picture in sources::files_under(&folder)? {
        let to = site.join("img").join(sources::relative(&folder, &picture));
        fs::create_dir_all(to.parent().context("no folder")?)?;
        fs::copy(&picture, &to)
            .with_context(|| format!("cannot copy to {}", to.display()))?;
    }
    Ok(())
}

/// Rewrites those links of a page that are concerned. The page is `from` in the workspace, and `name` on the site.
pub fn rewrite(
    root: &Path,
    text: &str,
    [from, name]: [&str; 2],
    is_concerned: &dyn Fn(&str) -> bool,
    needed: &mut Needed,
) -> String {
    // From the page to the top of the site.
    let up = "../".repeat(name.matches('/').count());
    let replaced = LINK.replace_all(text, |found: &Captures<'_>| {
        let (what, target, anchor) = (&found[1], &found[2], &found[3]);
        if !is_concerned(target) {
            return found[0].to_owned();
        }
        match place(root, from, target, needed) {
            Some(place) => format!(r#"{what}="{up}{place}{anchor}""#),
            None => {
                needed.dead.push(format!("{}: {target}", from.replace(".html", ".md")));
                found[0].to_owned()
            }
        }
    });
    replaced.into_owned()
}

/// Where the site has what a link of a page in the workspace leads to.
fn place(root: &Path, from: &str, target: &str, needed: &mut Needed) -> Option<String> {
    let path = resolve(from, target)?;
    // mdBook takes every text for a page of its own.
    let text = path.strip_suffix(".html").map(|path| format!("{path}.md"));
    let path = match root.join(&path).exists() {
        true => path,
        false => text.filter(|path| root.join(path).exists())?,
    };
    if let Some(picture) = path.strip_prefix(PICTURES) {
        return Some(format!("img{picture}"));
    }
    // From a text elsewhere back to the chapters.
    if path == CHAPTERS {
        return Some("index.html".to_owned());
    }
    if let Some(chapter) = path.strip_prefix(&format!("{CHAPTERS}/")) {
        return Some(
            chapter
                .strip_suffix(".md")
                .map_or(chapter.to_owned(), |page| format!("{page}.html")),
        );
    }
    let page = page_of(root, &path);
    needed.sources.insert(path);
    Some(page)
}

/// The page of a file or folder.
pub fn page_of(root: &Path, path: &str) -> String {
    match root.join(path).is_dir() {
        true => format!("{CODE}/{path}/index.html").replace("//", "/"),
        false => format!("{CODE}/{path}.html"),
    }
}

/// The path that a link of a page leads to, relative to the workspace.
pub fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.iter().collect::<PathBuf>().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_file_leads_to_its_page_and_one_to_a_picture_to_the_picture() {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap();
        let mut needed = Needed::default();
        let text = r##"<a href="../../README.html#read">x</a><img src="../img/02-executor.svg"><a href="b.html">"##;
        let outward = |target: &str| target.starts_with("../");
        let text =
            rewrite(root, text, ["docs/src/a.html", "a.html"], &outward, &mut needed);
        assert_eq!(
            text,
            r##"<a href="code/README.md.html#read">x</a><img src="img/02-executor.svg"><a href="b.html">"##
        );
        assert_eq!(needed.sources.iter().collect::<Vec<_>>(), ["README.md"]);
    }

    #[test]
    fn a_picture_links_to_a_copy_of_itself() {
        let text = enlargeable(r#"<p><img src="a.svg" alt="A"></p>"#);
        let figure = r##"<a class="figure" id="figure-1" href="#zoom-1" title="Enlarge"><img src="a.svg" alt="A"></a>"##;
        assert!(text.contains(figure), "{text}");
        assert!(text.contains(r##"id="zoom-1" href="#figure-1""##), "{text}");
    }

    #[test]
    fn only_output_with_lines_between_its_cells_is_a_table() {
        let text = r#"<code class="language-text">a │ b</code><code class="language-text">a</code>"#;
        let marked = r#"<code class="language-text table">a │ b</code><code class="language-text">a</code>"#;
        assert_eq!(with_tables(text), marked);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_noted() {
        let mut needed = Needed::default();
        let text = r#"<a href="../../gone.rs">x</a>"#;
        let names = ["docs/src/a.html", "a.html"];
        assert_eq!(rewrite(Path::new("."), text, names, &|_| true, &mut needed), text);
        assert_eq!(needed.dead, ["docs/src/a.md: ../../gone.rs"]);
    }
}
