//! Timers against a model: whatever is set, polled, dropped and waited for in whatever order, each fires once, in the
//! order of the deadlines, not early, not late, and wakes the waker of its last poll.

mod common;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use common::{config, within_deadline};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
};
use step06_server::executor::block_on;
use step06_server::time::Timer;
use step06_server::yield_now::yield_now;

/// What is done to the timers. A number that says which one counts round and round.
#[derive(Clone, Debug)]
enum Step {
    /// Makes one for so many microseconds from now.
    Set(u64),
    /// Makes one for the same moment as another.
    SetLike(usize),
    /// Makes one anew, for so many microseconds from now.
    Reset(usize, u64),
    Poll(usize),
    Drop(usize),
    /// Makes and drops so many at once that it is worth to clear them away.
    Crowd,
    /// Lets the loop turn once.
    Turn,
    /// Lets so many microseconds pass.
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

/// A wake: of the timer of that number, by the waker of that poll.
struct Ring {
    timer: usize,
    poll: usize,
    at: Instant,
}

/// What a waker points to.
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

/// A timer, and all that is to be known of one.
struct Clock {
    timer: Option<Timer>,
    deadline: Instant,
    /// The poll whose waker is to be woken.
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

    /// Looks at what has rung since the last time. By now all deadlines up to `now` must have.
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
                let deadline = Timer::at(in_micros(micros)).await;
                return self.check(Some(deadline));
            }
        }
        self.check(None);
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn timers_do_what_the_model_does(steps in vec(step(), 1..60)) {
        within_deadline(|| block_on(async {
            let mut model = Model::default();
            for step in steps {
                model.run(step).await;
            }
            // In the end all have rung that were to.
            for which in 0..model.clocks.len() {
                model.poll(which);
            }
            model.run(Step::Wait(2000)).await;
        }));
    }
}
