//! The rules of the workspace: each one is broken, and the check finds the place.

use crate::{fixture::Fixture, tasks::says};

/// Checks the layout only.
const LAYOUT: &[&str] = &["test-all", "--suite", "layout"];

/// Ways to break a rule: a file, a text of it, what replaces the text, and what the check prints then. Without a text
/// the file is a new one.
const BROKEN: &[(&str, &str, &str, &[&str])] = &[
    (
        "step01-one/src/lib.rs",
        "#![forbid(unsafe_code)]",
        "// #![forbid(unsafe_code)]",
        &["step01-one/src/lib.rs:1: add `#![forbid(unsafe_code)]`"],
    ),
    (
        "step02-two/src/game.rs",
        "crate::executor",
        "step02_two::executor",
        &["step02-two/src/game.rs:3: the line has the step's name"],
    ),
    (
        "step03-three/src/waker.rs",
        "/// Wakes.",
        "/// Wakes step03-three.",
        &["step03-three/src/waker.rs:3: the line has the step's name"],
    ),
    (
        "step02-two/Cargo.toml",
        "[dependencies]",
        "[target.'cfg(unix)'.dev-dependencies]\nfirst = { package = 'step01-one', path = '../step01-one' }",
        &["step02-two depends on no other step", "copy what the step needs of step01-one"],
    ),
    (
        "step03-three/Cargo.toml",
        "number = 3",
        "number = 4",
        &["step03-three/Cargo.toml:1: set `number` to 3, and name the folder step03-"],
    ),
    (
        "step03-three/src/main.rs",
        "play(5)",
        "play(6)",
        &["the step changes src/main.rs. List it under `changes`"],
    ),
    (
        "step03-three/src/more.rs",
        "",
        "//! More.\n",
        &["the step adds src/more.rs. List it under `adds`"],
    ),
    (
        "step01-one/src/old.rs",
        "",
        "//! Old.\n",
        &["the step drops src/old.rs. List it under `drops`"],
    ),
    (
        "step03-three/Cargo.toml",
        "['src/lib.rs', ",
        "['tests/game.rs', 'src/lib.rs', 'src/lib.rs', 'src/game.rs', ",
        &[
            "`changes` lists tests/game.rs. List only files under src/",
            "`changes` lists src/game.rs wrongly",
            "`changes` lists a file twice",
        ],
    ),
    (
        "step03-three/examples/hello.rs",
        "fn main() {",
        "// step03-three: ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß\nfn main() {",
        &["step03-three/examples/hello.rs:3: 90 columns are allowed"],
    ),
    (
        "step02-two/src/game.rs",
        "min(guess, 3)",
        "min(3, guess)",
        &["step01-one/src/game.rs:12: `min(guess, 3)` is `min(3, guess)` in step02-two"],
    ),
    (
        "step03-three/src/runtime/more.rs",
        "",
        "//! Runs.\n\nuse crate::{\n    executor::min,\n    game::play,\n};\n\n/// [`crate::games`]\npub struct A;\n",
        &["step03-three/src/runtime/more.rs:3: the runtime uses the game"],
    ),
    (
        "step03-three/tests/executor.rs",
        "fn it_counts",
        "fn it_counts_anew",
        &["step02-two/tests/executor.rs: the step lacks its test executor::it_counts"],
    ),
    (
        "step03-three/Cargo.toml",
        "adds = ",
        "replaces = ['executor::it_counts']\nadds = ",
        &["`replaces` lists executor::it_counts, which is not gone"],
    ),
    (
        "step03-three/Cargo.toml",
        "edition = '2024'",
        "edition = '2024'\nautotests = false\ntest = [{ name = 'game' }]",
        &["step03-three/tests/executor.rs:1: no test binary has the tests of this file"],
    ),
    (
        "step03-three/src/waker.rs",
        "pub fn wake() {}\n",
        "pub fn wake() {}\n\n#[test]\nfn it_wakes() {}\n",
        &["step03-three/src/waker.rs:1: no test binary has the tests of this file"],
    ),
    (
        "step02-two/src/executor.rs",
        "/// Ends.",
        "/// Ends it.\n///\n/// Well.",
        &["README.md lacks this row", "| [`step02-two`](step02-two) | capability 2 | +"],
    ),
];

#[test]
fn a_broken_rule_is_found_at_its_place() {
    for (path, from, to, words) in BROKEN {
        let fixture = Fixture::new();
        match from.is_empty() {
            true => fixture.write(path, to),
            false => fixture.replace(path, from, to),
        }
        says(&fixture.run(LAYOUT), 1, words);
    }
    let fixture = Fixture::new();
    fixture.write("step03-three/examples/hello.rs", &"const A: () = ();\n".repeat(251));
    says(&fixture.run(LAYOUT), 1, &["step03-three/examples/hello.rs:251: 250 lines are allowed"]);
}

#[test]
fn tests_examples_and_use_items_of_the_game_may_differ() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/tests/game.rs", "play(5)", "play(6)");
    fixture.write("step03-three/examples/more.rs", "//! More.\n\nfn main() {}\n");
    fixture.remove("step03-three/tests/executor.rs");
    let replaces = "replaces = ['executor::it_counts']\nadds = ";
    fixture.replace("step03-three/Cargo.toml", "adds = ", replaces);
    let uses = "use std::fmt;\n\nuse crate::{\n    executor::min,\n};\n";
    for step in ["step02-two", "step03-three"] {
        fixture.replace(&format!("{step}/src/game.rs"), "use crate::executor::min;\n", uses);
    }
    fixture.refresh_readme();
    says(&fixture.run(LAYOUT), 0, &["33 passed, 0 failed\n"]);
}
