//! The load generator: what it notices, and what it prints.

use std::process::Command;

use kit::{cargo, steps::Workspace};
use serde_json::Value;

/// Runs the load generator on an example of a package. `fault` is the rule that `wrong_server` breaks. Returns whether
/// the run succeeded, and what it printed to stdout and stderr.
fn load(package: &str, example: &str, args: &[&str], fault: &str) -> (bool, String, String) {
    let workspace = Workspace::load().unwrap();
    let server = cargo::example(&workspace, package, example, &["--quiet"]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask-bench"));
    command.arg("load").args(args).arg("--binary").arg(server).env("FAULT", fault);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
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
        let (passed, out, err) = load("xtask-suite", "wrong_server", args, fault);
        assert!(!passed && out.is_empty(), "{fault}: {out}");
        for words in expected {
            assert!(err.contains(words), "{fault}: no {words:?} in\n{err}");
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
        let (passed, out, err) =
            load("xtask-suite", "wrong_server", &[scenario, &["--json"]].concat(), "");
        assert!(passed, "{scenario:?}: {err}");
        let object: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(object["scenario"], scenario[0], "{object}");
        assert_eq!(object["server"], "wrong_server", "{object}");
        assert!(object[figure].is_number(), "{object}");
    }
}

#[test]
fn more_connections_than_descriptors_fail_with_what_to_do() {
    let args = ["pingpong", "--conns", "4000000000"];
    let (passed, out, err) = load("xtask-suite", "wrong_server", &args, "");
    assert!(!passed, "{out}");
    for words in ["`ulimit -n 4000000064`", "ask for at most"] {
        assert!(err.contains(words), "no {words:?} in\n{err}");
    }
}

#[test]
fn hyper_gives_the_same_answers_on_both_runtimes() {
    let args = ["pingpong", "--conns", "3", "--depth", "4", "--secs", "0.2", "--json"];
    for example in ["http_step06", "http_tokio"] {
        let (passed, out, err) = load("xtask-bench", example, &args, "");
        assert!(passed, "{example}: {err}");
        let object: Value = serde_json::from_str(&out).unwrap();
        assert!(object["requests"].as_f64() > Some(0.0), "{object}");
    }
}
