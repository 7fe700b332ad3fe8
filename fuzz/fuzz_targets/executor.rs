//! Whatever tasks do to each other, the executor does what the model of the tests does.
#![no_main]

#[path = "../../step06-server/tests/program/mod.rs"]
mod program;

use std::{panic, process};

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;

use program::{Act, End, Main, Outcome, Program, Script, Way};

fn act(u: &mut Unstructured<'_>) -> Result<Act> {
    let which = u8::arbitrary(u)?;
    Ok(match u.int_in_range(0..=9)? {
        0 | 1 => Act::Spawn(which),
        2 => Act::Wake(which, Way::ByRef),
        3 => Act::Wake(which, Way::ByValue),
        4 => Act::Wake(which, Way::ByClone),
        // Starting a thread takes longer than all the rest.
        5 if u.ratio(1, 16)? => Act::Wake(which, Way::OnAnotherThread),
        5 => Act::Wake(which, Way::ByRef),
        6 => Act::Cancel(which),
        7 => Act::Detach(which),
        8 => Act::Join(which),
        _ => Act::Forget(which),
    })
}

fn acts(u: &mut Unstructured<'_>, most: usize) -> Result<Vec<Act>> {
    (0..u.int_in_range(0..=most)?).map(|_| act(u)).collect()
}

fn script(u: &mut Unstructured<'_>) -> Result<Script> {
    let mut polls = Vec::new();
    for _ in 0..u.int_in_range(0..=6)? {
        let end = match u.int_in_range(0..=7)? {
            0..=4 => End::Pending,
            5 | 6 => End::Ready,
            _ => End::Panic,
        };
        polls.push((acts(u, 4)?, end));
    }
    Ok(Script {
        polls,
        when_dropped: acts(u, 2)?,
        when_its_output_is_dropped: acts(u, 2)?,
        drops_panic: u.ratio(1, 8)?,
    })
}

/// Reads a program off the bytes.
fn program(u: &mut Unstructured<'_>) -> Result<Program> {
    let mut scripts = Vec::new();
    for _ in 0..u.int_in_range(1..=5)? {
        scripts.push(script(u)?);
    }
    let (main_panics, mut main) = (u.ratio(1, 16)?, Vec::new());
    while !u.is_empty() && main.len() < 64 {
        main.push(match u.int_in_range(0..=7)? {
            0..=4 => Main::Act(act(u)?),
            5 | 6 => Main::Turn,
            _ => Main::Idle,
        });
    }
    Ok(Program { scripts, main, main_panics })
}

fuzz_target!(
    init: {
        // Panics are part of the programs, and of what the runtime promises: the outcome says whether one is wrong.
        panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
        let Ok(program) = program(&mut Unstructured::new(bytes)) else { return };
        let outcome = program::run(&program);
        if outcome != (Outcome { polls: outcome.polls, ..Outcome::default() }) {
            eprintln!("{program:#?}\n{outcome:#?}");
            process::abort();
        }
    }
);
