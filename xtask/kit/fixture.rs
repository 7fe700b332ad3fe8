//! A small workspace in a temporary folder: three steps that keep every rule and depend on nothing.

use std::{fs, path::Path, process::Command, time::SystemTime};

use tempfile::TempDir;

/// The steps' names.
pub const STEPS: [&str; 3] = ["step01-one", "step02-two", "step03-three"];

const WORKSPACE: &str = "[workspace]
resolver = \"3\"
members = [\"step*\"]

[workspace.package]
version = \"0.1.0\"
";

/// The game, with the place that its `use` item takes.
const GAME: &str = "//! The game.

use USE;

/// Plays.
///
/// ```
/// # use CRATE as step;
/// assert_eq!(step::game::play(2), 2);
/// ```
pub fn play(guess: usize) -> usize {
    min(guess, 3)
}
";

/// The executor of the second step.
pub const EXECUTOR: &str = "//! The executor.

/// The smaller of two.
pub fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// Counts.
pub fn count() -> usize {
    let first = 1;
    first
}

/// Ends.
pub fn end() -> usize {
    7
}
";

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The workspace; its folder goes with it.
#[derive(Debug)]
pub struct Fixture {
    dir: TempDir,
    /// What its folder `target` leads to: the folder for temporary files may forbid programs.
    _target: TempDir,
}

impl Fixture {
    /// Lays a workspace that keeps every rule.
    pub fn new() -> Self {
        let target = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let fixture = Fixture { dir: tempfile::tempdir().unwrap(), _target: target };
        #[cfg(unix)]
        std::os::unix::fs::symlink(fixture._target.path(), fixture.root().join("target")).unwrap();
        fixture.write("Cargo.toml", WORKSPACE);
        fixture.write(".gitignore", "/target\n");
        for (index, name) in STEPS.iter().enumerate() {
            fixture.lay_step(index + 1, name);
        }
        fixture.refresh_readme();
        fixture
    }

    /// Writes the README with the figures as they are.
    pub fn refresh_readme(&self) {
        let table = self.run(&["readme"]).out;
        self.write("README.md", &format!("# Steps\n\n{table}\nThat is all.\n"));
    }

    fn lay_step(&self, number: usize, name: &str) {
        let crate_name = name.replace('-', "_");
        let write = |path: &str, text: &str| {
            self.write(&format!("{name}/{path}"), &text.replace("CRATE", &crate_name));
        };
        let (adds, changes) = match number {
            1 => ("'src/lib.rs', 'src/main.rs', 'src/game.rs'", ""),
            2 => ("'src/executor.rs'", "'src/lib.rs', 'src/game.rs'"),
            _ => ("'src/waker.rs'", "'src/lib.rs', 'src/executor.rs'"),
        };
        self.write(&format!("docs/src/{number}.md"), "# A chapter\n");
        write(
            "Cargo.toml",
            &format!(
                "[package]\nname = '{name}'\nversion.workspace = true\nedition = '2024'\n\n[package.metadata.step]\nnumber = {number}\n\
                 title = 'Title {number}'\ncapability = 'capability {number}'\nchapter = 'docs/src/{number}.md'\n\
                 adds = [{adds}]\nchanges = [{changes}]\n\n[dependencies]\n"
            ),
        );
        let modules = &["game", "executor", "waker"][..number];
        let modules: String = modules.iter().map(|m| format!("pub mod {m};\n")).collect();
        write("src/lib.rs", &format!("//! Step {number}.\n#![forbid(unsafe_code)]\n\n{modules}"));
        write(
            "src/main.rs",
            "//! The program.\n\nfn main() {\n    println!(\"{}\", CRATE::game::play(5));\n}\n",
        );
        let used = if number == 1 { "std::cmp::min" } else { "crate::executor::min" };
        write("src/game.rs", &GAME.replace("USE", used));
        write(
            "tests/game.rs",
            "//! The game.\n\n#[test]\nfn a_guess_stops_at_three() {\n    assert_eq!(CRATE::game::play(5), 3);\n}\n",
        );
        write(
            "examples/hello.rs",
            "//! Says hello.\n\nfn main() {\n    println!(\"{}\", CRATE::game::play(1));\n}\n",
        );
        if number > 1 {
            let last = if number == 2 { "7" } else { "8" };
            write("src/executor.rs", &EXECUTOR.replace('7', last));
            write(
                "tests/executor.rs",
                "//! The executor.\n\n#[test]\nfn it_counts() {\n    assert_eq!(CRATE::executor::count(), 1);\n}\n",
            );
        }
        if number > 2 {
            write("src/waker.rs", "//! Wakes.\n\n/// Wakes.\npub fn wake() {}\n");
        }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// When a file was written last.
    pub fn written(&self, path: &str) -> SystemTime {
        fs::metadata(self.root().join(path)).and_then(|data| data.modified()).unwrap()
    }

    /// Writes a file, and the folders it is in.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a piece of a file that must be there.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.write(path, &text.replace(from, to));
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap();
    }

    /// Runs `cargo xtask` on the workspace, its output piped.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.said(&mut self.command(".", arguments))
    }

    /// The command `cargo xtask` in a folder of the workspace.
    pub fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut program = Command::new(crate::PROGRAM);
        program.args(arguments).current_dir(self.root().join(folder));
        program.env("XTASK_ROOT", self.root()).env("CARGO_TARGET_DIR", self.root().join("target"));
        program
    }

    /// Runs cargo in a folder of the workspace.
    pub fn cargo(&self, folder: &str, arguments: &[&str]) -> Said {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).current_dir(self.root().join(folder));
        self.said(cargo.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_BUILD_DIR"))
    }

    /// Runs a command whose output is piped.
    fn said(&self, command: &mut Command) -> Said {
        let output = command
            // What a user has configured must not change what the tests see.
            .env("CARGO_HOME", self.root().join("target/home"))
            .env_remove("CLICOLOR_FORCE")
            .output()
            .unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Commits everything, so that later edits can be told.
    pub fn commit(&self) {
        self.git(&["init", "--quiet"]);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Lay the steps"]);
    }

    /// Whether nothing differs from the last commit, and else what.
    pub fn changed_files(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    /// Runs git in the workspace, whatever its user is used to.
    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"])
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}
