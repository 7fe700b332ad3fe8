//! `check` and `hint`: what they run, what they print, and that they leave alone what is the learner's.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use crate::{
    along::{started, write_task_1},
    fixture::Fixture,
    tasks::says,
};

/// A learner who has done the first task of two.
fn at_task_2() -> Fixture {
    let fixture = started();
    write_task_1(&fixture);
    let words =
        ["task 1 … ok", "✓ task 1 of 2, \"Take the smaller\"", "Now task 2 of 2, \"Count\"."];
    says(&fixture.run(&["check", "2"]), 1, &words);
    fixture
}

/// What the learner writes for the second task.
fn write_task_2(fixture: &Fixture, first: usize) {
    let executor = fixture.read("step02-two/src/executor.rs");
    let executor = executor.replace("let first = 1;", &format!("let first = {first};"));
    fixture.write("my/step02/src/executor.rs", &executor);
}

/// A check in a folder of the workspace, with settings that must change nothing.
fn check(fixture: &Fixture, folder: &str, arguments: &[&str]) -> Command {
    let mut command = fixture.command(folder, &[&["check"], arguments].concat());
    let settings = ["CARGO_TERM_QUIET", "CARGO_TERM_VERBOSE", "RUST_TEST_NOCAPTURE"];
    command.envs(settings.map(|name| (name, "true")));
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        command.env("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu");
    }
    command
}

