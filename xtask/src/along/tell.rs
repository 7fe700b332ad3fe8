//! A failure in few words: what was expected, what came, and where.

use crate::{along::mine::Mine, out::outln, report::Failure};

/// How many lines of what a test said are shown.
const LINES: usize = 12;

/// How many failures are shown in full.
const FAILURES: usize = 3;

/// Says that the step is done, and what comes next.
pub fn success(mine: &Mine<'_>, tests: usize, rules: usize) {
    let number = mine.number();
    let done = format!("Well done: {} is step {number:02} now.", mine.shown());
    outln!(
        "\n{} {tests} tests pass, and {rules} rules of the game.\n",
        console::style(done).green().bold()
    );
    let line = |command: String, what: String| outln!("  cargo xtask {command:<22} {what}");
    line(format!("compare {number}"), "how yours differs from ours".to_owned());
    match mine.workspace.step(number + 1) {
        Ok(next) => {
            let (next, title) = (next.meta.number, &next.meta.title);
            line(format!("start {next}"), format!("chapter {next}, \"{title}\", from our step"));
            line(format!("start {next} --from-mine"), "the same, from yours".to_owned());
        }
        Err(_) => line(
            "progress".to_owned(),
            "that was the last step: you have built them all".to_owned(),
        ),
    }
}

/// The failures in few words: the first of them in full, the others by name.
pub fn failures(failures: &[Failure]) -> String {
    let mut text = String::new();
    for failure in failures.iter().take(FAILURES) {
        text += &format!("{} {}\n", console::style("FAILED").red().bold(), failure.name);
        for line in compact(&failure.detail) {
            text += &format!("    {line}\n");
        }
    }
    let others = failures.iter().skip(FAILURES);
    if others.len() > 0 {
        // Without a reason they look as if they had none.
        text += &format!("and {} more, of which these are the names:\n", others.len());
    }
    text + &others.map(|failure| format!("FAILED {}\n", failure.name)).collect::<String>()
}

/// What a failed check said, without what is the same for each of them.
fn compact(detail: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut got = None;
    let mut differs = false;
    for line in detail.lines() {
        let is_harness = line.starts_with("note: run with")
            || line.starts_with("running ")
            || line.starts_with("it broke off, ")
            || line.starts_with("proptest: ")
            || line.starts_with("error: test failed")
            || line == "Caused by:"
            || (line.starts_with("test ") && line.ends_with(" ... ok"));
        if is_harness || line.trim().is_empty() {
            continue;
        }
        if let Some((_, place)) =
            line.split_once(" panicked at ").filter(|_| line.starts_with("thread '"))
        {
            lines.push(format!("at {}", place.trim_end_matches(':')));
        } else if let Some(rest) = line.strip_prefix("assertion `left ") {
            differs = rest.starts_with("!=");
            lines.extend(rest.split_once(": ").map(|(_, message)| message.to_owned()));
        } else if let Some(left) = line.strip_prefix("  left: ") {
            got = Some(format!("     got: {left}"));
        } else if let Some(right) = line.strip_prefix(" right: ") {
            let other = if differs { "anything but " } else { "" };
            lines.push(format!("expected: {other}{right}"));
            lines.extend(got.take());
        } else if let Some((_, end)) = line.split_once("process didn't exit successfully: ") {
            let end = end.rsplit(" (").next().unwrap_or(end);
            lines.push(format!("it ended with {}", end.trim_end_matches(')')));
        } else if let Some(again) = line.strip_prefix("again alone: ") {
            lines.push(format!("   alone: {again}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    let count = lines.len();
    if count > LINES {
        let last = lines.split_off(count - 2);
        lines.truncate(LINES - 3);
        lines.push(format!("… {} lines more …", count - lines.len() - last.len()));
        lines.extend(last);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_says_what_was_expected_and_what_came() {
        let said = "thread 'it_counts' (17) panicked at tests/executor.rs:5:5:\n\
                    assertion `left == right` failed: so many\n  left: 1\n right: 2\n\
                    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
                    again alone: cargo test -p a --test executor it_counts";
        let expected = [
            "at tests/executor.rs:5:5",
            "so many",
            "expected: 2",
            "     got: 1",
            "   alone: cargo test -p a --test executor it_counts",
        ];
        assert_eq!(compact(said), expected);
        let same = compact("assertion `left != right` failed\n  left: 1\n right: 1\n");
        assert_eq!(same, ["expected: anything but 1", "     got: 1"]);
    }

    #[test]
    fn a_test_file_that_breaks_off_says_how() {
        let end =
            "Caused by:\n  process didn't exit successfully: `x/waker-1f` (signal: 6, SIGABRT)\n";
        let said = format!("it broke off, so\ntest a ... ok\ntest b ... FAILED\n{end}");
        assert_eq!(compact(&said), ["test b ... FAILED", "it ended with signal: 6, SIGABRT"]);
    }

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let said: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let lines = compact(&said);
        assert_eq!(lines.len(), LINES);
        assert_eq!(
            (&lines[0][..], &lines[9][..], &lines[11][..]),
            ("line 0", "… 29 lines more …", "line 39")
        );
    }

    #[test]
    fn of_many_failures_the_first_are_shown_in_full() {
        let failure =
            |name: usize| Failure { name: name.to_string(), detail: "because".to_owned() };
        let many: Vec<Failure> = (0..5).map(failure).collect();
        let text = failures(&many);
        assert_eq!((text.matches("FAILED").count(), text.matches("because").count()), (5, 3));
        assert!(text.contains("and 2 more"), "{text}");
        assert!(!failures(&many[..3]).contains("more"));
    }
}
