//! The book, while it is filled or checked: its sources, read once, and what to do with commands.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    fs,
    rc::Rc,
};

use anyhow::{Context, Result, ensure};

use crate::docs::source::Source;
use kit::{bugs::Scratch, steps::Workspace};
use learn::series::Series;

/// What is done with the fences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are compared with what they should be.
    Check,
    /// They are filled. Figures and what tests say of bugs are kept unless they are wanted again.
    Fill {
        /// Measure again, and put the bugs in again.
        again: bool,
    },
}

/// The book at work.
pub struct Book<'a> {
    /// The workspace that it is about.
    pub workspace: &'a Workspace,
    /// What is done with the fences.
    pub mode: Mode,
    /// Hears what takes long.
    pub note: &'a dyn Fn(&str),
    /// The sources that were read.
    sources: RefCell<BTreeMap<String, Rc<Source>>>,
    /// The series that were read.
    series: RefCell<BTreeMap<u8, Rc<Series<'a>>>>,
    /// The copy of the workspace that bugs are put into.
    scratch: OnceCell<Scratch>,
}

impl<'a> Book<'a> {
    /// The book of a workspace.
    pub fn new(workspace: &'a Workspace, mode: Mode, note: &'a dyn Fn(&str)) -> Self {
        let (sources, series) = (RefCell::default(), RefCell::default());
        Book { workspace, mode, note, sources, series, scratch: OnceCell::new() }
    }

    /// The source of that path in the workspace.
    pub fn source(&self, path: &str) -> Result<Rc<Source>> {
        if let Some(source) = self.sources.borrow().get(path) {
            return Ok(source.clone());
        }
        ensure!(
            path.split('/').all(|part| !part.is_empty() && part != "." && part != ".."),
            "`{path}`: write the path from the root of the workspace on"
        );
        let text = fs::read_to_string(self.workspace.root.join(path)).with_context(|| {
            format!("there is no file {path}: write its path from the root of the workspace on")
        })?;
        let source = Rc::new(Source::new(path, &text)?);
        self.sources.borrow_mut().insert(path.to_owned(), source.clone());
        Ok(source)
    }

    /// The tasks of a step.
    pub fn series(&self, number: u8) -> Result<Rc<Series<'a>>> {
        if let Some(series) = self.series.borrow().get(&number) {
            return Ok(series.clone());
        }
        let series = Rc::new(Series::load(self.workspace, number)?);
        ensure!(series.exists(), "step {number} has no series in xtask/series");
        self.series.borrow_mut().insert(number, series.clone());
        Ok(series)
    }

    /// The copy of the workspace that bugs are put into.
    pub fn scratch(&self) -> Result<&Scratch> {
        if let Some(scratch) = self.scratch.get() {
            return Ok(scratch);
        }
        let scratch = Scratch::new(self.workspace)?;
        Ok(self.scratch.get_or_init(|| scratch))
    }
}
