//! `cargo xtask book`: builds the book as a website, shows it, and checks it in a browser.
//!
//! The program in `docs/builder` runs mdBook as a library, so nothing has to be installed. It is a workspace of its own,
//! so only readers of the site compile mdBook.

mod check;
mod serve;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{binaries, cargo, outln, report::printed, steps::Workspace};

#[derive(Debug, Args)]
pub struct BookArgs {
    /// Open it in the browser
    #[arg(long)]
    open: bool,
    /// Serve it until Ctrl-C. Rebuild it whenever a page changes, and reload the page in the browser
    #[arg(long)]
    serve: bool,
    /// Check the pages, their links and their players in a headless Chromium, as wide as a desktop
    /// and as a phone
    #[arg(long, conflicts_with_all = ["open", "serve"])]
    check: bool,
}

/// The site and what it is built from.
#[derive(Debug)]
struct Site {
    root: PathBuf,
    /// The program that builds it.
    builder: PathBuf,
    folder: PathBuf,
}

impl Site {
    /// Builds the site beside the old one, and replaces the old one only if that succeeds.
    fn build(&self) -> Result<()> {
        let next = self.folder.with_extension("next");
        let remove = |folder: &Path| match folder.is_dir() {
            true => fs::remove_dir_all(folder).context("cannot remove an old site"),
            false => Ok(()),
        };
        remove(&next)?;
        let builder =
            Command::new(&self.builder).args([&self.root, &next]).stdin(Stdio::null()).output();
        let output = builder.context("cannot run the builder of the book")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the site cannot be built\n{}", errors.trim_end());
        remove(&self.folder)?;
        fs::rename(&next, &self.folder).context("cannot put the new site in its place")
    }
}

/// Builds the site, and does what else was asked for. Returns whether nothing is wrong.
pub fn run(workspace: &Workspace, args: &BookArgs) -> Result<bool> {
    let began = Instant::now();
    let root = workspace.root.clone();
    let target = cargo::target(&root)?;
    let site = Site { builder: builder(&root, &target)?, root, folder: target.join("book") };
    site.build()?;
    if args.check {
        return printed(&check::run(&site, began)?);
    }
    let index = site.folder.join("index.html");
    outln!("built {} in {:.1?}", index.display(), began.elapsed());
    if args.serve {
        serve::until_stopped(&site, args.open)?;
    } else if args.open {
        open(&index.display().to_string())?;
    }
    Ok(true)
}

fn builder(root: &Path, target: &Path) -> Result<PathBuf> {
    let target = target.join("book-builder");
    if !target.exists() {
        kit::note!("Compiling mdBook. Only the first time takes long: a minute or two.");
    }
    let mut cargo = cargo::command(root);
    cargo.args(["build", "--locked", "--manifest-path", "docs/builder/Cargo.toml", "--target-dir"]);
    cargo.arg(&target);
    match binaries::build(cargo)? {
        Ok(mut built) => {
            let (_, path) = built.programs.pop_first().context("cargo names no program")?;
            Ok(path)
        }
        Err(_) => bail!("docs/builder does not build. The compiler's errors are above"),
    }
}

/// Opens a page in the browser that the variable `BROWSER` names, or in the usual one.
pub fn open(page: &str) -> Result<()> {
    let browser = env::var("BROWSER").ok().filter(|browser| !browser.is_empty());
    let opener = match env::consts::OS {
        _ if browser.is_some() => browser.as_deref().unwrap_or_default(),
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    match Command::new(opener).arg(page).stdin(Stdio::null()).status() {
        Ok(status) if status.success() || opener == "explorer" => Ok(()),
        _ => bail!("{opener} cannot open a browser. Open {page} yourself"),
    }
}
