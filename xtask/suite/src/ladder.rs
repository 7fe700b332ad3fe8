//! The ladder: what each step can do and what it cannot do yet, probed from outside.
//!
//! Most rungs are the capabilities that a step adds. The last rungs are rules of the contract that begin at step 06: the
//! steps before break them, and the ladder shows that they do.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Instant,
};

use anyhow::Result;
use comfy_table::{LineStyle, Table, TableStyle};
use console::style;

use self::probes::Finding;
use kit::{
    report::{Failure, Report},
    steps::{Step, Workspace},
    verdict::Skip,
};

mod probes;
mod waiting;

/// A capability: its name, the steps that are expected to have it, and how to probe for it.
struct Rung {
    name: &'static str,
    expected: fn(step: u8) -> bool,
    probe: fn(&Subject<'_>) -> Result<Finding>,
}

/// The capabilities, in the order in which the steps add them.
const RUNGS: [Rung; 9] = [
    Rung { name: "plays by the rules", expected: |_| true, probe: probes::plays_by_the_rules },
    Rung { name: "own executor", expected: |step| step >= 2, probe: probes::own_executor },
    Rung {
        name: "idle without CPU",
        // Step 02 polls every task round and round. That is its lesson.
        expected: |step| step != 2,
        probe: probes::idle_without_cpu,
    },
    Rung { name: "own sockets", expected: |step| step >= 4, probe: probes::own_sockets },
    Rung { name: "one thread", expected: |step| step >= 5, probe: probes::one_thread },
    Rung { name: "no smol", expected: |step| step >= 5, probe: probes::no_smol },
    Rung {
        name: "graceful shutdown",
        expected: |step| step >= 6,
        probe: probes::graceful_shutdown,
    },
    Rung { name: "lingering close", expected: |step| step >= 6, probe: probes::lingering_close },
    Rung { name: "bounded lines", expected: |step| step >= 6, probe: probes::bounded_lines },
];

/// The capabilities, and whether the step of this number is expected to have them.
pub fn expected(step: u8) -> impl Iterator<Item = (&'static str, bool)> {
    RUNGS.iter().map(move |rung| (rung.name, (rung.expected)(step)))
}

/// A step and its server's program.
#[derive(Debug)]
struct Subject<'a> {
    root: &'a Path,
    step: &'a Step,
    binary: PathBuf,
}

/// Probes every step, or only one. Returns the table, and a report of what differs from what is expected.
pub fn run(
    workspace: &Workspace,
    binaries: &dyn Fn(&Step) -> PathBuf,
    only: Option<u8>,
    progress: &dyn Fn(&str),
) -> (String, Report) {
    let began = Instant::now();
    let mut report = Report::default();
    let wanted = |step: &&Step| only.is_none_or(|only| only == step.meta.number);
    let subjects = workspace.steps.iter().filter(wanted).map(|step| Subject {
        root: &workspace.root,
        step,
        binary: binaries(step),
    });
    let mut columns = Vec::new();
    for (step, found) in probe_all(subjects, progress) {
        let judged =
            RUNGS.iter().zip(found).map(|(rung, found)| judge(&mut report, step, rung, found));
        columns.push((step.meta.number, judged.collect()));
    }
    report.took = began.elapsed();
    (paint(&render(&columns)), report)
}

/// Renders a column for each step, with a word for each rung.
fn render(columns: &[(u8, Vec<&str>)]) -> String {
    let mut table = Table::new();
    // Six steps leave no room for vertical lines.
    let line = LineStyle::none().fill('─');
    let style = TableStyle::new().top_border(line).header_separator(line).bottom_border(line);
    table.load_style(style);
    let steps = columns.iter().map(|(step, _)| format!("step {step:02}"));
    table.set_header(std::iter::once(String::new()).chain(steps));
    for (index, rung) in RUNGS.iter().enumerate() {
        let words = columns.iter().map(|(_, words)| words[index]);
        table.add_row(std::iter::once(rung.name).chain(words));
    }
    table.to_string()
}

/// The findings about a step, one for each rung.
type Found<'a> = (&'a Step, Vec<Result<Finding>>);

/// Probes the steps side by side, because the probes mostly wait. CPU time is read from each server's own account.
fn probe_all<'a>(
    subjects: impl Iterator<Item = Subject<'a>>,
    progress: &dyn Fn(&str),
) -> Vec<Found<'a>> {
    let (send, lines) = mpsc::channel();
    thread::scope(|scope| {
        let probe = |subject: Subject<'a>| {
            let send = send.clone();
            scope.spawn(move || {
                let found = RUNGS.iter().map(|rung| {
                    let _ = send.send(probing(subject.step, rung));
                    (rung.probe)(&subject)
                });
                (subject.step, found.collect())
            })
        };
        let threads: Vec<_> = subjects.map(probe).collect();
        drop(send);
        lines.iter().for_each(|line| progress(&line));
        threads.into_iter().map(|found| found.join().expect("a probe panicked")).collect()
    })
}

