//! What is said between the server and its players.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    time::Instant,
};

use mio::{event::Event, net::TcpStream};
use step06_server::game::Lines;

use crate::{
    Server,
    peer::{self, CHUNK, CORRECT, GameOver, Next, SILENCE},
};

/// Where a connection stands.
#[derive(PartialEq, Eq)]
pub enum State {
    Playing,
    /// Its last line is said or waits in `unsent`; then its sending side closes.
    Parting,
    /// It may go on talking until it is silent.
    Gone,
}

pub struct Player {
    pub stream: TcpStream,
    pub addr: SocketAddr,
    pub target: usize,
    pub lines: Lines,
    /// What the player has yet to take. While there is something nothing is read.
    pub unsent: Vec<u8>,
    pub state: State,
    /// When something came last from one who is gone.
    pub heard: Option<Instant>,
}

impl Server {
    pub fn ready(&mut self, place: usize, event: &Event) {
        let Some(player) = self.players.get_mut(place) else {
            return;
        };
        if event.is_writable() && !player.unsent.is_empty() {
            self.send(place);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            // A read stops short of urgent data, however much there is behind it.
            self.receive(place, event.is_read_closed() || event.is_priority());
        }
    }

    /// Reads and answers as long as there is something to read and the answers are taken.
    fn receive(&mut self, place: usize, closed: bool) {
        while let Some(player) = self.players.get_mut(place)
            && player.unsent.is_empty()
        {
            let length = match player.stream.read(&mut self.input) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.players.remove(place);
                    return;
                }
            };
            if player.state != State::Playing {
                if length == 0 {
                    self.players.remove(place);
                    return;
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
                    Err(_) => {
                        self.players.remove(place);
                        return;
                    }
                };
                player.unsent.extend_from_slice(&self.answers[sent..]);
                match next {
                    Next::End if player.unsent.is_empty() => {
                        self.players.remove(place);
                        return;
                    }
                    Next::Right if player.state == State::Parting => self.sent(place),
                    // Too late, somebody else has won: the goodbye comes at the end of this turn.
                    Next::Right => return,
                    _ => {}
                }
            }
            if length < CHUNK && !closed {
                return;
            }
        }
    }

    /// Says a player's last line.
    pub fn part(&mut self, place: usize, line: &str) {
        let player = &mut self.players[place];
        player.unsent.extend_from_slice(line.as_bytes());
        player.state = State::Parting;
        self.send(place);
    }

    /// Sends what a player has not taken yet.
    fn send(&mut self, place: usize) {
        let player = &mut self.players[place];
        match player.stream.write(&player.unsent) {
            Ok(sent) => drop(player.unsent.drain(..sent)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => {
                self.players.remove(place);
                return;
            }
        }
        if player.unsent.is_empty() {
            player.unsent = Vec::new();
            self.sent(place);
            // What it sent meanwhile will not be announced again.
            self.receive(place, false);
        }
    }

    /// Closes this side if the player has taken its last line.
    fn sent(&mut self, place: usize) {
        let player = &mut self.players[place];
        if player.state == State::Parting && player.unsent.is_empty() {
            player.state = State::Gone;
            if player.stream.shutdown(Shutdown::Write).is_err() {
                self.players.remove(place);
                return;
            }
            self.silent.push_back((Instant::now() + SILENCE, place));
        }
    }
}
