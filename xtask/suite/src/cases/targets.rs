//! Rules about the targets.

use std::collections::HashSet;

use anyhow::Result;

use super::{Case, Ctx, idle};
use crate::{bisection, client::Client};
use kit::verdict::ensure;

/// How many targets a case looks at. Chance breaks the bounds below less than once in 100,000 runs.
const TARGETS: usize = 60;

pub(super) const CASES: &[Case] = &[
    Case::new(1, "targets lie in 1..=100 and are spread over it", targets_are_spread),
    Case::new(1, "each connection has a target of its own", targets_are_the_connections),
    Case::new(1, "a connection keeps its target", target_stays),
];

fn targets_are_spread(ctx: &Ctx<'_>) -> Result<()> {
    let mut quarters = [0; 4];
    let mut different = HashSet::new();
    for _ in 0..TARGETS {
        // A right guess ends the game, so each target takes a game of its own.
        let server = ctx.start("60s", &[])?;
        let mut client = Client::connect(server.addr())?;
        let target = bisection::win(&mut client)?;
        quarters[(target - 1) / 25] += 1;
        different.insert(target);
    }
    ensure(
        different.len() >= 30 && quarters.iter().all(|&quarter| quarter >= 2),
        format!("{TARGETS} targets spread over 1..=100"),
        format!("{} different ones, {quarters:?} in the quarters", different.len()),
    )
}

fn targets_are_the_connections(ctx: &Ctx<'_>) -> Result<()> {
    // Every client guesses the middle. If they shared a target, all of them would get the same answer.
    let (mut lower, mut higher) = (0, 0);
    'games: loop {
        let server = ctx.start("60s", &[])?;
        let mut clients = Vec::new();
        while lower + higher < TARGETS {
            let mut client = idle::player(&server)?;
            client.ask("101\n", "Too high!")?;
            client.send("50\n")?;
            match client.line()?.as_deref() {
                Some("Too high!") => lower += 1,
                Some("Too low!") => higher += 1,
                // One in a hundred is right, which ends the game. Start over with a new game.
                Some("Correct!") => {
                    (lower, higher) = (0, 0);
                    continue 'games;
                }
                other => return ensure(false, "an answer to 50", format!("{other:?}")),
            }
            clients.push(client);
        }
        return ensure(
            lower > 5 && higher > 5,
            format!("targets of {TARGETS} connections on both sides of 50"),
            format!("{lower} below and {higher} above"),
        );
    }
}

fn target_stays(ctx: &Ctx<'_>) -> Result<()> {
    'games: loop {
        let server = ctx.start("60s", &[])?;
        let mut client = Client::connect(server.addr())?;
        let mut answers = Vec::new();
        for guess in [20, 40, 60, 80].repeat(5) {
            client.send(format!("{guess}\n"))?;
            match client.line()? {
                Some(answer) if answer == "Correct!" => continue 'games,
                answer => answers.push(answer),
            }
        }
        return ensure(
            answers.chunks(4).all(|chunk| chunk == &answers[..4]),
            "the same answers to the same guesses",
            format!("{answers:?}"),
        );
    }
}
