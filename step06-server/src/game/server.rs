//! The server: accepts clients, ends the game, and closes every connection.

use std::{
    cell::RefCell,
    future::pending,
    io,
    net::SocketAddr,
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};

use async_broadcast::{Receiver, Sender, broadcast};
use futures_lite::FutureExt;
use rand::{
    RngExt, SeedableRng,
    rngs::{StdRng, SysRng},
};

use super::seats::Room;
use crate::{
    game::{Connection, GameOver, Options, log},
    runtime::{
        TaskGroup,
        net::{TcpListener, TcpStream},
        select,
        signal::Termination,
        time::{Timer, timeout},
    },
};

/// How long the server waits after a failed accept before it tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// A failed accept is logged only if no other accept has failed for this long before.
const CALM: Duration = Duration::from_secs(60);

/// The only line that a client gets when all seats are taken.
const FULL: &str = "Server full. Try again later.\n";

/// A server that plays one game with every client that connects.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::time::Duration;
/// use step::{game::{GameOver, Options, Server}, runtime::block_on};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let duration = Duration::from_millis(10);
///     let options = Options { duration, ..Options::default() };
///     let server = Server::bind(&[([127, 0, 0, 1], 0).into()], options).await?;
///     assert_eq!(server.run().await, GameOver::TimeOut);
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    /// Receives the signals that end the game.
    termination: Termination,
    options: Options,
    /// Draws the numbers that the clients have to guess.
    rng: RefCell<StdRng>,
    /// Announces the end of the game. The channel has room for one event, so the first
    /// event ends the game and every later one is refused.
    announce: Sender<GameOver>,
    /// Keeps the event in the channel until [`run`](Server::run) receives it. A clone
    /// receives the event too, no matter when the clone was made.
    over: Receiver<GameOver>,
    /// One task for each client.
    clients: TaskGroup,
    /// The seats, which the tasks of all clients share.
    room: Rc<Room>,
}

impl Server {
    /// Listens on the first of the given addresses that can be used. Port 0 picks a free
    /// port. From then on SIGINT and SIGTERM end the game instead of the process; on
    /// Windows, Ctrl-C and Ctrl-Break do.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot listen on any address, if it cannot install
    /// the signal handlers, or if the operating system has no random numbers to seed the
    /// generator with.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    pub async fn bind(addrs: &[SocketAddr], options: Options) -> io::Result<Self> {
        // Seed the generator here, where a failure can still be reported. From now on
        // drawing a number cannot fail.
        let rng = StdRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
        let listener = TcpListener::bind(addrs).await?;
        let (announce, over) = broadcast(1);
        Ok(Server {
            listener,
            termination: Termination::new()?,
            rng: RefCell::new(rng),
            announce,
            over,
            clients: TaskGroup::new(),
            room: Rc::new(Room::new(&options)),
            options,
        })
    }

    /// Returns the address that the server listens on.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Plays with every client that connects, until a client wins, the time is up, or a
    /// signal arrives. Then closes every connection and returns the event.
    ///
    /// Every client that reads gets its last line. Connections that are still open at the
    /// drain deadline are closed without any further wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the game at once. No client gets a goodbye line.
    pub async fn run(mut self) -> GameOver {
        let event = self.play().await;
        // If a client won at the same moment, the channel is full, and the win counts.
        let _ = self.announce.try_broadcast(event);
        let event = self.over.recv().await.expect("`announce` keeps the channel open");
        // From here on, new clients are refused.
        drop(self.listener);

        // Broadcast again only in order to wait: the channel has no room for this event
        // until every connection has received the first one and tried to write its
        // goodbye. So each client whose socket has room gets it, even if `drain` is zero.
        let _ = self.announce.broadcast(event).await;
        let drained = timeout(self.options.drain, self.clients.join());
        let interrupted = async {
            if event == GameOver::Shutdown {
                // One signal has ended the game. The next one ends the whole process.
                pending::<()>().await;
            }
            let _ = self.termination.requested().await;
        };
        select(pin!(drained), pin!(interrupted)).await;
        let open = self.clients.len();
        if open > 0 {
            log(format_args!("closing {open} connections that are still open"));
        }
        // Dropping the group closes these connections.
        event
    }

    /// Accepts clients until a client wins, the time is up, or a signal arrives.
    async fn play(&self) -> GameOver {
        let mut over = self.over.clone();
        let win = async { over.recv().await.expect("`announce` keeps the channel open") };
        let timer = Timer::after(self.options.duration);
        let time_out = async {
            timer.await;
            GameOver::TimeOut
        };
        let shutdown = async {
            let _ = self.termination.requested().await;
            GameOver::Shutdown
        };
        // `or` is a `select` for futures with the same output.
        win.or(time_out).or(shutdown).or(self.accept()).await
    }

    /// Accepts clients. Never returns, and has a return type only because `or` needs it.
    async fn accept(&self) -> GameOver {
        let mut last_failure: Option<Instant> = None;
        loop {
            match self.listener.accept().await {
                Ok((stream, addr)) => self.spawn_connection(stream, addr),
                // The client disconnected before it was accepted. The next one may be
                // waiting already, so accept it without a pause.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    // Usually the process has no descriptors left. No event reports
                    // when one is free again, so try again after a pause.
                    if last_failure.is_none_or(|last| last.elapsed() > CALM) {
                        log(format_args!(
                            "cannot accept: {error}; trying again every {PAUSE:?}"
                        ));
                    }
                    last_failure = Some(Instant::now());
                    Timer::after(PAUSE).await;
                }
            }
        }
    }

    /// Starts the task that plays with a new client, or turns it away if all seats are
    /// taken.
    fn spawn_connection(&self, stream: TcpStream, addr: SocketAddr) {
        let target = self.rng.borrow_mut().random_range(1..=100);
        let announce = self.announce.clone();
        let mut connection = Connection::new(stream, addr, target, announce);
        let (mut over, room) = (self.over.clone(), self.room.clone());
        self.clients.spawn(async move {
            let Some(_seat) = room.players.take_settled().await else {
                // Drop the receiver, or the end of the game would wait for this client.
                drop(over);
                if let Some(_seat) = room.overflow.take() {
                    let _ = Box::pin(connection.linger(FULL)).await;
                }
                return;
            };
            if !room.quiet {
                log(format_args!("{} joined", connection.addr));
            }
            let result = connection.handle(&mut over).await;
            match result {
                _ if room.quiet => {}
                Ok(()) => log(format_args!("{} left", connection.addr)),
                Err(error) => log(format_args!("{} left: {error}", connection.addr)),
            }
        });
    }
}
