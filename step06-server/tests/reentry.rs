//! A waker may be anybody's code. One that uses the runtime while the runtime wakes or drops it does no harm.

mod common;

use std::{
    cell::RefCell,
    future::{Future, pending},
    io::Write,
    net,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use common::within_deadline;
use futures_lite::{AsyncRead, AsyncReadExt, future};
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::yield_now::yield_now;

thread_local! {
    /// What whoever meddles next does with what it waits for.
    static NEXT: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

fn run<F: Future>(future: F) -> F::Output {
    within_deadline(|| block_on(future))
}

/// What a waker points to that spawns tasks, cancels them, and opens and closes a socket, whenever it is woken and when
/// it is dropped. It counts how often.
#[derive(Default)]
struct Nosy(Arc<AtomicUsize>);

impl Nosy {
    fn waker() -> (Arc<AtomicUsize>, Waker) {
        let nosy = Nosy::default();
        (nosy.0.clone(), Waker::from(Arc::new(nosy)))
    }

    fn meddle(&self) {
        if let Some(work) = NEXT.take() {
            work();
        }
        spawn(yield_now()).detach();
        drop(spawn(pending::<()>()));
        let listener = future::block_on(TcpListener::bind(([127, 0, 0, 1], 0).into()));
        drop(listener.expect("some port is free"));
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.meddle();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.meddle();
    }
}

/// Waits until a waker has been woken or dropped so often.
async fn until(meddled: &AtomicUsize, times: usize) {
    while meddled.load(Ordering::SeqCst) < times {
        yield_now().await;
    }
}

#[test]
fn a_waker_that_waits_for_a_task_may_use_the_runtime() {
    run(async {
        let mut task = spawn(async {
            yield_now().await;
            1
        });
        let [(replaced, first), (woken, second)] = [Nosy::waker(), Nosy::waker()];
        assert!(Pin::new(&mut task).poll(&mut Context::from_waker(&first)).is_pending());
        drop(first);
        assert!(Pin::new(&mut task).poll(&mut Context::from_waker(&second)).is_pending());
        drop(second);
        NEXT.set(Some(Box::new(move || {
            let polled =
                Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Ready(1));
        })));
        until(&replaced, 1).await;
        until(&woken, 2).await;
        assert!(NEXT.take().is_none(), "the task was asked for its output");
    });
}

#[test]
fn a_waker_that_waits_for_a_cancelled_task_may_use_the_runtime() {
    run(async {
        let (dropped, waker) = Nosy::waker();
        let mut task = spawn(pending::<()>());
        assert!(Pin::new(&mut task).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        drop(task);
        until(&dropped, 1).await;
    });
}

/// Lets whoever meddles next drop a handle of the stream.
fn drop_next(stream: &TcpStream) {
    let handle = stream.clone();
    NEXT.set(Some(Box::new(move || drop(handle))));
}

#[test]
fn a_waker_that_waits_for_a_socket_may_use_the_runtime() {
    run(async {
        let listener =
            TcpListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let [(replaced, first), (woken, second)] = [Nosy::waker(), Nosy::waker()];
        let mut accept = pin!(listener.accept());
        for waker in [first, second] {
            assert!(accept.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        let mut peer = net::TcpStream::connect(addr).expect("it listens");
        until(&replaced, 1).await;
        until(&woken, 2).await;

        let (mut stream, _): (TcpStream, _) =
            accept.await.expect("the peer has connected");
        let [(replaced, first), (woken, second)] = [Nosy::waker(), Nosy::waker()];
        for waker in [first, second] {
            drop_next(&stream);
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        }
        assert!(
            NEXT.take().is_none(),
            "the first waker was dropped, and a handle with it"
        );
        drop_next(&stream);
        peer.write_all(b"x").expect("it is connected");
        until(&replaced, 1).await;
        until(&woken, 2).await;
        assert!(NEXT.take().is_none(), "the second one was woken, and a handle dropped");
        stream.read_exact(&mut [0]).await.expect("it was sent");

        let (dropped, waker) = Nosy::waker();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut [0]).is_pending());
        drop((waker, stream));
        until(&dropped, 1).await;
    });
}
