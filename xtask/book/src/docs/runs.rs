//! Fences that come from runs: `run:` shows what a command prints, `bug:` shows a known bug and the test that catches it,
//! and `ladder:` shows what a step can do.

use std::{
    env, fs,
    path::Path,
    process::Command,
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail, ensure};
use kit::{
    bugs::{self, Bug, Scratch},
    cargo,
    neutral::{neutralise_run, without_machine},
    steps::Step,
    tree,
};
use regex::Regex;
use suite::ladder;

use crate::{
    docs::{
        Book, Filled, Mode,
        code::change_of_bug,
        link,
        page::{Directive, Fence, Region},
        source::cut,
    },
    group,
};

/// How long a command may take once it is built. Slow ones and measurements get thirty times as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may take to build what a command runs.
const BUILD: Duration = Duration::from_secs(1200);

/// The caption of a measurement, before the date.
const MEASURED: &str = "measured on ";

/// Stands for lines that are left out.
const LEFT_OUT: &str = "…";

/// How many lines of a failed test's output are shown.
const LINES: usize = 12;

pub fn fill(book: &Book<'_>, directive: &Directive, old: Option<&Fence>) -> Result<Filled> {
    let root = &book.workspace.root;
    let subject = &directive.subject;
    let call = Call::parse(subject, root)?;
    let first = format!("$ {subject}");
    let (is_slow, is_measured) = (directive.has("slow"), directive.has("figures"));
    let kept = old.filter(|old| {
        let is_kept = is_measured && old.caption.starts_with(MEASURED) && book.mode != Mode::Again;
        let is_skipped = is_slow && book.mode == Mode::Check;
        (is_kept || is_skipped) && old.lines.first() == Some(&first)
    });
    if let Some(old) = kept {
        return Ok(Fence { language: "console".to_owned(), ..old.clone() }.into());
    }
    ensure!(
        !(is_slow || is_measured) || book.mode != Mode::Check,
        "there is no output of this command yet. Run `cargo xtask docs`"
    );
    kit::note!("{subject}");
    let patience = if is_slow || is_measured { PATIENCE * 30 } else { PATIENCE };
    let (status, output) = call.run(root, patience)?;
    let expected = directive.number("exit").unwrap_or(0).to_string();
    let status = status.map_or("a signal".to_owned(), |code| code.to_string());
    ensure!(
        status == expected,
        "it ended with {status} instead of {expected}, and printed:\n{output}"
    );
    let output = without_machine(&output, &[root]);
    let mut lines = vec![first];
    lines.extend(chosen(&output, directive)?);
    let today =
        || humantime::format_rfc3339_seconds(SystemTime::now()).to_string()[..10].to_owned();
    let caption = if is_measured { format!("{MEASURED}{}", today()) } else { String::new() };
    // Only ports and times differ: keep the old lines.
    if let Some(old) = old.filter(|old| !is_measured && is_same_run(&old.lines, &lines)) {
        lines.clone_from(&old.lines);
    }
    Ok(Fence { caption, language: "console".to_owned(), lines }.into())
}

/// Whether two outputs differ only in ports, times and the like.
fn is_same_run(old: &[String], new: &[String]) -> bool {
    neutralise_run(&old.join("\n")) == neutralise_run(&new.join("\n"))
}

/// The lines of an output that the directive chooses, with a sign where lines are left out.
fn chosen(output: &str, directive: &Directive) -> Result<Vec<String>> {
    let lines: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
    let (from, to) = (directive.text("from"), directive.text("to"));
    let range = match (from, to) {
        // Without `to`, everything from that line on is chosen, because a line of output opens no block.
        (Some(_), None) => cut(&lines, from, None)?.start..lines.len(),
        _ => cut(&lines, from, to)?,
    };
    let mut shown = lines[range.clone()].to_vec();
    let last = directive.number("last");
    let first = directive.number("first").unwrap_or(if last.is_some() { 0 } else { shown.len() });
    let last = last.unwrap_or(0);
    if first + last < shown.len() {
        shown.splice(first..shown.len() - last, [LEFT_OUT]);
    }
    if range.start > 0 && shown.first() != Some(&LEFT_OUT) {
        shown.insert(0, LEFT_OUT);
    }
    if range.end < lines.len() && shown.last() != Some(&LEFT_OUT) {
        shown.push(LEFT_OUT);
    }
    Ok(shown.into_iter().map(str::to_owned).collect())
}

/// A command line without a shell.
#[derive(Debug)]
struct Call {
    environment: Vec<(String, String)>,
    words: Vec<String>,
}

