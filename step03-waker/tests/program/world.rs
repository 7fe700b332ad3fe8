//! The model of a whole program: what may and must happen next.

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::VecDeque,
    mem,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::{End, Outcome, Script, life::Life};

/// All tasks of a program.
pub struct World {
    pub scripts: Vec<Rc<Script>>,
    pub lives: RefCell<Vec<Life>>,
    /// The tasks that this thread has woken, in that order.
    pub queue: RefCell<VecDeque<usize>>,
    /// The waker of the main future, while it waits until no task is woken.
    main: RefCell<Option<Waker>>,
    /// How many futures and outputs are being dropped, one inside the other.
    dropping: Cell<usize>,
    /// Whether the main future has ended, or a task has panicked.
    closing: Cell<bool>,
    panics: Cell<bool>,
    /// Whether `block_on` has returned.
    pub closed: Cell<bool>,
    outcome: RefCell<Outcome>,
}

impl World {
    pub fn new(scripts: &[Script]) -> Rc<Self> {
        Rc::new(World {
            scripts: scripts.iter().cloned().map(Rc::new).collect(),
            lives: RefCell::default(),
            queue: RefCell::default(),
            main: RefCell::default(),
            dropping: Cell::default(),
            closing: Cell::default(),
            panics: Cell::default(),
            closed: Cell::default(),
            outcome: RefCell::default(),
        })
    }

    pub fn fault(&self, fault: String) {
        self.outcome.borrow_mut().faults.push(fault);
    }

    pub fn expect(&self, holds: bool, number: usize, otherwise: &str) {
        if !holds {
            self.fault(format!("task {number} {otherwise}"));
        }
    }

