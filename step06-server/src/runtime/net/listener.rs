//! A socket that accepts TCP connections. The game's server owns one.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
};

use super::TcpStream;
use crate::runtime::{readiness::Direction, source::Handle};

/// A socket that accepts TCP connections.
///
/// [`bind`](TcpListener::bind) makes a listener from an address or a name, and `try_from`
/// makes one from a listener of the standard library.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use futures_lite::{AsyncReadExt, AsyncWriteExt};
/// use step::runtime::{block_on, net::{TcpListener, TcpStream}, spawn};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let addr = listener.local_addr()?;
///     let client = spawn(async move {
///         TcpStream::connect(addr).await?.write_all(b"hello").await
///     });
///
///     let (mut stream, _) = listener.accept().await?;
///     let mut text = String::new();
///     stream.read_to_string(&mut text).await?;
///     assert_eq!(text, "hello");
///     client.await
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    pub(super) handle: Handle<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on one address. `bind` calls this with each address.
    pub(super) fn bind_to(addr: SocketAddr) -> io::Result<Self> {
        let handle = Handle::new(mio::net::TcpListener::bind(addr)?, false)?;
        Ok(TcpListener { handle })
    }

    /// Waits for the next connection. Several tasks can wait at once, and are served in
    /// the order in which they began to wait.
    ///
    /// # Errors
    ///
    /// Returns `ConnectionAborted` if the connection ended before it was accepted, or if
    /// the poller cannot watch it. The next connection may be waiting already. Returns
    /// another error if the operating system cannot create another socket. No event
    /// reports when it can again, so try again after a while. Also returns an error if
    /// the runtime has ended.
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe: the next call returns any connection that this one did not.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let own = self.clone_handle();
        poll_fn(|cx| own.poll_accept(cx)).await
    }

    /// Makes another handle, which has its own place in the line of waiters.
    pub(super) fn clone_handle(&self) -> Self {
        TcpListener { handle: self.handle.clone() }
    }

    /// Accepts a connection, or waits at this handle's place in the line.
    pub(super) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accept = |io: &mio::net::TcpListener| io.accept();
        let (io, addr) = ready!(self.handle.poll_io(Direction::Read, cx, accept))?;
        // The send buffer of a new connection is empty, so it is writable.
        let stream = TcpStream::new(io, true);
        let aborted = |error| io::Error::new(io::ErrorKind::ConnectionAborted, error);
        Poll::Ready(Ok((stream.map_err(aborted)?, addr)))
    }

    /// Returns the address that this socket listens on.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().local_addr()
    }
}
