//! Sorts what was seen of a run into the lanes.

use std::collections::BTreeMap;

use super::{
    event::Event,
    record::Recording,
    sampler::Runs,
    timeline::{Kind, Lane, Row, Timeline},
};

/// The thread that smol keeps for its reactor.
const SMOLS_REACTOR: &str = "async-io";

/// The task that the server starts before it accepts anyone.
const TIME_LIMIT: &str = "time limit";

/// The players' names, in the order in which they joined.
const PLAYERS: [&str; 2] = ["player A", "player B"];

/// Sorts what was seen of a run into the lanes.
pub fn arrange(step: &str, recording: &Recording) -> Timeline {
    let tells = !recording.events.is_empty();
    let mut clients = Row::new("clients");
    for talk in &recording.talks {
        match talk.sent < talk.answered {
            true => clients.span(talk.sent, talk.answered, Kind::Waiting, talk.label),
            false => clients.mark(talk.sent, talk.label),
        }
    }
    let [task, executor, mut reactor, mut system] = match tells {
        true => told(&recording.events),
        false => seen_from_outside(&recording.threads),
    };
    let smols = recording.threads.iter().filter(|runs| runs.thread == SMOLS_REACTOR);
    reactor.rows.extend(smols.map(ran));
    system.rows.push(clients);
    let timeline = Timeline {
        step: step.to_owned(),
        lanes: [task, executor, reactor, system],
        ..Timeline::default()
    };
    let zero = recording.talks.first().map_or(0.0, |talk| talk.sent);
    let window = recording.window().map(|at| at - zero);
    timeline.since(zero).clip(window)
}

/// The lanes of a runtime that tells nothing: when its threads ran.
fn seen_from_outside(threads: &[Runs]) -> [Lane; 4] {
    let mut lanes: [Lane; 4] = Default::default();
    lanes[0].note = Some("smol does not tell of its polls".to_owned());
    let others = threads.iter().filter(|runs| runs.thread != SMOLS_REACTOR);
    lanes[1].rows = others.map(ran).collect();
    // The main thread goes by the name of the program.
    if let Some(main) = lanes[1].rows.first_mut() {
        "block_on".clone_into(&mut main.name);
    }
    lanes
}

/// A row that shows when a thread ran.
fn ran(runs: &Runs) -> Row {
    let mut row = Row::new(&runs.thread);
    for &[from, to] in &runs.spans {
        row.span(from, to, Kind::Awake, format!("thread {} runs", runs.thread));
    }
    row
}

/// The lanes of a runtime that tells what it does.
fn told(events: &[Event]) -> [Lane; 4] {
    let mut story = Story::default();
    for event in events {
        story.tell(event);
    }
    story.lanes(events.last().map_or(0.0, |last| last.at))
}

/// What was told so far.
#[derive(Debug, Default)]
struct Story {
    /// The rows of the tasks, in order of their first appearance, and whose they are.
    tasks: Vec<(String, Row)>,
    /// Whether the first poll of the main future has ended. No player can join before.
    started: bool,
    /// The polls that have begun.
    polled: BTreeMap<String, f64>,
    executor: Row,
    /// What comes into its queue, and leaves it unpolled.
    queue: Row,
    reactor: Row,
    timers: Row,
    system: Row,
    /// Since when the thread has been awake.
    awake: Option<f64>,
    /// Since when it has been asleep.
    asleep: Option<f64>,
}

impl Story {
    /// Takes note of an event.
    fn tell(&mut self, event: &Event) {
        let (at, task) = (event.at, event.field("task"));
        // A wake may come from another thread while ours is asleep; everything else is done by ours.
        let ours = !matches!(event.what.as_str(), "wake" | "unpark" | "park");
        if ours {
            self.wake_up(at);
        }
        match event.what.as_str() {
            "poll" => drop(self.polled.insert(task.to_owned(), at)),
            "pending" => {
                self.started |= task == "main";
                self.poll_ended(task, at, Kind::Pending);
            }
            "ready" => self.poll_ended(task, at, Kind::Ready),
            "park" => {
                self.wake_up(at);
                let awake = self.awake.take().unwrap_or(at);
                self.executor.span(awake, at, Kind::Awake, "our thread runs");
                self.asleep = Some(at);
            }
            "spawn" | "cancel" | "wake" => {
                let label = format!("{} {}", event.what, self.name(task));
                self.queue.mark(at, label);
            }
            "unpark" => self.queue.mark(at, "unpark"),
            "readiness" => {
                let read = if event.field("readable") == "true" { " readable" } else { "" };
                let write = if event.field("writable") == "true" { " writable" } else { "" };
                self.reactor.mark(at, format!("source {}:{read}{write}", event.field("source")));
            }
            "register" => {
                self.reactor.mark(at, format!("source {} registered", event.field("source")));
            }
            "timer set" => {
                let due = event.field("due_in");
                self.timers.mark(at, format!("timer {} set, due in {due}", event.field("timer")));
            }
            "timer fired" => self.timers.mark(at, format!("timer {} fired", event.field("timer"))),
            _ => {}
        }
    }

