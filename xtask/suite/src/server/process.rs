//! A running process as `/proc` shows it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use rustix::param::{clock_ticks_per_second, page_size};

use kit::verdict::Skip;

/// A running process as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    dir: PathBuf,
}

/// A thread of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its id; the main thread has the id of the process.
    pub id: u32,
    /// Its name.
    pub name: String,
}

/// How many bytes of a conversation the kernel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// What the client has sent and the process's end has not acknowledged.
    pub under_way: u64,
    /// What has arrived from the client and the process has not read.
    pub unread: u64,
    /// What the process has written and the client has not read.
    pub unread_answers: u64,
}

/// An IPv4 socket: a line of `net/tcp`.
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    /// The state, as the kernel numbers it.
    state: String,
    /// How many bytes the peer has not acknowledged.
    sent: u64,
    /// How many bytes have arrived and were not read.
    received: u64,
    inode: String,
}

/// The numbers of two states of a socket.
const ESTABLISHED: &str = "01";
const LISTEN: &str = "0A";

impl Process {
    /// The process of this id.
    ///
    /// # Errors
    ///
    /// [`Skip`] on a system without `/proc`.
    pub fn of(pid: u32) -> Result<Self> {
        if !Path::new("/proc/self/stat").exists() {
            let reason = "needs /proc, which this system does not have: run it on Linux";
            return Err(Skip(reason.to_owned()).into());
        }
        Ok(Process { pid, dir: PathBuf::from(format!("/proc/{pid}")) })
    }

    /// Reads one of its files.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.dir.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Lists one of its folders.
    pub fn list(&self, name: &str) -> Result<Vec<String>> {
        let path = self.dir.join(name);
        let entries =
            fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// The CPU time that all its threads have used so far, to the clock tick.
    pub fn cpu_time(&self) -> Result<Duration> {
        let (user, system) = self.cpu_times()?;
        Ok(user + system)
    }

    /// The CPU time that all its threads have used so far, to the clock tick: in their own code, and in the kernel.
    pub fn cpu_times(&self) -> Result<(Duration, Duration)> {
        let (user, system) = parse_ticks(&self.read("stat")?)?;
        let seconds = |ticks: u64| ticks as f64 / clock_ticks_per_second() as f64;
        Ok((Duration::from_secs_f64(seconds(user)), Duration::from_secs_f64(seconds(system))))
    }

    /// The CPU time that each of its threads has used so far, to the nanosecond, by the threads' ids.
    pub fn thread_times(&self) -> Result<BTreeMap<u32, Duration>> {
        let mut times = BTreeMap::new();
        for id in self.list("task")? {
            // Leave out a thread that has ended since the listing.
            if let Ok(line) = self.read(&format!("task/{id}/schedstat")) {
                times.insert(id.parse()?, parse_running(&line)?);
            }
        }
        Ok(times)
    }

    /// Whether its main thread sleeps in a system call. A thread that only waits for a core does not.
    pub fn is_asleep(&self) -> Result<bool> {
        Ok(is_in_state(&self.read("stat")?, 'S'))
    }

    /// Whether SIGSTOP has stopped it.
    pub fn is_stopped(&self) -> Result<bool> {
        Ok(is_in_state(&self.read("stat")?, 'T'))
    }

    /// Whether one of its threads with this name, or any thread if there is no name, waits for a core: it does not sleep,
    /// and it has used less than a millisecond of CPU time since `before`.
    pub fn is_starved(&self, name: Option<&str>, before: &BTreeMap<u32, Duration>) -> Result<bool> {
        let now = self.thread_times()?;
        let threads = self.threads()?;
        Ok(threads.iter().filter(|thread| name.is_none_or(|name| name == thread.name)).any(
            |thread| {
                let used = now.get(&thread.id).zip(before.get(&thread.id));
                let has_run =
                    used.is_some_and(|(now, before)| *now >= *before + Duration::from_millis(1));
                let stat = self.read(&format!("task/{}/stat", thread.id)).unwrap_or_default();
                !has_run && is_in_state(&stat, 'R')
            },
        ))
    }

    /// The memory that it occupies, in bytes.
    pub fn memory(&self) -> Result<u64> {
        let statm = self.read("statm")?;
        let pages = statm.split(' ').nth(1).context("no second field in statm")?;
        Ok(pages.parse::<u64>()? * page_size() as u64)
    }

    /// The open descriptors and what each one is: `socket:[123]`, `anon_inode:[eventpoll]`, a path.
    pub fn open_files(&self) -> Result<Vec<(u32, String)>> {
        let mut files = Vec::new();
        for name in self.list("fd")? {
            // Leave out a descriptor that was closed since the listing.
            if let Ok(what) = fs::read_link(self.dir.join("fd").join(&name)) {
                files.push((name.parse()?, what.to_string_lossy().into_owned()));
            }
        }
        Ok(files)
    }

    /// Its threads, the main thread first.
    pub fn threads(&self) -> Result<Vec<Thread>> {
        let mut threads = Vec::new();
        for id in self.list("task")? {
            // Leave out a thread that has ended since the listing.
            if let Ok(name) = self.read(&format!("task/{id}/comm")) {
                let (id, name) = (id.parse()?, name.trim_end().to_owned());
                threads.push(Thread { id, name });
            }
        }
        threads.sort_by_key(|thread| thread.id);
        Ok(threads)
    }

    /// What the kernel holds of a conversation with `client`, an IPv4 address.
    pub fn held(&self, client: SocketAddr) -> Result<Held> {
        let table = self.read("net/tcp")?;
        held_in(&table, client).with_context(|| format!("no connection of {client} in net/tcp"))
    }

    /// Whether a connection with `client` is open, in the kernel's eyes.
    pub fn is_connected_to(&self, client: SocketAddr) -> Result<bool> {
        let table = self.read("net/tcp")?;
        Ok(sockets_in(&table).any(|it| it.remote == client && it.state == ESTABLISHED))
    }

    /// Its IPv4 sockets in this state: descriptor and local address.
    fn sockets(&self, wanted: &str) -> Result<Vec<(u32, SocketAddr)>> {
        let inodes: HashMap<String, u32> = self
            .open_files()?
            .into_iter()
            .filter_map(|(file, what)| {
                let inode = what.strip_prefix("socket:[")?.strip_suffix(']')?;
                Some((inode.to_owned(), file))
            })
            .collect();
        let table = self.read("net/tcp")?;
        let sockets = sockets_in(&table).filter(|it| it.state == wanted);
        Ok(sockets.filter_map(|it| Some((*inodes.get(&it.inode)?, it.local))).collect())
    }

    /// Where it listens, on IPv4.
    pub fn listening(&self) -> Result<Option<SocketAddr>> {
        Ok(self.sockets(LISTEN)?.first().map(|&(_, addr)| addr))
    }

    /// The descriptors of its connections, on IPv4.
    pub fn connections(&self) -> Result<Vec<u32>> {
        let sockets = self.sockets(ESTABLISHED)?;
        Ok(sockets.into_iter().map(|(file, _)| file).collect())
    }
}

/// Whether a `stat` shows the state of this letter.
fn is_in_state(stat: &str, letter: char) -> bool {
    // The field before it is the name in parentheses, which may hold blanks and parentheses.
    stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(letter))
}

