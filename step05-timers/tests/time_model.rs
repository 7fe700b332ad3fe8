//! Timers against a model: in any order of setting, polling, dropping and waiting, each
//! timer fires once, in the order of the deadlines, neither early nor late, and wakes the
//! waker of its last poll.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
};
use step::runtime::{time::Timer, yield_now};

use crate::common::{config, poll_once, tasks::run};

/// What is done to the timers. The number of a timer is taken modulo their count.
#[derive(Clone, Debug)]
enum Step {
    /// Makes a timer for this many microseconds from now.
    Set(u64),
    /// Makes a timer with the same deadline as another one.
    SetLike(usize),
    /// Replaces a timer by one for this many microseconds from now.
    Reset(usize, u64),
    Poll(usize),
    Drop(usize),
    /// Makes and drops enough timers for the cancelled ones to be swept out.
    Crowd,
    /// Lets the loop turn once.
    Turn,
    /// Waits for this many microseconds.
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let which = || any::<u8>().prop_map(usize::from);
    prop_oneof![
        4 => (0..2000u64).prop_map(Step::Set),
        2 => which().prop_map(Step::SetLike),
        1 => (which(), 0..2000u64).prop_map(|(which, micros)| Step::Reset(which, micros)),
        8 => which().prop_map(Step::Poll),
        2 => which().prop_map(Step::Drop),
        1 => Just(Step::Crowd),
        2 => Just(Step::Turn),
        1 => (0..1500u64).prop_map(Step::Wait),
    ]
}

/// A wake: which timer, by the waker of which poll, and when.
struct Ring {
    timer: usize,
    poll: usize,
    at: Instant,
}

/// What a waker points to. It records its wakes.
struct Bell {
    timer: usize,
    poll: usize,
    rings: Arc<Mutex<Vec<Ring>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let ring = Ring { timer: self.timer, poll: self.poll, at: Instant::now() };
        self.rings.lock().expect("no panic").push(ring);
    }
}

/// A timer, and what the model expects of it.
struct Clock {
    timer: Option<Timer>,
    deadline: Instant,
    /// The poll whose waker must be woken.
    waits: Option<usize>,
}

impl Clock {
    fn new(deadline: Instant) -> Self {
        Clock { timer: Some(Timer::at(deadline)), deadline, waits: None }
    }
}

#[derive(Default)]
struct Model {
    clocks: Vec<Clock>,
    polls: usize,
    rings: Arc<Mutex<Vec<Ring>>>,
}

impl Model {
    fn clock(&mut self, which: usize) -> Option<(usize, &mut Clock)> {
        let number = which.checked_rem(self.clocks.len())?;
        Some((number, &mut self.clocks[number]))
    }

    fn poll(&mut self, which: usize) {
        let (poll, rings) = (self.polls, self.rings.clone());
        self.polls += 1;
        let Some((number, clock)) = self.clock(which) else { return };
        let Some(timer) = &mut clock.timer else { return };
        let waker = Waker::from(Arc::new(Bell { timer: number, poll, rings }));
        let before = Instant::now();
        match Pin::new(timer).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(deadline) => {
                assert!(
                    deadline == clock.deadline && Instant::now() >= deadline,
                    "early"
                );
                clock.waits = None;
            }
            Poll::Pending => {
                assert!(before < clock.deadline || clock.waits.is_some(), "late");
                clock.waits = Some(poll);
            }
        }
    }

    /// Checks the wakes since the last check. All deadlines up to `now` must have fired.
    fn check(&mut self, now: Option<Instant>) {
        let mut last = None;
        for Ring { timer, poll, at } in self.rings.lock().expect("no panic").drain(..) {
            let Clock { deadline, waits, .. } = &mut self.clocks[timer];
            assert_eq!(waits.take(), Some(poll), "the wrong waker, or one too many");
            assert!(at >= *deadline, "early");
            assert!(
                last.replace(*deadline).is_none_or(|last| last <= *deadline),
                "out of order"
            );
        }
        for Clock { deadline, waits, .. } in &self.clocks {
            assert!(waits.is_none() || now.is_none_or(|now| *deadline > now), "late");
        }
    }

    async fn run(&mut self, step: Step) {
        let now = Instant::now();
        let in_micros = |micros| now + Duration::from_micros(micros);
        match step {
            Step::Set(micros) => self.clocks.push(Clock::new(in_micros(micros))),
            Step::SetLike(which) => {
                let deadline = self.clock(which).map(|(_, clock)| clock.deadline);
                self.clocks.extend(deadline.map(Clock::new));
            }
            Step::Reset(which, micros) => {
                if let Some((_, clock)) = self.clock(which) {
                    *clock = Clock::new(in_micros(micros));
                }
            }
            Step::Poll(which) => self.poll(which),
            Step::Drop(which) => {
                if let Some((_, clock)) = self.clock(which) {
                    (clock.timer, clock.waits) = (None, None);
                }
            }
            Step::Crowd => {
                let mut crowd: Vec<_> =
                    (0..200).map(|_| Timer::at(in_micros(3_600_000_000))).collect();
                let mut cx = Context::from_waker(Waker::noop());
                for timer in &mut crowd {
                    assert!(Pin::new(timer).poll(&mut cx).is_pending());
                }
            }
            Step::Turn => {
                yield_now().await;
                return self.check(Some(now));
            }
            Step::Wait(micros) => {
                let mut timer = Timer::at(in_micros(micros));
                // On a busy machine the deadline can have passed already. Then the loop
                // has not turned, so other timers that are due have not fired yet.
                if poll_once(&mut timer).is_pending() {
                    let deadline = timer.await;
                    return self.check(Some(deadline));
                }
            }
        }
        self.check(None);
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn timers_behave_like_the_model(steps in vec(step(), 1..60)) {
        run(async {
            let mut model = Model::default();
            for step in steps {
                model.run(step).await;
            }
            // At the end, every timer that is left fires.
            for which in 0..model.clocks.len() {
                model.poll(which);
            }
            model.run(Step::Wait(2000)).await;
        });
    }
}
