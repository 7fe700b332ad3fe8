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
        for folder in ["step01-futures", "xtask/series/step01"] {
            if main.join(folder).is_dir() {
                copy(&main.join(folder), &dir.join(folder));
            }
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
        let built = Path::new(env!("CARGO_BIN_EXE_xtask-learn")).ancestors().nth(2).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_xtask-learn"))
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
    fn says(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let (ended, said) = self.run(arguments);
        assert_eq!(ended, Some(code), "{arguments:?}:\n{said}");
        for words in words {
            assert!(said.contains(words), "{arguments:?}: no {words:?} in:\n{said}");
        }
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
fn the_first_step_ends_with_what_we_wrote() {
    let learner = Learner::new();
    learner.says(&["start", "1"], 0, &["my/step01 is ready", "cargo xtask check 1"]);
    learner.says(&["progress"], 0, &["at task 1"]);

    copy(&learner.path("step01-futures/src"), &learner.path("my/step01/src"));
    let read = |path: &str| fs::read_to_string(learner.path(path)).unwrap();
    let own = read("step01-futures/Cargo.toml");
    let dependencies = own.split("[dependencies]").nth(1).unwrap().split("\n\n").next().unwrap();
    let mine = read("my/step01/Cargo.toml");
    let (before, after) = mine.split_once("[dependencies]").unwrap();
    let after = after.split_once("\n\n").unwrap().1;
    learner
        .write("my/step01/Cargo.toml", &format!("{before}[dependencies]{dependencies}\n\n{after}"));
    learner.says(&["compare", "1"], 0, &["No difference"]);
    let words = ["tests … ok", "✓ task 1", "game … ok", "my/step01 is step 01 now"];
    learner.says(&["check", "1"], 0, &words);
    learner.says(&["progress"], 0, &["done", "All steps are done"]);
}
