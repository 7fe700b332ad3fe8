//! Step 06's own runtime.

use std::{
    future::Future,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use step06_server::runtime::{
    Task, block_on,
    net::{TcpListener, TcpStream},
    spawn,
    time::Timer,
    yield_now,
};

use super::Runtime;

/// Step 06's own runtime. It lives as long as one `block_on`, so there is nothing to make once.
pub struct Ours;

impl Runtime for Ours {
    const NAME: &'static str = "step06";

    type Task<T: Send + 'static> = Task<T>;
    type Sleep = Timer;
    type Stream = TcpStream;

    fn new() -> Self {
        Ours
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        spawn(future)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        yield_now()
    }

    fn sleep(time: Duration) -> Timer {
        Timer::after(time)
    }

    fn sleep_until(moment: Instant) -> Timer {
        Timer::at(moment)
    }

    async fn connect(&self) -> TcpStream {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = bound.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(addr).await.expect("a connection");
        let (mut other, _) = listener.accept().await.expect("a connection");
        other.set_nodelay(true).expect("a connection");
        stream.set_nodelay(true).expect("a connection");
        let echo = async move {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = other.read(&mut buffer).await {
                other.write_all(&buffer[..length]).await.expect("a connection");
            }
        };
        spawn(echo).detach();
        stream
    }

    async fn exchange(stream: &mut TcpStream, message: &mut [u8]) {
        stream.write_all(message).await.expect("a connection");
        stream.read_exact(message).await.expect("a connection");
    }
}
