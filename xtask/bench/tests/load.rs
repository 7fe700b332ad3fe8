//! The load generator: what it notices, and what it prints.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

/// The server that keeps the rules but for one.
fn wrong_server() -> PathBuf {
    let server = PathBuf::from(env!("CARGO_BIN_EXE_xtask-bench"));
    let server = server.with_file_name("examples").join("wrong_server");
    assert!(server.exists(), "build it first: cargo test builds all");
    server
}

/// What a run said.
struct Said {
    passed: bool,
    out: String,
    err: String,
}

/// Runs the load generator.
fn load(args: &[&str], fault: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask-bench"));
    command.arg("load").args(args).env("FAULT", fault);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { passed: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Runs the load generator on that server.
fn load_server(args: &[&str], fault: &str) -> Said {
    let server = wrong_server();
    load(&[args, &["--binary", server.to_str().unwrap()]].concat(), fault)
}

#[test]
fn a_wrong_answer_is_an_error_with_the_connection_and_what_came() {
    // Of several connections any may be the first to hear it.
    let said = load_server(&["pingpong", "--conns", "1", "--secs", "0.2"], "says high");
    assert!(!said.passed, "{}", said.out);
    for words in ["connection 0", "expected: \"Too low!\\n\"", "got: \"Too high!\\n\""] {
        assert!(said.err.contains(words), "no {words:?} in\n{}", said.err);
    }
    assert!(said.out.is_empty(), "{}", said.out);
}

#[test]
fn an_answer_that_comes_twice_is_an_error() {
    let said = load_server(&["pingpong", "--conns", "1", "--secs", "5"], "repeats itself");
    assert!(!said.passed, "{}", said.out);
    assert!(said.err.contains("connection 0"), "{}", said.err);
    assert!(said.err.contains("     got: \"Too low!\\nToo low!\\n\""), "{}", said.err);
}

#[test]
fn a_connection_that_ends_is_an_error() {
    for scenario in [&["pingpong", "--conns", "2", "--secs", "5"][..], &["churn"]] {
        let said = load_server(scenario, "hangs up");
        assert!(!said.passed, "{}", said.out);
        for words in ["connection ", "     got: the end of the file"] {
            assert!(said.err.contains(words), "no {words:?} in\n{}", said.err);
        }
    }
}

#[test]
fn a_game_that_ends_without_a_goodbye_is_an_error() {
    let said = load_server(&["goodbye", "--conns", "3"], "says no goodbye");
    assert!(!said.passed, "{}", said.out);
    for words in ["expected: \"Game over! Someone else won.\\n\"", "got: the end of the file"] {
        assert!(said.err.contains(words), "no {words:?} in\n{}", said.err);
    }
}

#[test]
fn every_scenario_prints_one_json_object_with_its_figure() {
    for (scenario, figure) in [
        (&["pingpong", "--conns", "5", "--depth", "3", "--secs", "0.2"][..], "cpu_us_per_request"),
        (&["idle", "--conns", "5", "--secs", "0.1"], "bytes_per_connection"),
        (&["goodbye", "--conns", "5"], "goodbye_ms"),
        (&["churn", "--secs", "0.2"], "cpu_us_per_cycle"),
    ] {
        let said = load_server(&[scenario, &["--json"]].concat(), "none");
        assert!(said.passed, "{scenario:?}: {}", said.err);
        let object: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(object["scenario"], scenario[0], "{object}");
        assert_eq!(object["server"], "wrong_server", "{object}");
        assert!(object[figure].is_number(), "{object}");
    }
}

#[test]
fn a_single_connection_says_that_it_pauses() {
    let said = load_server(&["pingpong", "--conns", "1", "--secs", "0.1"], "none");
    assert!(said.passed, "{}", said.err);
    assert!(said.out.contains("pause_us 50"), "{}", said.out);
}

#[test]
fn so_many_guesses_are_made_as_were_asked_for() {
    let args = ["pingpong", "--conns", "3", "--depth", "4", "--requests", "50", "--json"];
    let said = load_server(&args, "none");
    assert!(said.passed, "{}", said.err);
    let object: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(object["requests"], 50.0, "{object}");
}

#[test]
fn a_server_that_runs_already_can_be_measured() {
    let mut command = Command::new(wrong_server());
    command.args(["127.0.0.1:0", "60s"]).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim_end().strip_prefix("listening on ").unwrap();
    let mut idler = Command::new("sleep").arg("60").spawn().unwrap();
    // It is the time of the process that was named, whoever answers.
    let measured = |pid: u32| {
        let pid = pid.to_string();
        let which = ["--addr", addr, "--pid", &pid];
        let said = load(&[&["pingpong", "--secs", "0.3", "--json"], &which[..]].concat(), "none");
        assert!(said.passed, "{}", said.err);
        let object: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(object["server"], format!("{addr} ({pid})"), "{object}");
        assert!(object["server_core"].is_null(), "{object}");
        object["cpu_us_per_request"].as_f64().unwrap()
    };
    let (busy, idle) = (measured(server.id()), measured(idler.id()));
    for process in [&mut server, &mut idler] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(busy > 0.0, "{busy}");
    assert_eq!(idle, 0.0);
}

#[test]
fn more_connections_than_descriptors_are_refused_with_what_to_do() {
    let said = load_server(&["pingpong", "--conns", "4000000000"], "none");
    assert!(!said.passed, "{}", said.out);
    for words in ["`ulimit -n 4000000064`", "ask for at most"] {
        assert!(said.err.contains(words), "no {words:?} in\n{}", said.err);
    }
}
