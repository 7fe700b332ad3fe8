//! A night in production: what one bad task does to all others.
//!
//! Steps 05 and 06 have the same example. Their runtimes differ, and so do the results.

use std::{cell::Cell, io::Write, net, panic, rc::Rc, time::Duration};

use futures_lite::AsyncReadExt;
use step::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn,
    time::{interval, sleep},
    yield_now,
};
use step05_timers as step;

/// How many ticks are late, and how many bytes a client sends at once.
const MANY: usize = 10_000;

fn main() {
    // This program reports the panic itself.
    panic::set_hook(Box::new(|_| {}));
    println!("a task panics: {}", a_task_panics());
    println!("{MANY} late ticks: {}", block_on(ticks_are_late()));
    println!("{MANY} bytes of one client: {}", block_on(a_client_floods()));
    println!("two tasks accept: {}", block_on(two_tasks_accept()));
}

fn a_task_panics() -> &'static str {
    let ended = panic::catch_unwind(|| {
        block_on(async {
            spawn(async { panic!("a bug") }).detach();
            sleep(Duration::from_millis(1)).await;
        });
    });
    if ended.is_ok() { "the others go on" } else { "all tasks end with it" }
}

async fn ticks_are_late() -> String {
    let others = count_polls();
    let mut ticks = interval(Duration::from_nanos(1));
    for _ in 0..MANY {
        ticks.tick().await;
    }
    format!("polls of another task meanwhile: {}", others.get())
}

async fn a_client_floods() -> String {
    let (listener, mut client) = listen().await;
    let (mut stream, _) = listener.accept().await.expect("the client has connected");
    client.write_all(&[b'0'; MANY]).expect("the buffers have room");
    let others = count_polls();
    for _ in 0..MANY {
        stream.read_exact(&mut [0]).await.expect("the byte was sent");
    }
    format!("polls of another task meanwhile: {}", others.get())
}

async fn two_tasks_accept() -> String {
    let (listener, _first) = listen().await;
    let (listener, served) = (Rc::new(listener), Rc::new(Cell::new(0)));
    let _tasks = [(); 2].map(|()| {
        let (listener, served) = (listener.clone(), served.clone());
        spawn(async move {
            // Each task takes one client.
            let _client: (TcpStream, _) = listener.accept().await.expect("a client");
            served.set(served.get() + 1);
        })
    });
    yield_now().await;
    let addr = listener.local_addr().expect("it listens");
    let _second = net::TcpStream::connect(addr).expect("it listens");
    sleep(Duration::from_millis(100)).await;
    format!("{} of 2 clients are served", served.get())
}

/// Listens, and connects a client.
async fn listen() -> (TcpListener, net::TcpStream) {
    let listener = TcpListener::bind(net::SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a port");
    let addr = listener.local_addr().expect("it listens");
    (listener, net::TcpStream::connect(addr).expect("it listens"))
}

/// Spawns a task that runs whenever it can, and counts its polls.
fn count_polls() -> Rc<Cell<usize>> {
    let polls = Rc::new(Cell::new(0));
    let counter = polls.clone();
    spawn(async move {
        loop {
            counter.set(counter.get() + 1);
            yield_now().await;
        }
    })
    .detach();
    polls
}
