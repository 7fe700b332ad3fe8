//! A socket that accepts TCP connections. The game's server owns one.

use std::{future::poll_fn, io, net::SocketAddr};

use super::TcpStream;
use crate::runtime::{readiness::Direction, source::Handle};

/// A socket that accepts TCP connections.
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
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).await?;
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
    handle: Handle<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on an address. Port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// If the address is in use or not an address of this machine, or if the operating
    /// system has no room for another socket.
    ///
    /// # Panics
    ///
    /// Outside [`block_on`](crate::runtime::block_on).
    pub async fn bind(addr: SocketAddr) -> io::Result<Self> {
        let handle = Handle::new(mio::net::TcpListener::bind(addr)?, false)?;
        Ok(TcpListener { handle })
    }

    /// Waits for the next connection. Several tasks can wait at once, and are served in
    /// the order in which they came.
    ///
    /// # Errors
    ///
    /// `ConnectionAborted` if the connection ended before it was accepted, or if the
    /// poller has no room for it. The next connection may be waiting already. Other
    /// errors mean that there is no room for another socket. No event reports when there
    /// is room again, so try again after a while. There is an error, too, if the runtime
    /// has ended.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: a connection that was not returned is returned by the next call.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        // A handle of its own has its own place in the line of waiters.
        let handle = self.handle.clone();
        let accept = |io: &mio::net::TcpListener| io.accept();
        let (io, addr) =
            poll_fn(|cx| handle.poll_io(Direction::Read, cx, accept)).await?;
        // The send buffer of a new connection is empty, so it is writable.
        let stream = TcpStream::new(io, true);
        let aborted = |error| io::Error::new(io::ErrorKind::ConnectionAborted, error);
        Ok((stream.map_err(aborted)?, addr))
    }

    /// The address that this listens on.
    ///
    /// # Errors
    ///
    /// If the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().local_addr()
    }
}
