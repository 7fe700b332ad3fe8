//! Programs under valgrind's callgrind, which counts the instructions that they execute outside the kernel.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use suite::server::{Launch, Program};

/// How long a program may run. It is slowed down some fifty times.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Runs programs under callgrind.
#[derive(Debug)]
pub struct Callgrind {
    /// Where the profiles are kept, if they are.
    profiles: Option<PathBuf>,
}

impl Callgrind {
    /// Looks whether valgrind is there, and makes the folder where profiles are to be kept.
    pub fn new(profiles: Option<&Path>) -> Result<Self> {
        if Command::new("valgrind").arg("--version").output().is_err() {
            bail!("valgrind is not installed: get it with `apt-get install valgrind`");
        }
        if let Some(profiles) = profiles {
            fs::create_dir_all(profiles)
                .with_context(|| format!("cannot make {}", profiles.display()))?;
        }
        Ok(Callgrind { profiles: profiles.map(Path::to_owned) })
    }

    /// Has a program started under callgrind, with no arguments yet. Its profile is kept under this name, if at all.
    pub fn launch(&self, binary: &Path, name: &str) -> Launch {
        let profile = match &self.profiles {
            Some(profiles) => profiles.join(format!("{}.callgrind", file_name(name))),
            None => PathBuf::from("/dev/null"),
        };
        let mut out = OsString::from("--callgrind-out-file=");
        out.push(profile);
        let words = ["valgrind".into(), "--tool=callgrind".into(), out];
        Launch::new(binary).under(words.into())
    }
}

/// Waits until the program has ended, and tells how many instructions it has executed.
pub fn count(program: &mut Program) -> Result<u64> {
    program.wait_exit(LIMIT)?;
    let said = program.log().stderr();
    collected(&said).with_context(|| format!("callgrind gives no count:\n{said}"))
}

/// Counts what a runtime does. Where it has a thread of its own that wakes now and then, this counts three times, and gives
/// the median.
pub fn steady<T: Ord + Copy>(runtime: &str, mut count: impl FnMut() -> Result<T>) -> Result<T> {
    if runtime != "smol" {
        return count();
    }
    let mut counts = [count()?, count()?, count()?];
    counts.sort_unstable();
    Ok(counts[1])
}

/// The count in what callgrind says at the end: `==7== Collected : 1476417`.
pub fn collected(said: &str) -> Option<u64> {
    let mut counts = said.lines().rev().filter_map(|line| {
        let (before, count) = line.split_once("Collected :")?;
        before.starts_with("==").then(|| count.trim().parse().ok())?
    });
    counts.next()
}

/// A name that a file can have: `game, depth 1: tokio` becomes `game-depth-1-tokio`.
fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_off_what_callgrind_says() {
        let said = "\
            ==7== Callgrind, a call-graph generating cache profiler\n\
            ==7== Process terminating with default action of signal 10 (SIGUSR1)\n\
            ==7== \n\
            ==7== Events    : Ir\n\
            ==7== Collected : 1476417\n\
            ==7== \n\
            ==7== I   refs:      1,476,417\n";
        assert_eq!(collected(said), Some(1_476_417));
    }

    #[test]
    fn what_the_program_says_is_no_count() {
        assert_eq!(collected("Collected : 12 stamps\n"), None);
        assert_eq!(collected("==7== Collected : 34\nCollected : 12\n"), Some(34));
        assert_eq!(collected("==7== Collected : none\n"), None);
    }

    #[test]
    fn what_a_background_thread_adds_is_evened_out() {
        let mut counts = [70, 50, 60].into_iter();
        let mut next = || Ok(counts.next().expect("not asked for more than three"));
        assert_eq!(steady("smol", &mut next).ok(), Some(60));
        assert_eq!(steady("tokio", || Ok(7)).ok(), Some(7));
    }

    #[test]
    fn a_profile_has_a_name_that_a_file_can_have() {
        assert_eq!(file_name("game, depth 1: tokio"), "game-depth-1-tokio");
    }
}
