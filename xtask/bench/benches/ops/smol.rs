//! smol's `LocalExecutor` under `smol::block_on`, made once.

use std::{
    future::Future,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use ::smol::{
    LocalExecutor, Task, Timer, block_on, future,
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::Runtime;

/// smol's executor for one thread.
pub struct Smol(LocalExecutor<'static>);

impl Runtime for Smol {
    const NAME: &'static str = "smol";

    type Task<T: Send + 'static> = Task<T>;
    type Sleep = Timer;
    type Stream = TcpStream;

    fn new() -> Self {
        Smol(LocalExecutor::new())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        // `block_on` alone would be much quicker, and could run no tasks of this thread's.
        block_on(self.0.run(future))
    }

    fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(future)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        future::yield_now()
    }

    fn sleep(time: Duration) -> Timer {
        Timer::after(time)
    }

    fn sleep_until(moment: Instant) -> Timer {
        Timer::at(moment)
    }

    async fn connect(&self) -> TcpStream {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
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
        self.0.spawn(echo).detach();
        stream
    }

    async fn exchange(stream: &mut TcpStream, message: &mut [u8]) {
        stream.write_all(message).await.expect("a connection");
        stream.read_exact(message).await.expect("a connection");
    }
}
