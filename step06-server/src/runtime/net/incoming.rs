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
    /// in which they came.
    ///
    /// # Errors
    ///
    /// An item is an error when `accept` would return one. The stream goes on after it.
    /// A loop that goes on at once after every error can keep the thread busy while no
    /// descriptor is free, so wait a while after all errors but `ConnectionAborted`.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: a connection that was not returned is returned by the next call, of
    /// this stream or of `accept`.
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

/// The connections of a listener, as a stream. [`TcpListener::incoming`] makes it.
#[derive(Debug)]
#[must_use = "streams do nothing unless they are polled"]
pub struct Incoming<'a> {
    /// A handle of its own, with its own place in the line of waiters.
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
