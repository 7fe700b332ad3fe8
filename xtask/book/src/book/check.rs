//! Checks the pages of the site in Chromium: their links, and what they look like on a desktop and on a phone.
//!
//! One page shows all others in frames of both widths, and reports what it finds to the server that it came from. So the
//! browser starts only once.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use indicatif::ProgressBar;
use kit::{
    report::{Failure, Report},
    tree,
};
use serde::Deserialize;
use tiny_http::Server;

use super::{Site, serve};

const WIDTHS: [u32; 2] = [1280, 400];

/// How many pages of source files are looked at. They are all made in the same way.
const SOURCES: usize = 6;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long Chromium may take for all pages.
const PATIENCE: Duration = Duration::from_secs(90);

/// How many times Chromium is started, at most.
const BROWSERS: usize = 2;

/// The page that shows the others.
const VIEWER: &str = include_str!("viewer.html");

/// The part of it that checks players.
const PLAYERS: &str = include_str!("player.js");

/// A script in each page, which collects errors.
const LISTENER: &str = "<script>
window.__troubles = [];
addEventListener('error', e => __troubles.push('error: ' + (e.message || (e.target.src || e.target.href) + ' does not load')), true);
addEventListener('unhandledrejection', e => __troubles.push('error: ' + e.reason));
console.error = (...words) => __troubles.push('console: ' + words.join(' '));
</script>";

#[derive(Debug, Deserialize)]
struct Look {
    page: String,
    width: u32,
    troubles: Vec<String>,
}

pub fn run(site: &Site, began: Instant) -> Result<Report> {
    let mut report = Report::default();
    let files = tree::files_under(&site.folder)?;
    let pages = files.iter().map(|file| tree::relative(&site.folder, file));
    // The other pages contain toc.html, for browsers without scripts.
    let pages: Vec<String> =
        pages.filter(|page| page.ends_with(".html") && page != "toc.html").collect();
    let is_source = |page: &&String| page.starts_with("code/") && !page.ends_with(".md.html");
    let sources = pages.iter().filter(is_source).take(SOURCES);
    let others = pages.iter().filter(|page| !is_source(page));
    let shown: Vec<&String> = others.chain(sources).collect();
    let Some(browser) = chromium() else {
        return Ok(Report::skipped("Chromium is not installed. The variable CHROMIUM can name it"));
    };
    for Look { page, width, troubles } in look(&browser, &site.folder, &shown)? {
        let name = format!("{page} looks as it should, {width} wide");
        match troubles.is_empty() {
            true => report.passed += 1,
            false => report.failures.push(Failure { name, detail: troubles.join("\n") }),
        }
    }
    report.took = began.elapsed();
    Ok(report)
}

/// Chromium, if it is installed.
fn chromium() -> Option<PathBuf> {
    let known = || {
        let paths = env::var_os("PATH").unwrap_or_default();
        let files = env::split_paths(&paths).flat_map(|path| NAMES.map(|name| path.join(name)));
        files.into_iter().find(|file| file.is_file())
    };
    env::var_os("CHROMIUM").map(PathBuf::from).or_else(known)
}

/// Looks at pages in both widths.
fn look(browser: &Path, folder: &Path, pages: &[&String]) -> Result<Vec<Look>> {
    let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("cannot listen: {error}"))?;
    let address = format!("http://{}/__viewer", server.server_addr());
    let tasks = pages.iter().flat_map(|page| WIDTHS.map(|width| ((*page).clone(), width)));
    let tasks: Vec<(String, u32)> = tasks.collect();
    let left = Arc::new(Mutex::new(tasks.clone()));
    let (send, looks) = mpsc::channel();
    let (folder, shown) = (folder.to_owned(), left.clone());
    // It serves until this program ends.
    thread::spawn(move || {
        serve::serve(&server, |path, body| match path {
            "/__viewer" => {
                let tasks = serde_json::to_string(&*shown.lock().ok()?).ok()?;
                let viewer = VIEWER.replace("{players}", PLAYERS).replace("{tasks}", &tasks);
                Some(("text/html; charset=utf-8", viewer.into()))
            }
            "/__seen" => {
                let _ = send.send(serde_json::from_str::<Look>(body).ok()?);
                Some(("text/plain", vec![]))
            }
            path => serve::file(&folder, path).map(|file| serve::with_script(file, LISTENER)),
        });
    });
    let bar = ProgressBar::new(tasks.len() as u64);
    let mut all: Vec<Look> = Vec::new();
    // Now and then Chromium stops in the middle of a page. A second one looks at the pages that are left.
    for _ in 0..BROWSERS {
        if all.len() == tasks.len() {
            break;
        }
        let profile = tempfile::tempdir().context("cannot create a folder for Chromium")?;
        let mut chromium = start(browser, &address, profile.path())?;
        let deadline = Instant::now() + PATIENCE;
        while all.len() < tasks.len()
            && let Ok(look) = looks.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            let mut left = left.lock().expect("the server does not panic");
            let count = left.len();
            left.retain(|(page, width)| (page, *width) != (&look.page, look.width));
            // The first browser can report a page that the second one has begun.
            if left.len() < count {
                all.push(look);
                bar.inc(1);
            }
        }
        let _ = chromium.kill();
        let _ = chromium.wait();
    }
    bar.finish_and_clear();
    let left = left.lock().expect("the server does not panic");
    if let Some((page, _)) = left.first() {
        bail!(
            "{} did not show {} pages within {PATIENCE:?}, {page} among them. Does it start?",
            browser.display(),
            left.len()
        );
    }
    all.sort_by(|a, b| (&a.page, a.width).cmp(&(&b.page, b.width)));
    Ok(all)
}

/// Starts Chromium, with a profile of its own.
fn start(browser: &Path, address: &str, profile: &Path) -> Result<Child> {
    Command::new(browser)
        // It sees only our own pages, and a container has no sandbox.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--remote-debugging-port=0",
            // Gives the check the names that a screen reader reads.
            "--enable-blink-features=ComputedAccessibilityInfo",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", browser.display()))
}
