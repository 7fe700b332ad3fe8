//! strace: lets system calls of a server fail, and logs every call.

use std::{ffi::OsString, fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::server::Launch;

/// How long the trial may take. It usually takes a few milliseconds.
const TRIAL: Duration = Duration::from_secs(5);

/// The log of strace, in a file that is deleted with it.
#[derive(Debug)]
pub struct Trace {
    file: NamedTempFile,
}

impl Trace {
    /// Logs these system calls, which are separated by commas, and lets some of them fail. A fault is an error and, as
    /// strace counts, the calls that get it: `3..5` for the third to the fifth, `2+2` for the second and every second
    /// after it, `1+` for all.
    ///
    /// Put the words that this returns before a program and its arguments.
    pub fn new(calls: &str, fault: Option<(&str, &str)>) -> Result<(Self, Vec<OsString>)> {
        let file = NamedTempFile::new().context("cannot make a temporary file")?;
        // With -D strace is a grandchild of the server and not its parent, so that signals and waits concern the server
        // itself.
        let mut words: Vec<OsString> =
            ["strace", "-D", "-f", "-qq", "-s", "16", "-e", "signal=none", "-o"]
                .map(OsString::from)
                .into();
        words.push(file.path().into());
        words.extend(["-e".into(), format!("trace={calls}").into()]);
        if let Some((error, when)) = fault {
            let inject = format!("inject={calls}:error={error}:when={when}");
            words.extend(["-e".into(), inject.into()]);
        }
        Ok((Trace { file }, words))
    }

    /// The calls so far, one on each line.
    pub fn calls(&self) -> Result<Calls> {
        let text = fs::read_to_string(self.file.path());
        Ok(Calls { text: text.context("cannot read the log of strace")? })
    }
}

/// The system calls that a server made.
#[derive(Debug)]
pub struct Calls {
    text: String,
}

impl Calls {
    /// How many lines of the log are as wanted.
    pub fn count(&self, wanted: impl Fn(&str) -> bool) -> usize {
        self.text.lines().filter(|line| wanted(line)).count()
    }

    /// How many calls of this name the server made.
    pub fn made(&self, call: &str) -> usize {
        let call = format!(" {call}(");
        self.count(|line| line.contains(&call))
    }

    /// How many calls failed because strace let them.
    pub fn injected(&self) -> usize {
        self.count(|line| line.ends_with("(INJECTED)"))
    }

    /// How many calls transferred some of their bytes, but not all.
    pub fn short(&self, call: &str) -> usize {
        let is_short = |line: &str| {
            // PID sendto(9, "Too low!\n"..., 4096, MSG_NOSIGNAL, NULL, 0) = 123
            let (_, call) = line.split_once(&format!("{call}("))?;
            let (arguments, result) = call.rsplit_once(" = ")?;
            let result: usize = result.trim().parse().ok()?;
            let (_, arguments) = arguments.rsplit_once('"')?;
            let asked = arguments.trim_start_matches('.').split(", ").nth(1)?;
            Some((1..asked.parse().ok()?).contains(&result))
        };
        self.count(|line| is_short(line) == Some(true))
    }
}

/// Why strace cannot be used here, and what to do about it; `None` if it can.
pub fn missing() -> Option<String> {
    trial().err().map(|error| format!("{error:#}"))
}

/// Tries strace on a program that does nothing.
fn trial() -> Result<()> {
    let (trace, words) = Trace::new("execve,close", Some(("EIO", "9998..9999+1")))?;
    let launch = Launch::new(Path::new("true")).only_args(&[]).under(words);
    let program = launch.spawn();
    let mut program =
        program.context("needs strace: install it, most systems have a package of that name")?;
    let ended = program.wait_exit(TRIAL);
    if ended.is_ok_and(|status| status.success())
        && trace.calls()?.count(|line| line.contains("execve(")) > 0
    {
        return Ok(());
    }
    let said = program.log().stderr();
    let said = said.lines().next().unwrap_or("nothing").to_owned();
    anyhow::bail!(
        "needs permission to trace, and strace failed with `{said}`. In a container, add the capability SYS_PTRACE; \
         elsewhere, set the kernel's yama.ptrace_scope to 0"
    )
}
