//! `cargo xtask`: builds the part of the tool that has a command, and runs the command.
//!
//! Each part is a crate of its own, so a reader who plays a game does not compile what measures servers. This program
//! uses nothing but the standard library, and is built in a second.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A command: its name, the crate that has it, and what it does.
type Entry = (&'static str, &'static str, &'static str);

/// The commands, those of readers first.
const COMMANDS: [(&str, &[Entry]); 4] = [
    (
        "Read and build",
        &[
            ("play", "play", "Play a step's game: two bots, or you"),
            ("start", "learn", "Create the folder in which you build a step yourself"),
            ("check", "learn", "Run the tests of your task, and begin the next when they pass"),
            ("hint", "learn", "Show the next hint for your task"),
            ("compare", "learn", "Show how your code differs from ours"),
            ("progress", "learn", "Show how far you are with each step"),
            ("diff", "learn", "Show what changes from one step to another"),
            ("ladder", "suite", "Show what each step can do and what it cannot do yet"),
            ("trace", "book", "Show what a step's runtime does during two guesses"),
            ("book", "book", "Build the book as a site, and show it"),
        ],
    ),
    (
        "Test",
        &[
            ("test-all", "verify", "Run all tests, and print one table of the results"),
            ("suite", "suite", "Check the game's rules against a server"),
            ("bugs", "verify", "Put known bugs into the steps, and check that tests catch them"),
            ("faults", "verify", "Make system calls of the last step's server fail"),
            ("sanitize", "verify", "Run the last step under AddressSanitizer and valgrind"),
            ("soak", "bench", "Put the last step's server under changing crowds for minutes"),
        ],
    ),
    (
        "Measure",
        &[
            ("load", "bench", "Put a load on a server, and measure what it costs"),
            ("bench", "bench", "Compare the last step with other runtimes, in rounds"),
            ("instructions", "bench", "Count the instructions of the last step's runtime"),
        ],
    ),
    (
        "Contribute",
        &[
            ("docs", "book", "Fill the fences of the chapters from the code, or check them"),
            ("series", "verify", "Check the tasks that lead from each step to the next"),
            ("carry", "verify", "Take the uncommitted edits of a step into the later steps"),
        ],
    ),
];

/// Commands that the list leaves out.
const HIDDEN: [Entry; 1] = [("readme", "verify", "Print the table of steps for README.md")];

/// How long a build may take before a line tells about it.
const QUIET: Duration = Duration::from_millis(700);

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[OsString]) -> Result<ExitCode, String> {
    let word = |index: usize| arguments.get(index).and_then(|word| word.to_str());
    match (word(0), word(1)) {
        (None | Some("-h" | "--help"), _) | (Some("help"), None) => {
            // A reader who closes the pipe has seen enough.
            let _ = io::stdout().write_all(help().as_bytes());
            let asked = !arguments.is_empty();
            Ok(if asked { ExitCode::SUCCESS } else { ExitCode::from(2) })
        }
        (Some("help"), Some(command)) => forward(command, &[command.into(), "--help".into()]),
        (Some(command), _) => forward(command, arguments),
    }
}

/// The list of commands.
fn help() -> String {
    let mut text = "Usage: cargo xtask <COMMAND>\n".to_owned();
    for (title, commands) in COMMANDS {
        text += &format!("\n{title}:\n");
        for (name, _, about) in commands {
            text += &format!("  {name:<13} {about}\n");
        }
    }
    text + "\nThe options of a command: cargo xtask <COMMAND> --help\n"
}

/// Builds the crate that has a command, and runs the command with these arguments.
fn forward(command: &str, arguments: &[OsString]) -> Result<ExitCode, String> {
    let mut all = COMMANDS.iter().flat_map(|(_, entries)| *entries).chain(&HIDDEN);
    let Some((_, room, _)) = all.find(|(name, ..)| *name == command) else {
        let names: Vec<&str> = COMMANDS.iter().flat_map(|(_, e)| *e).map(|(n, ..)| *n).collect();
        return Err(format!(
            "there is no command `{command}`. The commands are {}",
            names.join(", ")
        ));
    };
    let root = root()?;
    let program = build(&root, room)?;
    let mut command = Command::new(&program);
    command.args(arguments).env("XTASK_ROOT", &root);
    without_outer_cargo(&mut command);
    finish(command).map_err(|error| format!("cannot run {}: {error}", program.display()))
}

/// Runs a command in the place of this program, where the system can do that: then signals reach it directly.
#[cfg(unix)]
fn finish(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Runs a command to its end.
#[cfg(not(unix))]
fn finish(mut command: Command) -> io::Result<ExitCode> {
    let code = command.status()?.code().unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// The folder of the workspace, above the folder of the package that cargo runs. A learner's workspace in `my/` has a
/// package of its own for this program.
fn root() -> Result<PathBuf, String> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").ok_or("run this program as `cargo xtask`")?;
    let mut above = Path::new(&folder).ancestors().skip(1);
    let root = above.find(|dir| dir.join("xtask/Cargo.toml").is_file());
    root.map(Path::to_owned)
        .ok_or_else(|| "no folder above this one has xtask/Cargo.toml".to_owned())
}

/// Builds a part of the tool, and returns the path of its program.
fn build(root: &Path, room: &str) -> Result<PathBuf, String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(["--package", &format!("xtask-{room}"), "--bins"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    without_outer_cargo(&mut command);
    let child = command.spawn().map_err(|error| format!("cannot start cargo: {error}"))?;
    let (done, is_done) = mpsc::channel::<()>();
    let what = room.to_owned();
    let watcher = thread::spawn(move || {
        if is_done.recv_timeout(QUIET) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = writeln!(
                io::stderr(),
                "Building this command (xtask/{what}). Only the first time takes long: up to a minute."
            );
        }
    });
    let output = child.wait_with_output();
    drop(done);
    let _ = watcher.join();
    let output = output.map_err(|error| format!("cannot wait for cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("xtask/{room} does not build. The compiler's errors are above"));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let path = messages.lines().rev().find_map(executable);
    path.ok_or_else(|| format!("cargo names no program of xtask/{room}"))
}

/// The path that a message of cargo's gives as `"executable":"…"`.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once("\"executable\":\"")?;
    let mut path = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(path.into()),
            '\\' => match characters.next()? {
                't' => path.push('\t'),
                character => path.push(character),
            },
            character => path.push(character),
        }
    }
}

/// Removes what the cargo that runs this program has set for it. The programs below have a cargo of their own.
fn without_outer_cargo(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_outer = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if is_outer.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_where_cargo_put_it() {
        let message =
            r#"{"reason":"compiler-artifact","executable":"C:\\a\tb\\é\\play.exe","fresh":true}"#;
        assert_eq!(executable(message), Some("C:\\a\tb\\é\\play.exe".into()));
        assert_eq!(executable(r#"{"reason":"build-finished","executable":null}"#), None);
    }

    #[test]
    fn the_help_names_each_command_once_and_fits_a_terminal() {
        let help = help();
        for (_, commands) in COMMANDS {
            for (name, ..) in commands {
                assert_eq!(help.matches(&format!("\n  {name} ")).count(), 1, "{name}");
            }
        }
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}
