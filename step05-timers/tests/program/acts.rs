//! What tasks do to each other, on the real executor and in the model.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    thread,
};

use step::runtime::spawn;

use super::{Act, Way, acting::Acting, life::Life, world::World};

/// A program spawns at most this many tasks. One turn of the loop polls all of them.
const TASKS: usize = 40;

impl World {
    /// Performs acts of the task `me`, or of the main future. No borrow outlives a call,
    /// because what is called can come back here.
    pub fn perform(
        self: &Rc<Self>,
        me: Option<usize>,
        acts: &[Act],
        mut cx: Option<&mut Context<'_>>,
    ) {
        for act in acts {
            let (Act::Spawn(which)
            | Act::Wake(which, _)
            | Act::Cancel(which)
            | Act::Detach(which)
            | Act::Join(which)
            | Act::Forget(which)) = *act;
            let count = self.lives.borrow().len();
            let other = usize::from(which).checked_rem(count);
            let number = if which == 0 { me.or(other) } else { other };
            match (*act, number) {
                (Act::Spawn(_), _) => self.spawn(usize::from(which)),
                (Act::Wake(_, way), Some(number)) => self.wake(number, way),
                (Act::Cancel(_), Some(number)) => self.cancel(number),
                (Act::Detach(_), Some(number)) => self.detach(number),
                (Act::Join(_), Some(number)) => match &mut cx {
                    Some(cx) => self.join(number, me, cx),
                    None => {
                        self.join(number, None, &mut Context::from_waker(Waker::noop()));
                    }
                },
                (Act::Forget(_), Some(number)) => {
                    let wakers = mem::take(&mut self.life(number).wakers);
                    drop(wakers);
                }
                (_, None) => {}
            }
        }
    }

    fn spawn(self: &Rc<Self>, which: usize) {
        let number = self.lives.borrow().len();
        let Some(which) = which.checked_rem(self.scripts.len()) else { return };
        if number == TASKS || self.closed.get() {
            return;
        }
        self.lives.borrow_mut().push(Life { held: true, ..Life::default() });
        self.note_wake(number, false);
        let (world, script) = (self.clone(), self.scripts[which].clone());
        let handle = spawn(Acting { world, number, script, polls: 0 });
        self.life(number).handle = Some(handle);
    }

    fn wake(&self, number: usize, way: Way) {
        let taken = match way {
            Way::ByValue => self.life(number).wakers.pop_front(),
            _ => self.life(number).wakers.back().cloned(),
        };
        let Some(waker) = taken else { return };
        self.note_wake(number, matches!(way, Way::OnAnotherThread));
        match way {
            Way::ByRef => waker.wake_by_ref(),
            Way::ByValue => waker.wake(),
            Way::ByClone => {
                let clone = waker.clone();
                clone.wake();
            }
            // The wake has happened when this returns, so the model knows what comes
            // next.
            Way::OnAnotherThread => {
                let woken = thread::spawn(|| waker.wake()).join();
                self.expect(
                    woken.is_ok(),
                    number,
                    "could not be woken by another thread",
                );
            }
        }
    }

    fn cancel(&self, number: usize) {
        let Some(handle) = self.life(number).handle.take() else { return };
        let mut life = self.life(number);
        life.held = false;
        // A task that has ended cannot be cancelled. Only its output is dropped.
        life.cancelled |= !life.ended;
        let at_once = life.cancelled && !life.polling && !self.is_dropping();
        drop(life);
        drop(handle);
        let dropped = self.life(number).dropped == 1;
        self.expect(dropped || !at_once, number, "is alive although it was cancelled");
        self.notice_idleness();
    }

    fn detach(&self, number: usize) {
        let Some(handle) = self.life(number).handle.take() else { return };
        self.life(number).held = false;
        handle.detach();
    }

    /// Polls the handle of a task, as the task `me`.
    fn join(&self, number: usize, me: Option<usize>, cx: &mut Context<'_>) {
        let Some(mut handle) = self.life(number).handle.take() else { return };
        let joined = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut handle).poll(cx)));
        let mut life = self.life(number);
        let (cancelled, ended, panicked) = (life.cancelled, life.ended, life.panicked);
        let is_pending = matches!(joined, Ok(Poll::Pending));
        match is_pending {
            true => life.joiner = me,
            false => life.held = false,
        }
        drop(life);
        let expected = match &joined {
            // A task that has panicked is cancelled a little later, like all the others.
            Ok(Poll::Pending) => !ended && (!cancelled || panicked),
            Ok(Poll::Ready(output)) => ended && output.number == number,
            Err(payload) => cancelled && payload.is::<&str>(),
        };
        self.expect(expected, number, "was awaited with another result than expected");
        if is_pending {
            self.life(number).handle = Some(handle);
        } else {
            drop((joined, handle));
        }
    }
}
