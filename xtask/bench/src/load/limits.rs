//! How many descriptors may be open: each connection takes one on either side.

use anyhow::{Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use suite::server::Process;

/// What a process has open besides its connections, at most.
const OTHERS: u64 = 64;

/// Raises the limit of this process, and of the servers that it starts, as far as so many connections need. Where the
/// system does not grant that, the error says what to do.
pub fn raise(connections: usize) -> Result<()> {
    let needed = connections as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let enough = limit.maximum.is_none_or(|maximum| maximum >= needed);
    // Only root may raise the maximum, too.
    let maximum = if enough { limit.maximum } else { Some(needed) };
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum });
    match raised {
        Ok(()) => Ok(()),
        Err(_) => too_low("this process", limit.maximum.unwrap_or_default(), connections),
    }
}

/// Makes sure that a server which runs already may have so many connections.
pub fn check(process: &Process, connections: usize) -> Result<()> {
    let limit = open_files(&process.read("limits")?);
    match limit {
        Some(limit) if limit < connections as u64 + OTHERS => {
            too_low("the server", limit, connections)
        }
        _ => Ok(()),
    }
}

/// Says what to do.
fn too_low(who: &str, limit: u64, connections: usize) -> Result<()> {
    let (needed, most) = (connections as u64 + OTHERS, limit.saturating_sub(OTHERS));
    bail!(
        "{connections} connections take {needed} descriptors, and {who} may have {limit}: raise that with \
         `ulimit -n {needed}` in the shell that starts it (above the hard limit root has to), or ask for at most {most} \
         connections"
    )
}

/// Reads the soft limit of open files off a process's `limits`. There is none if it is unlimited.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_found_among_the_others() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max processes             94904                94904                processes\n\
                      Max open files            1024                 20000                files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files("Max open files   unlimited  unlimited  files\n"), None);
    }

    #[test]
    fn what_the_system_does_not_grant_is_refused_with_what_to_do() {
        let error = too_low("the server", 1024, 5000).unwrap_err().to_string();
        for words in ["`ulimit -n 5064`", "may have 1024", "at most 960"] {
            assert!(error.contains(words), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_whose_limit_is_too_low_is_refused() {
        let process = Process::of(std::process::id()).unwrap();
        check(&process, 1).unwrap();
        assert!(check(&process, 1 << 40).is_err());
    }
}
