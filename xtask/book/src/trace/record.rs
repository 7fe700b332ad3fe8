//! Plays short games of two clients with a step's server, and records one: what the runtime logs, what the clients see,
//! and when the threads run.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use suite::{client::Client, server::Launch};

use super::sampler::{self, Runs};

/// How long a game lasts. Its end is part of the recording, because a timer fires then.
const GAME: Duration = Duration::from_millis(120);

/// When the recording begins, before the end of the game.
const FIRST: Duration = Duration::from_micros(4000);

const BEFORE: Duration = Duration::from_micros(400);

/// The pause after the answer to a guess.
const BETWEEN: Duration = Duration::from_micros(1000);

const GAMES: usize = 12;

/// After this many games that hang, no more games are played.
const STUCK: usize = 2;

/// How long a client waits for an answer, and the game for the end of the program.
const ANSWER: Duration = Duration::from_secs(1);

/// A silence of this many microseconds is not shown at the end of a game that hangs.
const SILENCE: f64 = 10_000.0;

const LABELS: [&str; 2] = ["A guesses", "B guesses"];

/// A recording that was held up for longer, in microseconds, is not worth showing.
const HELD_UP: f64 = 6000.0;

/// A recorded game. Times are in microseconds since the first guess that is shown.
#[derive(Debug)]
pub struct Game {
    /// What the runtime logged, in order.
    pub events: Vec<Event>,
    /// What the clients sent and received.
    pub talks: Vec<Talk>,
    /// When each thread ran, where the system counts that.
    pub threads: Vec<Runs>,
    /// What the program printed when it panicked.
    pub panic: Option<String>,
}

/// A line of the runtime's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub at: f64,
    /// The module that logged it: `runtime::waker`.
    pub module: String,
    /// `poll`, `timer set`.
    pub what: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Talk {
    pub label: &'static str,
    pub sent: f64,
    pub answered: f64,
    /// Whether there was no answer.
    pub lost: bool,
}

impl Event {
    pub fn new(at: f64, module: &str, what: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Event { at, module: module.to_owned(), what: what.to_owned(), fields: fields.collect() }
    }

    /// Parses a line as the steps write it: time, level, module, event, fields. Returns nothing for other lines.
    pub fn parse(line: &str) -> Option<Self> {
        let (time, rest) = line.trim_start().split_once(' ')?;
        let seconds: f64 = time.strip_suffix('s')?.parse().ok()?;
        let (target, event) = rest.trim_start().strip_prefix("TRACE ")?.split_once(": ")?;
        let module = target.split_once("::").map_or("", |(_, module)| module);
        let words: Vec<&str> = event.split_whitespace().collect();
        let what = words.iter().take_while(|word| !word.contains('=')).copied();
        let what = what.collect::<Vec<_>>().join(" ");
        let fields: Vec<_> = words.iter().filter_map(|word| word.split_once('=')).collect();
        Some(Event::new(seconds * 1e6, module, &what, &fields))
    }

    /// The value of a field. It is empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// What a socket is ready for, in words.
    pub fn ready(&self) -> Vec<&'static str> {
        ["readable", "writable"].into_iter().filter(|name| self.field(name) == "true").collect()
    }
}

/// Plays games, and returns the one that was disturbed least. If two games hang, a wakeup is lost, and this returns a game
/// that shows it, unless another one went well.
pub fn record(binary: &Path) -> Result<Game> {
    let mut games = Vec::new();
    let mut error = anyhow!("no game was played");
    for _ in 0..GAMES {
        match play(binary) {
            Ok(game) => games.push(game),
            Err(other) => error = other,
        }
        if games.iter().filter(|game| game.lost()).count() == STUCK {
            break;
        }
    }
    let best = games.into_iter().min_by(|a, b| a.delay().total_cmp(&b.delay()));
    let game =
        best.ok_or(error).with_context(|| format!("none of {GAMES} games went as planned"))?;
    if !game.lost() && game.delay() > HELD_UP {
        kit::note!("the machine is busy: threads waited for a processor, and the trace shows it");
    }
    Ok(game)
}

fn play(binary: &Path) -> Result<Game> {
    let clock = Instant::now();
    let now = move || clock.elapsed().as_secs_f64() * 1e6;
    let (echo, lines) = mpsc::channel::<String>();
    let listening =
        thread::spawn(move || lines.iter().map(|line| (now(), line)).collect::<Vec<_>>());
    let launch = Launch::new(binary).under(["env", "RUST_LOG=trace"].map(Into::into).to_vec());
    let duration = format!("{}ms", GAME.as_millis());
    let log = launch.log();
    let server = launch.args(&[&duration]).echo(echo).start();
    let mut server = server.with_context(|| match panic_in(log.stderr().lines()) {
        Some(panic) => format!("the program panicked: {panic}"),
        None => "the program did not start".to_owned(),
    })?;
    let end = Instant::now() + GAME;
    let client = || Client::connect(server.addr()).map(|client| client.patience(ANSWER));
    let mut clients = [client()?, client()?];
    let mut talks = Vec::new();
    let mut guess = |talks: &mut Vec<Talk>, pause| {
        clients.iter_mut().zip(LABELS).try_for_each(|(client, label)| {
            let sent = now();
            let answer = client.ask("0\n", "Too low!");
            talks.push(Talk { label, sent, answered: now(), lost: answer.is_err() });
            thread::sleep(pause);
            answer
        })
    };
    // The first guess is slow: tasks are spawned, sockets registered, memory is touched. It is not recorded, unless it
    // gets no answer.
    let mut played = guess(&mut talks, Duration::ZERO);
    let mut sampler = None;
    if played.is_ok() {
        talks.clear();
        thread::sleep((end - FIRST).saturating_duration_since(Instant::now()));
        sampler = server.process().and_then(|process| sampler::start(&process, now)).ok();
        thread::sleep(BEFORE);
        played = guess(&mut talks, BETWEEN);
    }
    if played.is_ok() {
        let waits = now();
        let mut clients = clients.iter_mut();
        played = clients.try_for_each(|client| client.expect_line("Game over! Time's up."));
        let (answered, lost) = (now(), played.is_err());
        let sent = if lost { waits } else { answered };
        talks.push(Talk { label: "game over", sent, answered, lost });
    }
    // The picture ends a little after the game.
    thread::sleep(Duration::from_micros(500));
    let threads = sampler.map(|stop| stop()).unwrap_or_default();
    drop(clients);
    if played.is_ok() {
        let sent = now();
        played = server.wait_exit(ANSWER).map(drop);
        if played.is_err() {
            talks.push(Talk { label: "exit", sent, answered: now(), lost: true });
        }
    }
    drop(server);
    let lines = listening.join().expect("the listening thread does not panic");
    let panic = panic_in(lines.iter().map(|(_, line)| line.as_str()));
    let mut game = Game { events: on_our_clock(&lines), talks, threads, panic };
    // A wrong answer is an error. On a busy machine, a guess that comes after the end gets one.
    let waited = game.talks.last().map_or(0.0, |talk| talk.answered - talk.sent);
    if waited < ANSWER.as_secs_f64() * 1e6 && game.panic.is_none() {
        played?;
    }
    game.end_early();
    game.count_from_first_guess();
    Ok(game)
}

