//! `cargo xtask docs`: fills the fences of the chapters from the code and from runs, or checks that they are as they
//! should be.
//!
//! A directive, a comment above a fence, says what is in it. CONTRIBUTING.md has the table of directives.

mod book;
mod change;
mod command;
mod coverage;
mod directive;
mod excerpt;
mod fence;
mod items;
mod links;
mod page;
mod planted;
mod prose;
mod rules;
mod source;
mod task;

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::{
    book::{Book, Mode},
    coverage::Places,
    directive::Kind,
    fence::Fence,
    links::Links,
    page::{Page, Region},
};
use kit::{
    out, outln,
    report::{Failure, Report},
    steps::Workspace,
    tree,
};

/// Which fences to fill or to check.
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// Change nothing; print what differs, and fail if anything does
    #[arg(long)]
    check: bool,
    /// Only the pages whose name begins with this, as in `03`
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Measure figures again, and put bugs in again, where what came of it is kept otherwise
    #[arg(long, conflicts_with = "check")]
    again: bool,
    /// List the changed lines of code that the chapters do not show
    #[arg(long, conflicts_with_all = ["check", "again"])]
    coverage: bool,
}

/// What a directive fills in.
#[derive(Debug, Default)]
struct Filled {
    /// The fences.
    fences: Vec<Fence>,
    /// The lines of sources that are in them.
    shown: Vec<(String, usize)>,
}

impl From<Fence> for Filled {
    fn from(fence: Fence) -> Self {
        Filled { fences: vec![fence], shown: vec![] }
    }
}

/// Fills the fences, or does what else is asked for, and says whether all is well.
pub fn run(workspace: &Workspace, args: &DocsArgs) -> Result<bool> {
    let note = |line: &str| kit::note!("{line}");
    let mode = if args.check { Mode::Check } else { Mode::Fill { again: args.again } };
    let book = Book::new(workspace, mode, &note);
    let wanted = |page: &Page| args.page.as_ref().is_none_or(|name| is_called(&page.path, name));
    if args.coverage {
        let pages = read(workspace)?;
        for page in pages.iter().filter(|page| wanted(page)) {
            let shown = with_pages_beside(&book, page, &pages, shown_on(&book, page));
            out!("{}", rules::uncovered(&book, page, &shown)?);
        }
        return Ok(true);
    }
    let began = Instant::now();
    let mut report = work(&book, &wanted, args.page.is_none())?;
    report.took = began.elapsed();
    kit::report::printed(&report)
}

/// Whether the name of a page begins with a text.
fn is_called(path: &str, name: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| file.starts_with(name))
}

/// Fills or checks pages.
fn work(book: &Book<'_>, wanted: &dyn Fn(&Page) -> bool, all: bool) -> Result<Report> {
    let mut report = Report::default();
    let pages = read(book.workspace)?;
    if !pages.iter().any(wanted) {
        let names: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        bail!("there is no such page: there are {}", names.join(", "));
    }
    let mut links = BTreeMap::new();
    for page in &pages {
        links.insert(page.path.clone(), Links::parse(&page.lines.join("\n")));
    }
    for page in pages.iter().filter(|page| wanted(page)) {
        let shown = fill(book, page, &mut report)?;
        rules::fences(page, &mut report);
        let dead = links::dead(&book.workspace.root, &page.path, &links);
        rules::tally(&mut report, &page.path, "has no dead links", dead);
        let shown = with_pages_beside(book, page, &pages, shown);
        rules::coverage(book, page, &shown, &mut report);
    }
    if all {
        let unlisted = links::unlisted(&links).into_iter().map(|what| (1, what)).collect();
        rules::tally(&mut report, links::SUMMARY, "lists all pages", unlisted);
        prose::check(book.workspace, &mut report)?;
    }
    Ok(report)
}

/// Reads the pages of the book, and the other texts that may have directives.
fn read(workspace: &Workspace) -> Result<Vec<Page>> {
    let mut files = tree::files_under(&workspace.root.join("docs/src"))?;
    files.extend(["README.md", "CONTRIBUTING.md"].map(|name| workspace.root.join(name)));
    files.retain(|file| {
        file.extension().is_some_and(|extension| extension == "md") && file.is_file()
    });
    let page = |file: &Path| {
        let path = tree::relative(&workspace.root, file);
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {path}"))?;
        Ok(Page::parse(&path, &text))
    };
    files.iter().map(|file| page(file)).collect()
}

/// Fills or checks the fences of a page that have a directive, and gives the lines of sources that they show.
fn fill(book: &Book<'_>, page: &Page, report: &mut Report) -> Result<Places> {
    let mut shown = Places::new();
    let mut lines = page.lines.clone();
    let mut refilled = 0;
    // From the last one on, so that those above stay where they are.
    for region in page.regions.iter().rev() {
        let filled = filled(book, &page.path, region);
        let name = format!("{}:{}: {}", page.path, region.line + 1, rules::title(region));
        let filled = match filled {
            Ok(filled) => filled,
            Err(error) => {
                report.failures.push(Failure { name, detail: format!("{error:#}") });
                continue;
            }
        };
        if let Some(detail) = rules::too_long(region, &filled.fences) {
            report.failures.push(Failure { name: name.clone(), detail });
        }
        shown.extend(filled.shown);
        let new = fence::write(&filled.fences, region.indent);
        let old = &page.lines[region.body.clone()];
        if new == old {
            report.passed += 1;
            continue;
        }
        refilled += 1;
        match book.mode {
            Mode::Fill { .. } => drop(lines.splice(region.body.clone(), new)),
            Mode::Check => {
                report.failures.push(Failure { name, detail: rules::difference(old, &new) });
            }
        }
    }
    if refilled > 0 && book.mode != Mode::Check {
        let text = lines.join("\n") + "\n";
        fs::write(book.workspace.root.join(&page.path), text)
            .with_context(|| format!("cannot write {}", page.path))?;
        let fences = if refilled == 1 { "fence" } else { "fences" };
        outln!("{}: {refilled} {fences} filled anew", page.path);
    }
    Ok(shown)
}

/// What a directive fills in.
fn filled(book: &Book<'_>, page: &str, region: &Region) -> Result<Filled> {
    let directive = &region.directive;
    match directive.kind {
        Kind::Code => excerpt::fill(book, directive),
        Kind::Diff => change::fill(book, directive),
        Kind::Task | Kind::Start | Kind::Naive => task::fill(book, directive),
        Kind::Diffstat => change::fill_stat(book, directive),
        Kind::Run => command::fill(book, directive, region.fences.first()),
        Kind::Bug => planted::fill(book, page, region),
        Kind::Ladder => planted::fill_ladder(book, directive),
        Kind::ByHand => bail!("a fence that is by hand is filled by hand"),
    }
}

/// What a chapter shows, with what the other pages about its step show.
fn with_pages_beside(book: &Book<'_>, page: &Page, pages: &[Page], mut shown: Places) -> Places {
    let path = Path::new(&page.path);
    if let Some(step) = book.workspace.steps.iter().find(|step| step.meta.chapter == path) {
        let beside = pages.iter().filter(|it| it.path != page.path);
        for other in beside.filter(|it| step.has_page(Path::new(&it.path))) {
            shown.extend(shown_on(book, other));
        }
    }
    shown
}

/// The lines of sources that the fences of a page would show, without running anything.
fn shown_on(book: &Book<'_>, page: &Page) -> Places {
    let quoting = page.regions.iter().filter(|region| region.directive.kind.shows_code());
    let filled = quoting.filter_map(|region| filled(book, &page.path, region).ok());
    filled.flat_map(|filled| filled.shown).collect()
}
