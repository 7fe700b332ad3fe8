//! What the tasks, sockets and timers of the recorded game are called. The log has only numbers.

use super::record::Event;

/// The task that the server starts before it accepts clients, up to step 05.
pub const TIME_LIMIT: &str = "time limit";

/// The names of the players, in the order in which they join.
pub const PLAYERS: [&str; 2] = ["player A", "player B"];

/// Gives names to what the events have shown so far.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The ids of the tasks with their names, in the order in which they appear.
    tasks: Vec<(String, String)>,
    /// Whether the first poll of the main future has ended. It spawns the time limit, and sometimes players.
    started: bool,
    step: u8,
    sources: Vec<(String, String)>,
    timers: Vec<(String, String)>,
}

impl Names {
    pub fn new(step: u8) -> Self {
        Names { step, ..Names::default() }
    }

    /// Learns from an event, before `polling` changes by it.
    pub fn see(&mut self, event: &Event, polling: Option<&str>) {
        let task = event.field("task");
        if !task.is_empty() {
            self.task(task);
        }
        self.started |= event.what == "pending" && task == "main";
        match event.what.as_str() {
            "register" => {
                let id = event.field("source");
                // The server listens first. From step 06 on it also waits for signals. Players come after that.
                let names =
                    ["the listener", "the signals", "player A's socket", "player B's socket"];
                let mut names =
                    names.into_iter().filter(|name| self.step >= 6 || *name != "the signals");
                let name = names.nth(self.sources.len());
                let name = name.map_or(format!("source {id}"), str::to_owned);
                self.sources.push((id.to_owned(), name));
            }
            "timer set" => {
                let task = self.task(polling.unwrap_or("main"));
                let count = self.timers.iter().filter(|(_, name)| name.starts_with(&task)).count();
                let name = match (&*task, count) {
                    (TIME_LIMIT, _) => "the time limit".to_owned(),
                    ("main", 0) => "main's time limit".to_owned(),
                    ("main", 1) => "main's drain limit".to_owned(),
                    _ if task.starts_with("player") => format!("{task}'s linger limit"),
                    _ => format!("{task}'s timer"),
                };
                self.timers.push((event.field("timer").to_owned(), name));
            }
            _ => {}
        }
    }

    pub fn task(&mut self, id: &str) -> String {
        if let Some(name) = known(&self.tasks, id) {
            return name;
        }
        let others = self.tasks.iter().filter(|(_, name)| name != "main").count();
        let has_limit = self.tasks.iter().any(|(_, name)| name == TIME_LIMIT);
        let players = others - usize::from(has_limit);
        let name = match id {
            "main" => "main".to_owned(),
            _ if !self.started && others == 0 => TIME_LIMIT.to_owned(),
            _ => PLAYERS.get(players).map_or(format!("task {id}"), |name| (*name).to_owned()),
        };
        self.tasks.push((id.to_owned(), name.clone()));
        name
    }

    pub fn source(&self, id: &str) -> String {
        known(&self.sources, id).unwrap_or_else(|| format!("source {id}"))
    }

    pub fn timer(&self, id: &str) -> String {
        known(&self.timers, id).unwrap_or_else(|| format!("timer {id}"))
    }
}

/// The name of what had this id last.
fn known(names: &[(String, String)], id: &str) -> Option<String> {
    names.iter().rev().find(|(known, _)| known == id).map(|(_, name)| name.clone())
}
