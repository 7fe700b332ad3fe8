//! `task:`, `start:` and `naive:` fences.

use crate::tasks::{says, with_series};

/// A chapter that shows both tasks.
const CHAPTER: &str = "<!-- coverage -->
# Two

## Task 1: the smaller

<!-- task: 02 1 src/lib.rs -->

<!-- task: 02 1 src/game.rs -->

<details><summary>Solution</summary>

<!-- task: 02 1 src/executor.rs#min -->

</details>

## Task 2: count

<!-- start: 02 2 src/executor.rs -->

<!-- naive: 02 2 src/executor.rs#count -->

<!-- task: 02 2 src/executor.rs#count -->
";

#[test]
fn a_task_is_shown_and_what_is_shown_counts_as_covered() {
    let fixture = with_series();
    for page in 1..=3 {
        fixture.write(&format!("docs/src/{page}.md"), "# Title\n");
    }
    fixture.write("docs/src/SUMMARY.md", "# Summary\n\n- [1](1.md)\n- [2](2.md)\n- [3](3.md)\n");
    fixture.write("docs/src/2.md", CHAPTER);
    says(&fixture.run(&["docs"]), 0, &["docs/src/2.md: 6 fences filled anew"]);
    let page = fixture.read("docs/src/2.md");
    let parts = [
        "_`src/game.rs`, task 1, in `use`_\n\n```diff\n-use std::cmp::min;\n+use crate::executor::min;\n",
        // What is only added is shown as it is typed.
        "_`src/executor.rs`, task 1: `min`_\n\n```rust\npub fn min(a: usize, b: usize) -> usize {\n",
        "_`src/executor.rs`, laid out for task 2, in `count`_\n\n```diff\n",
        "+pub fn count() -> usize {\n+    todo!()\n+}\n",
        "_`src/executor.rs`, the obvious version of task 2: `count`_\n\n```rust\npub fn count() -> usize {\n    let first = 2;\n",
        "_`src/executor.rs`, task 2: `count`_\n\n```rust\npub fn count() -> usize {\n    let first = 1;\n",
    ];
    for part in parts {
        assert!(page.contains(part), "no {part:?} in:\n{page}");
    }
    says(&fixture.run(&["docs", "--check"]), 0, &[]);
    // Without the fences of a task its lines are not shown.
    let without = CHAPTER.replace("<!-- task: 02 2 src/executor.rs#count -->\n", "");
    fixture.write(
        "docs/src/2.md",
        &without.replace("<!-- naive: 02 2 src/executor.rs#count -->\n", ""),
    );
    let words =
        ["changed lines of code are neither in a", "step02-two/src/executor.rs: count: lines"];
    says(&fixture.run(&["docs"]), 1, &words);
}

#[test]
fn a_task_that_is_not_there_is_an_error() {
    let fixture = with_series();
    let page = "# Two\n\n<!-- task: 02 3 src/lib.rs -->\n\n<!-- start: 02 1 src/lib.rs -->\n\n<!-- task: 03 1 src/lib.rs -->\n\n\
                <!-- task: 02 src/lib.rs -->\n\n<!-- task: 02 2 src/lib.rs -->\n";
    fixture.write("docs/src/2.md", page);
    let words = [
        "there is no task 3: the tasks are 1 to 2",
        "task 1 has no 1.start.patch",
        "step 3 has no series in xtask/series",
        "begin with the numbers of a step and a task",
        "src/lib.rs does not differ between these steps",
    ];
    says(&fixture.run(&["docs", "--page", "2"]), 1, &words);
}
