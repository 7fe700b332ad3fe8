//! A TCP connection. Each of the game's connections owns one.

use std::{
    future::poll_fn,
    io::{self, IoSlice, Read, Write},
    net::{Shutdown, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

use futures_lite::{AsyncRead, AsyncWrite};

use crate::runtime::{readiness::Direction, source::Handle};

/// How many buffers one call writes at most: `IOV_MAX` of Linux, macOS and the BSDs.
const MAX_BUFFERS: usize = 1024;

/// A TCP connection.
///
/// [`connect`](TcpStream::connect) connects to an address or a name, and `try_from` takes
/// over a stream of the standard library.
///
/// A clone is another handle to the same connection. Dropping the last handle closes the
/// connection. Different tasks can use different clones, and are served in the order in
/// which they began to wait. One handle can serve one reader and one writer at once.
///
/// # Errors
///
/// Reads and writes return an error if the connection fails, or if the runtime that made
/// the connection has ended.
///
/// `close` closes the sending side, and returns `NotConnected` if the peer has reset the
/// connection. Nothing is left to close then, so most programs ignore this error.
///
/// # Cancel safety
///
/// Reads and writes are cancel-safe: a call that did not complete has moved no bytes.
#[derive(Debug, Clone)]
pub struct TcpStream {
    pub(super) handle: Handle<mio::net::TcpStream>,
}

impl TcpStream {
    /// Makes a stream from a socket. `writable` means that its send buffer has room.
    pub(super) fn new(io: mio::net::TcpStream, writable: bool) -> io::Result<Self> {
        Ok(TcpStream { handle: Handle::new(io, writable)? })
    }

    /// Connects to one address. `connect` calls this with each address.
    pub(super) async fn connect_to(addr: SocketAddr) -> io::Result<Self> {
        let stream = Self::new(mio::net::TcpStream::connect(addr)?, false)?;
        let connected = |io: &mio::net::TcpStream| match io.take_error()? {
            Some(error) => Err(error),
            // An event can arrive before the connection is made. If so, keep waiting.
            None => io.peer_addr().map(drop).map_err(|error| match error.kind() {
                io::ErrorKind::NotConnected => io::ErrorKind::WouldBlock.into(),
                _ => error,
            }),
        };
        poll_fn(|cx| stream.handle.poll_io(Direction::Write, cx, connected)).await?;
        Ok(stream)
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().local_addr()
    }

    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection is broken.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().peer_addr()
    }

    /// Sends small writes at once instead of collecting them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.handle.io().set_nodelay(nodelay)
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
        self.handle.poll_transfer(Direction::Read, cx, room, read)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut io: &mio::net::TcpStream| io.write(buf);
        self.handle.poll_transfer(Direction::Write, cx, buf.len(), write)
    }

    /// Writes several buffers, one after the other, with one system call.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Count only the buffers that one call takes, to see whether the call was short.
        let bufs = &bufs[..bufs.len().min(MAX_BUFFERS)];
        let room = bufs.iter().map(|buf| buf.len()).sum();
        let write = |mut io: &mio::net::TcpStream| io.write_vectored(bufs);
        self.handle.poll_transfer(Direction::Write, cx, room, write)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closes the sending side. The peer reads the end of the stream, and this end can
    /// still read.
    ///
    /// # Errors
    ///
    /// Returns `NotConnected` if the peer has reset the connection.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.handle.io().shutdown(Shutdown::Write))
    }
}
