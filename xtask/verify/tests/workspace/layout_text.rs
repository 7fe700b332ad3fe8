//! The rules about the text of files: each one planted against, and caught.

use crate::{
    fixture::Fixture,
    layout::{fails, holds},
};

#[test]
fn a_crates_own_name_in_its_source_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/game.rs", "crate::executor", "step02_two::executor");
    fails(
        &fixture,
        &[
            "step02-two names itself only",
            "step02-two/src/game.rs:3: the file contains `step02_two`",
        ],
    );
}

#[test]
fn a_crates_own_name_in_prose_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/src/waker.rs", "/// Wakes.", "/// Wakes step03-three.");
    fails(&fixture, &["step03-three/src/waker.rs:3: the file contains"]);
}

#[test]
fn another_steps_name_is_caught_in_code_and_in_doc_examples() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/examples/hello.rs", "step02_two", "step01_one");
    fixture.replace("step03-three/src/game.rs", "step03_three", "step02_two");
    fails(
        &fixture,
        &[
            "step02-two/examples/hello.rs:4: the code names `step01-one`",
            "step03-three/src/game.rs:8: the code names `step02-two`",
        ],
    );
}

#[test]
fn a_change_of_the_game_beyond_its_use_items_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/game.rs", "min(guess, 3)", "min(3, guess)");
    fails(
        &fixture,
        &[
            "step02-two changes only the `use` items of its game",
            "step01-one/src/game.rs:12: `min(guess, 3)`",
        ],
    );
}

#[test]
fn a_use_item_of_several_lines_may_change() {
    let fixture = Fixture::new();
    fixture.replace(
        "step02-two/src/game.rs",
        "use crate::executor::min;\n",
        "use std::fmt;\n\nuse crate::{\n    executor::min,\n};\n",
    );
    let text = fixture.read("step02-two/src/game.rs");
    fixture.write("step03-three/src/game.rs", &text.replace("step02_two", "step03_three"));
    fixture.refresh_readme();
    holds(&fixture);
}

#[test]
fn a_new_file_of_the_game_is_caught() {
    let fixture = Fixture::new();
    for step in ["step02-two", "step03-three"] {
        fixture.write(&format!("{step}/src/game/lines.rs"), "//! Lines.\n");
    }
    fails(&fixture, &["step02-two/src/game/lines.rs:1: `//! Lines.` is only in step02-two"]);
}

#[test]
fn a_runtime_that_mentions_the_game_is_caught() {
    let fixture = Fixture::new();
    let text = "//! Runs.\n\nuse crate::{\n    executor::min,\n    game::play,\n};\n\n\
                /// Is like [`play`](crate::game::play).\npub struct GameLike;\n";
    fixture.write("step03-three/src/runtime/more.rs", text);
    let place = "step03-three/src/runtime/more.rs";
    fails(
        &fixture,
        &[
            "step03-three keeps its runtime free of the game",
            &format!("{place}:3: the runtime mentions the game"),
            &format!("{place}:8: the runtime mentions the game"),
        ],
    );
}

#[test]
fn a_file_that_is_too_long_is_caught() {
    let fixture = Fixture::new();
    fixture.write("step03-three/examples/hello.rs", &"const A: () = ();\n".repeat(251));
    fails(&fixture, &["step03-three/examples/hello.rs:251: the file has 251 lines, and 250 are"]);
}

#[test]
fn a_line_that_is_too_wide_is_caught_and_the_steps_own_name_counts_in_full() {
    let fixture = Fixture::new();
    let line = |columns: usize| format!("// step03-three {}\n", "ß".repeat(columns - 16));
    fixture.write("step03-three/examples/hello.rs", &format!("{}{}", line(90), line(91)));
    fails(&fixture, &["step03-three/examples/hello.rs:2: the line has 91 columns, and 90 are"]);
}

#[test]
fn a_library_that_does_not_forbid_unsafe_code_is_caught() {
    let fixture = Fixture::new();
    fixture.replace(
        "step01-one/src/lib.rs",
        "#![forbid(unsafe_code)]",
        "// #![forbid(unsafe_code)]",
    );
    fails(&fixture, &["step01-one/src/lib.rs:1: the library allows unsafe code"]);
}
