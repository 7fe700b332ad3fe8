//! The figures of the first three chapters, whose reactor is smol's.

use super::{
    Figure,
    canvas::{
        Canvas,
        State::{Known, New, Theirs},
    },
};
use crate::svg::Anchor::{End, Middle, Start};

/// Chapter 1: a future is polled, and returns at once.
pub fn futures() -> Figure {
    let mut on = Canvas::new(
        "A future is polled",
        "Four lanes. In the task lane, new in this chapter: select polls two futures. The one that waits for the end of \
         the game returns Pending, the one that reads a line returns Ready. Below, dashed, what smol does: its executor \
         polls select, its reactor waits for sockets and for the clock, and wakes the task.",
        [122.0, 52.0, 52.0, 52.0],
    );
    let (a, b) = (on.y(0, 27.0), on.y(0, 89.0));
    on.node(0, New, [24.0, 24.0, 150.0, 68.0], &["select(a, b)", "a future of two"]);
    on.node(0, New, [334.0, 4.0, 242.0, 46.0], &["a", "the end of the game"]);
    on.node(0, New, [334.0, 66.0, 242.0, 46.0], &["b", "the client's next line"]);
    for (y, answer) in [(a, "Poll::Pending"), (b, "Poll::Ready(length)")] {
        on.arrow(0, New, &[[180.0, y - 5.0], [328.0, y - 5.0]]);
        on.arrow(0, New, &[[328.0, y + 7.0], [180.0, y + 7.0]]);
        on.says([252.0, y - 10.0], Middle, "poll(cx)");
        on.says([252.0, y + 22.0], Middle, answer);
    }
    let (top, below) = (on.y(0, 97.0), on.y(1, 0.0));
    on.arrow(0, New, &[[64.0, below], [64.0, top]]);
    on.arrow(0, New, &[[130.0, top], [130.0, below]]);
    on.says([56.0, below - 28.0], End, "poll");
    on.says([140.0, below - 28.0], Start, "Pending, or Ready");
    on.node(1, Theirs, [24.0, 4.0, 220.0, 40.0], &["smol: block_on, spawn"]);
    on.node(2, Theirs, [24.0, 4.0, 220.0, 40.0], &["smol: thread async-io"]);
    on.node(3, Known, [24.0, 4.0, 220.0, 40.0], &["sockets, clock"]);
    for (lane, says) in [(1, "wake(): poll again"), (2, "ready")] {
        let (from, to) = (on.y(lane + 1, 4.0), on.y(lane, 44.0));
        on.arrow(lane, Theirs, &[[98.0, from], [98.0, to]]);
        on.says([110.0, to + 26.0], Start, says);
    }
    for (lane, says) in
        [(1, "chapters 2 and 3 build our own"), (2, "chapters 4 and 5 build our own")]
    {
        let y = on.y(lane, 29.0);
        on.aside([276.0, y], Start, says);
    }
    Figure { file: "01-futures.svg", svg: on.finish(true) }
}

/// Chapter 2: our loop polls every future, round and round.
pub fn executor() -> Figure {
    let mut on = Canvas::new(
        "An executor polls every future, round and round",
        "Four lanes. In the executor lane, new in this chapter: a loop over main, player A and player B polls each task \
         and begins again, whatever they answer. In the operating system's lane our thread is busy all the time. smol's \
         thread still waits for the sockets; it calls wake, and nothing comes of it, since the waker does nothing.",
        [46.0, 112.0, 52.0, 52.0],
    );
    let xs = [24.0, 210.0, 396.0];
    let names = [("main", "the main future"), ("player A", "task 1"), ("player B", "task 2")];
    for (x, (name, slot)) in xs.into_iter().zip(names) {
        on.node(0, Known, [x, 2.0, 150.0, 36.0], &[name]);
        on.node(1, New, [x, 4.0, 150.0, 40.0], &[slot]);
        let (up, down) = (on.y(0, 39.0), on.y(1, 3.0));
        on.arrow(1, New, &[[x + 56.0, down], [x + 56.0, up]]);
        on.arrow(1, New, &[[x + 94.0, up], [x + 94.0, down]]);
        on.says([x + 48.0, up + 30.0], End, "poll");
        on.says([x + 102.0, up + 30.0], Start, "Pending");
    }
    let y = on.y(1, 24.0);
    on.arrow(1, New, &[[176.0, y], [208.0, y]]);
    on.arrow(1, New, &[[362.0, y], [394.0, y]]);
    let (low, to) = (on.y(1, 74.0), on.y(1, 47.0));
    on.arrow(1, New, &[[471.0, to], [471.0, low], [99.0, low], [99.0, to]]);
    on.shout(1, [186.0, low + 21.0], "block_on: and again, without a pause");
    let (from, to) = (on.y(2, 4.0), on.y(1, 96.0));
    on.node(2, Theirs, [24.0, 4.0, 220.0, 40.0], &["smol: thread async-io"]);
    on.arrow(2, Theirs, &[[98.0, from], [98.0, to]]);
    let cross = from - 26.0;
    on.path("s3", &format!("M90 {}l16 16m0 -16l-16 16", cross - 8.0));
    on.says([116.0, to + 34.0], Start, "wake(): Waker::noop() does nothing");
    on.node(3, Known, [24.0, 4.0, 220.0, 40.0], &["sockets, clock"]);
    let (from, to) = (on.y(3, 4.0), on.y(2, 44.0));
    on.arrow(2, Theirs, &[[98.0, from], [98.0, to]]);
    on.says([110.0, to + 26.0], Start, "ready");
    let y = on.y(3, 4.0);
    on.bar("c3", [276.0, y, 300.0, 40.0], "bold on", "our thread: never asleep");
    let y = on.y(2, 29.0);
    on.aside([276.0, y], Start, "chapters 4 and 5 build our own");
    Figure { file: "02-executor.svg", svg: on.finish(true) }
}

