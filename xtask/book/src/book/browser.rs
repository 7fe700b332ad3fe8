//! Looks at pages in a headless Chromium.
//!
//! One page shows all the others, a few at a time, in frames that are as wide as a desk or a phone, and reports
//! what it saw to the server that it came from. So one start of the browser is enough.

use std::{
    env,
    ffi::OsString,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::{
    files,
    http::{self, Request, Response},
};

/// How wide the frames are.
const WIDTHS: [u32; 2] = [1280, 390];

/// The names that Chromium goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long Chromium may take for one page, or for its start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page that shows the others.
const VIEWER: &str = include_str!("viewer.html");

/// What every page gets first: it takes note of errors.
const LISTENER: &str = "<script>\
    window.__troubles = [];\
    addEventListener('error', e => __troubles.push('error: ' + (e.message || (e.target.src || e.target.href) + ' does not load')), true);\
    addEventListener('unhandledrejection', e => __troubles.push('error: ' + e.reason));\
    console.error = (...words) => __troubles.push('console: ' + words.join(' '));\
    </script>";

/// What was seen of a page.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// The page.
    pub page: String,
    /// How wide the frame was.
    pub width: u32,
    /// What was not as it should be.
    pub troubles: Vec<String>,
}

/// Chromium, if it is there.
pub fn find() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let paths: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let known = || {
        let all = NAMES.iter().flat_map(|name| paths.iter().map(move |path| path.join(name)));
        all.into_iter().find(|path| path.is_file())
    };
    named.or_else(known)
}

/// Looks at the pages of a site, as wide as a desk and as narrow as a phone.
pub fn look(browser: &Path, folder: &Path, pages: &[String]) -> Result<Vec<Look>> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
    let address = format!("http://{}/__viewer", listener.local_addr()?);
    let (seen, looks) = mpsc::channel();
    let tasks: Vec<_> =
        pages.iter().flat_map(|page| WIDTHS.map(|width| (page.clone(), width))).collect();
    let viewer = VIEWER.replace("{tasks}", &serde_json::to_string(&tasks)?);
    let folder = folder.to_owned();
    // It serves until this program ends, which is soon.
    thread::spawn(move || {
        http::serve(listener, move |request| answer(&folder, &viewer, &seen, request));
    });
    let profile = tempfile::tempdir().context("cannot make a folder for Chromium")?;
    let mut chromium = start(browser, profile.path(), &address)?;
    let bar = ProgressBar::new(tasks.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} pages").expect("it is valid"));
    let mut all = Vec::new();
    while all.len() < tasks.len() {
        match looks.recv_timeout(PATIENCE) {
            Ok(look) => all.push(look),
            Err(_) => break,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let _ = chromium.kill();
    let _ = chromium.wait();
    let left = tasks.len() - all.len();
    if left > 0 {
        let browser = browser.display();
        bail!(
            "{browser} has said nothing for {PATIENCE:?}, with {left} pages left: does it start at all?"
        );
    }
    all.sort_by(|a, b| (&a.page, a.width).cmp(&(&b.page, b.width)));
    Ok(all)
}

/// Starts Chromium without a window.
fn start(browser: &Path, profile: &Path, address: &str) -> Result<Child> {
    let mut profile_is = OsString::from("--user-data-dir=");
    profile_is.push(profile);
    Command::new(browser)
        // It only sees pages of ours, and where this runs in a container there is no sandbox to be had.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--remote-debugging-port=0",
        ])
        .args([profile_is, address.into()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", browser.display()))
}

/// Answers the browser.
fn answer(folder: &Path, viewer: &str, seen: &Sender<Look>, request: &Request) -> Response {
    match request.path.as_str() {
        "/__viewer" => Response::ok("text/html; charset=utf-8", viewer.into()),
        "/__seen" if request.is_post => {
            if let Ok(look) = serde_json::from_str(&request.body) {
                let _ = seen.send(look);
            }
            Response::ok("text/plain", Vec::new())
        }
        path => match files::find(folder, path) {
            Some(file) if file.kind.starts_with("text/html") => {
                let text = String::from_utf8_lossy(&file.content);
                let text = text.replacen("<head>", &format!("<head>{LISTENER}"), 1);
                Response::ok(file.kind, text.into_bytes())
            }
            Some(file) => Response::ok(file.kind, file.content),
            None => Response::not_found(),
        },
    }
}
