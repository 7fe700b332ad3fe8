//! The tasks of a program: futures that follow their script, and their outputs.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::{End, Script, scripted_panic, world::World};

/// The future of a task.
pub struct Acting {
    pub world: Rc<World>,
    pub number: usize,
    pub script: Rc<Script>,
    pub polls: usize,
}

/// The output of a task.
pub struct Output {
    world: Rc<World>,
    pub number: usize,
    script: Rc<Script>,
}

impl Future for Acting {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let (world, script) = (self.world.clone(), self.script.clone());
        world.begin_poll(self.number, cx.waker());
        let poll = script.polls.get(self.polls);
        self.polls += 1;
        let (acts, end) =
            poll.map_or((&[][..], End::Pending), |(acts, end)| (&acts[..], *end));
        world.perform(Some(self.number), acts, Some(cx));
        world.end_poll(self.number, end);
        match end {
            End::Pending => Poll::Pending,
            End::Ready => Poll::Ready(Output { world, number: self.number, script }),
            End::Panic => scripted_panic(),
        }
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        self.world.begin_drop(self.number);
        self.world.perform(Some(self.number), &self.script.on_drop, None);
        self.world.end_drop(self.number);
        if self.script.drops_panic {
            scripted_panic();
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.world.begin_drop_of_output(self.number);
        self.world.perform(Some(self.number), &self.script.on_drop_of_output, None);
        self.world.end_drop_of_output();
        if self.script.drops_panic {
            scripted_panic();
        }
    }
}
