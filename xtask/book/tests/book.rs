//! `docs` on a small workspace, and `trace` on the real steps.

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../kit/fixture.rs"]
mod fixture;

#[allow(dead_code, reason = "not every crate needs all of it")]
#[path = "../../kit/series.rs"]
mod series;

use std::{fs, path::Path, process::Command};

use fixture::{Fixture, Said};
use serde_json::Value;
use series::says;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_xtask-book");

/// The page that most tests write.
const PAGE: &str = "docs/src/page.md";

const EXECUTOR: &str = "step02-two/src/executor.rs";

/// A workspace with a book, one page of which has this text.
fn book(text: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write(PAGE, text);
    let pages = ["1", "2", "3", "page"].map(|page| format!("- [{page}]({page}.md)\n"));
    fixture.write("docs/src/SUMMARY.md", &format!("# Summary\n\n{}", pages.concat()));
    fixture
}

/// Checks the book, in which exactly these things are wrong.
fn finds(fixture: &Fixture, problems: &[&str]) -> Said {
    let said = fixture.run(&["docs", "--check"]);
    says(&said, 1, problems);
    let failed = format!(" passed, {} failed", problems.len());
    assert!(said.out.contains(&failed), "{}", said.out);
    said
}

fn passes(fixture: &Fixture) {
    says(&fixture.run(&["docs", "--check"]), 0, &[" 0 failed"]);
}

#[test]
fn fences_are_filled_and_stay_true_to_the_code() {
    let text = "# A page\n\n<!-- code: step02-two/src/executor.rs#count -->\n\nProse.\n\n1. A list\n\n   \
                <!-- code: step03-three/src/lib.rs; from \"pub mod waker\" -->\n\n\
                <!-- code: step02-two/src/executor.rs#end -->\n\n<!-- diffstat: 02 03 -->\n\n\
                <!-- ladder: 3 -->\n";
    let fixture = book(text);
    says(&fixture.run(&["docs", "--page", "2"]), 0, &[]);
    assert_eq!(fixture.read(PAGE), text);
    says(&fixture.run(&["docs"]), 0, &["docs/src/page.md: 5 fences filled"]);
    let page = fixture.read(PAGE);
    for part in [
        "-->\n_[`step02-two/src/executor.rs`](../../step02-two/src/executor.rs): `count`_\n\n```rust\npub fn count() -> usize {\n    \
         let first = 1;\n    first\n}\n```\n\nProse.\n",
        "   ```rust\n   pub mod waker;\n   ```\n",
        "```rust\npub fn end() -> usize {\n    7\n}\n```\n",
        "```console\n$ cargo xtask diff 2 3 --stat\n",
        "step 02  step 03\n",
        "\nidle without CPU    not yet  yes\n",
    ] {
        assert!(page.contains(part), "no {part:?} in:\n{page}");
    }
    passes(&fixture);

    fixture.replace(EXECUTOR, "let first = 1;", "let first = 2;");
    fixture.replace(PAGE, "`end`_", "`and`_");
    finds(&fixture, &["executor.rs#count\n", "executor.rs#end\n", "diffstat: 02 03\n"]);
    says(&fixture.run(&["docs"]), 0, &["page.md: 3 fences filled"]);
    passes(&fixture);
}

