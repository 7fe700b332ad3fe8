//! The load generator: what it notices, and what it prints.

use std::process::Command;

use kit::{cargo, steps::Workspace};
use serde_json::Value;

/// What a run printed.
struct Printed {
    passed: bool,
    out: String,
    err: String,
}

/// Runs the load generator on an example of a package. `fault` is the rule that `wrong_server` breaks.
fn load(package: &str, example: &str, args: &[&str], fault: &str) -> Printed {
    let workspace = Workspace::load().unwrap();
    let server = cargo::example(&workspace, package, example, &["--quiet"]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask-bench"));
    command.arg("load").args(args).arg("--binary").arg(server).env("FAULT", fault);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let passed = output.status.success();
    Printed { passed, out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn a_wrong_answer_fails_with_the_connection_and_what_came() {
    let pingpong = &["pingpong", "--conns", "1", "--secs", "5"];
    let churn = &["churn"];
    let goodbye = &["goodbye", "--conns", "3"];
    let faults: [(&[&str], &str, &[&str]); 5] = [
        (
            pingpong,
            "says high",
            &["connection 0", "expected: \"Too low!\\n\"", "got: \"Too high!\\n\""],
        ),
        (pingpong, "repeats itself", &["connection 0", "got: \"Too low!\\nToo low!\\n\""]),
        (pingpong, "hangs up", &["connection 0", "got: the end of the file"]),
        (churn, "hangs up", &["connection ", "got: the end of the file"]),
        (
            goodbye,
            "says no goodbye",
            &["expected: \"Game over! Someone else won.\\n\"", "got: the end of the file"],
        ),
    ];
    for (args, fault, expected) in faults {
        let printed = load("xtask-suite", "wrong_server", args, fault);
        assert!(!printed.passed && printed.out.is_empty(), "{fault}: {}", printed.out);
        for words in expected {
            assert!(printed.err.contains(words), "{fault}: no {words:?} in\n{}", printed.err);
        }
    }
}

#[test]
fn every_scenario_prints_one_json_object_with_its_figure() {
    let scenarios: [(&[&str], &str); 4] = [
        (&["pingpong", "--conns", "5", "--depth", "3", "--secs", "0.2"], "cpu_us_per_request"),
        (&["idle", "--conns", "5", "--secs", "0.1"], "bytes_per_connection"),
        (&["goodbye", "--conns", "5"], "goodbye_ms"),
        (&["churn", "--secs", "0.2"], "cpu_us_per_cycle"),
    ];
    for (scenario, figure) in scenarios {
        let printed = load("xtask-suite", "wrong_server", &[scenario, &["--json"]].concat(), "");
        assert!(printed.passed, "{scenario:?}: {}", printed.err);
        let object: Value = serde_json::from_str(&printed.out).unwrap();
        assert_eq!(object["scenario"], scenario[0], "{object}");
        assert_eq!(object["server"], "wrong_server", "{object}");
        assert!(object[figure].is_number(), "{object}");
    }
}

#[test]
fn more_connections_than_descriptors_fail_with_what_to_do() {
    let args = ["pingpong", "--conns", "4000000000"];
    let printed = load("xtask-suite", "wrong_server", &args, "");
    assert!(!printed.passed, "{}", printed.out);
    for words in ["`ulimit -n 4000000064`", "ask for at most"] {
        assert!(printed.err.contains(words), "no {words:?} in\n{}", printed.err);
    }
}

#[test]
fn hyper_gives_the_same_answers_on_both_runtimes() {
    let args = ["pingpong", "--http", "--conns", "3", "--depth", "4", "--requests", "50", "--json"];
    for example in ["http_step06", "http_tokio"] {
        let printed = load("xtask-bench", example, &args, "");
        assert!(printed.passed, "{example}: {}", printed.err);
        let object: Value = serde_json::from_str(&printed.out).unwrap();
        assert_eq!(object["requests"], 50.0, "{object}");
    }
}