    pub fn life(&self, number: usize) -> RefMut<'_, Life> {
        RefMut::map(self.lives.borrow_mut(), |lives| &mut lives[number])
    }

    /// Notes that a poll begins, and checks that it may.
    pub fn begin_poll(&self, number: usize, waker: &Waker) {
        self.check();
        self.outcome.borrow_mut().polls += 1;
        self.expect(!self.closing.get(), number, "was polled after the end");
        let mut life = self.life(number);
        let alive = life.is_alive() && !life.polling;
        let woken = mem::take(&mut life.woken);
        let by_thread = mem::take(&mut life.woken_by_thread);
        life.polling = true;
        life.polls += 1;
        life.wakers.push_back(waker.clone());
        drop(life);
        self.expect(alive, number, "was polled after it had ended");
        if !woken {
            self.outcome.borrow_mut().needless.push(number);
        }
        let lives = self.lives.borrow();
        let mut queue = self.queue.borrow_mut();
        queue.retain(|&number| lives[number].is_alive());
        if !by_thread && woken && queue.front() != Some(&number) {
            self.outcome.borrow_mut().out_of_turn.push(number);
        }
        queue.retain(|&other| other != number);
    }

    pub fn end_poll(&self, number: usize, end: End) {
        let mut life = self.life(number);
        life.polling = false;
        match end {
            End::Pending => {}
            End::Ready => life.ready = true,
            End::Panic => life.panicked = true,
        }
        drop(life);
        if matches!(end, End::Panic) {
            self.close(true);
        }
        self.notice_idleness();
    }

    /// Notes that the drop of a future begins, because its task has ended or is
    /// cancelled.
    pub fn begin_drop(&self, number: usize) {
        self.dropping.set(self.dropping.get() + 1);
        let mut life = self.life(number);
        life.dropped += 1;
        let first = life.dropped == 1 && !life.polling;
        let by_runtime = !life.ready && !life.cancelled;
        life.cancelled |= by_runtime;
        drop(life);
        self.expect(first, number, "was dropped twice, or while it was polled");
        let allowed = !by_runtime || self.closing.get();
        self.expect(allowed, number, "was cancelled too early by its runtime");
    }

    /// Notes that the drop has ended. If the task has ended by itself, its awaiter is
    /// woken next.
    pub fn end_drop(&self, number: usize) {
        self.dropping.set(self.dropping.get() - 1);
        let mut life = self.life(number);
        let mut joiner = None;
        if !life.cancelled {
            life.ended = true;
            joiner = life.joiner.take();
        }
        drop(life);
        if let Some(joiner) = joiner {
            self.note_wake(joiner, false);
        }
        self.notice_idleness();
    }

    /// Whether a future or an output is being dropped. A task that is cancelled meanwhile
    /// is dropped a little later.
    pub fn is_dropping(&self) -> bool {
        self.dropping.get() > 0
    }

    pub fn begin_drop_of_output(&self, number: usize) {
        self.dropping.set(self.dropping.get() + 1);
        self.life(number).outputs_dropped += 1;
    }

    pub fn end_drop_of_output(&self) {
        self.dropping.set(self.dropping.get() - 1);
    }

    /// Notes that a task is woken.
    pub fn note_wake(&self, number: usize, by_thread: bool) {
        let mut life = self.life(number);
        if life.is_alive() && !life.woken {
            (life.woken, life.woken_by_thread) = (true, by_thread);
            if !by_thread {
                self.queue.borrow_mut().push_back(number);
            }
        }
    }

    /// Checks what must hold whenever no task is being polled or dropped.
    pub fn check(&self) {
        for (number, life) in self.lives.borrow().iter().enumerate() {
            let gone = usize::from(life.cancelled || life.ready);
            self.expect(life.dropped == gone, number, "has its future dropped too late");
            let gone = usize::from(life.ready && !life.held);
            let dropped = life.outputs_dropped;
            self.expect(
                dropped == gone,
                number,
                "has its output dropped too late or early",
            );
        }
    }

    /// The tasks that the next turn of the loop must poll, and how often each was polled.
    pub fn due(&self) -> Vec<(usize, usize)> {
        let lives = self.lives.borrow();
        let is_due = |life: &Life| life.is_due() && !life.woken_by_thread;
        let due = lives.iter().enumerate().filter(|(_, life)| is_due(life));
        due.map(|(number, life)| (number, life.polls)).collect()
    }

    pub fn check_polled(&self, due: &[(usize, usize)]) {
        for &(number, polls) in due {
            let life = self.life(number);
            let polled = life.polls > polls || !life.is_alive();
            drop(life);
            self.expect(polled, number, "was not polled in its turn");
        }
    }

    /// Waits until no task is woken.
    pub fn poll_idle(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.main.replace(Some(cx.waker().clone()));
        self.notice_idleness();
        if self.main.borrow().is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Wakes the main future if it waits for this and no task is woken.
    pub fn notice_idleness(&self) {
        let idle = !self.lives.borrow().iter().any(Life::is_due);
        if idle && let Some(waker) = self.main.take() {
            waker.wake();
        }
    }

    /// Notes that the runtime ends now: the main future has ended, or something panics.
    pub fn close(&self, panics: bool) {
        self.closing.set(true);
        self.panics.set(panics);
    }

    pub fn panics(&self) -> bool {
        self.panics.get()
    }

    /// Checks what must hold when `block_on` has returned.
    pub fn check_the_end(&self) {
        self.closed.set(true);
        let count = self.lives.borrow().len();
        for number in 0..count {
            let dropped = self.life(number).dropped == 1;
            self.expect(dropped, number, "was not dropped once when its runtime ended");
            self.life(number).held = false;
            let handle = self.life(number).handle.take();
            drop(handle);
        }
        self.check();
    }

    /// Wakes all tasks that were ever spawned.
    pub fn wake_all(&self) {
        let count = self.lives.borrow().len();
        for number in 0..count {
            let wakers = self.life(number).wakers.clone();
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Returns the result. `left` is the number of owners that this world still has.
    pub fn outcome(&self, left: usize) -> Outcome {
        if left > 1 {
            self.fault(format!("{} futures or outputs are left behind", left - 1));
        }
        self.outcome.take()
    }
}
