//! The executor against the model of its tests: random programs of tasks that spawn, wake,
//! cancel, detach and await each other.
#![no_main]

extern crate step06_server as step;

#[allow(dead_code, reason = "the strategies are for proptest")]
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
        // A thread is slow to start, so this is rare.
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
        on_drop: acts(u, 2)?,
        on_drop_of_output: acts(u, 2)?,
        drops_panic: u.ratio(1, 8)?,
    })
}

/// Reads a program from the bytes.
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
        // The programs panic on purpose. The outcome shows whether a panic was wrong.
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
