//! Cores: which ones this process may run on, and how to stay on one.

use anyhow::Result;

/// The cores that this thread may run on.
#[cfg(target_os = "linux")]
pub fn allowed() -> Result<Vec<usize>> {
    let set = rustix::thread::sched_getaffinity(None)?;
    Ok((0..rustix::thread::CpuSet::MAX_CPU).filter(|&core| set.is_set(core)).collect())
}

/// Keeps this thread, and everything that it starts from now on, on these cores.
#[cfg(target_os = "linux")]
pub fn stay_on(cores: &[usize]) -> Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    cores.iter().for_each(|&core| set.set(core));
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

/// Elsewhere the cores are not known.
#[cfg(not(target_os = "linux"))]
pub fn allowed() -> Result<Vec<usize>> {
    Ok(vec![])
}

/// Elsewhere threads run where they like.
#[cfg(not(target_os = "linux"))]
pub fn stay_on(_cores: &[usize]) -> Result<()> {
    Ok(())
}

/// Runs `start`, which starts a process. The process stays on that core from then on; this thread does not.
pub fn started_on<T>(core: usize, start: impl FnOnce() -> T) -> Result<T> {
    let before = allowed()?;
    stay_on(&[core])?;
    let started = start();
    stay_on(&before)?;
    Ok(started)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_started_on_a_core_stays_there_and_this_thread_does_not() {
        let before = allowed().unwrap();
        let core = *before.last().unwrap();
        let status = || Command::new("cat").arg("/proc/self/status").output();
        let output = started_on(core, status).unwrap().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        assert_eq!(cores.unwrap().trim(), core.to_string());
        assert_eq!(allowed().unwrap(), before);
    }
}
