//! `cargo xtask docs`: fills the fences of the pages from the code and from runs, and checks the pages.
//!
//! A directive, which is a comment above a fence, says what the fence shows. CONTRIBUTING.md has the table of directives.
//!
//! - [`page`] reads pages, directives and fences. [`source`] finds items in source files.
//! - [`code`] fills fences that show code, and [`runs`] those that show what a command or a test prints.
//! - [`coverage`], [`links`] and [`prose`] check what no directive fills.

mod code;
mod coverage;
mod links;
mod page;
mod prose;
mod runs;
mod source;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    rc::Rc,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use kit::{
    outln,
    report::{Failure, Report},
    steps::Workspace,
    tree,
};
use learn::series::Series;
use similar::TextDiff;

use crate::trace::recording::Recording;

use self::{
    code::Place,
    links::{Links, Problem},
    page::{Fence, Page, Region},
    source::Source,
};

#[derive(Debug, Args)]
pub struct DocsArgs {
    /// Change nothing. Print what differs, and fail if anything does
    #[arg(long)]
    check: bool,
    /// Only the pages whose names begin with this, such as `03`
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Repeat the measurements, and plant the bugs again, whose output is kept otherwise
    #[arg(long, conflicts_with = "check")]
    again: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Check,
    Fill,
    Again,
}

/// The book, with the series that have been read.
struct Book<'a> {
    workspace: &'a Workspace,
    mode: Mode,
    series: RefCell<BTreeMap<u8, Rc<Series<'a>>>>,
}

#[derive(Debug, Default)]
struct Filled {
    fences: Vec<Fence>,
    /// The lines of sources that the fences show.
    shown: Vec<Place>,
}

impl From<Fence> for Filled {
    fn from(fence: Fence) -> Self {
        Filled { fences: vec![fence], shown: vec![] }
    }
}

impl<'a> Book<'a> {
    /// The source of that path in the workspace.
    fn source(&self, path: &str) -> Result<Source> {
        let file = self.workspace.root.join(path);
        let is_inside = path.split('/').all(|part| !["", ".", ".."].contains(&part));
        ensure!(
            is_inside && file.is_file(),
            "there is no file {path}. Write its path from the root of the workspace"
        );
        Source::new(path, &tree::read(&file)?)
    }

    fn series(&self, number: u8) -> Result<Rc<Series<'a>>> {
        if let Some(series) = self.series.borrow().get(&number) {
            return Ok(series.clone());
        }
        let series = Rc::new(Series::load(self.workspace, number)?);
        ensure!(series.exists(), "step {number} has no series in xtask/series");
        self.series.borrow_mut().insert(number, series.clone());
        Ok(series)
    }
}

/// A link to a file of the workspace, for a caption.
fn link(page: &str, file: &str, text: &str) -> String {
    format!("[`{text}`]({}{file})", "../".repeat(page.matches('/').count()))
}

