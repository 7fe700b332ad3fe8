//! Tells a log as a story: the state after each event, and one sentence about what happened and why.

use std::{collections::BTreeMap, path::Path};

use super::{
    log,
    names::{Names, TIME_LIMIT},
    places,
    record::Event,
    recording::Moment,
    state::{MAIN, State, duration},
    timeline::rounded,
};

/// Tells the events from `start` on. Those before it only lead to the state in which the story begins. The folder has the
/// sources of the step.
pub fn tell(step: u8, log: &[Event], start: f64, dir: &Path) -> Vec<Moment> {
    let step = if log::polls_all(step, log) { 2 } else { step };
    let (state, names) = (State::new(step), Names::new(step));
    let mut teller = Teller { step, state, names, ..Teller::default() };
    let told = log.iter().map(|event| teller.tell(event, dir)).collect::<Vec<_>>();
    told.into_iter().filter(|moment| moment.at >= start).collect()
}

#[derive(Default)]
pub struct Teller {
    pub step: u8,
    pub state: State,
    pub names: Names,
    /// What the runtime has logged last.
    before: String,
    /// Why each task was woken, by its name.
    why: BTreeMap<String, String>,
    /// The task that has ended last.
    pub ended: String,
    /// Whether the time is up.
    pub over: bool,
}

impl Teller {
    fn tell(&mut self, event: &Event, dir: &Path) -> Moment {
        let before = self.state.clone();
        self.names.see(event, before.polling.as_deref());
        let is_of_runtime = event.module.starts_with("runtime");
        if is_of_runtime {
            self.state.apply(event.at, &event.what, |name| event.field(name), None);
        }
        let id = event.field("task");
        let task = (!id.is_empty()).then(|| self.names.task(id));
        let name = task.as_deref().unwrap_or_default();
        if event.what == "ready" {
            self.ended = name.to_owned();
        }
        self.over |= match event.what.as_str() {
            "ready" => name == TIME_LIMIT,
            "timer fired" => self.names.timer(event.field("timer")) == "main's time limit",
            _ => false,
        };
        let said = self.said(event, name, &before);
        let (file, line) = places::find(dir, &event.module, &event.what).unzip();
        if is_of_runtime {
            self.before = event.what.clone();
        }
        Moment {
            at: event.at,
            lane: match event.what.as_str() {
                "poll" | "pending" | "ready" | "rounds" => 0,
                "register" | "readiness" | "timer set" | "timer fired" => 2,
                "guess" | "answer" | "no answer" | "game over" => 3,
                _ => 1,
            },
            what: event.what.clone(),
            task,
            file,
            line,
            said,
            state: self.shown(),
        }
    }

