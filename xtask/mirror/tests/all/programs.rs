//! Runs random programs, and compares the state that their trace leads to with the runtime at every event.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    process,
    rc::Rc,
    sync::{Mutex, PoisonError, mpsc},
    task::Poll,
    thread,
    time::Duration,
};

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::{Local, Runtime, watch::Watch};

/// What a task does, one after the other.
#[derive(Debug, Clone)]
enum Op {
    Spawn(Vec<Op>),
    /// Spawns this many tasks that do nothing.
    Many(usize),
    /// Wakes its own task.
    Yield,
    /// Waits for a wake. When the thread parks, all that wait are woken.
    Wait,
    /// Wakes the task that has waited longest.
    Wake,
    /// The same from another thread, which ends before the program goes on.
    WakeElsewhere,
    /// Awaits the oldest handle. Cancels that task if the wait ends otherwise.
    Join,
    /// Drops the newest handle, which cancels its task.
    Cancel,
    Sleep(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let leaf = prop_oneof![
        4 => Just(Op::Yield),
        4 => Just(Op::Wait),
        3 => Just(Op::Wake),
        3 => Just(Op::WakeElsewhere),
        3 => Just(Op::Join),
        2 => Just(Op::Cancel),
        1 => Just(Op::Many(70)),
        2 => (1..4_u64).prop_map(Op::Sleep),
    ];
    let op = leaf.prop_recursive(3, 24, 6, |op| vec(op, 0..6).prop_map(Op::Spawn));
    vec(op, 1..14)
}

/// The handles of the tasks of a program.
type Handles = Rc<RefCell<VecDeque<Local>>>;

fn play(runtime: &'static Runtime, watch: Watch, handles: Handles, ops: Vec<Op>) -> Local {
    Box::pin(async move {
        for op in ops {
            match op {
                Op::Spawn(ops) => {
                    let future = play(runtime, watch.clone(), handles.clone(), ops);
                    let handle = (runtime.spawn)(future);
                    handles.borrow_mut().push_back(handle);
                }
                Op::Many(count) => {
                    let task = |_| (runtime.spawn)(Box::pin(async {}));
                    handles.borrow_mut().extend((0..count).map(task));
                }
                Op::Yield => once(|waker| waker.wake_by_ref()).await,
                Op::Wait => once(|waker| watch.wait(waker.clone())).await,
                Op::Wake => drop(watch.next_waiting().map(|waker| waker.wake())),
                Op::WakeElsewhere => {
                    let waker = watch.next_waiting();
                    watch.elsewhere(waker.into_iter().collect()).join().unwrap();
                }
                Op::Join => {
                    let Some(handle) = handles.borrow_mut().pop_front() else { continue };
                    let wait = once(|waker| watch.wait(waker.clone()));
                    futures_lite::future::or(handle, wait).await;
                }
                Op::Cancel => {
                    let handle = handles.borrow_mut().pop_back();
                    drop(handle);
                }
                Op::Sleep(time) => {
                    if let Some(sleep) = runtime.sleep {
                        sleep(Duration::from_millis(time)).await;
                    }
                }
            }
        }
    })
}

/// Returns `Pending` once, after it has called a function with the waker.
async fn once(call: impl Fn(&std::task::Waker)) {
    let mut called = false;
    poll_fn(|cx| {
        if called {
            return Poll::Ready(());
        }
        called = true;
        call(cx.waker());
        Poll::Pending
    })
    .await;
}

pub fn compare(runtime: &'static Runtime) {
    within_deadline(|| {
        let config = ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() };
        let compared = Cell::new(0);
        TestRunner::new(config)
            .run(&ops(), |ops| {
                let watch = Watch::new(runtime);
                let handles = Handles::default();
                let main = play(runtime, watch.clone(), handles.clone(), ops);
                let (count, problem) = watch.over(main);
                handles.take();
                compared.set(count + compared.get());
                prop_assert!(problem.is_none(), "{}", problem.unwrap_or_default());
                Ok(())
            })
            .unwrap();
        let count = compared.get();
        assert!(count > 3000, "the programs had only {count} events");
    });
}

/// Tasks read from sockets, which become ready one at a time.
pub fn compare_sockets<S: 'static>(
    runtime: &'static Runtime,
    connect: impl AsyncFn(SocketAddr) -> S + 'static,
    read: impl AsyncFn(S) + Copy + 'static,
) {
    within_deadline(move || {
        let watch = Watch::new(runtime);
        let watching = watch.clone();
        let main: Local = Box::pin(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut peers = Vec::new();
            let mut tasks = Vec::new();
            for _ in 0..3 {
                let stream = connect(listener.local_addr().unwrap()).await;
                peers.push(listener.accept().unwrap().0);
                tasks.push((runtime.spawn)(Box::pin(async move { read(stream).await })));
                once(|waker| watching.wait(waker.clone())).await;
            }
            watching.check_sources();
            for round in 0..12 {
                peers[round % 3].write_all(b"some bytes").unwrap();
                once(|waker| watching.wait(waker.clone())).await;
            }
            drop(peers);
            for task in tasks {
                task.await;
            }
        });
        let (count, problem) = watch.over(main);
        assert_eq!(problem, None);
        assert!(count > 50, "there were only {count} events");
    });
}

/// Runs one test at a time, because `tracing` can miss a subscriber that is set while another thread ends one. Aborts the
/// process if the test does not return in time.
fn within_deadline(test: impl FnOnce()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (returned, on_return) = mpsc::channel::<()>();
    thread::spawn(move || {
        let deadline = Duration::from_secs(60);
        if on_return.recv_timeout(deadline) == Err(mpsc::RecvTimeoutError::Timeout) {
            // `eprintln!` would write to the captured output, which is lost in an abort.
            let text = format!("the test did not return within {deadline:?}\n");
            let _ = io::stderr().write_all(text.as_bytes());
            process::abort();
        }
    });
    test();
    drop(returned);
}
