//! Edits carried from step to step.

use crate::fixture::Fixture;

/// A committed workspace.
fn committed() -> Fixture {
    let fixture = Fixture::new();
    fixture.commit();
    fixture
}

#[test]
fn an_edit_is_carried_and_later_differences_stay() {
    let fixture = committed();
    fixture.replace("step02-two/src/executor.rs", "a < b", "a <= b");
    fixture.replace(
        "step02-two/tests/game.rs",
        "step02_two::game::play(5), 3)",
        "step02_two::game::play(9), 3)",
    );
    let said = fixture.run(&["carry", "2"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let executor = fixture.read("step03-three/src/executor.rs");
    assert!(executor.contains("a <= b") && executor.contains("    8\n"), "{executor}");
    // The name is the later step's own again.
    let test = fixture.read("step03-three/tests/game.rs");
    assert!(test.contains("step03_three::game::play(9)"), "{test}");
    let cells: Vec<Vec<&str>> =
        said.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(cells[0], ["file", "step", "03"]);
    assert_eq!(cells[1], ["src/executor.rs", "merged"]);
    assert_eq!(cells[2], ["tests/game.rs", "taken"]);
}

#[test]
fn an_edit_of_the_first_step_reaches_the_last() {
    let fixture = committed();
    fixture.replace("step01-one/src/game.rs", "min(guess, 3)", "min(guess, 4)");
    assert_eq!(fixture.run(&["carry", "1"]).code, Some(0));
    for step in ["step02-two", "step03-three"] {
        let game = fixture.read(&format!("{step}/src/game.rs"));
        assert!(game.contains("min(guess, 4)") && game.contains("use crate::executor"), "{game}");
    }
    // What is there already is not carried twice.
    let said = fixture.run(&["carry", "1"]);
    assert!(said.out.contains("has it"), "{}", said.out);
}

#[test]
fn a_conflict_writes_nothing_anywhere() {
    let fixture = committed();
    fixture.replace("step02-two/src/executor.rs", "    7", "    70");
    fixture.replace("step02-two/tests/game.rs", "play(5)", "play(9)");
    let before = fixture.changed_files();
    let said = fixture.run(&["carry", "2"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(fixture.changed_files(), before);
    let place = "step03-three/src/executor.rs:16 against step02-two/src/executor.rs:16";
    assert!(said.err.contains(place), "{}", said.err);
    assert!(
        said.err.contains("nothing was written") && said.err.contains("carry 3"),
        "{}",
        said.err
    );
}

#[test]
fn a_conflict_in_a_later_step_keeps_the_step_between_as_it_is() {
    let fixture = committed();
    fixture.replace("step03-three/src/main.rs", "play(5)", "play(6)");
    fixture.commit();
    fixture.replace("step01-one/src/main.rs", "play(5)", "play(7)");
    let said = fixture.run(&["carry", "1"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("carry 1 --to 2"), "{}", said.err);
    assert_eq!(fixture.changed_files(), " M step01-one/src/main.rs\n");
    // The way on that it names works.
    assert_eq!(fixture.run(&["carry", "1", "--to", "2"]).code, Some(0));
    assert!(fixture.read("step02-two/src/main.rs").contains("play(7)"));
    assert!(fixture.read("step03-three/src/main.rs").contains("play(6)"));
}

#[test]
fn new_files_are_added_and_deleted_ones_removed() {
    let fixture = committed();
    fixture.write("step01-one/examples/new.rs", "//! step01-one.\n\nfn main() {}\n");
    fixture.remove("step01-one/tests/game.rs");
    let said = fixture.run(&["carry", "1"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(fixture.read("step03-three/examples/new.rs").starts_with("//! step03-three.\n"));
    assert!(!fixture.root().join("step02-two/tests/game.rs").exists());
}

#[test]
fn a_file_that_a_later_step_changed_is_not_removed_with_the_first() {
    let fixture = committed();
    fixture.remove("step02-two/src/executor.rs");
    let said = fixture.run(&["carry", "2"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("here it has a text of its own"), "{}", said.err);
}

#[test]
fn a_dependency_is_carried_and_what_a_step_says_of_itself_is_not() {
    let fixture = committed();
    fixture.replace("step01-one/Cargo.toml", "[dependencies]\n", "[dependencies]\na = '1'\n");
    fixture.replace("step01-one/Cargo.toml", "capability 1", "something else");
    assert_eq!(fixture.run(&["carry", "1"]).code, Some(0));
    let manifest = fixture.read("step03-three/Cargo.toml");
    assert!(manifest.ends_with("[dependencies]\na = '1'\n"), "{manifest}");
    assert!(
        manifest.contains("name = 'step03-three'") && manifest.contains("capability 3"),
        "{manifest}"
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let fixture = committed();
    fixture.replace("step02-two/src/executor.rs", "a < b", "a <= b");
    let said = fixture.run(&["carry", "2", "--dry-run"]);
    assert!(
        said.out.contains("merged") && said.out.contains("Nothing was written"),
        "{}",
        said.out
    );
    assert_eq!(fixture.changed_files(), " M step02-two/src/executor.rs\n");
}

#[test]
fn without_edits_there_is_nothing_to_carry() {
    let said = committed().run(&["carry", "1"]);
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains("nothing to carry"), "{}", said.out);
}

#[test]
fn without_a_commit_it_says_what_it_needs() {
    let said = Fixture::new().run(&["carry", "1"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("run it in a clone"), "{}", said.err);
}