    fn said(&mut self, event: &Event, name: &str, before: &State) -> String {
        let (the_name, upper_name) = (the(name), upper(name));
        let (id, client) = (event.field("task"), event.field("client"));
        let source = self.names.source(event.field("source"));
        let timer = self.names.timer(event.field("timer"));
        let running = upper(&self.names.task(before.polling.as_deref().unwrap_or(MAIN)));
        match event.what.as_str() {
            "poll" => self.said_of_poll(name, id),
            "pending" => {
                let (_, until) = self.waits(name);
                let why = if self.step == 2 {
                    format!(". It waits until {until}, but the next round polls it again anyway.")
                } else if id == MAIN && self.state.main_woken {
                    ", but it was woken during this poll. The next turn polls it again.".to_owned()
                } else if self.state.queue.iter().any(|queued| queued == id) {
                    ", but it was woken during this poll, so it is in the run queue again.".to_owned()
                } else {
                    format!(", because it cannot continue yet. It waits until {until}.")
                };
                format!("{upper_name} returns `Pending`{why}")
            }
            "ready" if id == MAIN => {
                "Main returns `Ready`, so `block_on` returns and the program ends.".to_owned()
            }
            "ready" => {
                format!("{upper_name} returns `Ready`. It has finished, so its future is dropped.")
            }
            "rounds" => format!(
                "The executor polls every task {} times, and every poll returns `Pending`. Nothing happens, and the processor is busy all the time.",
                event.field("count")
            ),
            "spawn" => {
                let why = match self.step {
                    2 => "list and gets its first poll in the next round",
                    _ => "run queue, because its first poll is due",
                };
                format!("{running} spawns {the_name}. A new task goes to the end of the {why}.")
            }
            "cancel" => format!(
                "The handle of {the_name} is dropped, so {the_name} is cancelled and its future is dropped."
            ),
            "wake" => self.said_of_wake(name, id, before),
            "park" => {
                let until = match (self.step, event.field("limit")) {
                    (..=3, _) => "until another thread wakes a task".to_owned(),
                    (4, _) => "in the poller until a socket is ready or another thread wakes a task".to_owned(),
                    (_, "None") => "in the poller until a socket is ready".to_owned(),
                    (_, limit) => {
                        let limit = limit.trim_start_matches("Some(").trim_end_matches(')');
                        format!("in the poller until a socket is ready, but for at most {}, when the next timer is due", short(limit))
                    }
                };
                format!("Nothing is queued, so the thread parks {until}.")
            }
            "unpark" if self.state.inbox.is_empty() => "The other thread found our thread parked and has unparked it. Our thread runs already: it was faster than this line of the log.".to_owned(),
            "unpark" => "The other thread found our thread parked, so it has unparked it. Our thread will collect the inbox.".to_owned(),
            "register" => {
                format!("The reactor registers {source} with the poller of the operating system.")
            }
            "readiness" => format!(
                "The poller reports that {source} is {}. The reactor remembers it.",
                event.ready().join(" and ")
            ),
            "timer set" => {
                let due = short(event.field("due_in"));
                format!("{running} sets a timer: {timer} is due in {due}.")
            }
            "timer fired" => format!("The deadline of {timer} has passed, so its timer fires."),
            "guess" => format!("{client} sends a guess. Its bytes arrive at the server's socket."),
            "answer" => format!(
                "{client} has received its answer, {:.0} µs after it sent the guess.",
                event.field("after").parse().unwrap_or(0.0)
            ),
            "no answer" => {
                let panic = event.field("panic");
                let woken = self.state.inbox.iter().chain(&self.state.queue).next();
                let why = match woken.map(|id| the(&self.names.task(id))) {
                    _ if !panic.is_empty() => format!(" The program has panicked: {panic}."),
                    _ if !self.state.parked => String::new(),
                    None => " Nothing is queued, so the thread sleeps until another wake comes: a wakeup is lost.".to_owned(),
                    Some(woken) => format!(
                        " A wakeup is lost: {woken} was woken, but the thread sleeps on and never polls it."
                    ),
                };
                let what: &str = match event.field("for") {
                    "exit" => "The clients have left, but the program does not end.",
                    "game over" => "The time is up, but a client has still not received the last line.",
                    _ => &format!("{client} has still received no answer."),
                };
                format!("{what}{why} The game was stopped here.")
            }
            "game over" => "Both clients have received the last line. The game is over.".to_owned(),
            _ => format!("{}.", upper(&event.what)),
        }
    }

    fn said_of_poll(&mut self, name: &str, id: &str) -> String {
        let why = self.why.remove(name);
        let because = why.map(|why| format!(" It was woken because {why}.")).unwrap_or_default();
        match (self.step, id) {
            (2, MAIN) => "A new round begins. The executor polls main first, whether or not anything has happened.".to_owned(),
            (2, _) => format!("The executor polls {}, because each round polls every task.", the(name)),
            (_, MAIN) => format!("The flag of main is set, so the turn begins with a poll of main.{because}"),
            _ => format!("The executor takes {} from the front of the run queue and polls it.{because}", the(name)),
        }
    }

