//! `cargo xtask pictures`: draws the figures of the chapters, which show the same four lanes and light what is new.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{out::outln, steps::Workspace};

mod borrowed;
mod canvas;
mod own;

/// Where the figures are.
const FOLDER: &str = "docs/img";

/// What to do with the figures.
#[derive(Debug, Args)]
pub struct PicturesArgs {
    /// Change nothing, and fail if a figure is not as this would draw it
    #[arg(long)]
    check: bool,
}

/// A figure of a chapter.
#[derive(Debug)]
pub struct Figure {
    /// The name of its file.
    pub file: &'static str,
    /// Its text.
    pub svg: String,
}

/// All figures, in the chapters' order.
fn figures() -> [Figure; 6] {
    [
        borrowed::futures(),
        borrowed::executor(),
        borrowed::waker(),
        own::reactor(),
        own::timers(),
        own::server(),
    ]
}

/// Draws the figures, or checks them.
pub fn run(workspace: &Workspace, args: &PicturesArgs) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {FOLDER}"))?;
    let mut old = Vec::new();
    for Figure { file, svg } in figures() {
        let path = folder.join(file);
        if fs::read_to_string(&path).is_ok_and(|text| text == svg) {
            continue;
        }
        old.push(format!("{FOLDER}/{file}"));
        if !args.check {
            fs::write(&path, svg).with_context(|| format!("cannot write {FOLDER}/{file}"))?;
            outln!("drew {FOLDER}/{file}");
        }
    }
    if args.check && !old.is_empty() {
        bail!("`cargo xtask pictures` would draw otherwise: {}", old.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Workspace;

    #[test]
    fn the_figures_in_the_book_are_as_they_are_drawn() {
        let workspace = Workspace::load().unwrap();
        run(&workspace, &PicturesArgs { check: true }).unwrap();
    }

    #[test]
    fn every_figure_says_in_words_what_it_shows() {
        for Figure { file, svg } in figures() {
            let (_, rest) = svg.split_once("<desc id=\"desc\">").unwrap();
            let words = rest.split("</desc>").next().unwrap().split(' ').count();
            assert!(words > 40, "{file} says only {words} words");
        }
    }
}