impl Call {
    /// Reads a command line, and checks what can be checked without running it.
    fn parse(line: &str, root: &Path) -> Result<Self> {
        let mut words = shell_words::split(line).context("close the quotes of the command")?;
        let is_shell =
            |word: &&String| ["|", "||", "&", "&&", ">", "<", "2>&1"].contains(&word.as_str());
        if let Some(sign) = words.iter().find(is_shell) {
            bail!("`{sign}` needs a shell. Write an example that prints what you want to show");
        }
        let setting = |word: &String| {
            let (name, value) = word.split_once('=')?;
            let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            is_name.then(|| (name.to_owned(), value.to_owned()))
        };
        let environment: Vec<_> = words.iter().map_while(setting).collect();
        words.drain(..environment.len());
        let all: Vec<&str> = words.iter().map(String::as_str).collect();
        match all[..] {
            [] => bail!("there is no command"),
            ["cargo", "xtask", ..] => check_own(root, &all[2..])?,
            ["cargo", "run" | "test", ..] => check_target(root, &all)?,
            _ => {}
        }
        Ok(Call { environment, words })
    }

    /// Runs the command. Returns its exit code and its output, without the output of building it.
    fn run(&self, root: &Path, patience: Duration) -> Result<(Option<i32>, String)> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let build: &[&str] = match words[..] {
            ["cargo", "run", ..] => &["cargo", "build"],
            ["cargo", "test", ..] => &["cargo", "test", "--no-run"],
            _ => &[],
        };
        if !build.is_empty() {
            let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
            let (status, output) = self.start(&[build, &words[2..end]].concat(), root, BUILD)?;
            ensure!(status == Some(0), "it does not build:\n{output}");
        }
        self.start(&words, root, patience)
    }

    fn start(
        &self,
        words: &[&str],
        root: &Path,
        patience: Duration,
    ) -> Result<(Option<i32>, String)> {
        let mut command = match words[0] {
            "cargo" => cargo::command(root),
            program => Command::new(program),
        };
        command.args(&words[1..]).current_dir(root);
        // The settings of the person who runs this must not show in the book.
        let is_setting = |name: &str| {
            ["CARGO_TERM_", "RUST_TEST_"].iter().any(|prefix| name.starts_with(prefix))
                || ["RUST_LOG", "CLICOLOR_FORCE", "FORCE_COLOR", "XTASK_REPORT"].contains(&name)
        };
        for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
            if is_setting(&name) {
                command.env_remove(name);
            }
        }
        command.envs([("CARGO_TERM_COLOR", "never"), ("NO_COLOR", "1"), ("RUST_BACKTRACE", "0")]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let (status, output) = group::run(command, patience)?;
        let status = status.with_context(|| {
            format!("it was ended after {patience:?}. Show a command that is faster")
        })?;
        Ok((status.code(), without_waiting(&output)))
    }
}

/// An output without the lines that cargo prints while another cargo is at work.
fn without_waiting(output: &str) -> String {
    let is_waiting = |line: &&str| line.trim_start().starts_with("Blocking waiting for file lock");
    output.split_inclusive('\n').filter(|line| !is_waiting(line)).collect()
}

/// Checks that a package has the example or the test that a command names.
fn check_target(root: &Path, words: &[&str]) -> Result<()> {
    let after = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    let package = after("-p").context("name the package: `cargo run -q -p step03-waker`")?;
    ensure!(root.join(package).join("Cargo.toml").is_file(), "there is no package {package}");
    for (kind, folder) in [("example", "examples"), ("test", "tests")] {
        let Some(name) = after(&format!("--{kind}")) else { continue };
        let folder = root.join(package).join(folder);
        let exists = [format!("{name}.rs"), format!("{name}/main.rs")];
        let exists = exists.iter().any(|file| folder.join(file).is_file());
        ensure!(exists, "{package} has no {kind} {name}");
    }
    Ok(())
}

/// Checks that `cargo xtask` has a command and its options: the source of the command's crate names them.
fn check_own(root: &Path, words: &[&str]) -> Result<()> {
    let command = words.first().context("name a command of `cargo xtask`")?;
    let list = fs::read_to_string(root.join("xtask/src/main.rs"))?;
    let room =
        list.split_once(&format!("(\"{command}\", \"")).and_then(|(_, it)| it.split('"').next());
    let room = room.with_context(|| format!("`cargo xtask` has no command `{command}`"))?;
    let mut source = String::new();
    for file in tree::files_under(&root.join("xtask").join(room).join("src"))? {
        source += &fs::read_to_string(file)?;
    }
    for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
        let option = option.split('=').next().unwrap_or(option);
        let field = format!("{}: ", option.replace('-', "_"));
        let names = [field, format!("long = \"{option}\""), format!("\"--{option}\"")];
        let exists = option == "help" || names.iter().any(|name| source.contains(name));
        ensure!(exists, "`cargo xtask {command}` has no option `--{option}`");
    }
    Ok(())
}

