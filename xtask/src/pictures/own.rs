//! The figures of the last three chapters, whose reactor is our own.

use super::{
    Figure,
    canvas::{
        Canvas,
        State::{Known, New},
    },
};
use crate::svg::Anchor::{End, Middle, Start};

/// Chapter 4: from a token to a source to a waker.
pub fn reactor() -> Figure {
    let mut on = Canvas::new(
        "A reactor turns events into wakes",
        "Four lanes. In the operating system's lane our thread waits in a poller, new in this chapter. An event of the \
         poller carries a token. In the reactor's lane the token names a source, which remembers whether it is ready to \
         be read and written, and who waits. The waker found there puts player A into the run queue, which polls it; the \
         player asks the source whether it is ready before it reads the socket. Timers are still smol's.",
        [46.0, 48.0, 108.0, 52.0],
    );
    on.node(0, Known, [306.0, 2.0, 270.0, 36.0], &["player A"]);
    on.node(1, Known, [24.0, 4.0, 176.0, 36.0], &["loop: queue empty"]);
    on.node(1, Known, [306.0, 4.0, 150.0, 36.0], &["run queue: A"]);
    let (up, down) = (on.y(0, 39.0), on.y(1, 3.0));
    on.arrow(1, Known, &[[380.0, down], [380.0, up]]);
    on.says([370.0, up + 33.0], End, "poll");
    on.node(2, New, [112.0, 18.0, 130.0, 72.0], &["sources", "found by", "token"]);
    on.node(2, New, [306.0, 4.0, 270.0, 96.0], &[]);
    let y = on.y(2, 24.0);
    on.shout(2, [318.0, y], "source 7");
    for (at, [what, is]) in
        [["read", "ready"], ["write", "not ready"], ["waits", "waker of A"]].into_iter().enumerate()
    {
        let y = y + 22.0 + 22.0 * at as f64;
        on.aside([318.0, y], Start, what);
        on.says([372.0, y], Start, is);
    }
    let y = on.y(2, 54.0);
    on.arrow(2, New, &[[246.0, y], [302.0, y]]);
    let (from, to) = (on.y(2, 3.0), on.y(1, 41.0));
    on.arrow(2, New, &[[380.0, from], [380.0, to]]);
    on.says([370.0, to + 34.0], End, "wake()");
    on.arrow(2, New, &[[500.0, up], [500.0, from]]);
    on.says([510.0, up + 33.0], Start, "ready?");
    on.node(3, New, [24.0, 4.0, 218.0, 40.0], &["poller: epoll, kqueue"]);
    on.node(3, Known, [306.0, 4.0, 270.0, 40.0], &["socket of A"]);
    let y = on.y(3, 24.0);
    on.arrow(3, New, &[[302.0, y], [246.0, y]]);
    let (from, to, loop_end) = (on.y(3, 3.0), on.y(2, 92.0), on.y(1, 41.0));
    on.arrow(2, New, &[[178.0, from], [178.0, to]]);
    on.says([188.0, to + 38.0], Start, "event: token 7");
    on.arrow(3, New, &[[64.0, loop_end], [64.0, from]]);
    on.says([74.0, to + 38.0], Start, "wait");
    let (from, to) = (on.y(2, 102.0), on.y(3, 3.0));
    on.arrow(2, New, &[[380.0, from], [380.0, to]]);
    on.says([390.0, from + 26.0], Start, "if so: read, at once");
    let y = on.y(2, -6.0);
    on.aside([90.0, y], Start, "timers are still smol's");
    Figure { file: "04-reactor.svg", svg: on.finish(false) }
}