#[test]
fn what_is_wrong_with_a_page_is_reported_with_its_line() {
    let at = "<!-- code: step02-two/src/executor.rs";
    let fixture = book(&format!(
        "{at}#counts -->\n\n{at}#Twice::a -->\n\n<!-- code: step02-two/src/none.rs -->\n\n{at}#count; from \"none\" -->\n\n\
         <!-- diffstat: 02 9 -->\n\n<!-- ladder: three -->\n\n\
         <!-- run: cargo run -p step01-one --example none -->\n\n<!-- bug: none -->\n\n[b](none.md) [c](1.md#none) \
         [d](../../../none) [e](../../step01-one/src/lib.rs#L3)\n[f](1.md#a-chapter)\n\n```\na\n```\n\nNobody waits.\n"
    ));
    let twice = "impl A for Twice { fn a() {} }\nimpl B for Twice { fn a() {} }\n";
    fixture.write(EXECUTOR, &format!("{}{twice}", fixture.read(EXECUTOR)));
    fixture.write("docs/src/more.md", "# More\n");
    fixture.replace(EXECUTOR, "/// Counts.", "/// Whoever asks counts.");
    fixture.write("xtask/hints/step01.toml", "[[hint]]\ntext = \"Poll so many tasks.\"\n");
    let said = fixture.run(&["docs", "--check"]);
    let problems = [
        "page.md:1: code: step02-two/src/executor.rs#counts\n    in step02-two/src/executor.rs: there is no item `counts`",
        "page.md:3: ",
        "`Twice::a` is two items",
        "there is no file step02-two/src/none.rs",
        "no line contains `from \"none\"`",
        "there is no step 9",
        "`three`: write the number of a step",
        "step01-one has no example none",
        "there is no bug `none`",
        "page.md:17: the link to `none.md` leads nowhere: there is no docs/src/none.md",
        "docs/src/1.md has no heading `#none`. It has a-chapter",
        "it leaves the workspace",
        "is no page, so it has no anchors",
        "page.md:20: this fence has no language",
        "page.md:24: \"Nobody\" is hard to read. Name them",
        "docs/src/SUMMARY.md does not list docs/src/more.md",
        "step02-two/src/executor.rs:8: \"Whoever\" is hard to read. Name the noun",
        "xtask/hints/step01.toml:2: \"so many tasks\" is hard to read",
    ];
    says(&said, 1, &problems);
    says(
        &fixture.run(&["docs", "--page", "9"]),
        1,
        &["there is no such page. The pages are docs/"],
    );
}

#[test]
fn a_chapter_with_the_coverage_comment_shows_what_its_step_changes_or_is_excused() {
    let fixture = book("# A page\n");
    let lib = "<!-- code: step03-three/src/lib.rs -->\n\n";
    let waker = "<!-- code: step03-three/src/waker.rs -->\n\n";
    let end = "<!-- code: step03-three/src/executor.rs#end -->\n\n";
    let show = |shown: &[&str]| {
        fixture.write("docs/src/3.md", &format!("<!-- coverage -->\n\n{}", shown.concat()));
        fixture.run(&["docs"])
    };
    says(&show(&[lib, waker, end]), 0, &[]);
    let gaps = [
        "docs/src/3.md shows what step03-three changes",
        "2 of 3 new lines of code",
        "step03-three/src/lib.rs: mod waker: line 6",
        "step03-three/src/waker.rs: wake: line 4",
    ];
    says(&show(&[end]), 1, &gaps);
    // A line of the step before shows nothing of this step.
    let old = end.replace("03-three", "02-two");
    says(&show(&[lib, waker, &old]), 1, &["step03-three/src/executor.rs: end: line 16"]);

    let excuse = |entry: &str| {
        let entry = format!("\n[[package.metadata.step.unshown]]\n{entry}\n\n[dependencies]");
        fixture.replace("step03-three/Cargo.toml", "\n[dependencies]", &entry);
    };
    excuse("file = 'src/waker.rs'\nitem = 'wake'\nreason = 'obvious'");
    says(&show(&[lib, end]), 0, &[]);
    excuse("file = 'src/lib.rs'\nreason = 'obvious'");
    let unneeded =
        "`unshown` names src/waker.rs wake, but the chapter shows all that the step adds";
    says(&show(&[waker, end]), 1, &[unneeded, "1 failed"]);
}

