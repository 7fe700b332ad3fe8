//! `bind` and `connect`: try every address that a name or a list stands for.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
};

use super::{TcpListener, TcpStream};

impl TcpListener {
    /// Listens on the first of the given addresses that can be used. Port 0 picks a free
    /// port.
    ///
    /// `addrs` can be a [`SocketAddr`], an `(IP address, port)` pair, a text such as
    /// `"127.0.0.1:80"`, a slice of `SocketAddr`s, or a `(name, port)` pair. A name is
    /// looked up by the standard library, which blocks the thread and all its tasks
    /// meanwhile. [`TcpStream::connect`] shows how another thread can look it up. An
    /// address needs no lookup.
    ///
    /// # Errors
    ///
    /// Returns the error of the last attempt if every address is taken or belongs to
    /// another machine, or if the operating system cannot create another socket. Returns
    /// `InvalidInput` if there are no addresses, and the lookup's error if that fails.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use step::runtime::{block_on, net::TcpListener};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// block_on(async {
    ///     let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    ///     assert!(listener.local_addr()?.ip().is_loopback());
    ///     // The port is taken, so the second address is used.
    ///     let addrs = [listener.local_addr()?, ([127, 0, 0, 1], 0).into()];
    ///     let other = TcpListener::bind(&addrs[..]).await?;
    ///     assert_ne!(other.local_addr()?, addrs[0]);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn bind(addrs: impl ToSocketAddrs) -> io::Result<Self> {
        try_each(addrs, async |addr| TcpListener::bind_to(addr)).await
    }
}

impl TcpStream {
    /// Connects to the first of the given addresses that accepts the connection.
    ///
    /// `addrs` can be a [`SocketAddr`], an `(IP address, port)` pair, a text such as
    /// `"127.0.0.1:80"`, a slice of `SocketAddr`s, or a `(name, port)` pair. They are
    /// tried in turn. If an address does not answer, the attempt takes as long as the
    /// operating system is willing to wait, often minutes, so set a
    /// [`timeout`](crate::runtime::time::timeout).
    ///
    /// A name is looked up by the standard library, which blocks the thread and all its
    /// tasks meanwhile. In a server, let another thread look it up, for example with the
    /// crate `blocking`, and connect to the addresses:
    ///
    /// ```text
    /// let lookup = || "example.org:80".to_socket_addrs();
    /// let addrs: Vec<_> = blocking::unblock(lookup).await?.collect();
    /// let stream = TcpStream::connect(&addrs[..]).await?;
    /// ```
    ///
    /// An address needs no lookup.
    ///
    /// # Errors
    ///
    /// Returns the error of the last address if all refuse or cannot be reached. Returns
    /// `InvalidInput` if there is no address, and the error of the lookup if it fails.
    ///
    /// # Panics
    ///
    /// Panics outside [`block_on`](crate::runtime::block_on).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the attempt to connect.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use std::net::TcpListener;
    /// use step::runtime::{block_on, net::TcpStream};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let port = listener.local_addr()?.port();
    /// block_on(async {
    ///     // The name stands for `127.0.0.1`, and often for `::1`, too.
    ///     let stream = TcpStream::connect(("localhost", port)).await?;
    ///     assert_eq!(stream.peer_addr()?.port(), port);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn connect(addrs: impl ToSocketAddrs) -> io::Result<Self> {
        try_each(addrs, TcpStream::connect_to).await
    }
}

/// Calls a function with one address after the other, until a call succeeds. Returns the
/// error of the last call if none does.
async fn try_each<T>(
    addrs: impl ToSocketAddrs,
    mut call: impl AsyncFnMut(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last =
        Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no address"));
    for addr in addrs.to_socket_addrs()? {
        last = call(addr).await;
        if last.is_ok() {
            break;
        }
    }
    last
}