/// Fills the two fences of a `bug:` directive: the change, and the output of the test that catches it.
///
/// Planting a bug takes minutes, so the output is kept as long as the change stays the same. `cargo xtask bugs` checks
/// that the test still prints it.
pub fn fill_bug(book: &Book<'_>, page: &str, region: &Region) -> Result<Filled> {
    let (step, bug) = find_bug(book, &region.directive.subject)?;
    let file = format!("{}/{}", step.name, bug.file);
    let caption = format!("{}, with a bug", link(page, &file, &file));
    let lines = change_of_bug(step, &bug, &region.directive)?;
    let change = Fence { caption, language: "diff".to_owned(), lines };
    let (test_file, case) = bug.test.split_once("::").unwrap_or((&bug.test, ""));
    let test_file = format!("tests/{test_file}.rs");
    let test_path = format!("{}/{test_file}", step.name);
    let caption = format!("the output of `{case}` in {}", link(page, &test_path, &test_file));
    let old = region.fences.get(1);
    let kept = old.filter(|old| old.lines.join("\n").contains(&bug.says));
    let signed = |fence: &Fence| {
        fence.lines.iter().filter(|line| line.starts_with(['+', '-'])).cloned().collect::<Vec<_>>()
    };
    let is_same = region.fences.first().is_some_and(|old| signed(old) == signed(&change));
    let lines = match (book.mode, kept) {
        (Mode::Check, None) => {
            bail!("the output of the test lacks {:?}. Run `cargo xtask docs`", bug.says)
        }
        (Mode::Check, Some(old)) => old.lines.clone(),
        (Mode::Fill, Some(old)) if is_same => old.lines.clone(),
        _ => output_of(book, step, &bug, old)?,
    };
    let output = Fence { caption, language: "text".to_owned(), lines };
    Ok(Filled { fences: vec![change, output], shown: vec![] })
}

/// The bug of that name, and its step.
fn find_bug<'a>(book: &'a Book<'_>, name: &str) -> Result<(&'a Step, Bug)> {
    for step in &book.workspace.steps {
        let mut bugs = bugs::bugs_of(book.workspace, step)?.into_iter();
        if let Some(bug) = bugs.find(|bug| bug.name == name) {
            return Ok((step, bug));
        }
    }
    bail!("there is no bug `{name}`. Copy its name from xtask/bugs/stepNN.toml")
}

/// Plants a bug, and returns the lines to show of the test's output.
fn output_of(book: &Book<'_>, step: &Step, bug: &Bug, old: Option<&Fence>) -> Result<Vec<String>> {
    kit::note!("{}: {}", step.name, bug.name);
    let scratch = Scratch::new(book.workspace)?;
    let ran = scratch.run(step, bug)?;
    if let Err(expected) = bugs::verdict(bug, &ran) {
        bail!("expected of {}: {expected}. `cargo xtask bugs` shows more", bug.test);
    }
    let output = without_machine(&ran.output, &[scratch.root(), &book.workspace.root]);
    let lines = heart(&output, &bug.says);
    Ok(old.filter(|old| is_same_run(&old.lines, &lines)).map_or(lines, |old| old.lines.clone()))
}

/// The part of a failed test's output that is worth showing: its panic, around the expected words.
fn heart(output: &str, says: &str) -> Vec<String> {
    static THREAD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(thread '[^']*') \(\d+\)").expect("the pattern is valid"));
    // A second panic while the first one unwinds prints a backtrace in any case.
    let message = output.split("stack backtrace:").next().unwrap_or(output);
    let panic = message.find("thread '").map(|at| &message[at..]);
    let own = [panic, Some(message)].into_iter().flatten().find(|part| part.contains(says));
    let own = own.unwrap_or(output);
    let is_noise = |line: &str| {
        line.trim().is_empty() || ["note: ", "the test ended"].iter().any(|it| line.starts_with(it))
    };
    let lines = own.lines().filter(|line| line.contains(says) || !is_noise(line));
    let lines: Vec<String> =
        lines.map(|line| THREAD.replace(line.trim_end(), "$1").into_owned()).collect();
    let at = lines.iter().position(|line| line.contains(says)).unwrap_or(0);
    let start = if at < LINES { 0 } else { at - LINES / 2 };
    let end = (start + LINES).min(lines.len());
    let mut shown = lines[start..end].to_vec();
    if start > 0 {
        shown.insert(0, LEFT_OUT.to_owned());
    }
    if end < lines.len() {
        shown.push(LEFT_OUT.to_owned());
    }
    shown
}

