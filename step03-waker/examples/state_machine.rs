//! An `async fn`, and the state machine that the compiler makes of it, written by hand.
//!
//! Both are polled side by side. After every poll, both have logged the same lines and
//! returned the same value.
//!
//! `cargo run -p step03-waker --example state_machine`

use std::{
    cell::{Cell, RefCell},
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Waits for two numbers, one after the other, and adds them.
async fn sum(first: Inbox, second: Inbox, log: Log) -> u32 {
    log.add("started, waits for the first number");
    let a = first.receive().await;
    log.add("has the first, waits for the second");
    let b = second.receive().await;
    log.add("has the second, adds both");
    a + b
}

/// The same function by hand. There is one variant for each place where it can wait, and
/// each variant stores only what is needed from there on.
enum Sum {
    /// Not polled yet. The arguments are stored, and nothing has run.
    Start { first: Inbox, second: Inbox, log: Log },
    /// Waiting at the first `.await`.
    First { receive: Receive, second: Inbox, log: Log },
    /// Waiting at the second `.await`. The number `a` is needed later; the first inbox is
    /// not, so it is gone.
    Second { a: u32, receive: Receive, log: Log },
    /// Finished. Polling again is an error.
    Done,
}

impl Future for Sum {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        // Go from state to state, until one of them has to wait.
        loop {
            // Moving a variant out of `self` is allowed, because no field borrows from
            // another one. In a state machine that the compiler makes, fields can borrow
            // from each other. That is why futures are pinned.
            *self = match mem::replace(&mut *self, Sum::Done) {
                Sum::Start { first, second, log } => {
                    log.add("started, waits for the first number");
                    Sum::First { receive: first.receive(), second, log }
                }
                Sum::First { mut receive, second, log } => {
                    let Poll::Ready(a) = Pin::new(&mut receive).poll(cx) else {
                        *self = Sum::First { receive, second, log };
                        return Poll::Pending;
                    };
                    log.add("has the first, waits for the second");
                    Sum::Second { a, receive: second.receive(), log }
                }
                Sum::Second { a, mut receive, log } => {
                    let Poll::Ready(b) = Pin::new(&mut receive).poll(cx) else {
                        *self = Sum::Second { a, receive, log };
                        return Poll::Pending;
                    };
                    log.add("has the second, adds both");
                    return Poll::Ready(a + b);
                }
                Sum::Done => panic!("polled after it was ready"),
            };
        }
    }
}

fn main() {
    let (first, second) = (Inbox::default(), Inbox::default());
    let logs = [Log::default(), Log::default()];
    let mut by_compiler = Box::pin(sum(first.clone(), second.clone(), logs[0].clone()));
    let mut by_hand = Box::pin(Sum::Start {
        first: first.clone(),
        second: second.clone(),
        log: logs[1].clone(),
    });

    // The waker does nothing, because this loop decides when to poll.
    let mut cx = Context::from_waker(Waker::noop());
    println!(
        "{:<23} {:<10} {:<10} both logged",
        "before the poll", "async fn", "by hand"
    );
    println!("{}", "-".repeat(80));
    for before in ["no number", "still no number", "first number", "second number"] {
        match before {
            "first number" => first.send(40),
            "second number" => second.send(2),
            _ => {}
        }
        let polls = [by_compiler.as_mut().poll(&mut cx), by_hand.as_mut().poll(&mut cx)];
        let lines = logs.each_ref().map(Log::take);
        assert_eq!(polls[0], polls[1], "both return the same");
        assert_eq!(lines[0], lines[1], "both log the same");
        let [compiler, hand] = polls.map(|poll| format!("{poll:?}"));
        println!("{before:<23} {compiler:<10} {hand:<10} {}", lines[0].join("; "));
    }
    println!();
    println!(
        "size of the async fn's future: {:>3} bytes",
        mem::size_of_val(&*by_compiler)
    );
    println!("size of the enum by hand:      {:>3} bytes", mem::size_of::<Sum>());
}

/// A place where a number is left for a future that waits for it.
#[derive(Clone, Debug, Default)]
struct Inbox(Rc<Cell<Option<u32>>>);

impl Inbox {
    fn send(&self, number: u32) {
        self.0.set(Some(number));
    }

    fn receive(self) -> Receive {
        Receive(self)
    }
}

/// Waits until the inbox has a number. This does not store the waker, because the loop in
/// `main` polls it without being woken.
#[derive(Debug)]
struct Receive(Inbox);

impl Future for Receive {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        self.0.0.get().map_or(Poll::Pending, Poll::Ready)
    }
}

/// The lines that a future has logged since the last `take`.
#[derive(Clone, Debug, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn add(&self, line: &'static str) {
        self.0.borrow_mut().push(line);
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}