#[test]
fn the_fences_of_a_task_show_its_versions_and_count_as_shown() {
    let fixture = series::with_series();
    let solution = "<!-- task: 02 2 src/executor.rs#count -->\n";
    let chapter = "<!-- coverage -->\n# Two\n\n## Task 1: the smaller\n\n<!-- task: 02 1 src/lib.rs; from \"pub mod ex\" context 0 -->\n\n\
         <!-- task: 02 1 src/game.rs -->\n\n<!-- task: 02 1 src/executor.rs#min -->\n\n## Task 2: count\n\n\
         <!-- start: 02 2 src/executor.rs -->\n\n<!-- naive: 02 2 src/executor.rs#count -->\n\n";
    fixture.write("docs/src/2.md", &format!("{chapter}{solution}"));
    says(&fixture.run(&["docs", "--page", "2"]), 0, &["docs/src/2.md: 6 fences filled"]);
    let page = fixture.read("docs/src/2.md");
    let file = "[`src/executor.rs`](../../step02-two/src/executor.rs)";
    for part in [
        "), task 1, in `mod executor`_\n\n```rust\npub mod executor;\n```\n",
        "), task 1, in `use`_\n\n```diff\n-use std::cmp::min;\n+use crate::executor::min;\n",
        // A task that only adds lines shows them without signs.
        &format!(
            "_{file}, task 1: `min`_\n\n```rust\npub fn min(a: usize, b: usize) -> usize {{\n"
        ),
        &format!("_{file}, laid out for task 2, in `count`_\n\n```diff\n"),
        "+pub fn count() -> usize {\n+    todo!()\n+}\n",
        &format!(
            "_{file}, the obvious version of task 2: `count`_\n\n```rust\npub fn count() -> usize {{\n    let first = 2;\n"
        ),
        &format!(
            "_{file}, task 2: `count`_\n\n```rust\npub fn count() -> usize {{\n    let first = 1;\n"
        ),
    ] {
        assert!(page.contains(part), "no {part:?} in:\n{page}");
    }
    fixture.write(
        "docs/src/2.md",
        &chapter.replace("<!-- naive: 02 2 src/executor.rs#count -->\n", ""),
    );
    let gap = ["new lines of code are in no fence", "executor.rs: count: line 10, 11"];
    says(&fixture.run(&["docs", "--page", "2"]), 1, &gap);
    let wrong = "<!-- task: 02 3 src/lib.rs -->\n\n<!-- start: 02 1 src/lib.rs -->\n\n<!-- task: 03 1 src/lib.rs -->\n\n\
                 <!-- task: 02 src/lib.rs -->\n\n<!-- task: 02 2 src/lib.rs -->\n\n<!-- task: 02 2 src/none.rs -->\n";
    fixture.write("docs/src/2.md", wrong);
    let problems = [
        "there is no task 3. The tasks are 1 to 2",
        "task 1 has no 1.start.patch",
        "step 3 has no series in xtask/series",
        "begin with the numbers of a step and a task",
        "src/lib.rs does not differ between these versions",
        "neither version has a file src/none.rs",
    ];
    says(&fixture.run(&["docs", "--page", "2"]), 1, &problems);
}

