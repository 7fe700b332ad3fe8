//! Tells a log as a story: the state after each event, and one sentence about what happened and why.

use std::collections::BTreeMap;

use super::{
    log,
    names::{Names, TIME_LIMIT},
    places::Places,
    record::Event,
    recording::Moment,
    state::{MAIN, State},
};

/// Tells the events from `start` on. Those before it only lead to the state in which the story begins.
pub fn tell(step: u8, log: &[Event], start: f64, places: &Places) -> Vec<Moment> {
    let step = if log::polls_all(step, log) { 2 } else { step };
    let mut teller = Teller {
        step,
        state: State::new(step),
        names: Names::new(step),
        before: String::new(),
        why: BTreeMap::new(),
        main_ended: false,
        ended: String::new(),
        over: false,
    };
    let told = log.iter().map(|event| teller.tell(event, places)).collect::<Vec<_>>();
    told.into_iter().filter(|moment| moment.at >= start).collect()
}

pub struct Teller {
    pub step: u8,
    pub state: State,
    pub names: Names,
    /// What happened last.
    before: String,
    /// Why each task was woken, by its name.
    why: BTreeMap<String, String>,
    pub main_ended: bool,
    /// The task that has ended last.
    ended: String,
    /// Whether the time is up.
    pub over: bool,
}

