//! The connections of a listener, as a stream.

use std::{
    io,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_lite::Stream;

use super::{TcpListener, TcpStream};

impl TcpListener {
    /// Returns the connections, one after the other, as a stream that never ends. Each
    /// item is what [`accept`](TcpListener::accept) returns, without the address.
    ///
    /// Several streams of one listener, and calls of `accept`, are served in the order
    /// in which they began to wait.
    ///
    /// # Errors
    ///
    /// An item is an error when `accept` would return one, and the stream continues after
    /// it. A loop that continues at once after every error can keep the thread busy while
    /// no descriptor is free, so pause after every error except `ConnectionAborted`.
    ///
    /// # Cancel safety
    ///
    /// This is cancel-safe: the next call, of this stream or of `accept`, returns any
    /// connection that this one did not.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step06_server as step;
    /// use futures_lite::{AsyncWriteExt, StreamExt};
    /// use step::runtime::{block_on, net::{TcpListener, TcpStream}, spawn};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let addr = listener.local_addr()?;
    ///     let clients = [(); 2].map(|()| spawn(TcpStream::connect(addr)));
    ///
    ///     let mut incoming = listener.incoming().take(2);
    ///     while let Some(stream) = incoming.next().await {
    ///         stream?.write_all(b"welcome").await?;
    ///     }
    /// #   for client in clients { client.await?; }
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { own: self.clone_handle(), listener: PhantomData }
    }
}

/// The connections of a listener, as a stream. Made by [`TcpListener::incoming`].
#[derive(Debug)]
#[must_use = "streams do nothing unless they are polled"]
pub struct Incoming<'a> {
    /// The stream's own handle, which has its own place in the line of waiters.
    own: TcpListener,
    listener: PhantomData<&'a TcpListener>,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<TcpStream>>> {
        let accepted = ready!(self.own.poll_accept(cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}