#[test]
fn the_output_of_commands_and_bugs_is_filled_kept_and_compared() {
    let run = "<!-- run: cargo run -q -p step01-one --example hello";
    let fixture = book(&format!(
        "{run} -->\n\n{run}; figures -->\n\n{run}; slow; first 1 last 1 -->\n\n<!-- bug: it counts wrong -->\n"
    ));
    let prints = |lines: &str| {
        let program = format!("//! Speaks.\n\nfn main() {{\n    println!(\"{lines}\");\n}}\n");
        fixture.write("step01-one/examples/hello.rs", &program);
    };
    let bug = "[[bug]]\nname = 'it counts wrong'\nfile = 'src/executor.rs'\nfind = 'let first = 1;'\n\
               replace = 'let first = 2;'\ntest = 'executor::it_counts'\nsays = 'left: 2'\n";
    fixture.write("xtask/bugs/step02.toml", bug);
    fixture.write("target/CACHEDIR.TAG", "");
    let hello = "```console\n$ cargo run -q -p step01-one --example hello\n";

    prints("a on 127.0.0.1:4001\\nb after 12.5ms\\nc");
    let noise = ["CARGO_TERM_VERBOSE", "CARGO_TERM_QUIET", "CLICOLOR_FORCE", "RUST_TEST_NOCAPTURE"];
    let filled = Command::new(PROGRAM)
        .arg("docs")
        .env("XTASK_ROOT", fixture.root())
        .env("CARGO_TARGET_DIR", fixture.root().join("target"))
        .envs(noise.map(|name| (name, if name.starts_with("CARGO") { "true" } else { "1" })))
        .output();
    let filled = filled.unwrap();
    assert!(filled.status.success(), "{filled:?}");
    let page = fixture.read(PAGE);
    let whole = format!("{hello}a on 127.0.0.1:4001\nb after 12.5ms\nc\n```\n");
    let change = "_[`step02-two/src/executor.rs`](../../step02-two/src/executor.rs), with a bug_\n\n```diff\n \
                  pub fn count() -> usize {\n-    let first = 1;\n+    let first = 2;\n     first\n }\n```\n";
    let output = "\n_the output of `it_counts` in [`tests/executor.rs`](../../step02-two/tests/executor.rs)_\n\n\
                  ```text\nthread 'it_counts' panicked at step02-two/tests/executor.rs:5:5:\n\
                  assertion `left == right` failed\n  left: 2\n right: 1\n```\n";
    for part in [
        &format!("{run} -->\n{whole}"),
        &format!("\n\n{whole}"),
        &format!("{hello}a on 127.0.0.1:4001\n…\nc\n```\n"),
        &format!("{change}{output}"),
    ] {
        assert!(page.contains(part), "no {part:?} in:\n{page}");
    }
    assert_eq!(page.matches("\n_measured on 2").count(), 1);

    // Other ports, times and lines that are left out are no difference.
    prints("a on 127.0.0.1:9\\nb after 3 s\\nc");
    passes(&fixture);
    says(&fixture.run(&["docs"]), 0, &[]);
    assert_eq!(fixture.read(PAGE), page);
    // A check runs no slow command, repeats no measurement and plants no bug, but it sees that a bug has changed.
    prints("a on 127.0.0.1:9\\nb after 3 s\\nd");
    fixture.replace("xtask/bugs/step02.toml", "let first = 2;", "let first = 3;");
    finds(&fixture, &["page.md:1: run: cargo run", "bug: it counts wrong\n"]);
    fixture.replace("xtask/bugs/step02.toml", "left: 2", "left: ");
    says(&fixture.run(&["docs"]), 0, &["page.md: 3 fences filled"]);
    let page = fixture.read(PAGE);
    assert_eq!((page.matches("\nc\n").count(), page.matches("\nd\n").count()), (1, 2), "{page}");
    assert!(page.contains("  left: 3\n"), "{page}");
    says(&fixture.run(&["docs", "--again"]), 0, &["page.md: 1 fence filled"]);
    assert_eq!(fixture.read(PAGE).matches("\nd\n").count(), 3);
    fixture.write("step01-one/examples/hello.rs", "fn main() {\n    std::process::exit(3);\n}\n");
    finds(&fixture, &["it ended with 3 instead of 0"]);
    fixture.write(PAGE, &format!("{run}; exit 3 -->\n\n{run}; slow -->\n"));
    says(
        &fixture.run(&["docs", "--check"]),
        1,
        &["there is no output of this command yet", "there is no fence below"],
    );
}

/// Runs a trace of a real step.
fn trace(args: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut command = Command::new(PROGRAM);
    let output = command.arg("trace").args(args).env("XTASK_ROOT", root).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

#[test]
fn step_05_sleeps_between_two_guesses_and_step_02_polls_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (chrome, svg) = (file("a.json"), file("b.svg"));
    trace(&["5", "--chrome", &chrome, "--svg", &svg]);
    let events: Value = serde_json::from_str(&fs::read_to_string(chrome).unwrap()).unwrap();
    let is_whole =
        |event: &Value| ["ph", "ts", "pid", "tid", "name"].iter().all(|it| !event[it].is_null());
    assert!(events["traceEvents"].as_array().unwrap().iter().all(is_whole), "{events}");
    let names: Vec<&str> = events["traceEvents"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["name"].as_str())
        .collect();
    for words in [
        "player A polled: Pending",
        "wake player A",
        "readable",
        "fired",
        "our thread sleeps",
        "B guesses",
    ] {
        assert!(names.iter().any(|name| name.contains(words)), "no {words:?} in {names:?}");
    }
    let svg = fs::read_to_string(svg).unwrap();
    assert!(svg.contains(">timers</text>") && svg.contains("prefers-color-scheme"), "{svg}");

    let text = trace(&["2"]);
    assert!(text.contains("slept for 0 % of the time"), "{text}");
    assert!(text.contains(" polls: Pending, within "), "{text}");
    assert!(text.lines().count() < 60, "{text}");
    assert!(!text.contains('\u{1b}'), "colours in a pipe: {text}");
}
