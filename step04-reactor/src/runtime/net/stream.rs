//! A TCP connection. Each of the game's connections owns one.

use std::{
    future::poll_fn,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures_lite::{AsyncRead, AsyncWrite};

use crate::runtime::{readiness::Direction, source::Source};

/// A TCP connection.
///
/// A clone is another handle to the same connection. Dropping the last handle closes the
/// connection. One task can wait to read and another to write at the same time. If two
/// tasks wait for the same direction, only the one that polled last is woken.
///
/// # Errors
///
/// Reads and writes return an error if the connection fails, or if the runtime that made
/// the connection has ended.
///
/// # Cancel safety
///
/// Reads and writes are cancel-safe: a call that did not complete has moved no bytes.
#[derive(Debug, Clone)]
pub struct TcpStream {
    source: Rc<Source<mio::net::TcpStream>>,
}

impl TcpStream {
    /// Makes a stream from a socket. `writable` means that its send buffer has room.
    pub(super) fn new(io: mio::net::TcpStream, writable: bool) -> io::Result<Self> {
        Ok(TcpStream { source: Rc::new(Source::new(io, writable)?) })
    }

    /// Connects to an address.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection is refused or the address cannot be reached.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the attempt to connect.
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = Self::new(mio::net::TcpStream::connect(addr)?, false)?;
        let connected = |io: &mio::net::TcpStream| match io.take_error()? {
            Some(error) => Err(error),
            // An event can arrive before the connection is made. If so, keep waiting.
            None => io.peer_addr().map(drop).map_err(|error| match error.kind() {
                io::ErrorKind::NotConnected => io::ErrorKind::WouldBlock.into(),
                _ => error,
            }),
        };
        poll_fn(|cx| stream.source.poll_io(Direction::Write, cx, connected)).await?;
        Ok(stream)
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.io().local_addr()
    }

    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection is broken.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.io().peer_addr()
    }

    /// Sends small writes at once instead of collecting them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.source.io().set_nodelay(nodelay)
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let room = buf.len();
        let read = |mut io: &mio::net::TcpStream| io.read(buf);
        self.source.poll_transfer(Direction::Read, cx, room, read)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut io: &mio::net::TcpStream| io.write(buf);
        self.source.poll_transfer(Direction::Write, cx, buf.len(), write)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closes the sending side. The peer reads the end of the stream, and this end can
    /// still read.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.source.io().shutdown(Shutdown::Write))
    }
}
