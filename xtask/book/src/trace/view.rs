//! The state of a runtime with the names of the recorded game.

use super::{
    names::TIME_LIMIT,
    recording::{Shown, Source, Task, Timer},
    state::MAIN,
    story::Teller,
    timeline::rounded,
};

impl Teller {
    /// What a task of the game waits for, and the same for a sentence: it waits until this happens. The log does not show
    /// this, but the game's code does.
    pub(super) fn waits(&self, name: &str) -> (String, &'static str) {
        let drains = self.over && self.step >= 6;
        let (event, until) = match name {
            "main" if drains && !self.has_drain_limit() => (
                "the players to receive the end of the game",
                "every player has received the end of the game",
            ),
            "main" if drains => {
                ("the players to finish, or its drain limit", "the players have finished")
            }
            "main" if self.over => ("the players to finish", "the players have finished"),
            "main" if self.step >= 6 => (
                "a client, a win, its time limit or a signal",
                "a client connects, a player wins, its time limit is over, or a signal arrives",
            ),
            "main" => {
                ("a client{smol} or the end of the game", "a client connects or the game ends")
            }
            TIME_LIMIT if self.step < 5 => {
                ("its deadline (smol has the timer)", "its deadline has passed")
            }
            TIME_LIMIT => ("its deadline", "its deadline has passed"),
            _ if drains => (
                "its client to close, at its socket, to read, or its linger limit",
                "its client closes or its linger limit is over",
            ),
            _ => (
                "its socket, to read{smol}, or the end of the game",
                "its socket is readable or the game ends",
            ),
        };
        let smol = if self.step <= 3 { " (smol watches it)" } else { "" };
        (event.replace("{smol}", smol), until)
    }

    /// Whether main has set the limit that its players have to finish.
    fn has_drain_limit(&self) -> bool {
        let mut timers = self.state.timers.iter();
        timers.any(|timer| self.names.timer(&timer.id) == "main's drain limit")
    }

    /// The state with names.
    pub(super) fn shown(&mut self) -> Shown {
        let state = self.state.clone();
        let queue: Vec<String> = state.queue.iter().map(|id| self.names.task(id)).collect();
        let inbox: Vec<String> = state.inbox.iter().map(|id| self.names.task(id)).collect();
        let main = (MAIN.to_owned(), self.ended == MAIN);
        let tasks = std::iter::once(&main).chain(&state.tasks).map(|(id, ended)| {
            let name = self.names.task(id);
            let is = if *ended {
                "finished"
            } else if state.polling.as_ref() == Some(id) {
                "running"
            } else if id == MAIN && state.main_woken {
                // Main is never in the queue: a flag says that it was woken.
                "woken"
            } else if queue.contains(&name) || inbox.contains(&name) {
                "queued"
            } else {
                "waiting"
            };
            let waits = is == "waiting" || is == "queued" && self.step == 2;
            let waits = waits.then(|| self.waits(&name).0);
            Task { name, is: is.to_owned(), waits }
        });
        let tasks = tasks.collect();
        let thread = match &state.polling {
            Some(id) => format!("polling {}", self.names.task(id)),
            None if state.parked => "parked".to_owned(),
            None => "running".to_owned(),
        };
        let sources = state.sources.iter().map(|source| {
            let ready = match (source.read, source.write) {
                (true, true) => "readable writable",
                (true, false) => "readable",
                (false, true) => "writable",
                (false, false) => "",
            };
            Source { name: self.names.source(&source.id), ready: ready.to_owned() }
        });
        let timer = |id: &str, due| Timer { name: self.names.timer(id), due: rounded(due) };
        let timers = state.timers.iter().map(|it| timer(&it.id, it.due));
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
            sources: sources.collect(),
            timers: (self.step >= 5).then(|| timers.collect()),
            note: note.map(str::to_owned),
        }
    }
}
