//! A connection: plays the game with one client.

use std::{cmp::Ordering, io, net::SocketAddr};

use async_broadcast::{Receiver, Sender};
use futures_lite::{AsyncBufReadExt, AsyncWriteExt, io::BufReader};

use crate::{
    game::{GameOver, guess},
    runtime::{Either, net::TcpStream, select, yield_now},
};

/// The connection to one client, and the number that this client has to guess.
#[derive(Debug)]
pub struct Connection {
    addr: SocketAddr,
    target: usize,
    /// The half that reads. It is buffered, because a read can return several lines, or
    /// only a part of one.
    reader: BufReader<TcpStream>,
    /// The half that writes: the same socket, through a second handle.
    writer: TcpStream,
    /// The channel in which this connection announces that its client has won.
    announce: Sender<GameOver>,
    /// Receives the event that ends the game.
    over: Receiver<GameOver>,
}

impl Connection {
    /// Creates a connection for the client at `addr`, which has to guess `target`.
    pub fn new(
        stream: TcpStream,
        addr: SocketAddr,
        target: usize,
        announce: Sender<GameOver>,
        over: Receiver<GameOver>,
    ) -> Self {
        let reader = BufReader::new(stream.clone());
        Connection { addr, target, reader, writer: stream, announce, over }
    }

    /// Answers guesses until the client leaves, the client wins, or the game is over.
    ///
    /// Each answer is written before the next line is read. If a client does not read its
    /// answers, the connection therefore stops reading its guesses, which stay in the
    /// kernel's buffers.
    ///
    /// # Errors
    ///
    /// Returns an error if reading from or writing to the socket fails, for example
    /// because the client reset the connection.
    ///
    /// # Panics
    ///
    /// Panics if every sender of the channel was dropped before the game was over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. The client gets no goodbye line.
    pub async fn handle(mut self) -> io::Result<()> {
        // Answers are short. Send each one at once instead of collecting them.
        self.writer.set_nodelay(true)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let next_line = self.reader.read_until(b'\n', &mut line);
            // Poll for the end of the game first: a client that never stops guessing must
            // not keep its connection from noticing the end.
            let length = match select(self.over.recv(), next_line).await {
                Either::Left(event) => {
                    let event = event.expect("the server keeps the channel open");
                    return self.writer.write_all(event.goodbye().as_bytes()).await;
                }
                Either::Right(length) => length?,
            };
            if length == 0 {
                // The client closed its sending side. Without this check the loop would
                // spin, because every later read returns 0 at once.
                return Ok(());
            }
            let answer = match guess(&line).map(|number| number.cmp(&self.target)) {
                Some(Ordering::Less) => "Too low!\n",
                Some(Ordering::Greater) => "Too high!\n",
                Some(Ordering::Equal) => {
                    match self.announce.try_broadcast(GameOver::SomeoneWon(self.addr)) {
                        Ok(_) => return self.writer.write_all(b"Correct!\n").await,
                        // The channel is full, so the game ended before this guess. The
                        // next turn of the loop receives the event.
                        Err(_) => continue,
                    }
                }
                None => "Invalid input. Please enter a number.\n",
            };
            self.writer.write_all(answer.as_bytes()).await?;
            // A client that sends guesses faster than they are answered would otherwise
            // occupy the thread: neither the read nor the write would ever wait.
            yield_now().await;
        }
    }
}
