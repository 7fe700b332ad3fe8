//! Rebuilds the state of a runtime from what it logs.
//!
//! [`State::apply`] repeats what the executor's loop does. A queue can change without an event, but only between two
//! events: when a turn ends, the inbox is emptied into the run queue, and an entry of a cancelled task is skipped. The
//! state catches up at the next poll. `README.md` beside the recordings says where this is exact. Tests compare it with
//! the runtime, for which they include this file, so it uses nothing but the standard library.

use std::collections::VecDeque;

/// The id of the future that `block_on` was called with.
pub const MAIN: &str = "main";

/// How many tasks a turn polls at most, from step 06 on.
const BATCH: usize = 61;

/// What a runtime has in its queues and lists. Tasks, sources and timers have the ids that the runtime logs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    step: u8,
    /// The run queue. In step 02, which has none, the list of the tasks.
    pub queue: VecDeque<String>,
    /// What other threads have woken.
    pub inbox: Vec<String>,
    /// The tasks in the order in which they were spawned, and whether they have ended.
    pub tasks: Vec<(String, bool)>,
    /// Whether a poll of the main future is due.
    pub main_woken: bool,
    pub polling: Option<String>,
    pub parked: bool,
    pub sources: Vec<Source>,
    /// The timers, the next one first.
    pub timers: Vec<Timer>,
    /// Whether the thread has logged nothing since it parked. A wake comes from another thread then.
    asleep: bool,
    /// Whether there was a poll since the thread parked.
    polled: bool,
    /// How many entries of the queue this turn still takes.
    left: usize,
    /// The readable sources of the events that the reactor is just handing out.
    reported: Vec<String>,
}

/// A socket, and what the reactor remembers of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub id: String,
    /// The task that an event of this socket has woken.
    pub task: Option<String>,
    pub read: bool,
    pub write: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    pub id: String,
    pub due: f64,
    /// The task that was polled when the timer was set.
    pub task: String,
}

impl State {
    pub fn new(step: u8) -> Self {
        State { step, main_woken: true, ..State::default() }
    }

