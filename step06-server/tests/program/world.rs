//! The model: what is known of every task, and what may and must happen next.

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::VecDeque,
    mem,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use step06_server::task::Task;

use super::{End, Outcome, Script, acting::Output, quietly};

/// What is known of a task.
#[derive(Default)]
pub struct Life {
    pub handle: Option<Task<Output>>,
    /// Whether somebody has the handle.
    pub held: bool,
    pub wakers: VecDeque<Waker>,
    /// Whether a poll is due.
    pub woken: bool,
    /// Whether that was another thread's doing, so that its turn may come late.
    pub from_afar: bool,
    pub polling: bool,
    pub polls: usize,
    pub cancelled: bool,
    /// Whether the last poll was, and whether it gave an output.
    pub over: Option<bool>,
    /// The same, as soon as those who await it can know.
    pub ended: Option<bool>,
    /// Who awaits it.
    pub joiner: Option<usize>,
    pub dropped: usize,
    pub outputs_dropped: usize,
}

impl Life {
    pub fn is_alive(&self) -> bool {
        !self.cancelled && self.over.is_none() && self.dropped == 0
    }

    fn is_due(&self) -> bool {
        self.is_alive() && self.woken
    }
}

/// All tasks of a program.
pub struct World {
    pub scripts: Vec<Rc<Script>>,
    pub lives: RefCell<Vec<Life>>,
    /// Those woken on this thread, the first one first.
    pub queue: RefCell<VecDeque<usize>>,
    /// The main future's waker, while it waits for the others.
    main: RefCell<Option<Waker>>,
    /// Whether the main future has ended.
    closing: Cell<bool>,
    /// Whether the runtime has.
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
            closing: Cell::default(),
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

    /// A poll begins. Whether it may, and whether it is the right one.
    pub fn begin_poll(&self, number: usize, waker: &Waker) {
        self.check();
        self.outcome.borrow_mut().polls += 1;
        self.expect(
            !self.closing.get(),
            number,
            "was polled after the main future had ended",
        );
        let mut life = self.life(number);
        let (alive, woken) =
            (life.is_alive() && !life.polling, mem::take(&mut life.woken));
        let from_afar = mem::take(&mut life.from_afar);
        life.polling = true;
        life.polls += 1;
        life.wakers.push_back(waker.clone());
        drop(life);
        self.expect(alive, number, "was polled after its end");
        if !woken {
            self.outcome.borrow_mut().needless.push(number);
        }
        let lives = self.lives.borrow();
        let mut queue = self.queue.borrow_mut();
        queue.retain(|&number| lives[number].is_alive());
        if !from_afar && woken && queue.front() != Some(&number) {
            self.outcome.borrow_mut().out_of_turn.push(number);
        }
        queue.retain(|&other| other != number);
    }

    pub fn end_poll(&self, number: usize, end: End) {
        let mut life = self.life(number);
        life.polling = false;
        life.over = match end {
            End::Pending => None,
            End::Ready => Some(true),
            End::Panic => Some(false),
        };
        drop(life);
        self.notice_idleness();
    }

    /// The drop of a future begins: the task ended or was cancelled, or its runtime has ended.
    pub fn begin_drop(&self, number: usize) {
        let mut life = self.life(number);
        life.dropped += 1;
        let first = life.dropped == 1 && !life.polling;
        let with_the_runtime = life.over.is_none() && !life.cancelled;
        life.cancelled |= with_the_runtime;
        drop(life);
        self.expect(first, number, "was dropped twice, or while it was polled");
        let allowed = !with_the_runtime || self.closing.get();
        self.expect(allowed, number, "was cancelled by nobody");
    }

    /// It is over. If the task ended by itself, those who await it are woken next.
    pub fn end_drop(&self, number: usize) {
        let mut life = self.life(number);
        let mut joiner = None;
        if !life.cancelled {
            life.ended = life.over;
            joiner = life.joiner.take();
        }
        drop(life);
        if let Some(joiner) = joiner {
            self.note_wake(joiner, false);
        }
        self.notice_idleness();
    }

    pub fn drop_output(&self, number: usize) {
        self.life(number).outputs_dropped += 1;
    }

    /// A task is woken.
    pub fn note_wake(&self, number: usize, from_afar: bool) {
        let mut life = self.life(number);
        if life.is_alive() && !life.woken {
            (life.woken, life.from_afar) = (true, from_afar);
            if !from_afar {
                self.queue.borrow_mut().push_back(number);
            }
        }
    }

    /// What must hold whenever no task is being polled or dropped.
    pub fn check(&self) {
        for (number, life) in self.lives.borrow().iter().enumerate() {
            let gone = usize::from(life.cancelled || life.over.is_some());
            self.expect(
                life.dropped == gone,
                number,
                "has a future dropped too late or early",
            );
            let gone = usize::from(life.over == Some(true) && !life.held);
            let dropped = life.outputs_dropped;
            self.expect(
                dropped == gone,
                number,
                "has an output dropped too late or early",
            );
        }
    }

    /// The tasks that a turn of the loop must get round to, and how often they were polled so far.
    pub fn due(&self) -> Vec<(usize, usize)> {
        let lives = self.lives.borrow();
        let due =
            lives.iter().enumerate().filter(|(_, life)| life.is_due() && !life.from_afar);
        due.map(|(number, life)| (number, life.polls)).collect()
    }

    pub fn check_polled(&self, due: &[(usize, usize)]) {
        for &(number, polls) in due {
            let life = self.life(number);
            let polled = life.polls > polls || !life.is_alive();
            drop(life);
            self.expect(polled, number, "was left out of a turn");
        }
    }

    /// Waits until no task is woken.
    pub fn poll_idle(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.main.replace(Some(cx.waker().clone()));
        self.notice_idleness();
        if self.main.borrow().is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Wakes the main future if it waits for that and no task is woken.
    pub fn notice_idleness(&self) {
        let idle = !self.lives.borrow().iter().any(Life::is_due);
        if idle && let Some(waker) = self.main.take() {
            waker.wake();
        }
    }

    /// The main future ends, and with it all tasks.
    pub fn close(&self) {
        self.closing.set(true);
    }

    /// What must hold when `block_on` has returned.
    pub fn check_the_end(&self) {
        self.closed.set(true);
        let count = self.lives.borrow().len();
        for number in 0..count {
            let dropped = self.life(number).dropped == 1;
            self.expect(dropped, number, "was not dropped once when its runtime ended");
            self.life(number).held = false;
            let handle = self.life(number).handle.take();
            quietly(|| drop(handle));
        }
        self.check();
    }

    /// Wakes all tasks that there were.
    pub fn wake_all(&self) {
        let count = self.lives.borrow().len();
        for number in 0..count {
            let wakers = self.life(number).wakers.clone();
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// What came of it, `left` being how many still hold this.
    pub fn outcome(&self, left: usize) -> Outcome {
        if left > 1 {
            self.fault(format!("{} futures or outputs are left behind", left - 1));
        }
        self.outcome.take()
    }
}
