//! The ladder: what each step can do and what it cannot do yet, probed from outside.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Instant,
};

use anyhow::Result;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use console::style;

use self::probes::Finding;
use crate::{
    report::{Failure, Report},
    steps::{Step, Workspace},
    verdict::Skip,
};

mod probes;
mod waiting;

/// A capability: how it is called, from which step on it is there, and how it is probed.
struct Rung {
    name: &'static str,
    expected: fn(step: u8) -> bool,
    probe: fn(&Subject<'_>) -> Result<Finding>,
}

/// The capabilities, in the order in which the steps bring them.
const RUNGS: [Rung; 7] = [
    Rung { name: "plays by the rules", expected: |_| true, probe: probes::plays_by_the_rules },
    Rung { name: "own executor", expected: |step| step >= 2, probe: probes::own_executor },
    Rung {
        name: "idle without CPU",
        // The second step polls every task round and round. That is its lesson.
        expected: |step| step != 2,
        probe: probes::idle_without_cpu,
    },
    Rung { name: "own sockets", expected: |step| step >= 4, probe: probes::own_sockets },
    Rung { name: "one thread", expected: |step| step >= 5, probe: probes::one_thread },
    Rung { name: "no smol", expected: |step| step >= 5, probe: probes::no_smol },
    Rung { name: "survives abuse", expected: |step| step >= 6, probe: probes::survives_abuse },
];

/// The capabilities, and whether the step of that number is expected to have them.
pub fn expected(step: u8) -> impl Iterator<Item = (&'static str, bool)> {
    RUNGS.iter().map(move |rung| (rung.name, (rung.expected)(step)))
}

/// What is probed.
#[derive(Debug)]
struct Subject<'a> {
    root: &'a Path,
    step: &'a Step,
    binary: PathBuf,
}

/// Probes every step, or only one, and gives the table and what differs from what is expected.
pub fn run(
    workspace: &Workspace,
    binaries: &dyn Fn(&Step) -> PathBuf,
    only: Option<u8>,
    progress: &dyn Fn(&str),
) -> (String, Report) {
    let began = Instant::now();
    let mut report = Report::default();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let names = RUNGS.iter().map(|rung| rung.name.replacen(' ', "\n", 1));
    table.set_header(std::iter::once("step".to_owned()).chain(names));
    let wanted = |step: &&Step| only.is_none_or(|only| only == step.meta.number);
    let subjects = workspace.steps.iter().filter(wanted).map(|step| Subject {
        root: &workspace.root,
        step,
        binary: binaries(step),
    });
    for (step, found) in probe_all(subjects, progress) {
        let mut row = vec![format!("{:02} {}", step.meta.number, step.meta.title)];
        for (rung, found) in RUNGS.iter().zip(found) {
            row.push(judge(&mut report, step, rung, found).to_owned());
        }
        table.add_row(row);
    }
    report.took = began.elapsed();
    (paint(&table.to_string()), report)
}

/// What was found about a step, rung by rung.
type Found<'a> = (&'a Step, Vec<Result<Finding>>);

/// Probes the steps side by side, since most of it is waiting: what a server costs is taken from its own accounts.
fn probe_all<'a>(
    subjects: impl Iterator<Item = Subject<'a>>,
    progress: &dyn Fn(&str),
) -> Vec<Found<'a>> {
    let (say, said) = mpsc::channel();
    thread::scope(|scope| {
        let probe = |subject: Subject<'a>| {
            let say = say.clone();
            scope.spawn(move || {
                let found = RUNGS.iter().map(|rung| {
                    let _ = say.send(format!("{}: {}", subject.step.name, rung.name));
                    (rung.probe)(&subject)
                });
                (subject.step, found.collect())
            })
        };
        let probing: Vec<_> = subjects.map(probe).collect();
        drop(say);
        said.iter().for_each(|line| progress(&line));
        probing.into_iter().map(|found| found.join().expect("a probe panicked")).collect()
    })
}

/// Compares what was found with what is expected, adds that to the report, and gives the words for the table. What
/// was not expected is in capitals.
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

/// How the table says whether a capability is there.
pub fn words(holds: bool) -> &'static str {
    if holds { "yes" } else { "not yet" }
}

/// Colours the words of a rendered table, where colours are wanted. They stay as wide as they are.
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
    use crate::steps::Meta;

    /// A step of that number, which exists in name only.
    fn step(number: u8) -> Step {
        let meta = format!(
            "number = {number}\ntitle = 'Some'\ncapability = 'something'\nchapter = 'some.md'"
        );
        let meta: Meta = toml::from_str(&meta).unwrap();
        Step { name: format!("step{number:02}-some"), dir: PathBuf::new(), meta }
    }

    /// Judges a finding about the rung of that name.
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
    fn what_is_as_expected_passes_and_what_cannot_be_probed_is_skipped() {
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
}
