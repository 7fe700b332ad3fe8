//! tokio's current-thread runtime, made once, with `tokio::spawn`. A `LocalSet` would let futures be other than `Send`,
//! and takes longer.

use std::{
    future::Future,
    net::Ipv4Addr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use ::tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    task::{self, JoinHandle},
    time::{self, Sleep},
};

use super::Runtime;

/// tokio's current-thread runtime.
pub struct Tokio(::tokio::runtime::Runtime);

/// A handle whose output is the task's: no operation panics or is aborted.
pub struct Join<T>(JoinHandle<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|output| output.expect("it does not panic"))
    }
}

impl Runtime for Tokio {
    const NAME: &'static str = "tokio";

    type Task<T: Send + 'static> = Join<T>;
    type Sleep = Sleep;
    type Stream = TcpStream;

    fn new() -> Self {
        Tokio(Builder::new_current_thread().enable_all().build().expect("a runtime"))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(&self, future: F) -> Join<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        Join(::tokio::spawn(future))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        task::yield_now()
    }

    fn sleep(time: Duration) -> Sleep {
        time::sleep(time)
    }

    fn sleep_until(moment: Instant) -> Sleep {
        time::sleep_until(moment.into())
    }

    async fn connect(&self) -> TcpStream {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(addr).await.expect("a connection");
        let (mut other, _) = listener.accept().await.expect("a connection");
        other.set_nodelay(true).expect("a connection");
        stream.set_nodelay(true).expect("a connection");
        ::tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = other.read(&mut buffer).await {
                other.write_all(&buffer[..length]).await.expect("a connection");
            }
        });
        stream
    }

    async fn exchange(stream: &mut TcpStream, message: &mut [u8]) {
        stream.write_all(message).await.expect("a connection");
        stream.read_exact(message).await.expect("a connection");
    }
}
