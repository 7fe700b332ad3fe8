//! The game written by hand on mio: a state machine for each connection and no futures at all. It shows how fast the
//! steps could be at most.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};
use peer::{CHUNK, CORRECT, GameOver, Lines, Next, PAUSE, SILENCE};
use slab::Slab;

mod peer;

/// The listener's token; those of the connections are their places in the slab.
const LISTENER: Token = Token(usize::MAX);

fn main() {
    let (addr, duration) = peer::options();
    if let Err(error) = Server::new(addr, duration).and_then(|mut server| server.run()) {
        peer::fail(addr, &error);
    }
}

/// Where a connection stands.
#[derive(PartialEq, Eq)]
enum State {
    Playing,
    /// Its last line is sent or waits in `unsent`; then the sending side closes.
    Parting,
    /// It may go on talking until it is silent.
    Gone,
}

struct Player {
    stream: TcpStream,
    addr: SocketAddr,
    target: usize,
    lines: Lines,
    /// What the client has yet to take. Nothing is read meanwhile.
    unsent: Vec<u8>,
    state: State,
    /// When a client that is gone sent something last.
    heard: Option<Instant>,
}

struct Server {
    poll: Poll,
    listener: Option<TcpListener>,
    players: Slab<Player>,
    /// When to close the connections that are gone, the next one first.
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
            let ends = self.ends.filter(|_| self.listener.is_some());
            let deadlines = [ends, self.paused, self.silent.front().map(|(at, _)| *at)];
            let limit = deadlines.iter().flatten().min();
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

    /// Does what is due.
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
            let playing = self.players.iter().filter(|(_, player)| player.state == State::Playing);
            let places: Vec<usize> = playing.map(|(place, _)| place).collect();
            for place in places {
                let player = &mut self.players[place];
                player.unsent.extend_from_slice(over.goodbye().as_bytes());
                player.state = State::Parting;
                self.send(place);
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
                Ok((stream, addr)) => drop(self.join(stream, addr)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    self.paused = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }

    fn join(&mut self, mut stream: TcpStream, addr: SocketAddr) -> io::Result<()> {
        let entry = self.players.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let interest = interest | Interest::PRIORITY;
        stream.set_nodelay(true)?;
        self.poll.registry().register(&mut stream, Token(entry.key()), interest)?;
        let (target, lines, unsent) = (peer::target(), Lines::new(), Vec::new());
        let state = State::Playing;
        entry.insert(Player { stream, addr, target, lines, unsent, state, heard: None });
        Ok(())
    }

    fn ready(&mut self, place: usize, event: &Event) {
        let Some(player) = self.players.get_mut(place) else {
            return;
        };
        if event.is_writable() && !player.unsent.is_empty() {
            self.send(place);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            // A read stops short of urgent data, however much there is after it.
            self.receive(place, event.is_read_closed() || event.is_priority());
        }
    }

    /// Reads and answers as long as there is something to read and the client takes the answers.
    fn receive(&mut self, place: usize, closed: bool) {
        while let Some(player) = self.players.get_mut(place)
            && player.unsent.is_empty()
        {
            let length = match player.stream.read(&mut self.input) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return drop(self.players.remove(place)),
            };
            if player.state != State::Playing {
                if length == 0 {
                    return drop(self.players.remove(place));
                }
                player.heard = Some(Instant::now());
                continue;
            }
            let Player { lines, target, addr, .. } = player;
            let next = peer::answer(&self.input[..length], lines, *target, &mut self.answers);
            if next == Next::Right && self.over.is_none() {
                self.over = Some(GameOver::SomeoneWon(*addr));
                self.answers.extend_from_slice(CORRECT.as_bytes());
                player.state = State::Parting;
            }
            if !self.answers.is_empty() || next != Next::Turn {
                let sent = match player.stream.write(&self.answers) {
                    Ok(sent) => sent,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    Err(_) => return drop(self.players.remove(place)),
                };
                player.unsent.extend_from_slice(&self.answers[sent..]);
                match next {
                    Next::End if player.unsent.is_empty() => {
                        return drop(self.players.remove(place));
                    }
                    Next::Right if player.state == State::Parting => self.sent(place),
                    // Another client has won before. The goodbye comes at the end of this turn.
                    Next::Right => return,
                    _ => {}
                }
            }
            if length < CHUNK && !closed {
                return;
            }
        }
    }

    /// Sends what a client has not taken yet.
    fn send(&mut self, place: usize) {
        let player = &mut self.players[place];
        match player.stream.write(&player.unsent) {
            Ok(sent) => drop(player.unsent.drain(..sent)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return drop(self.players.remove(place)),
        }
        if player.unsent.is_empty() {
            player.unsent = Vec::new();
            self.sent(place);
            // No event will announce what the client sent meanwhile.
            self.receive(place, false);
        }
    }

    /// Closes this side if the client has taken its last line.
    fn sent(&mut self, place: usize) {
        let player = &mut self.players[place];
        if player.state == State::Parting && player.unsent.is_empty() {
            player.state = State::Gone;
            if player.stream.shutdown(Shutdown::Write).is_err() {
                return drop(self.players.remove(place));
            }
            self.silent.push_back((Instant::now() + SILENCE, place));
        }
    }
}