/// Fills the fences, or checks them. Returns whether nothing is wrong.
pub fn run(workspace: &Workspace, args: &DocsArgs) -> Result<bool> {
    let mode = match (args.check, args.again) {
        (true, _) => Mode::Check,
        (_, true) => Mode::Again,
        _ => Mode::Fill,
    };
    let book = Book { workspace, mode, series: RefCell::default() };
    let began = Instant::now();
    let mut report = Report::default();
    let pages = read(workspace)?;
    let is_wanted = |page: &Page| {
        let name = page.path.rsplit('/').next().unwrap_or_default();
        args.page.as_ref().is_none_or(|wanted| name.starts_with(wanted.as_str()))
    };
    if !pages.iter().any(is_wanted) {
        let names: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        bail!("there is no such page. The pages are {}", names.join(", "));
    }
    let parsed = |page: &Page| (page.path.clone(), Links::parse(&page.lines.join("\n")));
    let links: BTreeMap<String, Links> = pages.iter().map(parsed).collect();
    for page in pages.iter().filter(|page| is_wanted(page)) {
        let shown = fill(&book, page, &mut report)?;
        tally(&mut report, &page.path, "has fences that say what they are", page.problems.clone());
        let wrong = wrong_events(&workspace.root, page)?;
        tally(&mut report, &page.path, "tells of events as they were recorded", wrong);
        let dead = links::dead(&workspace.root, &page.path, &links);
        tally(&mut report, &page.path, "has no dead links", dead);
        let step = workspace.steps.iter().find(|it| it.meta.chapter == Path::new(&page.path));
        if let Some(step) = step.filter(|_| page.covers) {
            let beside = pages.iter().filter(|it| it.path != page.path);
            let beside = beside.filter(|it| step.has_page(Path::new(&it.path)));
            let shown = beside.flat_map(|page| shown_on(&book, page)).chain(shown).collect();
            coverage::check(&book, &page.path, step, &shown, &mut report);
        }
    }
    if args.page.is_none() {
        tally(&mut report, links::SUMMARY, "lists all pages", links::unlisted(&links));
        for (path, problems) in prose::check(workspace)? {
            let sentence = "has no phrase of the list in xtask/book/src/docs/prose.rs";
            tally(&mut report, &path, sentence, problems);
        }
    }
    recordings(&book, args.page.as_deref(), &mut report)?;
    report.took = began.elapsed();
    kit::report::printed(&report)
}

/// What a page says of events that is not in the recordings.
fn wrong_events(root: &Path, page: &Page) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for (line, event) in &page.events {
        let mut words = event.subject.splitn(3, ' ');
        let mut number = || words.next().and_then(|word| word.parse::<usize>().ok());
        let (Some(step), Some(at)) = (number(), number()) else {
            let form = "`event:` takes a step, the number of an event, and what it is";
            problems.push((*line, format!("{form}, such as `event: 03 6 pending player A`")));
            continue;
        };
        let said = words.next().unwrap_or_default();
        let path = root.join(format!("docs/recordings/step{step:02}.json"));
        let recording: Recording = serde_json::from_str(&tree::read(&path)?)?;
        let Some(moment) = at.checked_sub(1).and_then(|index| recording.events.get(index)) else {
            problems.push((*line, format!("the recording has no event {at}")));
            continue;
        };
        let task = moment.task.as_deref().unwrap_or_default();
        let state = &moment.state;
        let recorded = [
            ("event", format!("{} {task}", moment.what).trim().to_owned()),
            ("thread", state.thread.clone()),
            ("queue", state.queue.join(", ")),
            ("inbox", state.inbox.join(", ")),
        ];
        for (name, recorded) in recorded {
            let claimed = if name == "event" { Some(said) } else { event.text(name) };
            if claimed.is_some_and(|claimed| claimed != recorded) {
                problems
                    .push((*line, format!("event {at} of step {step:02}: {name} is `{recorded}`")));
            }
        }
    }
    Ok(problems)
}

/// Makes the recordings of the player again, each from its own log, or checks them.
fn recordings(book: &Book<'_>, page: Option<&str>, report: &mut Report) -> Result<()> {
    for step in &book.workspace.steps {
        let number = step.meta.number;
        let path = format!("docs/recordings/step{number:02}.json");
        let file = book.workspace.root.join(&path);
        let is_wanted = page.is_none_or(|page| page == format!("{number:02}"));
        if !is_wanted || !file.is_file() {
            continue;
        }
        let old = tree::read(&file)?;
        let detail = match crate::trace::again(book.workspace, step, &old) {
            Ok(new) if new == old => {
                report.passed += 1;
                continue;
            }
            Ok(new) if book.mode != Mode::Check => {
                fs::write(&file, new).with_context(|| format!("cannot write {path}"))?;
                outln!("{path}: made again from its log");
                continue;
            }
            Ok(_) => "the code has changed since. `cargo xtask docs` makes it again".to_owned(),
            Err(error) => {
                format!("{error:#}. Record it again: cargo xtask trace {number} --json {path}")
            }
        };
        let name = format!("{path} is what its log and the code lead to");
        report.failures.push(Failure { name, detail });
    }
    Ok(())
}

