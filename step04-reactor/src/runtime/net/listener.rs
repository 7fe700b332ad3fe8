//! A socket that accepts TCP connections. The game's server owns one.

use std::{future::poll_fn, io, net::SocketAddr};

use super::TcpStream;
use crate::runtime::{readiness::Direction, source::Source};

/// A socket that accepts TCP connections.
///
/// # Examples
///
/// ```
/// # use step04_reactor as step;
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
    source: Source<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on an address. Port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is in use or not an address of this machine, or if
    /// the operating system cannot create another socket.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    pub async fn bind(addr: SocketAddr) -> io::Result<Self> {
        let source = Source::new(mio::net::TcpListener::bind(addr)?, false)?;
        Ok(TcpListener { source })
    }

    /// Waits for the next connection.
    ///
    /// Only one task at a time can wait here. If a second task waits, the first one is no
    /// longer woken.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection ended before it was accepted, if the operating
    /// system cannot create another socket, or if the runtime of this listener has ended.
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe: the next call returns any connection that this one did not.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = |io: &mio::net::TcpListener| io.accept();
        let (io, addr) =
            poll_fn(|cx| self.source.poll_io(Direction::Read, cx, accept)).await?;
        // The send buffer of a new connection is empty, so it is writable.
        Ok((TcpStream::new(io, true)?, addr))
    }

    /// Returns the address that this socket listens on.
    ///
    /// # Errors
    ///
    /// Returns an error if the system call fails.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.io().local_addr()
    }
}
