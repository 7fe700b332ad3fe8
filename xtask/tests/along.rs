//! A step is typed along from its start to its end: the first one, as it is in this workspace.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A workspace of the first step only, in a folder of its own.
struct Learner {
    dir: PathBuf,
}

impl Learner {
    /// Copies what the first step needs.
    fn new() -> Self {
        // The same one each time: what cargo builds there is kept with all the rest, under a name made of its path.
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("along");
        if dir.exists() {
            fs::remove_dir_all(&dir).unwrap();
        }
        let main = main();
        for folder in ["step01-futures", "xtask/along", "xtask/hints"] {
            copy(&main.join(folder), &dir.join(folder));
        }
        let learner = Learner { dir };
        for file in ["Cargo.lock", "docs/src/01-futures.md"] {
            learner.write(file, &fs::read_to_string(main.join(file)).unwrap());
        }
        let manifest = fs::read_to_string(main.join("Cargo.toml")).unwrap();
        let start = manifest.find("members").unwrap();
        let end = start + manifest[start..].find("]\n").unwrap();
        let manifest = manifest.replace("version = \"0.1.0\"", "version = \"0.1.0+test\"");
        let manifest = format!("{}members = [\"step*\"{}", &manifest[..start], &manifest[end..]);
        learner.write("Cargo.toml", &manifest);
        learner
    }

    /// A path in the workspace.
    fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Writes a file, and the folders it is in.
    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs `cargo xtask`, and gives its exit code and what it said.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        // What the dependencies were compiled to is shared; programs are not, since others have the same names.
        let built = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .current_dir(&self.dir)
            .env("XTASK_ROOT", &self.dir)
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("CARGO_BUILD_BUILD_DIR", built)
            .env_remove("CLICOLOR_FORCE")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Runs it, and expects this exit code and these words.
    fn says(&self, arguments: &[&str], code: i32, words: &[&str]) -> (Option<i32>, String) {
        let (ended, said) = self.run(arguments);
        assert_eq!(ended, Some(code), "{arguments:?}:\n{said}");
        for words in words {
            assert!(said.contains(words), "{arguments:?}: no {words:?} in:\n{said}");
        }
        (ended, said)
    }
}

/// This workspace.
fn main() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn the_first_step_begins_with_what_is_to_be_written_and_ends_with_what_we_wrote() {
    let learner = Learner::new();
    learner.says(&["start", "1"], 0, &["to fill in  src/select.rs", "as it is    src/lines.rs"]);

    // It builds from the start, so that what fails is a test.
    let first =
        "FAILED tests/select.rs: the_left_future_wins_when_both_are_ready\n    at src/select.rs:";
    let words = ["this is the starting point", first, "not yet implemented", "cargo xtask hint 1"];
    let (_, said) = learner.says(&["check", "1"], 1, &words);
    let shown = said.find("FAILED").unwrap();
    assert!(said[shown..].starts_with(first), "{said}");
    assert!(!said.contains("warning"), "{said}");
    learner.says(&["progress"], 0, &["started, nothing written yet"]);
    let (_, hint) = learner.run(&["hint", "1"]);
    assert!(hint.starts_with("Hint "), "{hint}");

    copy(&learner.path("step01-futures/src"), &learner.path("my/step01/src"));
    learner.says(&["compare", "1"], 0, &["No difference"]);
    let words = ["tests/select.rs … ok", "game … ok", "my/step01 is step 01 now"];
    learner.says(&["check", "1"], 0, &words);
    learner.says(&["progress"], 0, &["done", "All steps are done"]);
}

#[test]
fn what_is_laid_of_the_first_game_is_its_own_text_but_for_what_is_to_be_written() {
    let read = |file: &str| fs::read_to_string(main().join(file)).unwrap();
    let (laid, ours) = (read("xtask/along/step01/src/game.rs"), read("step01-futures/src/game.rs"));
    let to_write = ["#![allow(", "let _ = ", "todo!("];
    for line in laid.lines() {
        let is_to_write = to_write.iter().any(|start| line.trim_start().starts_with(start));
        let is_ours = ours.lines().any(|own| own == line);
        assert!(is_to_write || is_ours, "step01-futures/src/game.rs has no line {line:?}");
    }
}
