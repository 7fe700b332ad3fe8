//! The game written by hand on mio: a state machine for each connection and no futures at all. It shows how far the
//! steps could get at most.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Registry, Token,
    net::{TcpListener, TcpStream},
};
use peer::{CHUNK, GameOver, SILENCE};
use slab::Slab;
use step06_server::game::Lines;
use talk::{Player, State};

#[path = "../peer/mod.rs"]
mod peer;
mod talk;

/// The listener's token; those of the connections are their places in the slab.
const LISTENER: Token = Token(usize::MAX);

/// How long to wait before accepting again after accepting failed.
const PAUSE: Duration = Duration::from_millis(100);

fn main() {
    let (addr, duration) = peer::options();
    if let Err(error) = Server::new(addr, duration).and_then(|mut server| server.run()) {
        peer::fail(addr, &error);
    }
}

struct Server {
    poll: Poll,
    listener: Option<TcpListener>,
    players: Slab<Player>,
    /// When those that are gone are hung up on, the next one first.
    silent: VecDeque<(Instant, usize)>,
    /// When to accept again after it failed.
    paused: Option<Instant>,
    /// When the time is up; never, if the clock cannot express that.
    ends: Option<Instant>,
    over: Option<GameOver>,
    input: [u8; CHUNK],
    answers: Vec<u8>,
}

impl Server {
    fn new(addr: SocketAddr, duration: Duration) -> io::Result<Self> {
        let mut listener = TcpListener::bind(addr)?;
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        peer::announce(listener.local_addr()?);
        Ok(Server {
            poll,
            listener: Some(listener),
            players: Slab::new(),
            silent: VecDeque::new(),
            paused: None,
            ends: Instant::now().checked_add(duration),
            over: None,
            input: [0; CHUNK],
            answers: Vec::new(),
        })
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        while self.listener.is_some() || !self.players.is_empty() {
            let deadline = [
                self.ends.filter(|_| self.listener.is_some()),
                self.paused,
                self.silent.front().map(|(at, _)| *at),
            ];
            let limit = deadline.iter().flatten().min();
            let limit = limit.map(|at| at.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut events, limit) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    Token(place) => self.ready(place, event),
                }
            }
            self.tick();
        }
        Ok(())
    }

    /// Does what the time has come for.
    fn tick(&mut self) {
        let now = Instant::now();
        if self.paused.is_some_and(|at| at <= now) {
            self.paused = None;
            self.accept();
        }
        if self.over.is_none() && self.ends.is_some_and(|at| at <= now) {
            self.over = Some(GameOver::TimeOut);
        }
        if let Some(over) = self.over
            && self.listener.take().is_some()
        {
            let playing = |(place, player): (usize, &Player)| {
                (player.state == State::Playing).then_some(place)
            };
            let places: Vec<usize> = self.players.iter().filter_map(playing).collect();
            for place in places {
                self.part(place, over.goodbye());
            }
        }
        while let Some(&(at, place)) = self.silent.front()
            && at <= now
        {
            self.silent.pop_front();
            match self.players.get(place).and_then(|player| player.heard) {
                Some(heard) if heard + SILENCE > now => {
                    self.silent.push_back((now + SILENCE, place));
                }
                _ => drop(self.players.try_remove(place)),
            }
        }
    }

    fn accept(&mut self) {
        while let Some(listener) = &self.listener {
            match listener.accept() {
                Ok((stream, addr)) => {
                    let _ = join(&mut self.players, self.poll.registry(), stream, addr);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    self.paused = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }
}

/// Lets a player in.
fn join(
    players: &mut Slab<Player>,
    registry: &Registry,
    mut stream: TcpStream,
    addr: SocketAddr,
) -> io::Result<()> {
    let entry = players.vacant_entry();
    let interest = Interest::READABLE | Interest::WRITABLE;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let interest = interest | Interest::PRIORITY;
    stream.set_nodelay(true)?;
    registry.register(&mut stream, Token(entry.key()), interest)?;
    entry.insert(Player {
        stream,
        addr,
        target: peer::target(),
        lines: Lines::new(),
        unsent: Vec::new(),
        state: State::Playing,
        heard: None,
    });
    Ok(())
}
