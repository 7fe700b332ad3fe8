//! Many connections on one thread: each sends requests, and compares every answer with what it must be.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use kit::verdict::mismatch;
use mio::{Events, Interest, Poll, Registry, Token, event::Event, net::TcpStream};
use rustix::net::{self as system, AddressFamily, SocketType, sockopt};
use suite::client::PATIENCE;

use crate::talk::Talk;

/// How many connections are made before the first of them must be answered: fewer than a listener keeps waiting.
const AT_ONCE: usize = 64;

/// How many bytes one read asks for.
const BUFFER: usize = 64 * 1024;

/// How many bytes of a wrong answer an error shows.
const SHOWN: usize = 120;

/// How many addresses the connections come from. One address has ports for some 28,000 connections, and the system
/// remembers those that are closed for a minute.
const SOURCES: usize = 249;

#[derive(Debug)]
pub struct Crowd {
    server: SocketAddr,
    talk: Talk,
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    /// What was read last. It is compared and forgotten, so one buffer is enough for all.
    buffer: Vec<u8>,
}

/// How long a crowd goes on, and how fast.
#[derive(Debug)]
pub struct Pace {
    /// How many more requests may be sent.
    pub left: u64,
    pub until: Option<Instant>,
    /// How long to wait before each turn.
    pub pause: Duration,
    /// Whether each connection is closed after a turn, and followed by a new one.
    pub reconnects: bool,
}

impl Pace {
    /// As fast as possible, for this long.
    pub fn time(length: Duration) -> Self {
        let until = Some(Instant::now() + length);
        Pace { left: u64::MAX, until, pause: Duration::ZERO, reconnects: false }
    }

    /// Returns how many requests to send now.
    fn next(&mut self, depth: usize) -> usize {
        if self.until.is_some_and(|until| until <= Instant::now()) {
            return 0;
        }
        let count = self.left.min(depth as u64);
        self.left -= count;
        count as usize
    }
}

impl Crowd {
    pub fn new(server: SocketAddr, talk: Talk) -> Result<Self> {
        Ok(Crowd {
            server,
            talk,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            members: vec![],
            buffer: vec![0; BUFFER],
        })
    }

    /// Makes this many connections, no faster than the server accepts them. Each sends one request and waits for the
    /// answer.
    pub fn join(&mut self, count: usize) -> Result<()> {
        while self.members.len() < count {
            let first = self.members.len();
            for number in first..count.min(first + AT_ONCE) {
                let mut member = Member::new(number, self.server, self.poll.registry())?;
                member.send(&self.talk, 1)?;
                self.members.push(member);
            }
            self.serve(self.members.len() - first, None, |_, _, _| Ok(true))?;
        }
        Ok(())
    }

    /// Lets all connections send requests at this pace, and waits for all answers. Returns how many there were, and how
    /// many nanoseconds each turn took.
    pub fn play(&mut self, mut pace: Pace) -> Result<(u64, Histogram<u64>)> {
        let mut turns = Histogram::new_with_max(60_000_000_000, 3)?;
        let (server, pause, reconnects) = (self.server, pace.pause, pace.reconnects);
        let (mut sent, mut waiting) = (0, 0);
        let mut next = |member: &mut Member, talk: &Talk| -> Result<bool> {
            let count = pace.next(talk.depth());
            if count > 0 {
                member.send(talk, count)?;
                sent += count as u64;
            }
            Ok(count > 0)
        };
        for member in &mut self.members {
            waiting += usize::from(next(member, &self.talk)?);
        }
        self.serve(waiting, None, |member, talk, registry| {
            turns.saturating_record(member.sent_at.elapsed().as_nanos() as u64);
            if reconnects {
                // This closes the connection before.
                *member = Member::new(member.number, server, registry)?;
            }
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            Ok(!next(member, talk)?)
        })?;
        Ok((sent, turns))
    }

    /// Waits until all connections have got this line and the end of the file. Each is closed as soon as it has.
    pub fn part(&mut self, line: &[u8]) -> Result<()> {
        self.members.iter_mut().for_each(|member| member.heard = 0);
        self.serve(self.members.len(), Some(line), |member, _, registry| {
            registry.deregister(&mut member.stream)?;
            // The server may have reset the connection by now.
            let _ = member.stream.shutdown(Shutdown::Write);
            Ok(true)
        })
    }

