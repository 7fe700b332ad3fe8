//! Commands, and how they are run: without a shell, and not for ever.

use std::{
    env, fs,
    io::{self, Read},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use kit::tree;
use rustix::process::{Pid, Signal, kill_process_group};

/// How long it may take to build what a command runs.
const BUILD: Duration = Duration::from_secs(1200);

/// A command.
#[derive(Debug)]
pub struct Call {
    /// What is set in its environment.
    environment: Vec<(String, String)>,
    /// The program and its arguments.
    words: Vec<String>,
}

impl Call {
    /// Reads a command line, which no shell will see, and checks what can be checked without running it.
    pub fn parse(line: &str, root: &Path) -> Result<Self> {
        let mut words = shell_words::split(line).context("close the quotes of the command")?;
        let is_shell =
            |word: &&String| ["|", "||", "&", "&&", ">", "<", "2>&1"].contains(&word.as_str());
        if let Some(sign) = words.iter().find(is_shell) {
            bail!(
                "`{sign}` would need a shell: write an example that prints what you want to show"
            );
        }
        let is_setting = |word: &String| {
            let name = word.split_once('=').map(|(name, _)| name);
            name.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        };
        let settings = words.iter().take_while(|word| is_setting(word)).count();
        let split = |word: String| {
            let (name, value) = word.split_once('=').unwrap_or_default();
            (name.to_owned(), value.to_owned())
        };
        let environment = words.drain(..settings).map(split).collect();
        let call = Call { environment, words };
        call.check(root)?;
        Ok(call)
    }

    /// Checks that there is such an example, or such a command of this tool.
    fn check(&self, root: &Path) -> Result<()> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let after = |options: [&str; 2]| {
            let at = words.iter().position(|word| options.contains(word))?;
            words.get(at + 1).copied()
        };
        match words[..] {
            [] => bail!("there is no command in it"),
            ["cargo", "xtask", ..] => {
                check_own(root, &words[2..])?;
            }
            ["cargo", "run" | "test" | "bench", ..] => {
                let package = after(["-p", "--package"])
                    .context("name the package: `cargo run -q -p step03-waker`")?;
                let folder = root.join(package);
                ensure!(folder.join("Cargo.toml").is_file(), "there is no package {package}");
                for (kind, within) in
                    [("example", "examples"), ("test", "tests"), ("bench", "benches")]
                {
                    let option = format!("--{kind}");
                    let Some(name) = after([&option, &option]) else { continue };
                    let inside = folder.join(within);
                    let places = [format!("{name}.rs"), format!("{name}/main.rs")];
                    let exists = |place: &String| inside.join(place).is_file();
                    ensure!(places.iter().any(exists), "{package} has no {kind} {name}");
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Runs the command, and gives its exit code and all it said. What it takes to build it is no part of that.
    pub fn run(&self, root: &Path, patience: Duration) -> Result<(Option<i32>, String)> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let build: &[&str] = match words[..] {
            ["cargo", "run", ..] => &["cargo", "build"],
            ["cargo", "test", ..] => &["cargo", "test", "--no-run"],
            ["cargo", "bench", ..] => &["cargo", "bench", "--no-run"],
            _ => &[],
        };
        if !build.is_empty() {
            let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
            let build = [build, &words[2..end]].concat();
            let (status, output) = self.start(&build, root, BUILD)?;
            ensure!(status == Some(0), "it does not build:\n{output}");
        }
        self.start(&words, root, patience)
    }

    /// Runs words as a command.
    fn start(
        &self,
        words: &[&str],
        root: &Path,
        patience: Duration,
    ) -> Result<(Option<i32>, String)> {
        let cargo = || env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let program = if words[0] == "cargo" { cargo() } else { words[0].into() };
        // One pipe for both, so that the lines are in the order in which a terminal shows them.
        let (mut reader, writer) =
            io::pipe().context("cannot open a pipe: too many files are open")?;
        let mut command = Command::new(&program);
        command
            .args(&words[1..])
            .current_dir(root)
            .env_remove("RUST_LOG")
            .env_remove("CLICOLOR_FORCE")
            .env("RUST_BACKTRACE", "0")
            .env("NO_COLOR", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}: is it installed?", words[0]))?;
        // The command holds the pipe's writing end: while it lives, the output does not end.
        drop(command);
        let (said, heard) = mpsc::channel();
        let listener = thread::spawn(move || {
            let mut output = Vec::new();
            let _ = reader.read_to_end(&mut output);
            let _ = said.send(());
            output
        });
        let in_time = heard.recv_timeout(patience).is_ok();
        if !in_time && let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let status = child.wait()?;
        let output = listener.join().unwrap_or_default();
        ensure!(
            in_time,
            "it was not done after {patience:?}, and was ended: show something quicker"
        );
        Ok((status.code(), String::from_utf8_lossy(&output).into_owned()))
    }
}

/// Checks that this tool has a command and its options, by looking into the source of the crate that has the command.
fn check_own(root: &Path, words: &[&str]) -> Result<()> {
    let command = words.first().context("name a command of `cargo xtask`")?;
    let list = fs::read_to_string(root.join("xtask/src/main.rs"))?;
    let entry = list.split_once(&format!("(\"{command}\", \"")).map(|(_, rest)| rest);
    let room = entry.and_then(|rest| rest.split('"').next());
    let room = room.with_context(|| format!("`cargo xtask` has no command `{command}`"))?;
    let mut source = String::new();
    for file in tree::files_under(&root.join("xtask").join(room).join("src"))? {
        source += &fs::read_to_string(file)?;
    }
    for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
        let option = option.split('=').next().unwrap_or(option);
        let field = format!("{}: ", option.replace('-', "_"));
        let names = [field, format!("long = \"{option}\""), format!("\"--{option}\"")];
        let has = option == "help" || names.iter().any(|name| source.contains(name));
        ensure!(has, "`cargo xtask {command}` has no option `--{option}`");
    }
    Ok(())
}
