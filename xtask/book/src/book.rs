//! `cargo xtask book`: builds the book as a site, shows it, and checks it in a browser.
//!
//! mdBook does it, as a library of the program in `docs/builder`, so that nothing has to be installed. That program is
//! a workspace of its own: whoever does not build the site does not compile mdBook.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use kit::{outln, report::printed, steps::Workspace};

mod browser;
mod check;
mod files;
mod http;
mod serve;

/// What to do with the site.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// Show it in the browser
    #[arg(long)]
    open: bool,
    /// Serve it until Ctrl-C, and build it anew whenever a page has changed
    #[arg(long)]
    serve: bool,
    /// The port to serve it on
    #[arg(long, value_name = "PORT", default_value_t = 3000, requires = "serve")]
    port: u16,
    /// Look at every page in a headless Chromium, as wide as a desk and as narrow as a phone
    #[arg(long, conflicts_with_all = ["open", "serve"])]
    check: bool,
}

/// The site, and what it is made of.
#[derive(Debug)]
struct Site {
    root: PathBuf,
    /// The program that makes it.
    builder: PathBuf,
    /// Where it is.
    folder: PathBuf,
}

impl Site {
    /// Makes the site.
    fn build(&self) -> Result<()> {
        // What was a page once must not stay one.
        if self.folder.is_dir() {
            std::fs::remove_dir_all(&self.folder).context("cannot empty the site's folder")?;
        }
        let built = Command::new(&self.builder)
            .args([&self.root, &self.folder])
            .stdin(Stdio::null())
            .status()
            .context("cannot run the builder of the book")?;
        if !built.success() {
            bail!("the site cannot be built: see above");
        }
        Ok(())
    }

    /// Its first page.
    fn index(&self) -> PathBuf {
        self.folder.join("index.html")
    }
}

/// Builds the site, does what else was asked for, and says whether all is well.
pub fn run(workspace: &Workspace, args: &BookArgs) -> Result<bool> {
    let began = Instant::now();
    let site = Site {
        root: workspace.root.clone(),
        builder: builder(&workspace.root)?,
        folder: target(&workspace.root).join("book"),
    };
    site.build()?;
    if args.check {
        return printed(&check::run(&site, began)?);
    }
    outln!("built {} in {:.1?}", site.index().display(), began.elapsed());
    if args.serve {
        serve::until_it_is_stopped(&site, args.port, args.open)?;
    } else if args.open {
        open(&site.index().display().to_string())?;
    }
    Ok(true)
}

/// Where cargo puts what it builds.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Compiles the program that makes the site, and gives its path.
fn builder(root: &Path) -> Result<PathBuf> {
    let target = target(root).join("book-builder");
    let program = target.join("debug/book-builder");
    let quiet = program.exists().then_some("--quiet");
    if quiet.is_none() {
        kit::note!("compiling mdBook and what it needs: a minute or two, and only the first time");
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--locked"])
        .args(quiet)
        .arg("--manifest-path")
        .arg(root.join("docs/builder/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo")?;
    if !built.success() {
        bail!("the builder of the book does not compile: see above");
    }
    Ok(program)
}

/// Lets the system show a page.
fn open(page: &str) -> Result<()> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let opened = Command::new(opener).arg(page).stdin(Stdio::null()).status();
    match opened {
        Ok(status) if status.success() => Ok(()),
        _ => bail!("{opener} cannot show it: open {page} in a browser"),
    }
}
