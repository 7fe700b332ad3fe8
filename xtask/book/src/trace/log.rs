//! The log of a recorded game: what the runtime logged and what the clients did, in order. Zero is the first guess.

use super::{
    record::{Event, Recording},
    recording::rounded,
    state::MAIN,
};

/// Puts what the runtime logged and what the clients did into one list.
pub fn of(step: u8, recording: &Recording) -> Vec<Event> {
    let zero = recording.talks.first().map_or(0.0, |talk| talk.sent);
    let [start, end] = recording.window();
    let mut clients = Vec::new();
    for talk in &recording.talks {
        let name = match talk.label.split_once(' ') {
            Some(("A", _)) => "Player A's client",
            Some(("B", _)) => "Player B's client",
            _ => "",
        };
        let panic = recording.panic.as_deref().unwrap_or_default();
        let after = format!("{:.1}", talk.answered - talk.sent);
        let event = |at, what, fields: &[(&str, &str)]| Event::new(at, "clients", what, fields);
        match (talk.label, talk.lost) {
            ("game over", false) => clients.push(event(talk.sent, "game over", &[])),
            (label @ ("game over" | "exit"), _) => {
                clients.push(event(
                    talk.answered,
                    "no answer",
                    &[("for", label), ("panic", panic)],
                ));
            }
            (_, lost) => {
                clients.push(event(talk.sent, "guess", &[("client", name)]));
                clients.push(match lost {
                    true => {
                        event(talk.answered, "no answer", &[("client", name), ("panic", panic)])
                    }
                    false => event(talk.answered, "answer", &[("client", name), ("after", &after)]),
                });
            }
        }
    }
    let events = recording.events.iter().filter(|event| event.at <= end).cloned();
    let mut log: Vec<Event> = events.collect();
    if polls_all(step, &log) {
        log = without_idle_rounds(log, start, &clients);
    }
    log.extend(clients);
    log.sort_by(|a, b| a.at.total_cmp(&b.at));
    log.iter_mut().for_each(|event| event.at = rounded(event.at - zero));
    log
}

/// Whether a runtime polls every task in each round. A reader's step 03 does so until its second task is done.
pub fn polls_all(step: u8, log: &[Event]) -> bool {
    let wakes = |event: &Event| matches!(event.what.as_str(), "wake" | "park");
    step == 2 || step == 3 && !log.iter().any(wakes)
}

/// An executor that polls every task has hundreds of rounds in which nothing happens. Replaces those in a row by one
/// event, but keeps the first round, and the round that answers a guess with the one after it.
fn without_idle_rounds(events: Vec<Event>, start: f64, clients: &[Event]) -> Vec<Event> {
    let begins = |event: &Event| event.what == "poll" && event.field("task") == MAIN;
    let mut rounds: Vec<Vec<Event>> = vec![Vec::new()];
    for event in events {
        if begins(&event) {
            rounds.push(Vec::new());
        }
        rounds.last_mut().expect("there is one").push(event);
    }
    let is_idle = |round: &[Event]| {
        round.iter().all(|event| matches!(event.what.as_str(), "poll" | "pending"))
            && round.last().is_some_and(|last| last.what == "pending")
    };
    let longest =
        |round: &[Event]| round.windows(2).map(|pair| pair[1].at - pair[0].at).fold(0.0, f64::max);
    // The round that answers a guess has the longest poll between the guess and its answer.
    let mut kept: Vec<usize> =
        rounds.iter().position(|round| began(round) >= start).into_iter().collect();
    for pair in clients.windows(2).filter(|pair| pair[0].what == "guess") {
        let during = (0..rounds.len()).filter(|&at| {
            began(&rounds[at]) < pair[1].at
                && rounds[at].last().is_some_and(|last| last.at > pair[0].at)
        });
        let answers = during.max_by(|&a, &b| longest(&rounds[a]).total_cmp(&longest(&rounds[b])));
        kept.extend(answers.into_iter().flat_map(|at| [at, at + 1]));
    }
    let mut log = Vec::new();
    let mut idle: Option<(f64, usize)> = None;
    for (at, round) in rounds.into_iter().enumerate() {
        let begins = began(&round);
        let is_left_out = is_idle(&round) && !kept.contains(&at);
        let is_cut = clients
            .iter()
            .any(|client| idle.is_some_and(|(from, _)| from < client.at && client.at < begins));
        if !is_left_out || is_cut {
            log.extend(idle.take().map(several));
        }
        match is_left_out {
            true if begins >= start => {
                idle = Some(idle.map_or((begins, 1), |(from, count)| (from, count + 1)))
            }
            true => {}
            false => log.extend(round),
        }
    }
    log.extend(idle.map(several));
    log
}

fn began(round: &[Event]) -> f64 {
    round.first().map_or(f64::NEG_INFINITY, |event| event.at)
}

fn several((at, count): (f64, usize)) -> Event {
    Event::new(at, "", "rounds", &[("count", &count.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_in_which_nothing_happens_are_one_event_and_those_that_answer_are_kept() {
        let event = |at: usize, what| Event::new(at as f64, "runtime", what, &[("task", MAIN)]);
        let round =
            |at: usize| [event(at, "poll"), event(at + 1 + usize::from(at == 500) * 4, "pending")];
        let events: Vec<Event> = (0..100).flat_map(|number| round(10 * number)).collect();
        let clients = [event(503, "guess"), event(540, "answer")];
        let log = without_idle_rounds(events, 100.0, &clients);
        let whats: Vec<(&str, &str)> =
            log.iter().map(|event| (event.what.as_str(), event.field("count"))).collect();
        let kept = [("poll", ""), ("pending", "")];
        // The answer comes in the middle of the idle rounds, so they are two events.
        let idle = |count| [("rounds", count)];
        let expected = [&kept[..], &idle("39"), &kept, &kept, &idle("3"), &idle("45")].concat();
        assert_eq!(whats, expected);
    }
}
