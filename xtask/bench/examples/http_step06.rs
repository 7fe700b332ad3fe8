//! hyper on step 06's runtime. All that it takes is [`Io`], which passes hyper's reads and writes on to a socket with
//! the traits of `futures-io`.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_lite::{AsyncRead, AsyncWrite};
use hyper::{
    rt::{Read, ReadBufCursor, Write},
    service::service_fn,
};
use step06_server::runtime::{block_on, net::TcpListener, spawn};

mod http;

fn main() -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind(http::addr()).await?;
        http::announce(listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = http::http().serve_connection(Io(stream), service_fn(http::answer));
            // A client that disconnects ends its own connection only.
            spawn(connection).detach();
        }
    })
}

/// A socket as hyper expects it.
struct Io<S>(S);

thread_local! {
    /// hyper's buffer has not been written to yet. Without `unsafe` a socket cannot read into it, and filling it with
    /// zeros before each read costs more than all the rest. So the socket reads into this buffer, which is zeroed once.
    static BUFFER: RefCell<[u8; 8192]> = const { RefCell::new([0; 8192]) };
}

impl<S: AsyncRead + Unpin> Read for Io<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut target: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        BUFFER.with_borrow_mut(|buffer| {
            let room = target.remaining().min(buffer.len());
            let length = ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer[..room]))?;
            target.put_slice(&buffer[..length]);
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin> Write for Io<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