/// Chapter 5: the poller sleeps until the next deadline.
pub fn timers() -> Figure {
    let mut on = Canvas::new(
        "The poller sleeps until the next deadline",
        "Four lanes. In the reactor's lane, new in this chapter: a heap of deadlines with the next one, in 10 \
         milliseconds, on top, and 500 milliseconds and 300 seconds below it. Player A sets a timer there. The next \
         deadline limits how long our thread sleeps in the poller. When it has come, the timer fires: the waker is \
         called and player A is queued. smol is gone.",
        [46.0, 48.0, 122.0, 78.0],
    );
    on.node(0, Known, [306.0, 2.0, 270.0, 36.0], &["player A: sleep(10 ms)"]);
    on.node(1, Known, [24.0, 4.0, 176.0, 36.0], &["loop: queue empty"]);
    on.node(1, Known, [306.0, 4.0, 150.0, 36.0], &["run queue: A"]);
    let (up, down) = (on.y(0, 39.0), on.y(1, 3.0));
    on.arrow(1, Known, &[[380.0, down], [380.0, up]]);
    on.says([370.0, up + 33.0], End, "poll");
    on.node(2, Known, [112.0, 36.0, 120.0, 40.0], &["sources"]);
    on.node(2, New, [306.0, 4.0, 270.0, 110.0], &[]);
    let y = on.y(2, 26.0);
    on.shout(2, [498.0, y + 8.0], "deadlines");
    on.path("s2", &format!("M441 {y}L392 {}M441 {y}L506 {}", y + 46.0, y + 46.0));
    on.node(2, New, [396.0, 12.0, 92.0, 34.0], &["10 ms"]);
    on.node(2, Known, [336.0, 70.0, 100.0, 34.0], &["500 ms"]);
    on.node(2, Known, [454.0, 70.0, 100.0, 34.0], &["300 s"]);
    let (from, to) = (on.y(2, 11.0), on.y(1, 41.0));
    on.arrow(2, New, &[[416.0, from], [416.0, to]]);
    on.says([406.0, to + 34.0], End, "fired: wake()");
    on.arrow(2, New, &[[505.0, up], [505.0, y - 23.0]]);
    on.says([495.0, up + 33.0], End, "set");
    let y = on.y(2, 29.0);
    on.path("s2", &format!("M394 {y}H272"));
    let end = on.y(3, 2.0);
    on.arrow(2, New, &[[273.0, y], [273.0, end]]);
    on.says([282.0, end - 34.0], Start, "the next one is the limit");
    on.node(3, New, [24.0, 4.0, 376.0, 34.0], &["our thread, asleep in the poller"]);
    let (axis, bar) = (on.y(3, 54.0), on.y(3, 38.0));
    on.path("line", &format!("M24 {axis}H576M24 {}v10M400 {}v10", axis - 5.0, axis - 5.0));
    on.path("c2", &format!("M400 {}l6 8l-6 8l-6 -8z", bar - 25.0));
    on.aside([24.0, axis + 19.0], Start, "now");
    on.aside([400.0, axis + 19.0], Middle, "10 ms");
    on.aside([576.0, axis + 19.0], End, "time");
    let (from, to) = (on.y(1, 41.0), on.y(3, 3.0));
    on.arrow(3, New, &[[64.0, from], [64.0, to]]);
    on.says([74.0, to - 34.0], Start, "wait, at most 10 ms");
    let (from, to) = (on.y(2, 32.0), on.y(1, 41.0));
    on.arrow(2, Known, &[[172.0, from], [172.0, to]]);
    Figure { file: "05-timers.svg", svg: on.finish(false) }
}

/// Chapter 6: tasks that end together, signals, budgets, limits.
pub fn server() -> Figure {
    let mut on = Canvas::new(
        "A server ends when it is told to, and serves all alike",
        "Four lanes. In the task lane, new in this chapter: the players are in a task group that main waits for or \
         cancels, and no more than max-clients get in. In the executor lane each poll has a budget of 16 reads and \
         writes. From the operating system a signal, SIGTERM or Ctrl-C, writes a byte into a socket; that socket is one \
         more source for the reactor, and wakes main, which ends the game for the whole group.",
        [104.0, 62.0, 52.0, 52.0],
    );
    on.node(0, Known, [24.0, 28.0, 112.0, 40.0], &["main"]);
    on.node(0, New, [236.0, 2.0, 340.0, 92.0], &[]);
    let y = on.y(0, 22.0);
    on.shout(0, [248.0, y], "TaskGroup");
    on.aside([564.0, y], End, "--max-clients");
    for (number, name) in ["player A", "player B", "player C"].into_iter().enumerate() {
        on.node(0, Known, [248.0 + 109.0 * number as f64, 36.0, 99.0, 46.0], &[name]);
    }
    let y = on.y(0, 48.0);
    on.arrow(0, New, &[[140.0, y], [232.0, y]]);
    on.says([186.0, y - 8.0], Middle, "join, or");
    on.says([186.0, y + 18.0], Middle, "cancel all");
    on.node(1, Known, [24.0, 6.0, 176.0, 44.0], &["loop, run queue"]);
    on.node(1, New, [306.0, 6.0, 270.0, 44.0], &["budget", "16 reads and writes a poll"]);
    let (from, to) = (on.y(1, 5.0), on.y(0, 96.0));
    on.arrow(1, New, &[[400.0, from], [400.0, to]]);
    on.says([410.0, to + 34.0], Start, "poll; then the others");
    let to = on.y(0, 69.0);
    on.arrow(1, Known, &[[80.0, from], [80.0, to]]);
    on.says([90.0, from - 27.0], Start, "poll");
    on.node(2, New, [24.0, 4.0, 176.0, 40.0], &["source of signals"]);
    on.node(2, Known, [306.0, 4.0, 128.0, 40.0], &["sources"]);
    on.node(2, Known, [448.0, 4.0, 128.0, 40.0], &["deadlines"]);
    let (from, to) = (on.y(2, 3.0), on.y(1, 51.0));
    on.arrow(2, New, &[[80.0, from], [80.0, to]]);
    on.says([90.0, to + 38.0], Start, "wake main");
    on.arrow(2, Known, &[[370.0, from], [370.0, from - 30.0], [190.0, from - 30.0], [190.0, to]]);
    on.node(3, New, [24.0, 4.0, 176.0, 40.0], &["SIGTERM, Ctrl-C"]);
    on.node(3, Known, [306.0, 4.0, 270.0, 40.0], &["poller, sockets, clock"]);
    let (from, to) = (on.y(3, 3.0), on.y(2, 45.0));
    on.arrow(3, New, &[[80.0, from], [80.0, to]]);
    on.says([90.0, to + 34.0], Start, "the handler writes a byte");
    on.arrow(3, Known, &[[370.0, from], [370.0, to]]);
    on.says([380.0, to + 34.0], Start, "events");
    Figure { file: "06-server.svg", svg: on.finish(false) }
}
