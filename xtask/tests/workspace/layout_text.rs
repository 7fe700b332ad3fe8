//! The rules about the text of files: each one planted against, and caught.

use crate::{
    fixture::Fixture,
    layout::{fails, holds},
};

/// That many lines of code.
fn constants(prefix: &str, count: usize) -> String {
    (0..count).map(|n| format!("const {prefix}{n}: usize = {n};\n")).collect()
}

#[test]
fn a_crates_own_name_in_its_source_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/src/game.rs", "crate::executor", "step02_two::executor");
    fails(
        &fixture,
        &["step02-two says its own name only", "step02-two/src/game.rs:3: says `step02_two`"],
    );
}

#[test]
fn a_crates_own_name_in_prose_is_caught() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/src/waker.rs", "/// Wakes.", "/// Wakes step03-three.");
    fails(&fixture, &["step03-three/src/waker.rs:3: says"]);
}

#[test]
fn another_steps_name_is_caught_in_code_and_in_doc_examples() {
    let fixture = Fixture::new();
    fixture.replace("step02-two/examples/hello.rs", "step02_two", "step01_one");
    fixture.replace("step03-three/src/game.rs", "step03_three", "step02_two");
    fails(
        &fixture,
        &[
            "step02-two/examples/hello.rs:4: names `step01-one`",
            "step03-three/src/game.rs:8: names `step02-two`",
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
            "step02-two changes game.rs in its `use` items only",
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
fn a_step_that_changes_too_much_is_caught() {
    let fixture = Fixture::new();
    for name in ["a", "b"] {
        let path = format!("step03-three/src/{name}.rs");
        fixture.write(&path, &constants("A", 200));
    }
    fails(
        &fixture,
        &[
            "step03-three changes no more lines of code",
            "lines of code of step02-two, more than 380",
        ],
    );
}

#[test]
fn comments_and_blank_lines_do_not_count_as_changes() {
    let fixture = Fixture::new();
    // More of each than the lines of code that a step may change.
    for name in ["a", "b", "c", "d"] {
        let path = format!("step03-three/src/{name}.rs");
        fixture.write(&path, &"// A comment.\n\n".repeat(100));
    }
    fixture.replace(
        "step03-three/Cargo.toml",
        "['src/waker.rs'",
        "['src/a.rs', 'src/b.rs', 'src/c.rs', 'src/d.rs', 'src/waker.rs'",
    );
    fixture.refresh_readme();
    holds(&fixture);
}

#[test]
fn a_file_that_is_too_long_is_caught_in_a_step_and_beside_it() {
    let fixture = Fixture::new();
    fixture.write("step03-three/examples/hello.rs", &constants("A", 251));
    fixture.write("xtask/Cargo.toml", "[package]\nname = 'xtask'\n");
    fixture.write("xtask/src/main.rs", &constants("A", 300));
    fails(
        &fixture,
        &[
            "step03-three/examples/hello.rs:251: has 251 lines, more than 250",
            "xtask/src/main.rs:300: has 300 lines, more than 250",
        ],
    );
}

#[test]
fn unsafe_code_is_caught_in_a_step_and_beside_it() {
    let fixture = Fixture::new();
    fixture.replace("step03-three/src/waker.rs", "{}", "{\n    unsafe { danger() }\n}");
    fixture.write("xtask/Cargo.toml", "[package]\nname = 'xtask'\n");
    fixture.write("xtask/src/main.rs", "fn main() { unsafe {} }\n");
    fails(
        &fixture,
        &["step03-three/src/waker.rs:5: unsafe code", "xtask/src/main.rs:1: unsafe code"],
    );
}

#[test]
fn the_word_unsafe_in_comments_and_strings_and_the_one_example_is_fine() {
    let fixture = Fixture::new();
    let path = "step03-three/examples/raw_waker.rs";
    fixture.write(path, "//! Unsafe.\n\nfn main() {\n    unsafe {}\n}\n");
    fixture.replace(
        "step03-three/Cargo.toml",
        "['src/waker.rs'",
        "['examples/raw_waker.rs', 'src/waker.rs'",
    );
    let text =
        "//! Wakes.\n\n/// Not unsafe.\npub fn wake() {\n    print!(\"unsafe\"); // unsafe\n}\n";
    fixture.write("step03-three/src/waker.rs", text);
    fixture.refresh_readme();
    holds(&fixture);
}

#[test]
fn a_library_that_does_not_forbid_unsafe_code_is_caught() {
    let fixture = Fixture::new();
    fixture.replace(
        "step01-one/src/lib.rs",
        "#![forbid(unsafe_code)]",
        "// #![forbid(unsafe_code)]",
    );
    fails(&fixture, &["step01-one/src/lib.rs:1: does not forbid unsafe code"]);
}