    /// Applies an event. `elsewhere` says whether another thread logged it, where that is known. Otherwise a wake counts
    /// as one of another thread if the runtime's thread is parked.
    pub fn apply<'a>(
        &mut self,
        at: f64,
        what: &str,
        field: impl Fn(&str) -> &'a str,
        elsewhere: Option<bool>,
    ) {
        let task = field("task");
        if !matches!(what, "wake" | "readiness") {
            self.reported.clear();
        }
        if !matches!(what, "wake" | "unpark") {
            (self.parked, self.asleep) = (false, false);
        }
        match what {
            "poll" => self.poll(task),
            "pending" | "ready" => self.end_poll(task, what == "ready"),
            "spawn" => {
                self.tasks.push((task.to_owned(), false));
                self.queue.push_back(task.to_owned());
            }
            "cancel" => self.end(task),
            "wake" => {
                self.main_woken |= task == MAIN;
                self.learn(task);
                if elsewhere.unwrap_or(self.asleep) {
                    self.inbox.push(task.to_owned());
                } else if task != MAIN {
                    self.queue.push_back(task.to_owned());
                }
            }
            "park" => {
                self.skip_rest();
                // A turn in which nothing was polled has only skipped entries, and those that it began with are gone.
                if !self.queue.is_empty() || !self.polled {
                    self.inbox.clear();
                }
                self.queue.clear();
                self.polled = false;
                // A wait without a limit has no timer left, so those that are left here were cancelled.
                if field("limit") == "None" {
                    self.timers.clear();
                }
                (self.parked, self.asleep, self.left) = (true, true, 0);
            }
            "unpark" => self.parked = false,
            "register" => {
                let id = field("source").to_owned();
                self.sources.push(Source { id, task: None, read: false, write: false });
            }
            "readiness" => {
                self.skip_rest();
                let (read, write) = (field("readable") == "true", field("writable") == "true");
                if let Some(source) = self.source(field("source")) {
                    source.read |= read;
                    source.write |= write;
                }
                // Up to step 05 the tasks of one event are woken before the next event.
                if self.step < 6 {
                    self.reported.clear();
                }
                // A task that waits to read is not woken by an event that says writable.
                self.reported.extend(read.then(|| field("source").to_owned()));
            }
            "timer set" => {
                let due = at + microseconds(field("due_in")).unwrap_or(0.0);
                let place = self.timers.partition_point(|other| other.due <= due);
                let task = self.polling.clone().unwrap_or_default();
                self.timers.insert(place, Timer { id: field("timer").to_owned(), due, task });
            }
            "timer fired" => {
                self.skip_rest();
                self.timers.retain(|timer| timer.id != field("timer"));
            }
            _ => {}
        }
    }

    /// Begins a poll. Takes the task from the queue, and before it what the executor has skipped.
    fn poll(&mut self, task: &str) {
        (self.polling, self.polled) = (Some(task.to_owned()), true);
        if task == MAIN {
            self.skip_rest();
            self.collect();
            self.main_woken = false;
            return;
        }
        if !self.queue.iter().chain(&self.inbox).any(|queued| queued == task) {
            return;
        }
        loop {
            if self.left == 0 {
                self.collect();
            }
            self.left = self.left.saturating_sub(1);
            if self.queue.pop_front().is_none_or(|next| next == task) {
                return;
            }
        }
    }

    /// Ends a poll.
    fn end_poll(&mut self, task: &str, ended: bool) {
        self.polling = None;
        // A task that waits has used up what its sockets had reported.
        let used = |source: &&mut Source| source.task.as_deref() == Some(task);
        self.sources.iter_mut().filter(used).for_each(|source| source.read = false);
        if task == MAIN {
            self.left = self.turn();
        } else if ended || self.tasks.iter().any(|(id, ended)| id == task && *ended) {
            // A task that has cancelled itself is dropped now, with what it did after that.
            self.end(task);
        } else if self.step == 2 {
            self.queue.push_back(task.to_owned());
        }
    }

    /// The executor has gone on to the next part of its loop, so it has skipped what this turn still had to take.
    fn skip_rest(&mut self) {
        self.queue.drain(..self.left.min(self.queue.len()));
        self.left = 0;
    }

    /// Ends a turn: what other threads have woken goes to the end of the queue, and the next turn begins.
    fn collect(&mut self) {
        self.queue.extend(self.inbox.drain(..));
        self.left = self.turn();
    }

    /// How many entries of the queue a turn takes that begins now.
    fn turn(&self) -> usize {
        self.queue.len().min(if self.step >= 6 { BATCH } else { usize::MAX })
    }

    /// Remembers whose socket it is that has just become ready, if only one has.
    fn learn(&mut self, task: &str) {
        if let [id] = &self.reported[..] {
            let id = id.clone();
            if let Some(source) = self.source(&id) {
                source.task = Some(task.to_owned());
            }
        }
    }

    /// A task that ends takes its timers and its sockets along.
    fn end(&mut self, task: &str) {
        self.timers.retain(|timer| timer.task != task);
        self.sources.retain(|source| source.task.as_deref() != Some(task));
        self.tasks.iter_mut().filter(|(id, _)| id == task).for_each(|(_, ended)| *ended = true);
    }

    fn source(&mut self, id: &str) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.id == id)
    }
}

/// The number and the unit of a duration as `Debug` prints it: `1.5ms`.
pub fn duration(text: &str) -> Option<(f64, &str)> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    Some((text.strip_suffix(unit)?.parse().ok()?, unit))
}

fn microseconds(text: &str) -> Option<f64> {
    let (number, unit) = duration(text)?;
    let factor = match unit {
        "s" => 1e6,
        "ms" => 1e3,
        "µs" => 1.0,
        "ns" => 1e-3,
        _ => return None,
    };
    Some(number * factor)
}
