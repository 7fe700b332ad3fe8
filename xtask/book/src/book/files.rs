//! The files of the site, as a browser asks for them.

use std::{
    fs,
    path::{Component, Path},
};

/// A file, and what kind of file it is.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub content: Vec<u8>,
    /// Its media type.
    pub kind: &'static str,
}

/// The file that a path of a request names, if there is one in the folder.
pub fn find(folder: &Path, path: &str) -> Option<File> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = Path::new(path.trim_start_matches('/'));
    // Nobody gets out of the folder.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let mut path = folder.join(path);
    if path.is_dir() {
        path = path.join("index.html");
    }
    let content = fs::read(&path).ok()?;
    Some(File { content, kind: kind(&path) })
}

/// The media type of a file, by its name.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_first_page_and_nothing_outside_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("site")).unwrap();
        fs::write(folder.path().join("secret.txt"), "s").unwrap();
        fs::write(folder.path().join("site/index.html"), "<p>").unwrap();
        let site = folder.path().join("site");
        let index = find(&site, "/?x=1").unwrap();
        assert_eq!((&*index.content, index.kind), (&b"<p>"[..], "text/html; charset=utf-8"));
        assert_eq!(find(&site, "/../secret.txt"), None);
        assert_eq!(find(&site, "/gone.html"), None);
    }
}
