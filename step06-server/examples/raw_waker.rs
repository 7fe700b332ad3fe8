//! A waker made by hand, of a pointer and four functions, and the same made by `std::task::Wake`.
//!
//! It is what [`Waker`] is underneath, and the one place in this workspace that needs `unsafe`: the four functions must
//! keep the count of references right, and nobody checks whether they do.
//!
//! `cargo run -p step06-server --example raw_waker`
#![allow(unsafe_code)]

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker},
    thread::{self, Thread},
};

/// Whom to wake: a thread that is parked.
struct Bell {
    thread: Thread,
}

impl Bell {
    fn ring(&self) {
        println!("    the bell rings");
        self.thread.unpark();
    }
}

/// What `Waker` calls when it is cloned, woken, woken by reference, and dropped.
static BY_HAND: RawWakerVTable =
    RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Makes a waker that owns one reference to the bell.
fn waker_by_hand(bell: Arc<Bell>) -> Waker {
    let data = Arc::into_raw(bell).cast();
    // SAFETY: The functions in `BY_HAND` take `data` for what `Arc::<Bell>::into_raw` gave, which it is. They may be
    // called on any thread, since `Bell` is `Send` and `Sync`. Each waker owns one reference: `clone` makes one, and
    // `wake` and `drop_waker` give one back.
    unsafe { Waker::from_raw(RawWaker::new(data, &BY_HAND)) }
}

fn clone(data: *const ()) -> RawWaker {
    println!("    a clone is one more reference");
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`, and the waker that is being cloned owns a reference, so the
    // bell is alive.
    unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
    RawWaker::new(data, &BY_HAND)
}

fn wake(data: *const ()) {
    wake_by_ref(data);
    drop_waker(data);
}

fn wake_by_ref(data: *const ()) {
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`, and the waker that is being woken owns a reference for as long
    // as this function runs.
    let bell = unsafe { &*data.cast::<Bell>() };
    bell.ring();
}

fn drop_waker(data: *const ()) {
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`, and the waker that is being dropped, or woken by value, gives
    // its reference back here. It is not used again.
    drop(unsafe { Arc::from_raw(data.cast::<Bell>()) });
}

/// All of the above, from the clone on, and it is safe: the standard library has written the four functions.
impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

fn main() {
    println!("a waker by hand:");
    drive(waker_by_hand);
    println!("a waker by std::task::Wake:");
    drive(Waker::from);
}

/// Polls a future to its end, and parks whenever it has to wait.
fn drive(make_waker: impl FnOnce(Arc<Bell>) -> Waker) {
    let bell = Arc::new(Bell { thread: thread::current() });
    let waker = make_waker(bell.clone());
    // The other thread waits until this one is about to park, so that everything is printed in order.
    let (about_to_park, parks) = mpsc::channel::<()>();
    let answer = Arc::new((AtomicU32::new(0), Mutex::new(None::<Waker>)));
    let other = {
        let answer = answer.clone();
        thread::spawn(move || {
            parks.recv().expect("the future has to wait");
            answer.0.store(42, Ordering::Release);
            let waker = answer.1.lock().expect("no panic").take();
            waker.expect("the future left one").wake();
        })
    };
    let mut future = pin!(poll_fn(|cx| match answer.0.load(Ordering::Acquire) {
        0 => {
            answer.1.lock().expect("no panic").replace(cx.waker().clone());
            Poll::Pending
        }
        number => Poll::Ready(number),
    }));

    let mut cx = Context::from_waker(&waker);
    let mut polls = 0;
    let output = loop {
        polls += 1;
        println!("  poll {polls}");
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => break output,
            Poll::Pending => {
                println!(
                    "  pending: {} references to the bell; park",
                    Arc::strong_count(&bell)
                );
                // An error says that the bell has rung already: a thread may also be unparked for no reason.
                let _ = about_to_park.send(());
                thread::park();
            }
        }
    };
    other.join().expect("no panic");
    println!("  ready: {output}");
    drop(waker);
    println!("  {} reference is left: ours", Arc::strong_count(&bell));
}
