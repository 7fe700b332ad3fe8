//! Which thread waits for the clients' sockets, as `/proc` shows it.

use std::{thread, time::Duration};

use anyhow::Result;

use crate::server::Process;
use kit::verdict::Skip;

/// The numbers of the system calls that wait for an epoll: `epoll_wait`, `epoll_pwait`, `epoll_pwait2`.
const EPOLL_WAITS: &[&str] = if cfg!(target_arch = "x86_64") {
    &["232", "281", "441"]
} else if cfg!(target_arch = "aarch64") {
    &["22", "441"]
} else {
    &[]
};

/// The thread that should wait from step 04 on.
pub const MAIN: &str = "the main thread";

/// Finds the thread that waits for the sockets of the process's connections, and returns words for it.
pub fn for_connections(process: &Process) -> Result<String> {
    if EPOLL_WAITS.is_empty() {
        let reason = "the numbers of this machine's system calls are not known: run it on x86_64";
        return Err(Skip(reason.to_owned()).into());
    }
    // The system has no event for a thread that begins to wait, so look again and again.
    for _ in 0..50 {
        let polls = polls_of_connections(process)?;
        for waiting in process.threads()? {
            let call = process.read(&format!("task/{}/syscall", waiting.id));
            let Ok(call) = call else {
                let reason = "needs /proc/PID/task/TID/syscall, which the system does not show";
                return Err(Skip(reason.to_owned()).into());
            };
            if epoll_of(&call).is_none_or(|poll| !polls.contains(&poll)) {
                continue;
            }
            return Ok(match waiting.id == process.pid {
                true => MAIN.to_owned(),
                false => format!("the thread {}", waiting.name),
            });
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok("no thread".to_owned())
}

/// The epolls in which a connection of the process is registered.
fn polls_of_connections(process: &Process) -> Result<Vec<u32>> {
    let connections = process.connections()?;
    let mut polls = Vec::new();
    for (file, what) in process.open_files()? {
        if what == "anon_inode:[eventpoll]" {
            let info = process.read(&format!("fdinfo/{file}"))?;
            if registered(&info).any(|file| connections.contains(&file)) {
                polls.push(file);
            }
        }
    }
    Ok(polls)
}

/// The descriptors that the text of an epoll's `fdinfo` lists: `tfd:        7 events: …`.
fn registered(info: &str) -> impl Iterator<Item = u32> {
    info.lines()
        .filter_map(|line| line.strip_prefix("tfd:")?.split_whitespace().next())
        .filter_map(|file| file.parse().ok())
}

/// The epoll that a thread waits for, if any, by the text of its `syscall`: `281 0x4 0x55… …`.
fn epoll_of(call: &str) -> Option<u32> {
    let mut words = call.split_whitespace();
    let number = words.next()?;
    let file = words.next()?.strip_prefix("0x")?;
    let file = u32::from_str_radix(file, 16).ok()?;
    EPOLL_WAITS.contains(&number).then_some(file)
}
