//! The runtimes behind one trait: step 06's, tokio's current-thread runtime, and smol's `LocalExecutor`.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use step06_server::runtime as step06;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A future that each runtime can spawn. tokio's quickest way, which is not its `LocalSet`, needs `Send`.
pub trait SendFuture<T>: Future<Output = T> + Send + 'static {}

impl<T, F: Future<Output = T> + Send + 'static> SendFuture<T> for F {}

pub trait Runtime {
    /// A spawned task, to be awaited.
    type Task<T: Send + 'static>: Future<Output = T>;
    type Sleep: Future;
    type Stream;

    /// Makes a runtime that can be used again and again, if there is anything to make.
    fn new() -> Self;

    fn block_on<F: Future>(&self, future: F) -> F::Output;

    fn spawn<T: Send + 'static>(&self, future: impl SendFuture<T>) -> Self::Task<T>;

    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Makes a timer that is not polled yet.
    fn sleep_until(moment: Instant) -> Self::Sleep;

    /// Connects to a task that sends back what it receives.
    fn connect(&self) -> impl Future<Output = Self::Stream>;

    /// Sends a message, and waits until it has come back.
    fn exchange(stream: &mut Self::Stream, message: &mut [u8]) -> impl Future<Output = ()>;
}

/// The methods of a runtime that use sockets. All sockets have methods of the same names, from different traits.
macro_rules! sockets {
    ($net:ident :: $module:ident, |$this:ident, $echo:ident| $start:expr) => {
        type Stream = $net::$module::TcpStream;

        async fn connect(&$this) -> Self::Stream {
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let listener = $net::$module::TcpListener::bind(any).await.expect("a free port");
            let addr = listener.local_addr().expect("an address");
            let stream = Self::Stream::connect(addr).await.expect("a connection");
            let (mut other, _) = listener.accept().await.expect("a connection");
            other.set_nodelay(true).expect("a connection");
            stream.set_nodelay(true).expect("a connection");
            let $echo = async move {
                let mut buffer = [0; 1024];
                while let Ok(length @ 1..) = other.read(&mut buffer).await {
                    other.write_all(&buffer[..length]).await.expect("a connection");
                }
            };
            $start;
            stream
        }

        async fn exchange(stream: &mut Self::Stream, message: &mut [u8]) {
            stream.write_all(message).await.expect("a connection");
            stream.read_exact(message).await.expect("a connection");
        }
    };
}

/// Step 06's runtime. It lives as long as one `block_on`, so there is nothing to make.
pub struct Ours;

impl Runtime for Ours {
    type Task<T: Send + 'static> = step06::Task<T>;
    type Sleep = step06::time::Timer;

    sockets!(step06::net, |self, echo| step06::spawn(echo).detach());

    fn new() -> Self {
        Ours
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        step06::block_on(future)
    }

    fn spawn<T: Send + 'static>(&self, future: impl SendFuture<T>) -> Self::Task<T> {
        step06::spawn(future)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        step06::yield_now()
    }

    fn sleep_until(moment: Instant) -> Self::Sleep {
        step06::time::Timer::at(moment)
    }
}

/// tokio's current-thread runtime.
pub struct Tokio(tokio::runtime::Runtime);

/// A handle whose output is the task's: no operation panics or is aborted.
pub struct Join<T>(tokio::task::JoinHandle<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|output| output.expect("it does not panic"))
    }
}

impl Runtime for Tokio {
    type Task<T: Send + 'static> = Join<T>;
    type Sleep = tokio::time::Sleep;

    sockets!(tokio::net, |self, echo| tokio::spawn(echo));

    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Tokio(runtime.expect("a runtime"))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<T: Send + 'static>(&self, future: impl SendFuture<T>) -> Self::Task<T> {
        Join(tokio::spawn(future))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep_until(moment: Instant) -> Self::Sleep {
        tokio::time::sleep_until(moment.into())
    }
}

/// smol's executor for one thread. `smol::block_on` alone would be much quicker, and could run no tasks of this thread.
pub struct Smol(smol::LocalExecutor<'static>);

impl Runtime for Smol {
    type Task<T: Send + 'static> = smol::Task<T>;
    type Sleep = smol::Timer;

    sockets!(smol::net, |self, echo| self.0.spawn(echo).detach());

    fn new() -> Self {
        Smol(smol::LocalExecutor::new())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(self.0.run(future))
    }

    fn spawn<T: Send + 'static>(&self, future: impl SendFuture<T>) -> Self::Task<T> {
        self.0.spawn(future)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }

    fn sleep_until(moment: Instant) -> Self::Sleep {
        smol::Timer::at(moment)
    }
}
