//! Converts sockets from and to those of the standard library, and lends them to other
//! crates that set their options.

#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(windows)]
use std::os::windows::io::{AsSocket, BorrowedSocket};
use std::{io, net};

use super::{TcpListener, TcpStream};
use crate::runtime::source::Handle;

/// Takes over a standard library listener, for example one that another crate made or
/// that the process inherited from its parent. The listener becomes non-blocking.
///
/// # Errors
///
/// Returns an error if a system call fails or the operating system cannot watch another
/// socket. The listener is closed then.
///
/// # Panics
///
/// Panics outside [`block_on`](crate::runtime::block_on).
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use step::runtime::{block_on, net::{TcpListener, TcpStream}, spawn};
///
/// # fn main() -> std::io::Result<()> {
/// let inherited = std::net::TcpListener::bind("127.0.0.1:0")?;
/// block_on(async {
///     let listener = TcpListener::try_from(inherited)?;
///     let client = spawn(TcpStream::connect(listener.local_addr()?));
///     listener.accept().await?;
///     client.await.map(drop)
/// })
/// # }
/// ```
impl TryFrom<net::TcpListener> for TcpListener {
    type Error = io::Error;

    fn try_from(listener: net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let io = mio::net::TcpListener::from_std(listener);
        Ok(TcpListener { handle: Handle::new(io, false)? })
    }
}

impl TcpListener {
    /// Takes the listener out of the runtime. It blocks from then on, as the standard
    /// library expects. Connections that were not accepted stay in its queue. This works
    /// outside `block_on` too, and after the runtime has ended.
    ///
    /// # Errors
    ///
    /// Returns an error if a system call fails. The listener is closed then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use step::runtime::{block_on, net::TcpListener};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let listener = block_on(TcpListener::bind("127.0.0.1:0"))?.into_std()?;
    /// let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(listener.accept()?.1, client.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_std(self) -> io::Result<net::TcpListener> {
        let listener = net::TcpListener::from(self.handle.into_io()?);
        listener.set_nonblocking(false)?;
        Ok(listener)
    }
}

/// Takes over a connection of the standard library. The connection becomes non-blocking.
///
/// The connection need not be established yet: reads and writes wait until it is.
///
/// # Errors
///
/// Returns an error if a system call fails or the operating system cannot watch another
/// socket. The connection is closed then.
///
/// # Panics
///
/// Panics outside [`block_on`](crate::runtime::block_on).
///
/// # Examples
///
/// See [`into_std`](TcpStream::into_std).
impl TryFrom<net::TcpStream> for TcpStream {
    type Error = io::Error;

    fn try_from(stream: net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        TcpStream::new(mio::net::TcpStream::from_std(stream), false)
    }
}

impl TcpStream {
    /// Takes the connection out of the runtime. It blocks from then on, as the standard
    /// library expects. No bytes are lost, because the runtime buffers none. This works
    /// outside `block_on` too, and after the runtime has ended.
    ///
    /// # Errors
    ///
    /// Returns `ResourceBusy` if there is a clone of this handle, because the clone still
    /// needs the runtime and a non-blocking socket. This handle is dropped, and the clone
    /// keeps the connection open. Returns another error if a system call fails. The
    /// connection is closed then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use std::{io::Read, net};
    /// use futures_lite::AsyncWriteExt;
    /// use step::runtime::{block_on, net::TcpStream};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let listener = net::TcpListener::bind("127.0.0.1:0")?;
    /// let client = net::TcpStream::connect(listener.local_addr()?)?;
    /// let stream = block_on(async {
    ///     let mut stream = TcpStream::try_from(client)?;
    ///     stream.write_all(b"over").await?;
    ///     stream.into_std()
    /// })?;
    /// drop(stream);
    /// let mut text = String::new();
    /// listener.accept()?.0.read_to_string(&mut text)?;
    /// assert_eq!(text, "over");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        let stream = net::TcpStream::from(self.handle.into_io()?);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }
}

/// Lends the descriptor to crates that read and set options of the socket, such as
/// `rustix` and `socket2`. Leave the socket non-blocking.
#[cfg(unix)]
impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.io().as_fd()
    }
}

/// Lends the descriptor to crates such as `rustix` and `socket2`, which read and set
/// socket options. Leave the socket non-blocking, and read and write only through the
/// stream, because the reactor remembers whether the socket is ready.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use rustix::net::sockopt::{set_socket_keepalive, socket_keepalive};
/// use step::runtime::{block_on, net::TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let addr = listener.local_addr()?;
/// block_on(async {
///     let stream = TcpStream::connect(addr).await?;
///     set_socket_keepalive(&stream, true)?;
///     assert!(socket_keepalive(&stream)?);
///     Ok(())
/// })
/// # }
/// ```
#[cfg(unix)]
impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.io().as_fd()
    }
}

/// Lends the socket to crates that read and set its options, such as `socket2`. Leave it
/// non-blocking.
#[cfg(windows)]
impl AsSocket for TcpListener {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.handle.io().as_socket()
    }
}

/// Lends the socket to crates that read and set its options, such as `socket2`. Leave it
/// non-blocking, and read and write only through the stream, because the reactor
/// remembers whether the socket is ready.
#[cfg(windows)]
impl AsSocket for TcpStream {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.handle.io().as_socket()
    }
}