    /// Reads what comes until this many connections are done. `each` is called with a connection that has its answers,
    /// or the `last` line and the end of the file, and returns whether the connection is done.
    fn serve(
        &mut self,
        mut waiting: usize,
        last: Option<&[u8]>,
        mut each: impl FnMut(&mut Member, &Talk, &Registry) -> Result<bool>,
    ) -> Result<()> {
        while waiting > 0 {
            match self.poll.poll(&mut self.events, Some(PATIENCE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            if self.events.is_empty() {
                bail!(
                    "{waiting} connections wait for an answer, and none came within {PATIENCE:?}. Check whether the \
                     server still runs and may open this many descriptors"
                );
            }
            for event in &self.events {
                let member = &mut self.members[event.token().0];
                let expected = last.unwrap_or_else(|| self.talk.answers(member.said, member.asked));
                let is_end = member.read(expected, event, &mut self.buffer)?;
                if is_end != last.is_some() {
                    match is_end {
                        true => return Err(member.ended(&expected[member.heard..])),
                        false => continue,
                    }
                }
                if member.heard == expected.len() && (is_end || member.asked > 0) {
                    member.said += member.asked as u64;
                    (member.asked, member.heard) = (0, 0);
                    waiting -= usize::from(each(member, &self.talk, self.poll.registry())?);
                }
            }
        }
        Ok(())
    }
}

/// Makes a connection to a server on the loopback, from one of several addresses in turn.
fn connect(server: SocketAddr) -> Result<std::net::TcpStream> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % SOURCES;
    let make = || -> Result<_, rustix::io::Errno> {
        let socket = system::socket(AddressFamily::INET, SocketType::STREAM, None)?;
        // A port may be used again although the system still remembers a connection of it.
        sockopt::set_socket_reuseaddr(&socket, true)?;
        let source = Ipv4Addr::new(127, 0, 0, 2 + number as u8);
        system::bind(&socket, &SocketAddrV4::new(source, 0))?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(PATIENCE))?;
        system::connect(&socket, &server)?;
        Ok(socket)
    };
    Ok(make().context("cannot connect to the server")?.into())
}

#[derive(Debug)]
struct Member {
    number: usize,
    stream: TcpStream,
    /// How many requests were answered.
    said: u64,
    /// How many requests wait for their answers, how many bytes of the answers have come, and since when.
    asked: usize,
    heard: usize,
    sent_at: Instant,
}

impl Member {
    fn new(number: usize, server: SocketAddr, registry: &Registry) -> Result<Self> {
        let stream = connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, Token(number), Interest::READABLE)?;
        Ok(Member { number, stream, said: 0, asked: 0, heard: 0, sent_at: Instant::now() })
    }

    /// Sends this many requests with one write.
    fn send(&mut self, talk: &Talk, count: usize) -> Result<()> {
        let requests = talk.requests(self.said, count);
        (self.asked, self.heard, self.sent_at) = (count, 0, Instant::now());
        let sent = self.stream.write(requests).with_context(|| self.name())?;
        if sent < requests.len() {
            bail!(
                "{}: the requests do not fit into one write: ask for a smaller depth",
                self.name()
            );
        }
        Ok(())
    }

    /// Reads what has come, which must be a part of what is expected. Returns whether the end of the file came after
    /// all of it.
    fn read(&mut self, expected: &[u8], event: &Event, buffer: &mut [u8]) -> Result<bool> {
        loop {
            let due = &expected[self.heard..];
            match self.stream.read(buffer) {
                Ok(0) if due.is_empty() => return Ok(true),
                Ok(0) => return Err(self.ended(due)),
                Ok(length) if !due.starts_with(&buffer[..length]) => {
                    let (due, came) = (text(due), text(&buffer[..length]));
                    return Err(mismatch(due, came).context(self.name()));
                }
                Ok(length) => {
                    self.heard += length;
                    // An event will announce what comes later. An end that came with this data was announced already.
                    if length < buffer.len() && !event.is_read_closed() {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(mismatch(text(due), error.to_string()).context(self.name()));
                }
            }
        }
    }

    fn name(&self) -> String {
        format!("connection {}", self.number)
    }

    fn ended(&self, due: &[u8]) -> anyhow::Error {
        let due = if due.is_empty() { "the connection stays open".to_owned() } else { text(due) };
        mismatch(due, "the end of the file").context(self.name())
    }
}

fn text(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]))
}
