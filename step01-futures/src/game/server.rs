//! The server: accepts clients, and ends the game for all of them.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use async_broadcast::{Receiver, Sender, broadcast};
use rand::{
    RngExt, SeedableRng,
    rngs::{StdRng, SysRng},
};
use smol::{
    Task, Timer,
    net::{TcpListener, TcpStream},
    spawn,
};

use crate::{
    game::{Connection, GameOver},
    runtime::{Either, select},
};

/// How long the server waits after a failed accept before it tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// A server that plays one game with every client that connects.
///
/// # Examples
///
/// ```
/// # use step01_futures as step;
/// use std::time::Duration;
/// use step::game::{GameOver, Server};
///
/// # async fn example() -> std::io::Result<()> {
/// let server = Server::bind(&[([127, 0, 0, 1], 0).into()]).await?;
/// let event = server.run(Duration::from_millis(10)).await;
/// assert_eq!(event, GameOver::TimeOut);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    /// Draws the numbers that the clients have to guess.
    rng: StdRng,
    /// Announces the end of the game. The channel has room for one event, so the first
    /// event ends the game and every later one is refused.
    announce: Sender<GameOver>,
    /// Keeps the event in the channel, because nothing is ever received through this one.
    /// A clone receives the event, even a clone that is made after the game has ended.
    over: Receiver<GameOver>,
}

impl Server {
    /// Listens on the first of the given addresses that can be used. Port 0 picks a free
    /// port.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot listen on any address, or if the operating
    /// system has no random numbers to seed the generator with.
    pub async fn bind(addrs: &[SocketAddr]) -> io::Result<Self> {
        // Seed the generator here, where a failure can still be reported. From now on
        // drawing a number cannot fail.
        let rng = StdRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
        let mut bound = Err(io::Error::other("the name has no address"));
        for &addr in addrs {
            bound = TcpListener::bind(addr).await;
            if bound.is_ok() {
                break;
            }
        }
        let (announce, over) = broadcast(1);
        Ok(Server { listener: bound?, rng, announce, over })
    }

    /// Returns the address that the server listens on.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Plays with every client that connects, until a client wins or `time_limit` is
    /// over. Returns the event that ended the game, after each client got its last line.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the game at once. No client gets a goodbye line.
    pub async fn run(mut self, time_limit: Duration) -> GameOver {
        // Dropping this task at the end of the function cancels it.
        let _time_limit = self.spawn_time_limit(time_limit);
        // Finished tasks stay in this list until the game is over.
        let mut connections = Vec::new();
        let mut over = self.over.clone();
        let event = loop {
            let next = select(over.recv(), pin!(self.listener.accept())).await;
            match next {
                Either::Left(event) => break event.expect("`self` has a sender"),
                Either::Right(Ok((stream, addr))) => {
                    connections.push(self.spawn_connection(stream, addr));
                }
                Either::Right(Err(error)) => {
                    // Usually the process has no descriptors left. The next accept would
                    // fail as well, so do not try again at once.
                    eprintln!("cannot accept: {error}");
                    Timer::after(PAUSE).await;
                }
            }
        };
        // From here on, new clients are refused.
        drop(self.listener);
        // Each connection has received the event too. Wait until each has said goodbye:
        // when this function returns, the process ends.
        for connection in connections {
            connection.await;
        }
        event
    }

    /// Starts the task that ends the game when the time is up.
    fn spawn_time_limit(&self, time_limit: Duration) -> Task<()> {
        let (timer, announce) = (Timer::after(time_limit), self.announce.clone());
        spawn(async move {
            timer.await;
            // If a client won at the same moment, the channel is full. The win counts.
            let _ = announce.try_broadcast(GameOver::TimeOut);
        })
    }

    /// Starts the task that plays with a new client.
    fn spawn_connection(&mut self, stream: TcpStream, addr: SocketAddr) -> Task<()> {
        let target = self.rng.random_range(1..=100);
        let (announce, over) = (self.announce.clone(), self.over.clone());
        let connection = Connection::new(stream, addr, target, announce, over);
        spawn(async move {
            eprintln!("{addr} joined");
            match connection.handle().await {
                Ok(()) => eprintln!("{addr} left"),
                Err(error) => eprintln!("{addr} left: {error}"),
            }
        })
    }
}