#[test]
fn the_first_check_fails_as_expected_and_hints_follow_the_check() {
    let fixture = started();
    let words = [
        "cannot find `executor` in `step02_two`",
        "FAILED my/step02 does not compile\n",
        "task: task 1 of 2, \"Take the smaller\"\nread: docs/src/2.md:3, \"Task 1: the smaller\"\n\
         stuck? cargo xtask hint 2\nThis failure is expected: nothing is written yet.",
    ];
    let said = fixture.run(&["check", "2"]);
    says(&said, 1, &words);
    assert_eq!(said.err.matches("cannot find `executor`").count(), 1, "{}", said.err);
    let words = ["0 of 2  at task 1, \"Take the smaller\"", "next: cargo xtask check 2"];
    says(&fixture.run(&["progress"]), 0, &words);
    // The third hint is about a module of the task, and the fourth names the item of the error.
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 4 of 4, about task 1\nCreate `executor`."]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 3 of 4, about smaller\nthree\n"]);
    write_task_1(&fixture);
    says(&fixture.run(&["check", "2"]), 1, &["Now task 2"]);
    write_task_2(&fixture, 7);
    says(&fixture.run(&["check", "2"]), 1, &["got: 7"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 1 of 4, about counting::it_counts\none\n"]);
    says(&fixture.run(&["hint", "2"]), 0, &["Hint 2 of 4, about task 2"]);
    let words = ["Those were all 4 hints for step 2.", "docs/src/2.md:5", "compare 2 --task 2"];
    says(&fixture.run(&["hint", "2"]), 0, &words);
    says(&fixture.run(&["hint", "2", "--all"]), 0, &["one", "two", "three"]);
}

#[test]
fn when_a_task_passes_the_next_one_is_laid() {
    let fixture = at_task_2();
    let executor = fixture.read("my/step02/src/executor.rs");
    assert!(executor.ends_with("pub fn count() -> usize {\n    todo!()\n}\n"), "{executor}");
    let list = fixture.read("my/step02/tests/all.rs");
    assert!(list.ends_with("mod smaller;\n#[cfg(test)]\n// Counts.\nmod counting;\n"), "{list}");
    assert!(fixture.root().join("my/step02/examples/count.rs").is_file());
    says(&fixture.run(&["progress"]), 0, &["1 of 2  at task 2, \"Count\""]);
    // Nothing is laid twice, the number of the step is that of the folder, and settings change nothing.
    let output = check(&fixture, "my/step02/src", &[]).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for words in ["FAILED counting::it_counts\n", "not yet implemented", "This failure is expected"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(fixture.read("my/step02/src/executor.rs"), executor);
    write_task_2(&fixture, 1);
    // No program of the fixture plays the game.
    let words = ["✓ task 2 of 2, \"Count\"", "doc tests … ok", "Cargo.toml … ok", "game … "];
    says(&fixture.run(&["check", "2"]), 1, &words);
    // A task that was done and fails again is named.
    fixture.replace("my/step02/src/executor.rs", "if a < b", "if a > b");
    let words = [
        "task 2 … ok",
        "FAILED smaller::the_smaller_is_taken",
        "task: task 2 of 2, \"Count\"",
        "The first test that failed is one of task 1, which passed before.",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
}

#[test]
fn what_is_laid_for_a_task_is_printed_where_it_does_not_fit() {
    let fixture = started();
    write_task_1(&fixture);
    let path = "my/step02/src/executor.rs";
    fixture.replace(path, "/// The smaller of two.", "/// The smaller one.");
    let start = fixture.read("xtask/series/step02/2.start.patch");
    let start = start.replace("-4,3 +4,8", "-1,6 +1,11").replace(
        " pub fn min",
        " //! The executor.\n \n-/// The smaller of two.\n+/// The smaller of both.\n pub fn min",
    );
    fixture.write("xtask/series/step02/2.start.patch", &start);
    let words = [
        "Make these changes yourself:\n\n    src/executor.rs\n    @@ at the top @@\n    \
         -/// The smaller of two.\n    +/// The smaller of both.\n",
        "Added for this task: src/executor.rs.\nReplace each `todo!` with your code: src/executor.rs:10.",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    let executor = fixture.read(path);
    assert!(
        executor.contains("/// The smaller one.") && executor.contains("todo!()"),
        "{executor}"
    );
}

#[test]
fn a_failure_says_what_was_expected_and_what_came_and_how_to_run_the_test_alone() {
    let fixture = at_task_2();
    let executor = fixture.read("step02-two/src/executor.rs");
    let noisy = "for line in 0..40 {\n        println!(\"{line}\");\n    }\n    let first = 7;";
    fixture.write("my/step02/src/executor.rs", &executor.replace("let first = 1;", noisy));
    fixture.replace("my/step02/tests/counting.rs", "1)", "7)");
    fixture.remove("my/step02/tests/game.rs");
    let before = fixture.read("my/step02/tests/counting.rs");
    let words = [
        "You changed tests/counting.rs. This check runs our copy; your file is untouched.",
        "You changed tests/game.rs.",
        "FAILED counting::it_counts\n    at tests/counting.rs:5:5\n    expected: 1\n         got: 7\n    0\n",
        "       alone: cargo test --test all counting::it_counts  (in my/step02)",
        "task: task 2 of 2, \"Count\"\nread: docs/src/2.md:5, \"Task 2: count\"",
    ];
    let said = fixture.run(&["check", "2"]);
    says(&said, 1, &words);
    assert!(!said.err.contains("other tests") && !said.err.contains("game"), "{}", said.err);
    assert_eq!(fixture.read("my/step02/tests/counting.rs"), before);
    assert!(!fixture.root().join("my/step02/tests/game.rs").exists());
    // The verdict is that of the check, whatever becomes of the output.
    let run = |stdout: Stdio| check(&fixture, ".", &["2"]).stdout(stdout).output().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run(writer.into()).status.code(), Some(1));
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let output = run(full.into());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("cannot write to stdout"), "{said}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn what_was_moved_aside_is_not_taken_for_what_was_laid_after_it() {
    let fixture = at_task_2();
    write_task_2(&fixture, 1);
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &[]);
    write_task_1(&fixture);
    says(&fixture.run(&["check", "2"]), 1, &["Now task 2"]);
    write_task_2(&fixture, 7);
    // A build of what is aside is the newest of all.
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--tests"])
        .current_dir(fixture.root().join("my/step02.1"))
        .env("CARGO_TARGET_DIR", fixture.root().join("target/my"))
        .env("CARGO_BUILD_BUILD_DIR", fixture.root().join("target"))
        .status();
    assert!(built.unwrap().success());
    says(&fixture.run(&["check", "2"]), 1, &["got: 7"]);
}

#[test]
fn a_step_without_a_series_is_one_task_and_a_dependency_that_should_be_gone_is_found() {
    let fixture = started();
    fs::remove_dir_all(fixture.root().join("xtask/series")).unwrap();
    // What the step before depends on is there from the start.
    let old = "[dependencies]\nold = { path = '../old' }\n";
    fixture.replace("Cargo.toml", "[workspace]\n", "[workspace]\nexclude = ['old']\n");
    fixture.write("old/Cargo.toml", "[package]\nname = 'old'\n\n[workspace]\n");
    fixture.write("old/src/lib.rs", "");
    fixture.replace("step01-one/Cargo.toml", "[dependencies]\n", old);
    let words = ["  task 1: Title 2\n", "Now task 1 of 1, \"Title 2\""];
    says(&fixture.run(&["start", "2", "--fresh"]), 0, &words);
    assert!(fixture.read("my/step02/tests/all.rs").contains("mod counting;"));
    write_task_1(&fixture);
    write_task_2(&fixture, 1);
    let path = format!("path = '{}'", fixture.root().join("old").display());
    fixture.replace("my/step02/Cargo.toml", "path = '../old'", &path);
    let words = [
        "✓ task 1 of 1",
        "doc tests … ok",
        "FAILED my/step02/Cargo.toml",
        "expected: no old",
        "got: old under [dependencies]",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
}

#[test]
fn tests_that_hang_hide_no_other_failure_and_after_two_of_them_no_more_is_started() {
    let fixture = at_task_2();
    write_task_2(&fixture, 1);
    let test = |name: &str, body: &str| format!("#[test]\nfn {name}() {{\n    {body}\n}}\n");
    let stuck = "use std::io::Write;\n    let _ = writeln!(std::io::stderr(), \"counting::b_waits did not return \
                 within 10s\");\n    std::process::abort();";
    let mut tests =
        test("c_passes", "") + &test("b_waits", stuck) + &test("a_fails", "assert_eq!(1, 2);");
    fixture.write("step02-two/tests/counting.rs", &tests);
    let words = [
        "FAILED counting::b_waits\n    expected: an end\n         got: none within 10s\n       alone: cargo test",
        "FAILED counting::a_fails\n    at tests/counting.rs:13:5\n    expected: 2\n         got: 1\n",
    ];
    says(&fixture.run(&["check", "2"]), 1, &words);
    (0..20).for_each(|number| tests += &test(&format!("d_{number}"), stuck));
    fixture.write("step02-two/tests/counting.rs", &tests);
    let said = fixture.run(&["check", "2"]);
    says(&said, 1, &[" tests did not end, so ", " more tests were not started."]);
}

/// A program that runs, and the lines that it prints.
struct Watched(Child, Receiver<String>);

impl Watched {
    /// Waits for a line with these words, and gives all lines up to it.
    fn until(&self, words: &str) -> String {
        let mut said = String::new();
        while !said.contains(words) {
            match self.1.recv_timeout(Duration::from_secs(120)) {
                Ok(line) => said += &format!("{line}\n"),
                Err(error) => panic!("{error}, no {words:?} in:\n{said}"),
            }
        }
        said
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_watched_step_is_checked_again_after_each_save() {
    let fixture = started();
    let mut command = check(&fixture, "my/step02", &["--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let watched = Watched(child, receiver);
    const WAITING: &str = "waiting for changes";
    assert!(watched.until(WAITING).contains("my/step02 does not compile"));
    write_task_1(&fixture);
    // In between, a check can see only some of the files.
    let said = watched.until("Now task 2 of 2") + &watched.until(WAITING);
    assert!(said.contains("✓ task 1 of 2") && !said.contains('\x1b'), "{said}");
    // It does not take its own files for a save.
    write_task_2(&fixture, 7);
    let said = watched.until(WAITING);
    assert!(said.starts_with("✓ task 1 of 2") && said.contains("got: 7"), "{said}");
    write_task_2(&fixture, 1);
    assert!(watched.until(WAITING).contains("✓ task 2 of 2"));
}
