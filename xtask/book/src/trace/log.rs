//! The log of a recorded game: what the runtime logged and what the clients did, in order. Zero is the first guess.

use super::{
    record::{Event, Game},
    state::MAIN,
    timeline::rounded,
};

/// Puts what the runtime logged and what the clients did into one list.
pub fn of(step: u8, game: &Game) -> Vec<Event> {
    let panic = game.panic.as_deref().unwrap_or_default();
    let event = |at, what, fields: &[(&str, &str)]| Event::new(at, "clients", what, fields);
    let mut clients = Vec::new();
    for talk in &game.talks {
        let player = talk.label.strip_suffix(" guesses");
        let client = player.map_or(String::new(), |player| format!("Player {player}'s client"));
        let after = format!("{:.1}", talk.answered - talk.sent);
        if player.is_some() {
            clients.push(event(talk.sent, "guess", &[("client", &client)]));
        }
        let why = [("client", &*client), ("for", talk.label), ("panic", panic)];
        clients.push(match (talk.lost, player) {
            (true, _) => event(talk.answered, "no answer", &why),
            (_, Some(_)) => {
                event(talk.answered, "answer", &[("client", &client), ("after", &after)])
            }
            _ => event(talk.answered, "game over", &[]),
        });
    }
    let [start, end] = game.window();
    let events = game.events.iter().filter(|event| event.at <= end).cloned();
    let mut log: Vec<Event> = events.collect();
    if polls_all(step, &log) {
        log = without_idle_rounds(&log, start, &clients);
    }
    log.extend(clients);
    log.sort_by(|a, b| a.at.total_cmp(&b.at));
    log.iter_mut().for_each(|event| event.at = rounded(event.at));
    log
}

/// Whether a runtime polls every task in each round. A reader's step 03 does so until its second task is done.
pub fn polls_all(step: u8, log: &[Event]) -> bool {
    let wakes = |event: &Event| matches!(event.what.as_str(), "wake" | "park");
    step == 2 || step == 3 && !log.iter().any(wakes)
}

/// An executor that polls every task has hundreds of rounds in which nothing happens. Replaces those in a row by one
/// event, but keeps the first round, and the round that answers a guess with the one after it.
fn without_idle_rounds(events: &[Event], start: f64, clients: &[Event]) -> Vec<Event> {
    let begins = |event: &Event| event.what == "poll" && event.field("task") == MAIN;
    let rounds: Vec<&[Event]> = events.chunk_by(|_, next| !begins(next)).collect();
    let is_idle = |round: &[Event]| {
        round.iter().all(|event| matches!(event.what.as_str(), "poll" | "pending"))
            && round.last().is_some_and(|last| last.what == "pending")
    };
    let longest =
        |round: &[Event]| round.windows(2).map(|pair| pair[1].at - pair[0].at).fold(0.0, f64::max);
    // The round that answers a guess has the longest poll between the guess and its answer.
    let mut kept: Vec<usize> =
        rounds.iter().position(|round| round[0].at >= start).into_iter().collect();
    for pair in clients.windows(2).filter(|pair| pair[0].what == "guess") {
        let during = (0..rounds.len()).filter(|&at| {
            rounds[at][0].at < pair[1].at
                && rounds[at].last().is_some_and(|last| last.at > pair[0].at)
        });
        let answers = during.max_by(|&a, &b| longest(rounds[a]).total_cmp(&longest(rounds[b])));
        kept.extend(answers.into_iter().flat_map(|at| [at, at + 1]));
    }
    let mut log: Vec<Event> = Vec::new();
    let mut count = 0;
    for (number, round) in rounds.into_iter().enumerate() {
        let at = round[0].at;
        if !is_idle(round) || kept.contains(&number) {
            log.extend_from_slice(round);
        } else if at >= start {
            let is_between = |from: f64| clients.iter().any(|it| from < it.at && it.at < at);
            let last = log.pop_if(|last| last.what == "rounds" && !is_between(last.at));
            count = if last.is_some() { count + 1 } else { 1 };
            let from = last.map_or(at, |last| last.at);
            log.push(Event::new(from, "", "rounds", &[("count", &count.to_string())]));
        }
    }
    log
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
        let log = without_idle_rounds(&events, 100.0, &clients);
        let whats: Vec<(&str, &str)> =
            log.iter().map(|event| (event.what.as_str(), event.field("count"))).collect();
        let kept = [("poll", ""), ("pending", "")];
        // The answer comes in the middle of the idle rounds, so they are two events.
        let idle = |count| [("rounds", count)];
        let expected = [&kept[..], &idle("39"), &kept, &kept, &idle("3"), &idle("45")].concat();
        assert_eq!(whats, expected);
    }
}
