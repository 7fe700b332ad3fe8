//! Builds the chapters into a site with mdBook, and lets their links to the workspace's files lead somewhere there.
//!
//! `book-builder ROOT SITE`: the workspace, and the folder to make the site in. `cargo xtask book` calls it.

mod links;
mod player;
mod sources;

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the site.
fn build() -> Result<()> {
    let args: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [root, site] = &args[..] else { bail!("usage: book-builder ROOT SITE") };
    let root =
        root.canonicalize().with_context(|| format!("there is no {}", root.display()))?;
    let mut book = MDBook::load(root.join("docs"))?;
    book.config.build.build_dir = std::path::absolute(site)?;
    book.build().context("mdBook cannot build the site")?;
    links::mend(&root, site)
}