/// Reads the pages of the book, and the other texts that can have directives.
fn read(workspace: &Workspace) -> Result<Vec<Page>> {
    let mut files = tree::files_under(&workspace.root.join("docs/src"))?;
    files.extend(["README.md", "CONTRIBUTING.md"].map(|name| workspace.root.join(name)));
    files.retain(|file| file.extension().is_some_and(|end| end == "md") && file.is_file());
    let page = |file: &std::path::PathBuf| {
        let path = tree::relative(&workspace.root, file);
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {path}"))?;
        Ok(Page::parse(&path, &text))
    };
    files.iter().map(page).collect()
}

/// Fills or checks the fences of a page. Returns the lines of sources that they show.
fn fill(book: &Book<'_>, page: &Page, report: &mut Report) -> Result<BTreeSet<Place>> {
    let mut shown = BTreeSet::new();
    let mut lines = page.lines.clone();
    let mut refilled = 0;
    // From the last to the first, so that the lines above keep their numbers.
    for region in page.regions.iter().rev() {
        let name = format!("{}:{}: {}", page.path, region.line + 1, region.directive.title());
        let mut fail = |detail| report.failures.push(Failure { name: name.clone(), detail });
        let filled = match filled(book, &page.path, region) {
            Ok(filled) => filled,
            Err(error) => {
                fail(format!("{error:#}"));
                continue;
            }
        };
        shown.extend(filled.shown);
        let new = page::write(&filled.fences, region.indent);
        let old = &page.lines[region.body.clone()];
        if new == old {
            report.passed += 1;
        } else if book.mode == Mode::Check {
            fail(difference(old, &new));
        } else {
            refilled += 1;
            lines.splice(region.body.clone(), new);
        }
    }
    if refilled > 0 {
        fs::write(book.workspace.root.join(&page.path), lines.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", page.path))?;
        let fences = if refilled == 1 { "fence" } else { "fences" };
        outln!("{}: {refilled} {fences} filled", page.path);
    }
    Ok(shown)
}

fn filled(book: &Book<'_>, page: &str, region: &Region) -> Result<Filled> {
    let directive = &region.directive;
    match directive.kind {
        "run" => runs::fill(book, directive, region.fences.first()),
        "bug" => runs::fill_bug(book, page, region),
        "ladder" => runs::fill_ladder(book, directive),
        _ => code::fill(book, page, directive),
    }
}

/// The lines of sources that a page shows.
fn shown_on(book: &Book<'_>, page: &Page) -> Vec<Place> {
    let is_code = |region: &&Region| !["run", "bug", "ladder"].contains(&region.directive.kind);
    let regions = page.regions.iter().filter(is_code);
    let filled = regions.filter_map(|region| code::fill(book, &page.path, &region.directive).ok());
    filled.flat_map(|filled| filled.shown).collect()
}

/// How a fence differs from what it should be.
fn difference(old: &[String], new: &[String]) -> String {
    if old.is_empty() {
        return "there is no fence below it. `cargo xtask docs` adds it".to_owned();
    }
    let (old, new) = (old.join("\n") + "\n", new.join("\n") + "\n");
    let diff = TextDiff::from_lines(&old, &new);
    let diff = diff.unified_diff().context_radius(1).to_string();
    format!("`cargo xtask docs` fills it again:\n{}", diff.trim_end())
}

/// Counts one check of a file: it passed, or it failed once for each problem.
fn tally(report: &mut Report, path: &str, sentence: &str, problems: Vec<Problem>) {
    report.passed += usize::from(problems.is_empty());
    report.failures.extend(problems.into_iter().map(|(line, what)| Failure {
        name: format!("{path} {sentence}"),
        detail: format!("{path}:{line}: {what}"),
    }));
}