/// Chapter 3: who was woken is polled, and nobody else.
pub fn waker() -> Figure {
    let mut on = Canvas::new(
        "Only woken tasks are polled",
        "Four lanes. In the executor lane, new in this chapter: a run queue and an inbox. A wake on our own thread puts \
         a task into the queue; a wake from smol's thread puts it into the inbox and unparks our thread, which moves it \
         into the queue. Only the queued task, player A, is polled. While the queue is empty our thread is parked, \
         asleep in the operating system.",
        [46.0, 96.0, 52.0, 52.0],
    );
    on.node(0, New, [24.0, 2.0, 150.0, 36.0], &["player A"]);
    on.node(0, Known, [210.0, 2.0, 150.0, 36.0], &["player B"]);
    on.node(0, Known, [396.0, 2.0, 150.0, 36.0], &["main"]);
    let (up, down) = (on.y(0, 39.0), on.y(1, 3.0));
    on.arrow(1, New, &[[70.0, down], [70.0, up]]);
    on.says([80.0, up + 30.0], Start, "poll, once");
    on.arrow(1, New, &[[285.0, up], [285.0, up + 38.0], [210.0, up + 38.0], [210.0, down]]);
    on.says([294.0, up + 30.0], Start, "wake(), on our thread");
    on.node(1, New, [24.0, 4.0, 220.0, 78.0], &[]);
    let y = on.y(1, 26.0);
    on.shout(1, [36.0, y], "run queue");
    on.aside([232.0, y], End, "first in, first out");
    for (number, name) in ["A", "", ""].into_iter().enumerate() {
        let state = if number == 0 { New } else { Known };
        on.node(1, state, [36.0 + 66.0 * number as f64, 38.0, 60.0, 34.0], &[name]);
    }
    on.node(1, New, [396.0, 4.0, 180.0, 78.0], &["inbox", "wakes of other threads", "arrive here"]);
    let y = on.y(1, 43.0);
    on.arrow(1, New, &[[392.0, y], [250.0, y]]);
    on.says([321.0, y - 7.0], Middle, "collect");
    on.node(2, Theirs, [376.0, 4.0, 200.0, 40.0], &["smol: thread async-io"]);
    let (from, to) = (on.y(2, 4.0), on.y(1, 84.0));
    on.arrow(2, Theirs, &[[486.0, from], [486.0, to]]);
    on.says([496.0, to + 30.0], Start, "wake()");
    on.node(3, New, [24.0, 4.0, 220.0, 40.0], &["our thread, asleep"]);
    let (top, bottom) = (on.y(1, 83.0), on.y(3, 2.0));
    on.arrow(3, New, &[[84.0, top], [84.0, bottom]]);
    on.says([94.0, top + 78.0], Start, "park: queue and");
    on.says([94.0, top + 95.0], Start, "inbox are empty");
    let y = on.y(3, 24.0);
    on.arrow(
        3,
        New,
        &[[436.0, top], [436.0, top + 22.0], [310.0, top + 22.0], [310.0, y], [248.0, y]],
    );
    on.says([300.0, y - 34.0], End, "unpark");
    on.node(3, Known, [376.0, 4.0, 200.0, 40.0], &["sockets, clock"]);
    let (from, to) = (on.y(3, 4.0), on.y(2, 44.0));
    on.arrow(2, Theirs, &[[420.0, from], [420.0, to]]);
    on.says([430.0, to + 27.0], Start, "ready");
    Figure { file: "03-waker.svg", svg: on.finish(true) }
}
