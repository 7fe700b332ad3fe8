//! Checks the site: links between its files, and every page as Chromium shows it, on a desk and on a phone.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock, time::Instant};

use anyhow::Result;
use regex::Regex;

use super::{Site, browser};
use kit::{
    report::{Failure, Report},
    tree,
};

/// How many pages of sources are looked at.
const SOURCES: usize = 6;

/// What leads to another file.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\b(?:href|src)="([^"]*)""#).expect("the pattern is fixed"));

/// A place that links can lead to.
static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\b(?:id|name)="([^"]+)""#).expect("the pattern is fixed"));

/// Checks the site.
pub fn run(site: &Site, began: Instant) -> Result<Report> {
    let mut report = Report::default();
    let pages = pages(&site.folder)?;
    for page in &pages {
        let dead = dead_links(&site.folder, page)?;
        tally(&mut report, format!("{page} has no dead links"), dead);
    }
    match browser::find() {
        None => report.skipped.push(
            "how the pages look: needs Chromium, which is not installed, or not under a name known here; \
             the variable CHROMIUM may name it"
                .to_owned(),
        ),
        Some(browser) => {
            for look in browser::look(&browser, &site.folder, &worth_a_look(&pages))? {
                let sentence = format!("{} is as it should be, {} wide", look.page, look.width);
                tally(&mut report, sentence, look.troubles);
            }
        }
    }
    report.took = began.elapsed();
    Ok(report)
}

/// Counts one check: passed, or failed with these troubles.
fn tally(report: &mut Report, name: String, troubles: Vec<String>) {
    match troubles.is_empty() {
        true => report.passed += 1,
        false => report.failures.push(Failure { name, detail: troubles.join("\n") }),
    }
}

/// The pages of the site, by their paths.
fn pages(folder: &Path) -> Result<Vec<String>> {
    let files = tree::files_under(folder)?;
    let pages = files.iter().map(|file| tree::relative(folder, file));
    // This one is part of the others, for browsers without scripts.
    Ok(pages.filter(|page| page.ends_with(".html") && page != "toc.html").collect())
}

/// The pages whose looks may differ. Those of sources are all made the same way, so some stand for all.
fn worth_a_look(pages: &[String]) -> Vec<String> {
    let is_source = |page: &&String| page.starts_with("code/") && !page.ends_with(".md.html");
    let others = pages.iter().filter(|page| !is_source(page));
    others.chain(pages.iter().filter(is_source).take(SOURCES)).cloned().collect()
}

/// The links of a page that lead nowhere on the site.
fn dead_links(folder: &Path, page: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(folder.join(page))?;
    let own = folder.join(page);
    let mut dead = BTreeSet::new();
    // Not found is found at any depth, so what it links to begins at the site's top.
    let base = if page == "404.html" { folder } else { own.parent().unwrap_or(folder) };
    for link in LINK.captures_iter(&text) {
        let target = link[1].replace("&amp;", "&");
        if target.contains(':') || target.is_empty() {
            continue;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let file = file.split('?').next().unwrap_or_default();
        let path = match file {
            "" => own.clone(),
            file if file.starts_with('/') => folder.join(file.trim_start_matches('/')),
            file => base.join(file),
        };
        let path = if path.is_dir() { path.join("index.html") } else { path };
        if !path.is_file() {
            dead.insert(format!("{target}: there is no such file"));
        } else if !anchor.is_empty() && path.extension().is_some_and(|end| end == "html") {
            let text = fs::read_to_string(&path)?;
            if !ID.captures_iter(&text).any(|id| &id[1] == anchor) {
                dead.insert(format!("{target}: there is no such place on that page"));
            }
        }
    }
    Ok(dead.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_and_places_that_are_not_there_are_dead() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("code")).unwrap();
        fs::write(folder.path().join("code/index.html"), "<p id=\"here\">").unwrap();
        let page = "<a href=\"code/\"> <a href=\"code#here\"> <a href=\"https://x.y/z\"> <a href=\"#top\"> <img src=\"x.svg\">";
        fs::write(folder.path().join("a.html"), page).unwrap();
        let dead = dead_links(folder.path(), "a.html").unwrap();
        assert_eq!(
            dead,
            ["#top: there is no such place on that page", "x.svg: there is no such file"]
        );
    }
}