    fn said_of_wake(&mut self, name: &str, id: &str, before: &State) -> String {
        let (the_name, the_ended) = (the(name), the(&self.ended));
        let elsewhere = self.state.inbox.len() > before.inbox.len();
        let polled = before.polling.as_ref().map(|id| self.names.task(id)).unwrap_or_default();
        let (the_polled, upper_polled) = (the(&polled), upper(&polled));
        let (why, how) = match self.before.as_str() {
            _ if polled == name => (
                "it yielded",
                format!(
                    "{upper_polled} yields after its answer: it wakes itself, so that other tasks can run first."
                ),
            ),
            _ if !polled.is_empty() && self.over && self.step >= 6 && id == MAIN => (
                "every player has received the end of the game",
                format!(
                    "{upper_polled} is the last to receive the end of the game, so the channel has room again, which wakes main."
                ),
            ),
            _ if polled == TIME_LIMIT || !polled.is_empty() && self.over => (
                "the game is over",
                format!("{upper_polled} announces the end of the game, which wakes {the_name}."),
            ),
            _ if !polled.is_empty() => (
                &*format!("a wake came while {the_polled} was polled"),
                format!("A wake of {the_name} comes while {the_polled} is polled."),
            ),
            "ready" => (
                &*format!("{the_ended} has finished"),
                format!(
                    "{} has finished, so it wakes {the_name}, which awaits its handle.",
                    upper(&self.ended)
                ),
            ),
            "readiness" | "wake" if !elsewhere && self.step >= 4 => (
                "its socket became ready",
                format!("The reactor wakes {the_name}, which waits for this socket."),
            ),
            "timer fired" => {
                ("its deadline has passed", format!("The timer wakes {the_name}, which set it."))
            }
            _ if name == TIME_LIMIT => (
                "its deadline has passed",
                "smol's timer is due, so smol's thread wakes the time limit.".to_owned(),
            ),
            _ if name.starts_with("player") => (
                "its socket became readable",
                format!(
                    "smol's reactor thread finds that the socket of {the_name} is readable, so it wakes {the_name}."
                ),
            ),
            _ => ("of an event at smol", format!("smol's reactor thread wakes {the_name}.")),
        };
        self.why.insert(name.to_owned(), why.to_owned());
        let then = match (elsewhere, id) {
            (true, _) => {
                "The wake goes into the inbox, because only our thread may touch the run queue."
            }
            (_, MAIN) => "Main is never queued. A flag says that the next turn must poll it.",
            _ => "It goes to the end of the run queue.",
        };
        format!("{how} {then}")
    }
}

/// A name within a sentence.
fn the(name: &str) -> String {
    if name == TIME_LIMIT { format!("the {name}") } else { name.to_owned() }
}

/// A name at the beginning of a sentence.
fn upper(name: &str) -> String {
    let name = the(name);
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A duration with at most one digit after the point.
fn short(text: &str) -> String {
    let short = |(number, unit)| format!("{} {unit}", rounded(number));
    duration(text).map_or(text.to_owned(), short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_of_a_lost_wakeup_ends_with_a_thread_that_sleeps() {
        let runtime = ["poll task=main", "pending task=main", "park"].into_iter().enumerate();
        let line = |(at, line)| format!("0.{at:06}s TRACE step::runtime::executor: {line}");
        let mut log: Vec<Event> = runtime.filter_map(|it| Event::parse(&line(it))).collect();
        let client = [("client", "A")];
        log.extend(["guess", "no answer"].map(|what| Event::new(9.0, "clients", what, &client)));
        let moments = tell(3, &log, 0.0, Path::new("none"));
        let last = moments.last().unwrap();
        assert_eq!(last.state.thread, "parked");
        assert_eq!(
            last.said,
            "A has still received no answer. Nothing is queued, so the thread sleeps until another wake comes: a wakeup is lost. The game was stopped here."
        );
    }
}