impl Teller {
    fn tell(&mut self, event: &Event, places: &Places) -> Moment {
        let before = self.state.clone();
        self.names.see(event, before.polling.as_deref());
        if event.module.starts_with("runtime") {
            self.state.apply(event.at, &event.what, |name| event.field(name), None);
        }
        let id = event.field("task");
        let task = (!id.is_empty()).then(|| self.names.task(id));
        let name = task.clone().unwrap_or_default();
        let name = name.as_str();
        self.main_ended |= event.what == "ready" && id == MAIN;
        if event.what == "ready" {
            self.ended = name.to_owned();
        }
        self.over |= match event.what.as_str() {
            "ready" => name == TIME_LIMIT,
            "timer fired" => self.names.timer(event.field("timer")) == "main's time limit",
            _ => false,
        };
        let said = self.said(event, name, &before);
        let place = places.find(&event.module, &event.what);
        self.before = event.what.clone();
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
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line),
            said,
            state: self.shown(),
        }
    }

    fn said(&mut self, event: &Event, name: &str, before: &State) -> String {
        let the_name = the(name);
        let id = event.field("task");
        let client = event.field("client");
        match event.what.as_str() {
            "poll" => self.said_of_poll(name, id),
            "pending" => {
                let until = self.until(name);
                if self.step == 2 {
                    format!("{} returns `Pending`. It waits until {until}, but the next round polls it again anyway.", upper(name))
                } else if id == MAIN && self.state.main_woken {
                    format!("{} returns `Pending`, but it was woken during this poll. The next turn polls it again.", upper(name))
                } else if self.state.queue.iter().any(|queued| queued == id) {
                    format!("{} returns `Pending`, but it was woken during this poll, so it is in the run queue again.", upper(name))
                } else {
                    format!("{} returns `Pending`, because it cannot continue yet. It waits until {until}.", upper(name))
                }
            }
            "ready" if id == MAIN => {
                "Main returns `Ready`, so `block_on` returns and the program ends.".to_owned()
            }
            "ready" => format!("{} returns `Ready`. It has finished, so its future is dropped.", upper(name)),
            "rounds" => format!(
                "The executor polls every task {} times, and every poll returns `Pending`. Nothing happens, and the processor is busy all the time.",
                event.field("count")
            ),
            "spawn" => {
                let parent = before.polling.clone().unwrap_or_default();
                let parent = upper(&self.names.task(&parent));
                match self.step {
                    2 => format!("{parent} spawns {the_name}. A new task goes to the end of the list and gets its first poll in the next round."),
                    _ => format!("{parent} spawns {the_name}. A new task goes to the end of the run queue, because its first poll is due."),
                }
            }
            "cancel" => format!("The handle of {the_name} is dropped, so {the_name} is cancelled and its future is dropped."),
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
            "register" => format!("The reactor registers {} with the poller of the operating system.", self.names.source(event.field("source"))),
            "readiness" => {
                let flag = |field, word| (event.field(field) == "true").then_some(word);
                let words = [flag("readable", "readable"), flag("writable", "writable")];
                let words: Vec<&str> = words.into_iter().flatten().collect();
                format!("The poller reports that {} is {}. The reactor remembers it.", self.names.source(event.field("source")), words.join(" and "))
            }
            "timer set" => {
                let task = self.names.task(before.polling.as_deref().unwrap_or(MAIN));
                format!("{} sets a timer: {} is due in {}.", upper(&task), self.names.timer(event.field("timer")), short(event.field("due_in")))
            }
            "timer fired" => format!("The deadline of {} has passed, so its timer fires.", self.names.timer(event.field("timer"))),
            "guess" => format!("{client} sends a guess. Its bytes arrive at the server's socket."),
            "answer" => format!("{client} has received its answer, {:.0} µs after it sent the guess.", event.field("after").parse().unwrap_or(0.0)),
            "no answer" => {
                let woken = self.state.inbox.iter().chain(&self.state.queue).next().cloned();
                let why = match woken {
                    _ if !event.field("panic").is_empty() => {
                        format!(" The program has panicked: {}.", event.field("panic"))
                    }
                    _ if !self.state.parked => String::new(),
                    None => " Nothing is queued, so the thread sleeps until another wake comes: a wakeup is lost.".to_owned(),
                    Some(id) => format!(" A wakeup is lost: {} was woken, but the thread sleeps on and never polls it.", the(&self.names.task(&id))),
                };
                let what = match event.field("for") {
                    "exit" => "The clients have left, but the program does not end.".to_owned(),
                    "game over" => "The time is up, but a client has still not received the last line.".to_owned(),
                    _ => format!("{client} has still received no answer."),
                };
                format!("{what}{why} The game was stopped here.")
            }
            "game over" => "Both clients have received the last line. The game is over.".to_owned(),
            other => format!("{}.", upper(other)),
        }
    }

    fn said_of_poll(&mut self, name: &str, id: &str) -> String {
        let why = self.why.remove(name);
        let the_name = the(name);
        let because = why.map(|why| format!(" It was woken because {why}.")).unwrap_or_default();
        match (self.step, id) {
            (2, MAIN) => "A new round begins. The executor polls main first, whether or not anything has happened.".to_owned(),
            (2, _) => format!("The executor polls {the_name}, because each round polls every task."),
            (_, MAIN) => format!("The flag of main is set, so the turn begins with a poll of main.{because}"),
            _ => format!("The executor takes {the_name} from the front of the run queue and polls it.{because}"),
        }
    }

    fn said_of_wake(&mut self, name: &str, id: &str, before: &State) -> String {
        let the_name = the(name);
        let elsewhere = self.state.inbox.len() > before.inbox.len();
        let is_player = name.starts_with("player");
        let polled = before.polling.as_ref().map(|id| self.names.task(id));
        let (why, how) = match (&polled, self.before.as_str()) {
            (Some(polled), _) if polled == name => (
                "it yielded".to_owned(),
                format!(
                    "{} yields after its answer: it wakes itself, so that other tasks can run first.",
                    upper(name)
                ),
            ),
            (Some(polled), _) if self.over && self.step >= 6 && id == MAIN => (
                "every player has received the end of the game".to_owned(),
                format!(
                    "{} is the last to receive the end of the game, so the channel has room again, which wakes main.",
                    upper(polled)
                ),
            ),
            (Some(polled), _) if polled == TIME_LIMIT || self.over => (
                "the game is over".to_owned(),
                format!("{} announces the end of the game, which wakes {the_name}.", upper(polled)),
            ),
            (Some(polled), _) => (
                format!("a wake came while {} was polled", the(polled)),
                format!("A wake of {the_name} comes while {} is polled.", the(polled)),
            ),
            (None, "ready") => {
                let ended = self.ended.clone();
                (
                    format!("{} has finished", the(&ended)),
                    format!(
                        "{} has finished, so it wakes {the_name}, which awaits its handle.",
                        upper(&ended)
                    ),
                )
            }
            (None, "readiness" | "wake") if !elsewhere && self.step >= 4 => (
                "its socket became ready".to_owned(),
                format!("The reactor wakes {the_name}, which waits for this socket."),
            ),
            (None, "timer fired") => (
                "its deadline has passed".to_owned(),
                format!("The timer wakes {the_name}, which set it."),
            ),
            _ if name == TIME_LIMIT => (
                "its deadline has passed".to_owned(),
                "smol's timer is due, so smol's thread wakes the time limit.".to_owned(),
            ),
            _ if is_player => (
                "its socket became readable".to_owned(),
                format!(
                    "smol's reactor thread finds that the socket of {the_name} is readable, so it wakes {the_name}."
                ),
            ),
            _ => (
                "of an event at smol".to_owned(),
                format!("smol's reactor thread wakes {the_name}."),
            ),
        };
        self.why.insert(name.to_owned(), why);
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
fn short(duration: &str) -> String {
    let unit = duration.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let number = duration[..duration.len() - unit.len()].parse::<f64>();
    number
        .map_or(duration.to_owned(), |number| format!("{} {unit}", (number * 10.0).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(step: u8, lines: &str) -> Vec<Moment> {
        let event = |(at, line): (usize, &str)| {
            let words = line.split_whitespace();
            let what = words.clone().take_while(|word| !word.contains('=')).collect::<Vec<_>>();
            let fields: Vec<_> = words.filter_map(|word| word.split_once('=')).collect();
            let is_clients = matches!(what[0], "guess" | "no");
            let module = if is_clients { "clients" } else { "runtime::executor" };
            Event::new(at as f64, module, &what.join(" "), &fields)
        };
        let log: Vec<Event> = lines.lines().enumerate().map(event).collect();
        tell(step, &log, 0.0, &Places::default())
    }

    const BEGIN: &str = "poll task=main\nspawn task=1\npending task=main\npoll task=1\npending task=1\npoll task=main\nspawn task=2\npending task=main\npoll task=2\npending task=2\npark\n";

    #[test]
    fn a_wake_while_the_thread_is_parked_goes_into_the_inbox_and_then_into_the_queue() {
        let moments = told(3, &format!("{BEGIN}wake task=2\nwake task=1\nunpark\npoll task=2"));
        let [wake, _, unpark, poll] = &moments[11..] else { panic!("four events") };
        assert_eq!(
            wake.said,
            "smol's reactor thread finds that the socket of player A is readable, so it wakes player A. The wake goes into the inbox, because only our thread may touch the run queue."
        );
        assert_eq!(unpark.state.inbox, ["player A", "time limit"]);
        assert_eq!(
            (poll.state.inbox.len(), &poll.state.queue[..]),
            (0, &["time limit".to_owned()][..])
        );
        assert!(poll.said.ends_with("It was woken because its socket became readable."));
    }

    #[test]
    fn the_story_of_a_lost_wakeup_ends_with_a_thread_that_sleeps() {
        let moments = told(3, &format!("{BEGIN}guess client=A\nno answer client=A"));
        let last = moments.last().unwrap();
        assert_eq!(last.state.thread, "parked");
        assert_eq!(
            last.said,
            "A has still received no answer. Nothing is queued, so the thread sleeps until another wake comes: a wakeup is lost. The game was stopped here."
        );
    }

    #[test]
    fn a_socket_is_readable_until_its_task_waits_again() {
        let moments = told(
            4,
            "poll task=main\nregister source=0.0\npending task=main\npark\nreadiness source=0.0 readable=true writable=true\nwake task=main\npoll task=main\npending task=main",
        );
        let ready = |moment: &Moment| moment.state.sources.as_ref().unwrap()[0].ready.clone();
        assert_eq!(
            moments[4..].iter().map(ready).collect::<Vec<_>>(),
            ["readable writable"; 3].into_iter().chain(["writable"]).collect::<Vec<_>>()
        );
        assert!(
            moments[5].said.starts_with("The reactor wakes main, which waits for this socket.")
        );
    }
}
