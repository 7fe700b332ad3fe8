//! TCP sockets as futures: each call is the system's own, made when the reactor says that it will not block.

use std::{
    future::poll_fn,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_lite::{AsyncRead, AsyncWrite};

use crate::{reactor::Direction, source::Handle};

/// A socket that accepts TCP connections.
///
/// # Examples
///
/// ```
/// # use step05_timers as step;
/// use futures_lite::{AsyncReadExt, AsyncWriteExt};
/// use step::{executor::{block_on, spawn}, net::{TcpListener, TcpStream}};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).await?;
///     let addr = listener.local_addr()?;
///     let client = spawn(async move { TcpStream::connect(addr).await?.write_all(b"hello").await });
///
///     let (mut stream, _) = listener.accept().await?;
///     let mut said = String::new();
///     stream.read_to_string(&mut said).await?;
///     assert_eq!(said, "hello");
///     client.await
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    handle: Handle<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on an address; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// If the address is in use or not this machine's, or the operating system has no room for another socket.
    ///
    /// # Panics
    ///
    /// Outside [`block_on`](crate::executor::block_on).
    pub async fn bind(addr: SocketAddr) -> io::Result<Self> {
        let handle = Handle::new(mio::net::TcpListener::bind(addr)?, false)?;
        Ok(TcpListener { handle })
    }

    /// Waits for the next connection. Several tasks may wait at once.
    ///
    /// # Errors
    ///
    /// `ConnectionAborted` if the connection ended before it was accepted, or cannot be watched: the next one may be
    /// waiting already. Other errors if there is no room for another socket: no event will tell when there is again.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: a connection that was not returned is the next one to be.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        // A handle of its own, so that those who accept at once do not take each other's place.
        let handle = self.handle.clone();
        let accept = |cx: &mut Context<'_>| handle.poll_io(Direction::Read, cx, |io| io.accept());
        let (io, addr) = poll_fn(accept).await?;
        // A new connection's send buffer is empty. If the poller has no room for it, then it is this one that fails.
        let abort = |error| io::Error::new(io::ErrorKind::ConnectionAborted, error);
        let handle = Handle::new(io, true).map_err(abort)?;
        Ok((TcpStream { handle }, addr))
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// If the operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().local_addr()
    }
}

/// A TCP connection.
///
/// A clone is another handle of the same connection, which closes with the last of them. Clones may be used in
/// different tasks; one handle may wait to read in one task and to write in another at the same time.
///
/// # Cancel safety
///
/// Reads and writes are cancel-safe: a call that was not completed has moved no bytes.
#[derive(Debug, Clone)]
pub struct TcpStream {
    handle: Handle<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to an address.
    ///
    /// # Errors
    ///
    /// If the connection is refused or the address cannot be reached.
    ///
    /// # Panics
    ///
    /// Outside [`block_on`](crate::executor::block_on).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the connection up.
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let handle = Handle::new(mio::net::TcpStream::connect(addr)?, false)?;
        let connected = |io: &mio::net::TcpStream| match io.take_error()? {
            Some(error) => Err(error),
            // Until there is a peer, this is an event of something else.
            None => io.peer_addr().map(drop).map_err(|error| match error.kind() {
                io::ErrorKind::NotConnected => io::ErrorKind::WouldBlock.into(),
                _ => error,
            }),
        };
        poll_fn(|cx| handle.poll_io(Direction::Write, cx, connected)).await?;
        Ok(TcpStream { handle })
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// If the operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// If the connection is broken.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.handle.io().peer_addr()
    }

    /// Sends small writes at once instead of collecting them (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// If the operating system refuses.
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
        let read = |mut io: &mio::net::TcpStream| io.read(buf);
        let length = ready!(self.handle.poll_io(Direction::Read, cx, read))?;
        if 0 < length && length < buf.len() {
            self.handle.exhausted(Direction::Read);
        }
        Poll::Ready(Ok(length))
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut io: &mio::net::TcpStream| io.write(buf);
        let length = ready!(self.handle.poll_io(Direction::Write, cx, write))?;
        if 0 < length && length < buf.len() {
            self.handle.exhausted(Direction::Write);
        }
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closes the sending side: the peer reads the end of the stream, and this end can read on.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.handle.io().shutdown(Shutdown::Write))
    }
}