/// Fills a `ladder:` fence: what a step can do, beside the step before. The suite `ladder` checks that it is true.
pub fn fill_ladder(book: &Book<'_>, directive: &Directive) -> Result<Filled> {
    let Ok(number) = directive.subject.parse::<u8>() else {
        bail!("`{}`: write the number of a step", directive.subject)
    };
    book.workspace.step(number)?;
    let steps: Vec<u8> = (number.saturating_sub(1).max(1)..=number).collect();
    let row = |name: &str, cell: &dyn Fn(&u8) -> String| {
        let cells: String = steps.iter().map(|step| format!("{:<9}", cell(step))).collect();
        format!("{name:<20}{cells}").trim_end().to_owned()
    };
    let mut lines = vec![row("", &|step| format!("step {step:02}"))];
    for (name, _) in ladder::expected(number) {
        let holds = |step: &u8| ladder::expected(*step).any(|rung| rung == (name, true));
        lines.push(row(name, &|step| ladder::words(holds(step)).to_owned()));
    }
    let caption = "from `cargo xtask ladder`".to_owned();
    Ok(Fence { caption, language: "text".to_owned(), lines }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_cargo_leaves_no_line_in_an_output() {
        let output = "a\n    Blocking waiting for file lock on package cache\nb";
        assert_eq!(without_waiting(output), "a\nb");
    }

    #[test]
    fn a_sign_stands_for_lines_that_are_left_out() {
        for (options, expected) in [
            ("first 1", "a …"),
            ("first 1 last 2", "a … c d"),
            ("last 1", "… d"),
            ("first 2 last 2", "a b c d"),
            ("from b to c", "… b c …"),
            ("from c", "… c d"),
            ("from b first 1", "… b …"),
        ] {
            let directive = Directive::parse(&format!("run: x; {options}")).unwrap().unwrap();
            assert_eq!(chosen("a\nb\nc \nd\n\n", &directive).unwrap().join(" "), expected);
        }
    }

    #[test]
    fn a_command_that_does_not_exist_is_an_error_without_running_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        for (line, what) in [
            ("echo a | wc", "`|` needs a shell"),
            ("echo 'a", "close the quotes"),
            ("cargo run -q --example echo", "name the package"),
            ("cargo run -p step09-none", "no package step09-none"),
            ("cargo run -p step04-reactor --example ech", "has no example ech"),
            ("cargo test -p step03-waker --test lom", "has no test lom"),
            ("cargo xtask dif 2 3", "has no command `dif`"),
            ("cargo xtask diff 2 3 --stats", "has no option `--stats`"),
            ("A=1", "there is no command"),
        ] {
            let error = format!("{:#}", Call::parse(line, root).unwrap_err());
            assert!(error.contains(what), "{error}");
        }
        assert!(Call::parse("cargo xtask diff 2 3 --stat", root).is_ok());
    }

    #[test]
    fn settings_of_the_user_do_not_reach_a_command_and_its_own_do() {
        let call = Call::parse("A=2 env", Path::new("/")).unwrap();
        let (status, output) = call.run(Path::new("/"), PATIENCE).unwrap();
        assert_eq!(status, Some(0));
        let lines: Vec<&str> = output.lines().collect();
        assert!(
            ["A=2", "NO_COLOR=1", "CARGO_TERM_COLOR=never"].iter().all(|it| lines.contains(it))
        );
        assert!(!output.contains("RUST_TEST_") && !output.contains("RUST_LOG"), "{output}");
    }

    #[test]
    fn of_a_failed_test_the_panic_is_shown() {
        let output = "noise\nthread 'it_works' (42) panicked at a.rs:1:2:\n\nleft: 1\nnote: run with\n\
                      stack backtrace:\n   0: main\n";
        let expected = ["thread 'it_works' panicked at a.rs:1:2:", "left: 1"];
        assert_eq!(heart(output, "left"), expected);
        let late = "it_works did not end within 5s\nthread 'it_works' woke\n";
        assert_eq!(heart(late, "did not end")[0], "it_works did not end within 5s");
        let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
        let shown = heart(&long, "line 30");
        assert_eq!((shown.len(), shown[0].as_str()), (LINES + 2, LEFT_OUT));
        assert!(shown.contains(&"line 30".to_owned()));
    }
}
