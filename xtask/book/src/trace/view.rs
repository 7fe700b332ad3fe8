//! The state of a runtime with the names of the recorded game.

use super::{
    names::TIME_LIMIT,
    recording::{Shown, Source, Task, Timer, rounded},
    state::MAIN,
    story::Teller,
};

impl Teller {
    /// What a task of the game waits for. The log does not show this, but the game's code does.
    pub(super) fn waits(&self, name: &str) -> String {
        let smols = |text: &str| match self.step {
            ..=3 => format!("{text} (smol watches it)"),
            _ => text.to_owned(),
        };
        match name {
            "main" if self.over && self.step >= 6 && !self.drains() => {
                "the players to receive the end of the game".to_owned()
            }
            "main" if self.over && self.step >= 6 => {
                "the players to finish, or its drain limit".to_owned()
            }
            "main" if self.over => "the players to finish".to_owned(),
            "main" if self.step >= 6 => "a client, a win, its time limit or a signal".to_owned(),
            "main" => format!("{} or the end of the game", smols("a client")),
            TIME_LIMIT if self.step < 5 => "its deadline (smol has the timer)".to_owned(),
            TIME_LIMIT => "its deadline".to_owned(),
            _ if self.over && self.step >= 6 => {
                "its client to close, at its socket, to read, or its linger limit".to_owned()
            }
            _ => format!("{}, or the end of the game", smols("its socket, to read")),
        }
    }

    /// The same for a sentence: it waits until this happens.
    pub(super) fn until(&self, name: &str) -> &'static str {
        match name {
            "main" if self.over && self.step >= 6 && !self.drains() => {
                "every player has received the end of the game"
            }
            "main" if self.over => "the players have finished",
            "main" if self.step >= 6 => {
                "a client connects, a player wins, its time limit is over, or a signal arrives"
            }
            "main" => "a client connects or the game ends",
            TIME_LIMIT => "its deadline has passed",
            _ if self.over && self.step >= 6 => "its client closes or its linger limit is over",
            _ => "its socket is readable or the game ends",
        }
    }

    /// Whether main has set the limit that its players have to finish.
    fn drains(&self) -> bool {
        let mut timers = self.state.timers.iter();
        timers.any(|timer| self.names.timer(&timer.id) == "main's drain limit")
    }

    /// The state with names.
    pub(super) fn shown(&mut self) -> Shown {
        let state = self.state.clone();
        let names = &mut self.names;
        let queue: Vec<String> = state.queue.iter().map(|id| names.task(id)).collect();
        let inbox: Vec<String> = state.inbox.iter().map(|id| names.task(id)).collect();
        let main = (MAIN.to_owned(), self.main_ended);
        let tasks = std::iter::once(&main).chain(&state.tasks).map(|(id, ended)| {
            let name = self.names.task(id);
            let is_queued = |list: &[String]| list.contains(&name);
            let is = if *ended {
                "finished"
            } else if state.polling.as_ref() == Some(id) {
                "running"
            } else if id == MAIN && state.main_woken {
                // Main is never in the queue: a flag says that it was woken.
                "woken"
            } else if is_queued(&queue) || is_queued(&inbox) {
                "queued"
            } else {
                "waiting"
            };
            let waits =
                (is == "waiting" || is == "queued" && self.step == 2).then(|| self.waits(&name));
            Task { name, is: is.to_owned(), waits }
        });
        let tasks = tasks.collect();
        let thread = match &state.polling {
            Some(id) => format!("polling {}", self.names.task(id)),
            None if state.parked => "parked".to_owned(),
            None => "running".to_owned(),
        };
        let sources = state.sources.iter().map(|source| {
            let flags = [(source.read, "readable"), (source.write == Some(true), "writable")];
            let ready: Vec<&str> = flags.iter().filter(|flag| flag.0).map(|flag| flag.1).collect();
            Source { name: self.names.source(&source.id), ready: ready.join(" ") }
        });
        let timer = |timer: &super::state::Timer| Timer {
            name: self.names.timer(&timer.id),
            due: rounded(timer.due),
        };
        let note = match self.step {
            2 => Some(
                "There is no run queue: each round polls every task in this order. smol has the sockets and the timers.",
            ),
            3 => Some("smol's reactor, on a thread of its own, has the sockets and the timers."),
            4 => Some("smol still has the timers, on a thread of its own."),
            _ => None,
        };
        Shown {
            thread,
            queue,
            inbox,
            tasks,
            sources: Some(sources.collect()),
            timers: (self.step >= 5).then(|| state.timers.iter().map(timer).collect()),
            note: note.map(str::to_owned),
        }
    }
}
