//! Serves the site to authors: when a page changes, the site is built again and the browser reloads.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Component, Path},
};

use anyhow::{Result, anyhow};
use kit::{outln, tree};
use tiny_http::{Header, Response, Server};

use super::Site;

/// The port, if it is free.
const PORT: u16 = 3000;

/// What the site is built from, relative to the workspace.
const SOURCES: [&str; 5] =
    ["docs/src", "docs/img", "docs/theme", "docs/recordings", "docs/book.toml"];

/// Reloads the page after a build. The question for the version is what starts a build.
const RELOAD: &str = "<script>
setInterval(async () => {
  const version = await (await fetch('/__version')).text();
  if (version !== 'VERSION') location.reload();
}, 700);
</script>";

const HTML: &str = "text/html; charset=utf-8";

/// A file for the browser: its media type and its content.
pub type Found = Option<(&'static str, Vec<u8>)>;

pub fn until_stopped(site: &Site, open: bool) -> Result<()> {
    let server = Server::http(("127.0.0.1", PORT)).or_else(|_| Server::http("127.0.0.1:0"));
    let server = server.map_err(|error| anyhow!("cannot listen: {error}"))?;
    let address = format!("http://{}/", server.server_addr());
    outln!("serving {address} until Ctrl-C");
    if open {
        super::open(&address)?;
    }
    let (mut version, mut problem) = (fingerprint(&site.root), None);
    serve(&server, |path, _| {
        if path == "/__version" {
            let now = fingerprint(&site.root);
            if now != version {
                (version, problem) = (now, build_again(site));
            }
            return Some(("text/plain", version.to_string().into()));
        }
        let found = match &problem {
            Some(problem) => (HTML, format!("<head></head><pre>{problem}</pre>").into()),
            None => file(&site.folder, path)?,
        };
        Some(with_script(found, &RELOAD.replace("VERSION", &version.to_string())))
    });
    Ok(())
}

/// Returns why the site cannot be built, as HTML.
fn build_again(site: &Site) -> Option<String> {
    let problem = site.build().err().map(|error| format!("{error:#}"));
    kit::note!("{}", problem.as_deref().unwrap_or("built again"));
    problem.map(|problem| problem.replace('&', "&amp;").replace('<', "&lt;"))
}

/// Changes when a source changes, appears or disappears.
fn fingerprint(root: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    for source in SOURCES.map(|source| root.join(source)) {
        let files = if source.is_file() { Ok(vec![source]) } else { tree::files_under(&source) };
        for file in files.unwrap_or_default() {
            let about = fs::metadata(&file).ok();
            let about = about.map(|about| (about.modified().ok(), about.len()));
            (file, about).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// A page with a script at the beginning of its head. Other files stay as they are.
pub fn with_script(
    (kind, content): (&'static str, Vec<u8>),
    script: &str,
) -> (&'static str, Vec<u8>) {
    if !kind.starts_with("text/html") {
        return (kind, content);
    }
    let text = String::from_utf8_lossy(&content).replacen("<head>", &format!("<head>{script}"), 1);
    (kind, text.into_bytes())
}

/// The file in the folder that a path names.
pub fn file(folder: &Path, path: &str) -> Found {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = Path::new(path.trim_start_matches('/'));
    // No path leaves the folder.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let mut path = folder.join(path);
    if path.is_dir() {
        path = path.join("index.html");
    }
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => HTML,
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    Some((kind, fs::read(&path).ok()?))
}

/// Answers requests for as long as the process lives.
pub fn serve(server: &Server, mut answer: impl FnMut(&str, &str) -> Found) {
    for mut request in server.incoming_requests() {
        let mut body = String::new();
        let _ = request.as_reader().read_to_string(&mut body);
        // It is no error if the browser closes the connection.
        let _ = match answer(request.url(), &body) {
            Some((kind, content)) => {
                let header = |name: &str, value: &str| {
                    Header::from_bytes(name, value).expect("the header is valid")
                };
                let response =
                    Response::from_data(content).with_header(header("Content-Type", kind));
                request.respond(response.with_header(header("Cache-Control", "no-store")))
            }
            None => request.respond(Response::empty(404)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_first_page_and_nothing_outside_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(folder.path().join("secret.txt"), "s").unwrap();
        fs::write(site.join("index.html"), "<head>").unwrap();
        let index = file(&site, "/?x=1").unwrap();
        assert_eq!(with_script(index, "<s>").1, b"<head><s>");
        assert_eq!(file(&site, "/../secret.txt"), None);
        assert_eq!(file(&site, "/gone.html"), None);
    }

    #[test]
    fn a_new_page_and_a_page_that_is_gone_change_the_fingerprint() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docs/src")).unwrap();
        let before = fingerprint(root.path());
        fs::write(root.path().join("docs/src/a.md"), "a").unwrap();
        assert_ne!(fingerprint(root.path()), before);
        fs::remove_file(root.path().join("docs/src/a.md")).unwrap();
        assert_eq!(fingerprint(root.path()), before);
    }
}
