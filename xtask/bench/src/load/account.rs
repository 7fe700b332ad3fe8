//! What a server costs, from the system's own accounts.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};

use suite::server::Process;

/// The CPU time that a process has used up to one moment.
#[derive(Debug, Clone)]
pub struct Account {
    /// By thread and to the nanosecond.
    threads: BTreeMap<u32, Duration>,
    /// To the clock tick: the process's own, and the system's for it.
    ticks: (Duration, Duration),
}

/// CPU time that was used between two moments, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// All of it.
    pub total: f64,
    /// The process's own part.
    pub user: f64,
    /// The system's part, for the process.
    pub system: f64,
}

impl Account {
    /// The process now.
    pub fn of(process: &Process) -> Result<Self> {
        Ok(Account { threads: process.thread_times()?, ticks: process.cpu_times()? })
    }

    /// What was used since then. The exact sum is split as the ticks are, which are too coarse for the sum itself.
    pub fn since(&self, before: &Account) -> Spent {
        let difference = |now: Duration, before: Duration| micros(now.saturating_sub(before));
        let user = difference(self.ticks.0, before.ticks.0);
        let system = difference(self.ticks.1, before.ticks.1);
        // A thread that ended took its account with it, and only the ticks tell; so they do where threads have none.
        let is_exact = !self.threads.is_empty()
            && before.threads.keys().all(|id| self.threads.contains_key(id));
        let total = match is_exact {
            true => {
                let used = |threads: &BTreeMap<u32, Duration>| threads.values().sum();
                difference(used(&self.threads), used(&before.threads))
            }
            false => user + system,
        };
        let share = if user + system > 0.0 { user / (user + system) } else { 0.5 };
        Spent { total, user: total * share, system: total * (1.0 - share) }
    }
}

/// A duration in microseconds.
pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The memory that a process occupies, in bytes, exactly: `statm` is behind by what each core has not yet told.
pub fn resident(process: &Process) -> Result<u64> {
    match process.read("smaps_rollup") {
        Ok(text) => parse_rss(&text),
        Err(_) => process.memory(),
    }
}

/// Reads the resident set off `smaps_rollup`.
fn parse_rss(text: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let line = line.context("no Rss in smaps_rollup")?;
    let kib = line.trim().strip_suffix("kB").context("no kB in smaps_rollup")?;
    Ok(kib.trim().parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(threads: &[(u32, u64)], user: u64, system: u64) -> Account {
        let millis = Duration::from_millis;
        let threads = threads.iter().map(|&(id, time)| (id, millis(time))).collect();
        Account { threads, ticks: (millis(user), millis(system)) }
    }

    #[test]
    fn the_exact_sum_is_split_as_the_ticks_are() {
        let before = account(&[(1, 5), (2, 1)], 10, 10);
        let now = account(&[(1, 40), (2, 2), (3, 4)], 20, 40);
        let spent = now.since(&before);
        assert_eq!(spent, Spent { total: 40_000.0, user: 10_000.0, system: 30_000.0 });
    }

    #[test]
    fn without_a_threads_account_the_ticks_tell() {
        let before = account(&[(1, 5), (2, 900)], 10, 10);
        let spent = account(&[(1, 40)], 20, 40).since(&before);
        assert_eq!(spent.total, 40_000.0);
        assert_eq!(account(&[], 1, 2).since(&account(&[], 0, 0)).total, 3000.0);
    }

    #[test]
    fn the_resident_set_is_read_in_bytes() {
        let text = "5577-7fff ---p 00000000 00:00 0   [rollup]\nRss:                1640 kB\nPss: 231 kB\n";
        assert_eq!(parse_rss(text).unwrap(), 1640 * 1024);
        assert!(parse_rss("Pss: 231 kB\n").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_an_account_and_a_resident_set() {
        let process = Process::of(std::process::id()).unwrap();
        let before = Account::of(&process).unwrap();
        let mut sum = 0_u64;
        // It ends as soon as the account moves, and that it does not is a failure.
        let started = std::time::Instant::now();
        while Account::of(&process).unwrap().since(&before).total == 0.0 {
            sum = std::hint::black_box(sum + 1);
            assert!(started.elapsed() < Duration::from_secs(10), "nothing was counted");
        }
        assert!(resident(&process).unwrap() > 0);
    }
}