    /// The thread is awake now, whatever it was before.
    fn wake_up(&mut self, at: f64) {
        if let Some(since) = self.asleep.take() {
            self.system.span(since, at, Kind::Asleep, "our thread sleeps");
        }
        self.awake.get_or_insert(at);
    }

    /// A poll has ended.
    fn poll_ended(&mut self, task: &str, at: f64, kind: Kind) {
        let Some(from) = self.polled.remove(task) else { return };
        let how = if kind == Kind::Ready { "Ready" } else { "Pending" };
        let label = format!("{} polled: {how}", self.name(task));
        self.row(task).span(from, at, kind, label);
    }

    /// The row of a task.
    fn row(&mut self, task: &str) -> &mut Row {
        let known = self.tasks.iter().position(|(key, _)| key == task);
        let at = known.unwrap_or_else(|| {
            let is_player = |row: &Row| row.name != "main" && row.name != TIME_LIMIT;
            let players = self.tasks.iter().filter(|(_, row)| is_player(row)).count();
            let name = match task {
                "main" => "main".to_owned(),
                _ if !self.started => TIME_LIMIT.to_owned(),
                _ => PLAYERS
                    .get(players)
                    .map_or_else(|| format!("task {task}"), |&name| name.to_owned()),
            };
            self.tasks.push((task.to_owned(), Row::new(name)));
            self.tasks.len() - 1
        });
        &mut self.tasks[at].1
    }

    /// What a task is called in the picture.
    fn name(&mut self, task: &str) -> String {
        self.row(task).name.clone()
    }

    /// All of it, as lanes.
    fn lanes(mut self, end: f64) -> [Lane; 4] {
        if let Some(awake) = self.awake {
            self.executor.span(awake, end, Kind::Awake, "our thread runs");
        }
        "our thread".clone_into(&mut self.executor.name);
        "our thread".clone_into(&mut self.system.name);
        "run queue".clone_into(&mut self.queue.name);
        "sockets".clone_into(&mut self.reactor.name);
        "timers".clone_into(&mut self.timers.name);
        let lane = |rows| Lane { rows, note: None };
        // What a step does not have yet says nothing.
        let of_ours = [self.reactor, self.timers].into_iter();
        let of_ours = of_ours.filter(|row| !row.marks.is_empty()).collect();
        self.tasks.sort_by_key(|(key, _)| key != "main");
        let tasks = self.tasks.into_iter().map(|(_, row)| row).collect();
        // An executor that polls everyone has no queue, and is woken by nobody.
        let queue = Some(self.queue)
            .filter(|queue| queue.marks.iter().any(|mark| mark.label.starts_with("wake")));
        let executor = [Some(self.executor), queue].into_iter().flatten().collect();
        [lane(tasks), lane(executor), lane(of_ours), lane(vec![self.system])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lanes of a story, without its times' fractions.
    fn lanes(lines: &str) -> [Lane; 4] {
        let line = |(n, line)| Event::parse(&format!("0.{n:06}s TRACE a::b: {line}"));
        told(&lines.lines().enumerate().filter_map(line).collect::<Vec<_>>())
    }

    #[test]
    fn a_wake_from_another_thread_does_not_end_the_sleep_but_what_follows_does() {
        let [task, executor, _, system] = lanes(
            "poll task=main\npending task=main\npark\nwake task=main\nunpark\npoll task=main\nready task=main",
        );
        let sleep = &system.rows[0].spans[0];
        assert_eq!((sleep.from, sleep.to), (2.0, 5.0));
        let kinds: Vec<Kind> = task.rows[0].spans.iter().map(|span| span.kind).collect();
        assert_eq!(kinds, [Kind::Pending, Kind::Ready]);
        let marks: Vec<&str> = executor.rows[1].marks.iter().map(|mark| &*mark.label).collect();
        assert_eq!(marks, ["wake main", "unpark"]);
    }

    #[test]
    fn the_players_are_called_in_the_order_in_which_they_joined() {
        let [task, ..] = lanes(
            "poll task=main\npending task=main\npoll task=main\nspawn task=0.0\nspawn task=1.0\npending task=main",
        );
        let names: Vec<&str> = task.rows.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["main", "player A", "player B"]);
    }

    #[test]
    fn a_task_of_the_first_poll_of_main_is_the_time_limit_and_no_player() {
        let [task, ..] = lanes(
            "poll task=main\nspawn task=0.0\npending task=main\npoll task=0.0\npending task=0.0\nspawn task=1.0",
        );
        let names: Vec<&str> = task.rows.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["main", "time limit", "player A"]);
    }
}