/// What a program prints about its panic.
fn panic_in<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<String> {
    let line = lines.find(|line| line.contains(" panicked at "))?;
    Some(format!("{line} {}", lines.next().unwrap_or_default()))
}

/// Parses the lines, and converts their times to our clock.
///
/// The server's clock began at another moment. No line can arrive before it was written, so the line with the shortest
/// delay shows the difference between the clocks, except for that delay.
fn on_our_clock(lines: &[(f64, String)]) -> Vec<Event> {
    let events = lines.iter().filter_map(|(at, line)| Some((at, Event::parse(line)?)));
    let events: Vec<_> = events.collect();
    let offset = events.iter().map(|(at, event)| *at - event.at).fold(f64::INFINITY, f64::min);
    let on_our_clock = |(_, event): (_, Event)| Event { at: event.at + offset, ..event };
    let mut events: Vec<_> = events.into_iter().map(on_our_clock).collect();
    events.sort_by(|a, b| a.at.total_cmp(&b.at));
    events
}

impl Game {
    /// Lets the recording of a game that hangs end a little after the last event before the silence.
    fn end_early(&mut self) {
        let Some(last) = self.talks.last_mut().filter(|talk| talk.lost) else { return };
        let mut end = last.sent;
        for event in self.events.iter().filter(|event| event.at >= last.sent) {
            if event.at - end > SILENCE {
                break;
            }
            end = event.at;
        }
        last.answered = last.answered.min(end + 1000.0);
    }

    fn count_from_first_guess(&mut self) {
        let zero = self.talks.first().map_or(0.0, |talk| talk.sent);
        let events = self.events.iter_mut().map(|event| &mut event.at);
        let talks = self.talks.iter_mut().flat_map(|talk| [&mut talk.sent, &mut talk.answered]);
        let threads = self.threads.iter_mut().flat_map(|runs| runs.spans.as_flattened_mut());
        events.chain(talks).chain(threads).for_each(|at| *at -= zero);
    }

    /// Whether a client waited in vain.
    pub fn lost(&self) -> bool {
        self.talks.iter().any(|talk| talk.lost)
    }

    /// How much the game was held up: by late answers, by a late end, and by the longest silence of a thread that was
    /// awake, because the thread waited for a processor then.
    fn delay(&self) -> f64 {
        if self.lost() {
            return f64::INFINITY;
        }
        let answers: f64 = self.talks.iter().map(|talk| talk.answered - talk.sent).sum();
        let [start, end] = self.window();
        let pairs = self.events.windows(2).filter(|pair| (start..end).contains(&pair[0].at));
        let awake = pairs.filter(|pair| !matches!(&*pair[0].what, "park" | "unpark"));
        answers + end - start + awake.map(|pair| pair[1].at - pair[0].at).fold(0.0, f64::max)
    }

    /// The time that a picture shows.
    pub fn window(&self) -> [f64; 2] {
        [-300.0, self.talks.last().map_or(0.0, |talk| talk.answered) + 350.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_shortest_delay_shows_how_the_clocks_differ() {
        let line = |at, stamp: &str| (at, format!("   {stamp}s TRACE a::b: park"));
        let lines = [
            line(1_000_250.0, "0.000200000"),
            line(1_000_310.0, "0.000300000"),
            (1_000_320.0, "127.0.0.1:1 joined".to_owned()),
        ];
        let at: Vec<f64> = on_our_clock(&lines).iter().map(|event| event.at.round()).collect();
        assert_eq!(at, [1_000_210.0, 1_000_310.0]);
    }

    #[test]
    fn a_game_that_hangs_ends_a_little_after_the_last_event_before_the_silence() {
        let event = |at| Event::new(at, "runtime", "park", &[]);
        let talk = Talk { label: LABELS[0], sent: 100.0, answered: 1e6, lost: true };
        let events = [50.0, 300.0, 5300.0, 120_000.0].map(event).into();
        let mut game = Game { events, talks: vec![talk], threads: Vec::new(), panic: None };
        game.end_early();
        assert_eq!(game.talks[0].answered, 6300.0);
    }
}
