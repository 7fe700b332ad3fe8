//! What `cargo test` says, understood.

use std::{mem, process::ExitStatus, sync::LazyLock};

use regex::Regex;

use crate::report::{Failure, Report};

/// What stands behind the name of a test that should panic, where its outcome is told, and not where its output is.
const SHOULD_PANIC: &str = " - should panic";

/// How many lines of a test binary that broke off are shown.
const TAIL: usize = 60;

/// The line that ends a test binary's output.
static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"test result: \w+\. (\d+) passed; (\d+) failed").expect("the pattern is fixed")
});

/// The line that one test leaves.
static TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^test (.+?) \.\.\. (FAILED|ignored(?:, (.*))?)$").expect("the pattern is fixed")
});

/// The line above what a failed test said.
static OUTPUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^---- (.+) stdout ----$").expect("the pattern is fixed"));

/// Listens to the tests of a package, line by line.
#[derive(Debug)]
pub struct Listener {
    /// The package.
    package: String,
    /// What was understood so far.
    report: Report,
    /// The test binary that runs now, as cargo names it: `tests/select.rs`.
    binary: Option<String>,
    /// Everything said since that one started.
    said: Vec<String>,
    /// The tests of it that failed.
    failed: Vec<String>,
    /// What they said.
    outputs: Vec<(String, String)>,
    /// Whether the lines that come belong to the last of them.
    in_output: bool,
    /// Binaries that ended without a result.
    broken: Vec<(String, String)>,
}

impl Listener {
    /// Listens to the tests of that package.
    pub fn new(package: &str) -> Self {
        Listener {
            package: package.to_owned(),
            report: Report::default(),
            binary: None,
            said: vec![],
            failed: vec![],
            outputs: vec![],
            in_output: false,
            broken: vec![],
        }
    }

    /// Hears a line, and says what is going on if that changed.
    pub fn line(&mut self, line: &str) -> Option<String> {
        let trimmed = line.trim_start();
        let is_cargo = line.starts_with("   ");
        if is_cargo && (trimmed.starts_with("Running ") || trimmed.starts_with("Doc-tests ")) {
            self.close();
            let name = match trimmed.strip_prefix("Running ") {
                Some(name) => name.split(" (").next().unwrap_or(name),
                None => "doc tests",
            };
            self.binary = Some(name.to_owned());
            return self.binary.clone();
        }
        self.said.push(line.to_owned());
        if let Some(result) = RESULT.captures(line) {
            self.result(result[1].parse().unwrap_or(0), result[2].parse().unwrap_or(0));
        } else if let Some(output) = OUTPUT.captures(line) {
            self.outputs.push((output[1].to_owned(), String::new()));
            self.in_output = true;
        } else if line == "failures:" {
            self.in_output = false;
        } else if self.in_output
            && let Some((_, text)) = self.outputs.last_mut()
        {
            text.push_str(line);
            text.push('\n');
        } else if let Some(test) = TEST.captures(line) {
            self.test(&test[1], &test[2], test.get(3).map(|reason| reason.as_str()));
        }
        (is_cargo && trimmed.starts_with("Compiling ")).then(|| trimmed.to_owned())
    }

    /// One test failed or was ignored.
    fn test(&mut self, test: &str, outcome: &str, reason: Option<&str>) {
        let test = test.strip_suffix(SHOULD_PANIC).unwrap_or(test);
        if outcome == "FAILED" {
            self.failed.push(test.to_owned());
        } else {
            let reason = reason.unwrap_or("it is marked `ignore`, run it with `-- --ignored`");
            let name = self.name(test);
            self.report.skipped.push(format!("{name}: {reason}"));
        }
    }

    /// A test binary came to its end.
    fn result(&mut self, passed: usize, failed: usize) {
        self.report.passed += passed;
        let mut outputs = mem::take(&mut self.outputs);
        for test in mem::take(&mut self.failed) {
            if !outputs.iter().any(|(name, _)| *name == test) {
                outputs.push((test, "it said nothing\n".to_owned()));
            }
        }
        // A test that writes past the harness can hide a name, but not the count.
        while outputs.len() < failed {
            outputs.push(("a test that cannot be named".to_owned(), self.said.join("\n")));
        }
        for (test, text) in outputs {
            let again = self.again(&test);
            self.report.failures.push(Failure {
                name: self.name(&test),
                detail: format!("{}\nagain alone: {again}", text.trim()),
            });
        }
        self.binary = None;
        self.said.clear();
        self.in_output = false;
    }

    /// The command that runs one test again.
    fn again(&self, test: &str) -> String {
        let package = &self.package;
        let binary = self.binary.as_deref().unwrap_or_default();
        let file = binary.strip_prefix("tests/");
        match file.and_then(|file| file.strip_suffix(".rs")) {
            Some(file) => format!("cargo test -p {package} --test {file} {test}"),
            None if binary == "doc tests" => format!("cargo test -p {package} --doc"),
            None => format!("cargo test -p {package} {test}"),
        }
    }

    /// A test's name with its file, which tells those of the same name apart.
    fn name(&self, test: &str) -> String {
        match &self.binary {
            Some(binary) => format!("{binary}: {test}"),
            None => test.to_owned(),
        }
    }

    /// Notes a test binary that ended without a result.
    fn close(&mut self) {
        let said = mem::take(&mut self.said);
        if let Some(binary) = self.binary.take() {
            let tail = &said[said.len().saturating_sub(TAIL)..];
            self.broken.push((binary, tail.join("\n")));
        }
        self.failed.clear();
        self.outputs.clear();
        self.in_output = false;
    }

    /// The report, once cargo has ended.
    pub fn finish(mut self, status: ExitStatus) -> Report {
        let tail = self.said[self.said.len().saturating_sub(TAIL)..].join("\n");
        self.close();
        if status.success() {
            return self.report;
        }
        for (binary, said) in self.broken {
            self.report.failures.push(Failure {
                name: format!("{binary}: runs to its end"),
                detail: format!("it broke off, and this is the last it said:\n{said}"),
            });
        }
        if self.report.failures.is_empty() {
            self.report.failures.push(Failure {
                name: format!("the tests of {} build and run", self.package),
                detail: format!("cargo ended with {status}, and this is the last it said:\n{tail}"),
            });
        }
        self.report
    }
}
