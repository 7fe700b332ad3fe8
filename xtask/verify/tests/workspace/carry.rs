//! Edits carried from step to step.

use crate::{fixture::Fixture, tasks::says};

/// A committed workspace.
fn committed() -> Fixture {
    let fixture = Fixture::new();
    fixture.commit();
    fixture
}

#[test]
fn an_edit_is_carried_and_later_differences_stay() {
    let fixture = committed();
    says(&fixture.run(&["carry", "2"]), 0, &["there is nothing to carry"]);
    fixture.replace("step02-two/src/executor.rs", "a < b", "a <= b");
    fixture.replace(
        "step02-two/tests/game.rs",
        "step02_two::game::play(5)",
        "step02_two::game::play(9)",
    );
    fixture.replace("step02-two/Cargo.toml", "[dependencies]\n", "[dependencies]\na = '1'\n");
    fixture.replace("step02-two/Cargo.toml", "capability 2", "something else");
    fixture.write("step02-two/examples/new.rs", "//! step02-two.\n\nfn main() {}\n");
    fixture.remove("step02-two/examples/hello.rs");
    let before = fixture.changed_files();
    let words = [
        "step03-three/Cargo.toml: written\n",
        "step03-three/examples/hello.rs: removed\n",
        "step03-three/examples/new.rs: written\n",
        "step03-three/src/executor.rs: written\n",
        "step03-three/tests/game.rs: written\n",
    ];
    let said = fixture.run(&["carry", "2", "--dry-run"]);
    says(&said, 0, &[&words[..], &["Nothing was written"]].concat());
    assert_eq!(fixture.changed_files(), before);
    says(&fixture.run(&["carry", "2"]), 0, &words);
    // What is there already is not carried twice.
    says(
        &fixture.run(&["carry", "2", "src/executor.rs"]),
        0,
        &["The later steps have these edits"],
    );

    let executor = fixture.read("step03-three/src/executor.rs");
    assert!(executor.contains("a <= b") && executor.contains("    8\n"), "{executor}");
    // The name is the later step's own again.
    assert!(fixture.read("step03-three/tests/game.rs").contains("step03_three::game::play(9)"));
    assert!(fixture.read("step03-three/examples/new.rs").starts_with("//! step03-three.\n"));
    let manifest = fixture.read("step03-three/Cargo.toml");
    assert!(manifest.ends_with("[dependencies]\na = '1'\n"), "{manifest}");
    assert!(manifest.contains("name = 'step03-three'") && manifest.contains("capability 3"));
}

#[test]
fn a_conflict_writes_nothing_and_names_the_place_and_the_way_on() {
    let fixture = committed();
    fixture.replace("step03-three/src/main.rs", "play(5)", "play(6)");
    fixture.commit();
    fixture.replace("step01-one/src/main.rs", "play(5)", "play(7)");
    let words = [
        "step03-three/src/main.rs:4: step01-one edits lines that have another text here",
        "nothing was written",
        "`cargo xtask carry 1 --to 2`",
    ];
    says(&fixture.run(&["carry", "1"]), 1, &words);
    assert_eq!(fixture.changed_files(), " M step01-one/src/main.rs\n");
    // The way on that it names works.
    says(&fixture.run(&["carry", "1", "--to", "2"]), 0, &[]);
    assert!(fixture.read("step02-two/src/main.rs").contains("play(7)"));
    assert!(fixture.read("step03-three/src/main.rs").contains("play(6)"));
    // A file with another text is not removed.
    fixture.remove("step02-two/src/executor.rs");
    says(&fixture.run(&["carry", "2"]), 1, &["step02-two drops this file, which has another text"]);
    says(&Fixture::new().run(&["carry", "1"]), 1, &["run it in a clone"]);
}
