//! An `async fn` and the state machine that the compiler makes of one, side by side.
//!
//! Both are polled by hand, and after each poll they have said and answered the same.
//!
//! `cargo run -p step06-server --example state_machine`

use std::{
    cell::{Cell, RefCell},
    fmt::Debug,
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Waits for two things that arrive from elsewhere, and adds them up.
async fn sum(first: Post, second: Post, log: Log) -> u32 {
    log.say("begun: waits for the first number");
    let a = first.arrives().await;
    log.say("got the first: waits for the second");
    let b = second.arrives().await;
    log.say("got the second: adds them up");
    a + b
}

/// The same by hand: one variant for each place where it can stand still, and in it what it needs from there on.
enum Sum {
    /// Not polled yet. It owns its arguments and has done nothing.
    Begin { first: Post, second: Post, log: Log },
    /// Stands at the first `.await`.
    First { arrival: Arrival, second: Post, log: Log },
    /// Stands at the second `.await`. `a` must be remembered; the first post is gone.
    Second { a: u32, arrival: Arrival, log: Log },
    /// Gave its output. It must not be polled again.
    End,
}

impl Future for Sum {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        // Goes from state to state until one of them has to wait.
        loop {
            // Nothing in `Sum` borrows from the rest of it, so it may be moved from variant to variant. What the
            // compiler makes can hold such borrows: that is why futures are pinned.
            *self = match mem::replace(&mut *self, Sum::End) {
                Sum::Begin { first, second, log } => {
                    log.say("begun: waits for the first number");
                    Sum::First { arrival: first.arrives(), second, log }
                }
                Sum::First { mut arrival, second, log } => {
                    match Pin::new(&mut arrival).poll(cx) {
                        Poll::Ready(a) => {
                            log.say("got the first: waits for the second");
                            Sum::Second { a, arrival: second.arrives(), log }
                        }
                        Poll::Pending => {
                            *self = Sum::First { arrival, second, log };
                            return Poll::Pending;
                        }
                    }
                }
                Sum::Second { a, mut arrival, log } => {
                    match Pin::new(&mut arrival).poll(cx) {
                        Poll::Ready(b) => {
                            log.say("got the second: adds them up");
                            return Poll::Ready(a + b);
                        }
                        Poll::Pending => {
                            *self = Sum::Second { a, arrival, log };
                            return Poll::Pending;
                        }
                    }
                }
                Sum::End => panic!("polled after it gave its output"),
            };
        }
    }
}

fn main() {
    let (first, second) = (Post::default(), Post::default());
    let logs = [Log::default(), Log::default()];
    let mut by_compiler = Box::pin(sum(first.clone(), second.clone(), logs[0].clone()));
    let mut by_hand = Box::pin(Sum::Begin {
        first: first.clone(),
        second: second.clone(),
        log: logs[1].clone(),
    });

    // Nobody is woken here: the loop below knows when to poll again.
    let mut cx = Context::from_waker(Waker::noop());
    println!(
        "{:<24} {:<11} {:<11} what both said",
        "before the poll", "async fn", "by hand"
    );
    println!("{}", "-".repeat(84));
    for before in [
        "nothing has arrived",
        "still nothing",
        "the first arrives",
        "the second arrives",
    ] {
        match before {
            "the first arrives" => first.deliver(40),
            "the second arrives" => second.deliver(2),
            _ => {}
        }
        let polls = [by_compiler.as_mut().poll(&mut cx), by_hand.as_mut().poll(&mut cx)];
        let said = logs.each_ref().map(Log::take);
        assert_eq!(polls[0], polls[1], "they answer alike");
        assert_eq!(said[0], said[1], "they say the same");
        let [one, other] = polls.map(|poll| format!("{poll:?}"));
        println!("{before:<24} {one:<11} {other:<11} {}", said[0].join("; "));
    }
    println!();
    println!(
        "size of the async fn's future: {:>3} bytes",
        mem::size_of_val(&*by_compiler)
    );
    println!("size of the enum by hand:      {:>3} bytes", mem::size_of::<Sum>());
}

/// A place where a number is left for someone who waits for it.
#[derive(Clone, Debug, Default)]
struct Post(Rc<Cell<Option<u32>>>);

impl Post {
    fn deliver(&self, number: u32) {
        self.0.set(Some(number));
    }

    fn arrives(self) -> Arrival {
        Arrival(self)
    }
}

/// Waits until a number is there. A future of the simplest kind: one state, and no waker, since its task is polled
/// anyway.
#[derive(Debug)]
struct Arrival(Post);

impl Future for Arrival {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        self.0.0.get().map_or(Poll::Pending, Poll::Ready)
    }
}

/// What a future says on its way.
#[derive(Clone, Debug, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn say(&self, line: &'static str) {
        self.0.borrow_mut().push(line);
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}
