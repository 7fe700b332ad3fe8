//! The ladder: what each step can do and what it cannot do yet, probed from outside.
//!
//! Most rungs are the capabilities that a step adds. The last rungs are rules of the contract that begin at step 06: the
//! steps before break them, and the ladder shows that they do.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Instant,
};

use anyhow::Result;
use comfy_table::{LineStyle, Table, TableStyle};
use console::style;

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
    /// Its evidence that the capability is there, or the error that shows that it is not.
    probe: fn(&Subject<'_>) -> Result<String>,
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
    binary: &'a Path,
}

/// Probes the steps whose programs are given, side by side, because the probes mostly wait. CPU time is read from each
/// server's own account. Returns the table, and a report of what differs from what is expected.
pub fn run(
    workspace: &Workspace,
    binaries: &BTreeMap<u8, PathBuf>,
    progress: &dyn Fn(&str),
) -> (String, Report) {
    let began = Instant::now();
    let mut report = Report::default();
    let mut columns = Vec::new();
    let (send, lines) = mpsc::channel();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for step in &workspace.steps {
            let Some(binary) = binaries.get(&step.meta.number) else { continue };
            let (subject, send) = (Subject { root: &workspace.root, step, binary }, send.clone());
            let probes = move || {
                let found = RUNGS.iter().map(|rung| {
                    // The line must not read like a result.
                    let _ = send.send(format!("probing {} for \"{}\" …", step.name, rung.name));
                    (rung.probe)(&subject)
                });
                found.collect::<Vec<_>>()
            };
            threads.push((step, scope.spawn(probes)));
        }
        drop(send);
        lines.iter().for_each(|line| progress(&line));
        for (step, probes) in threads {
            let found = RUNGS.iter().zip(probes.join().expect("no probe panics"));
            let words = found.map(|(rung, found)| judge(&mut report, step, rung, found));
            columns.push((step.meta.number, words.collect()));
        }
    });
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

/// Compares what a probe found with what is expected, and adds the verdict to the report. Returns the word for the table,
/// which is in capitals if the finding is not the expected one.
fn judge(report: &mut Report, step: &Step, rung: &Rung, found: Result<String>) -> &'static str {
    let name = format!("{}: {}", step.name, rung.name);
    let (holds, evidence) = match found {
        Ok(evidence) => (true, evidence),
        Err(error) if error.is::<Skip>() => {
            report.skipped.push(format!("{name}: {error}"));
            return "skipped";
        }
        Err(error) => (false, format!("{error:#}")),
    };
    let expected = (rung.expected)(step.meta.number);
    if holds == expected {
        report.passed += 1;
        return words(holds);
    }
    let detail =
        format!("expected: {}\n     got: {}\nevidence: {evidence}", words(expected), words(holds));
    report.failures.push(Failure { name, detail });
    if holds { "YES" } else { "NOT YET" }
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

    /// Judges a finding about the rung of this name, in a step that exists in name only.
    fn judged(number: u8, name: &str, found: Result<String>) -> (&'static str, Report) {
        let meta = format!(
            "number = {number}\ntitle = 'Some'\ncapability = 'something'\nchapter = 'some.md'"
        );
        let meta: Meta = toml::from_str(&meta).unwrap();
        let step = Step { name: format!("step{number:02}-some"), dir: PathBuf::new(), meta };
        let mut report = Report::default();
        let rung = RUNGS.iter().find(|rung| rung.name == name).unwrap();
        let word = judge(&mut report, &step, rung, found);
        (word, report)
    }

    #[test]
    fn a_finding_that_is_not_expected_fails_with_the_evidence_and_stands_out_in_the_table() {
        let found = Err(anyhow::anyhow!("a thread is called smol-1"));
        let (word, report) = judged(3, "own executor", found);
        assert_eq!(word, "NOT YET");
        assert_eq!(report.failures[0].name, "step03-some: own executor");
        let detail = "expected: yes\n     got: not yet\nevidence: a thread is called smol-1";
        assert_eq!(report.failures[0].detail, detail);

        let found = Ok("it used no CPU".to_owned());
        let (word, report) = judged(2, "idle without CPU", found);
        assert_eq!(word, "YES");
        assert!(report.failures[0].detail.contains("expected: not yet"));
    }

    #[test]
    fn an_expected_finding_passes_and_a_probe_that_cannot_run_is_skipped() {
        let (word, report) = judged(1, "one thread", Err(anyhow::anyhow!("it has 3 threads")));
        assert_eq!((word, report.passed), ("not yet", 1));
        let skip = Skip("needs /proc".to_owned());
        let (word, report) = judged(1, "one thread", Err(skip.into()));
        assert_eq!((word, report.passed), ("skipped", 0));
        assert_eq!(report.skipped, ["step01-some: one thread: needs /proc"]);
    }

    #[test]
    fn a_table_of_six_steps_fits_80_columns() {
        let columns: Vec<_> = (1..=6).map(|step| (step, vec!["NOT YET"; RUNGS.len()])).collect();
        let table = render(&columns);
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?} columns:\n{table}");
    }
}