/// Reads from a process's `stat` how many clock ticks it ran: in its own code, and in the kernel.
fn parse_ticks(stat: &str) -> Result<(u64, u64)> {
    // The second field is the name in parentheses, which may hold blanks: count the fields after it.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || Ok::<u64, anyhow::Error>(fields.next().context("no time in stat")?.parse()?);
    Ok((ticks()?, ticks()?))
}

/// Reads from a thread's `schedstat` how long it ran.
fn parse_running(line: &str) -> Result<Duration> {
    let nanos = line.split_whitespace().next().context("no time in schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

/// Reads from `net/tcp` what the kernel holds. The peer's end has no line before it is accepted, and then nothing is read.
fn held_in(table: &str, client: SocketAddr) -> Option<Held> {
    let own = sockets_in(table).find(|it| it.local == client)?;
    let (answers, unread) = sockets_in(table)
        .find(|it| it.remote == client)
        .map_or((0, 0), |peer| (peer.sent, peer.received));
    Some(Held { under_way: own.sent, unread, unread_answers: own.received + answers })
}

/// Reads the sockets from `net/tcp`.
fn sockets_in(table: &str) -> impl Iterator<Item = Socket> {
    table.lines().filter_map(|line| {
        // Number, local address, remote address, state, sent:received in hexadecimal, and more.
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (sent, received) = fields.get(4)?.split_once(':')?;
        Some(Socket {
            local: parse_addr(fields.get(1)?)?,
            remote: parse_addr(fields.get(2)?)?,
            state: (*fields.get(3)?).to_owned(),
            sent: u64::from_str_radix(sent, 16).ok()?,
            received: u64::from_str_radix(received, 16).ok()?,
            inode: (*fields.get(9)?).to_owned(),
        })
    })
}

/// Reads an address as the kernel writes it: `0100007F:1F90` on a little-endian machine.
fn parse_addr(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.to_ne_bytes());
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddr::new(IpAddr::V4(ip), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_after_a_name_with_blanks_and_parentheses() {
        let stat = "7 (a) R (b) 1 2) S 1 7 7 0 -1 4194304 90 0 0 0 31 64 5 6 20 0 1 0 100 2000 300";
        assert_eq!(parse_ticks(stat).unwrap(), (31, 64));
        assert!(is_in_state(stat, 'S') && !is_in_state(stat, 'R'));
    }

    #[test]
    fn the_queues_of_a_connection_are_found_by_the_clients_address() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n\
                        0: 0100007F:1F90 0100007F:0050 01 00000000:00000010 00:00000000 0 0 0 7\n\
                        1: 0100007F:0050 0100007F:1F90 01 00000A00:00000003 00:00000000 0 0 0 8\n";
        let client = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let held = Held { under_way: 2560, unread: 16, unread_answers: 3 };
        assert_eq!((held_in(table, client(80)), held_in(table, client(81))), (Some(held), None));
    }
}
