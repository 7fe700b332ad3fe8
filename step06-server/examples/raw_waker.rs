//! A waker built by hand from a pointer and four functions, and the same waker built with
//! `std::task::Wake`.
//!
//! This shows what a [`Waker`] consists of. It is the only place in the steps that needs
//! `unsafe`, apart from one test: the four functions must keep the reference count right,
//! and the compiler cannot check that.
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

/// What a wake does: it unparks a thread.
struct Bell {
    thread: Thread,
}

impl Bell {
    fn ring(&self) {
        println!("    the bell rings");
        self.thread.unpark();
    }
}

/// The functions that a `Waker` calls when it is cloned, woken by value, woken by
/// reference, and dropped.
static BY_HAND: RawWakerVTable =
    RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Makes a waker that owns one reference to the bell.
fn waker_by_hand(bell: Arc<Bell>) -> Waker {
    let data = Arc::into_raw(bell).cast();
    // SAFETY: The functions in `BY_HAND` expect a pointer from `Arc::<Bell>::into_raw`,
    // and `data` is one. Any thread may call them, because `Bell` is `Send` and `Sync`.
    // Each waker owns one reference: `clone` makes one, and `wake` and `drop_waker`
    // release one.
    unsafe { Waker::from_raw(RawWaker::new(data, &BY_HAND)) }
}

fn clone(data: *const ()) -> RawWaker {
    println!("    a clone is one more reference");
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`. The waker that is being cloned
    // owns a reference, so the bell is alive.
    unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
    RawWaker::new(data, &BY_HAND)
}

fn wake(data: *const ()) {
    wake_by_ref(data);
    drop_waker(data);
}

fn wake_by_ref(data: *const ()) {
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`. The waker that is being woken
    // owns a reference as long as this function runs, so the bell is alive.
    let bell = unsafe { &*data.cast::<Bell>() };
    bell.ring();
}

fn drop_waker(data: *const ()) {
    // SAFETY: `data` comes from `Arc::<Bell>::into_raw`. The waker that is being dropped,
    // or woken by value, releases its reference here and does not use it again.
    drop(unsafe { Arc::from_raw(data.cast::<Bell>()) });
}

/// The same without `unsafe`: the standard library implements the four functions.
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

/// Polls a future to completion. Parks the thread while the future is pending.
fn drive(make_waker: impl FnOnce(Arc<Bell>) -> Waker) {
    let bell = Arc::new(Bell { thread: thread::current() });
    let waker = make_waker(bell.clone());
    // The other thread waits until this one is about to park, so that the lines are
    // printed in the same order in every run.
    let (about_to_park, parks) = mpsc::channel::<()>();
    let answer = Arc::new((AtomicU32::new(0), Mutex::new(None::<Waker>)));
    let other = {
        let answer = answer.clone();
        thread::spawn(move || {
            parks.recv().expect("the future is pending at first");
            answer.0.store(42, Ordering::Release);
            let waker = answer.1.lock().expect("no panic").take();
            waker.expect("the future has stored its waker").wake();
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
                let references = Arc::strong_count(&bell);
                println!("  pending: {references} references to the bell; park");
                // This fails after a spurious unpark, when the other thread has ended.
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