/// The line that announces a probe. It must not read like a result.
fn probing(step: &Step, rung: &Rung) -> String {
    format!("probing {} for \"{}\" …", step.name, rung.name)
}

/// Compares a finding with what is expected, and adds the verdict to the report. Returns the word for the table, which is
/// in capitals if the finding is not the expected one.
fn judge(report: &mut Report, step: &Step, rung: &Rung, found: Result<Finding>) -> &'static str {
    let name = format!("{}: {}", step.name, rung.name);
    let finding = match found {
        Ok(finding) => finding,
        Err(error) if error.is::<Skip>() => {
            report.skipped.push(format!("{name}: {error}"));
            return "skipped";
        }
        Err(error) => Finding::new(false, format!("{error:#}")),
    };
    let expected = (rung.expected)(step.meta.number);
    if finding.holds == expected {
        report.passed += 1;
    } else {
        let detail = format!(
            "expected: {}\n     got: {}\nevidence: {}",
            words(expected),
            words(finding.holds),
            finding.evidence
        );
        report.failures.push(Failure { name, detail });
    }
    match (finding.holds, finding.holds == expected) {
        (true, false) => "YES",
        (false, false) => "NOT YET",
        (holds, true) => words(holds),
    }
}

/// The word for a capability that is there, or is not.
pub fn words(holds: bool) -> &'static str {
    if holds { "yes" } else { "not yet" }
}

/// Colours the words of a rendered table, if the terminal shows colours. That does not change their width.
fn paint(table: &str) -> String {
    let words = regex::Regex::new(r"\b(yes|not yet|YES|NOT YET)\b").expect("the pattern is valid");
    let painted = words.replace_all(table, |found: &regex::Captures<'_>| {
        let word = style(found[0].to_owned());
        match &found[0] {
            "yes" => word.green(),
            "not yet" => word.dim(),
            _ => word.red().bold(),
        }
        .to_string()
    });
    painted.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::steps::Meta;

    /// A step of this number, which exists in name only.
    fn step(number: u8) -> Step {
        let meta = format!(
            "number = {number}\ntitle = 'Some'\ncapability = 'something'\nchapter = 'some.md'"
        );
        let meta: Meta = toml::from_str(&meta).unwrap();
        Step { name: format!("step{number:02}-some"), dir: PathBuf::new(), meta }
    }

    /// Judges a finding about the rung of this name.
    fn judged(number: u8, name: &str, found: Result<Finding>) -> (&'static str, Report) {
        let mut report = Report::default();
        let rung = RUNGS.iter().find(|rung| rung.name == name).unwrap();
        let words = judge(&mut report, &step(number), rung, found);
        (words, report)
    }

    #[test]
    fn a_capability_that_is_missing_fails_with_step_column_expected_got_and_evidence() {
        let found = Finding::new(false, "a thread is called smol-1".to_owned());
        let (words, report) = judged(3, "own executor", Ok(found));
        assert_eq!(words, "NOT YET");
        let [failure] = &report.failures[..] else { panic!("{report:?}") };
        assert_eq!(failure.name, "step03-some: own executor");
        assert_eq!(
            failure.detail,
            "expected: yes\n     got: not yet\nevidence: a thread is called smol-1"
        );
    }

    #[test]
    fn a_capability_that_should_not_be_there_yet_fails_too() {
        let found = Finding::new(true, "it used no CPU".to_owned());
        let (words, report) = judged(2, "idle without CPU", Ok(found));
        assert_eq!(words, "YES");
        assert!(report.failures[0].detail.contains("expected: not yet"));
    }

    #[test]
    fn an_expected_finding_passes_and_a_probe_that_cannot_run_is_skipped() {
        let (words, report) = judged(1, "one thread", Ok(Finding::new(false, String::new())));
        assert_eq!((words, report.passed), ("not yet", 1));
        let skip = Skip("needs /proc".to_owned());
        let (words, report) = judged(1, "one thread", Err(skip.into()));
        assert_eq!((words, report.passed), ("skipped", 0));
        assert_eq!(report.skipped, ["step01-some: one thread: needs /proc"]);
    }

    #[test]
    fn a_probe_that_breaks_counts_as_not_yet() {
        let (words, report) = judged(1, "plays by the rules", Err(anyhow::anyhow!("it hangs")));
        assert_eq!(words, "NOT YET");
        assert!(report.failures[0].detail.ends_with("evidence: it hangs"));
    }

    #[test]
    fn a_table_of_six_steps_fits_80_columns() {
        let columns: Vec<_> = (1..=6).map(|step| (step, vec!["NOT YET"; RUNGS.len()])).collect();
        let table = render(&columns);
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?} columns:\n{table}");
        assert!(table.contains("step 06"), "{table}");
    }

    #[test]
    fn a_line_of_progress_does_not_read_like_a_result() {
        let line = probing(&step(1), &RUNGS[6]);
        assert_eq!(line, "probing step01-some for \"graceful shutdown\" …");
    }
}
