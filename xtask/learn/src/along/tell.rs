//! What a learner is told: which task begins, why a test failed, and that a step is done.

use console::style;

use crate::along::{mine::Mine, sections::Reading};
use kit::{outln, report::Failure};

/// How many lines of what a test said are shown.
const LINES: usize = 12;

/// What is printed for a test that does not end, between its name and how long that took.
const LATE: [&str; 2] = [" did not end within ", " did not return within "];

/// How many failures are shown in full.
const FAILURES: usize = 3;

/// Prints which task begins, and the changes that the learner has to make for it.
pub fn begin(mine: &Mine<'_>, number: usize, to_change: &str) {
    let task = &mine.series.tasks[number - 1];
    outln!("\n{}", style(format!("Now {}.", mine.task(number))).bold());
    outln!("{} {}", style("read:").bold(), reading(mine, number));
    if !task.test.is_empty() {
        outln!("{} {}", style("test:").bold(), task.test);
    }
    if !to_change.is_empty() {
        outln!("\nYour code differs from ours in these places. Make these changes yourself:\n");
        to_change.lines().for_each(|line| outln!("    {line}"));
        outln!("");
    }
}

/// Where the chapter writes about a task.
pub fn reading(mine: &Mine<'_>, number: usize) -> Reading {
    Reading::of(mine.workspace, mine.step, &format!("Task {number}"))
}

/// Says that the step is done, and what comes next.
pub fn success(mine: &Mine<'_>, tests: usize, rules: usize) {
    let number = mine.number();
    let done = format!("Well done: {} is step {number:02} now.", mine.shown());
    outln!("\n{} {tests} tests pass, and {rules} rules of the game.\n", style(done).green().bold());
    let line = |command: String, what: String| outln!("  cargo xtask {command:<22} {what}");
    line(format!("compare {number}"), "show how your code differs from ours".to_owned());
    match mine.workspace.step(number + 1) {
        Ok(next) => {
            let (next, title) = (next.meta.number, &next.meta.title);
            line(
                format!("start {next}"),
                format!("begin chapter {next}, \"{title}\", with our step"),
            );
            line(format!("start {next} --from-mine"), "the same, with yours".to_owned());
        }
        Err(_) => line(
            "progress".to_owned(),
            "that was the last step: you have built them all".to_owned(),
        ),
    }
}

/// Whether what a test printed shows that it did not end.
pub fn is_endless(said: &str) -> bool {
    said.lines().any(|line| LATE.iter().any(|words| line.contains(words)))
}

/// The failures in few words: the first of them in full, the others by name.
pub fn failures(failures: &[Failure]) -> String {
    let mut text = String::new();
    for failure in failures.iter().take(FAILURES) {
        text += &format!("{} {}\n", style("FAILED").red().bold(), failure.name);
        for line in compact(&failure.detail) {
            text += &format!("    {line}\n");
        }
    }
    let others = failures.iter().skip(FAILURES);
    if others.len() > 0 {
        text += &format!("{} more failed:\n", others.len());
    }
    text + &others.map(|failure| format!("    {}\n", failure.name)).collect::<String>()
}

/// What a failed test printed: first what it expected and got, then what the code under test printed before.
fn compact(detail: &str) -> Vec<String> {
    let (mut lines, mut printed) = (Vec::new(), Vec::new());
    let (mut got, mut differs, mut has_panicked, mut is_late) = (None, false, false, false);
    for line in detail.lines() {
        let is_harness = line.starts_with("note: run with") || line.starts_with("proptest: ");
        if is_harness || line.trim().is_empty() {
            continue;
        }
        if let Some((_, place)) =
            line.split_once(" panicked at ").filter(|_| line.starts_with("thread '"))
        {
            has_panicked = true;
            lines.push(format!("at {}", place.trim_end_matches(':')));
        } else if let Some((_, limit)) = LATE.iter().find_map(|words| line.split_once(words)) {
            // A test can wait in several threads.
            if !std::mem::replace(&mut is_late, true) {
                lines.extend([
                    "expected: an end".to_owned(),
                    format!("     got: none within {limit}"),
                ]);
            }
        } else if let Some(rest) = line.strip_prefix("assertion `left ") {
            differs = rest.starts_with("!=");
            lines.extend(rest.split_once(": ").map(|(_, message)| message.to_owned()));
        } else if let Some(left) = line.strip_prefix("  left: ") {
            got = Some(format!("     got: {left}"));
        } else if let Some(right) = line.strip_prefix(" right: ") {
            let other = if differs { "anything but " } else { "" };
            lines.push(format!("expected: {other}{right}"));
            lines.extend(got.take());
        } else if let Some(again) = line.strip_prefix("again alone: ") {
            lines.push(format!("   alone: {again}"));
        } else if line.starts_with("the test ended its process") {
            lines.extend((!is_late).then(|| line.to_owned()));
        } else if has_panicked || line.starts_with("expected: ") || line.starts_with("     got: ") {
            lines.push(line.to_owned());
        } else {
            printed.push(line.to_owned());
        }
    }
    let last = lines.pop_if(|line| line.starts_with("   alone: "));
    lines.append(&mut printed);
    let room = LINES - usize::from(last.is_some());
    if lines.len() > room {
        let more = lines.split_off(room - 1).len();
        lines.push(format!("… {more} more lines"));
    }
    lines.extend(last);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_expected_and_what_came_is_shown_before_what_the_code_printed() {
        let noise: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let said = "thread 'it_counts' (17) panicked at tests/executor.rs:5:5:\n\
                    assertion `left == right` failed: many\n  left: 1\n right: 2\n\
                    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
                    again alone: cargo test it_counts";
        let lines = compact(&format!("{noise}{said}"));
        let first =
            ["at tests/executor.rs:5:5", "many", "expected: 2", "     got: 1", "line 0", "line 1"];
        assert_eq!(lines[..6], first);
        assert_eq!(lines[10..], ["… 34 more lines", "   alone: cargo test it_counts"]);
        let same = compact("assertion `left != right` failed\n  left: 1\n right: 1\n");
        assert_eq!(same, ["expected: anything but 1", "     got: 1"]);
    }

    #[test]
    fn a_test_that_does_not_end_is_one_mismatch() {
        let late = "waker::x did not return within 10s\n";
        let said = format!("hello\n{late}{late}the test ended its process: signal: 6 (SIGABRT)\n");
        assert_eq!(compact(&said), ["expected: an end", "     got: none within 10s", "hello"]);
        assert_eq!(compact("the test ended its process: 3"), ["the test ended its process: 3"]);
    }

    #[test]
    fn of_many_failures_the_first_are_shown_in_full() {
        let failure =
            |name: usize| Failure { name: name.to_string(), detail: "because".to_owned() };
        let text = failures(&(0..5).map(failure).collect::<Vec<_>>());
        assert_eq!((text.matches("FAILED").count(), text.matches("because").count()), (3, 3));
        assert!(text.contains("2 more failed:\n    3\n"), "{text}");
    }
}
