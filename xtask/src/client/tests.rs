//! Tests of the client.

use std::{
    env,
    net::TcpListener,
    process::{Command, Stdio},
};

use super::*;

/// A client of little patience whose server has said this, and holds the connection.
fn told(words: &[u8]) -> (Client, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(words).unwrap();
    (client.patience(Duration::from_millis(50)), server)
}

#[test]
fn who_waits_for_the_end_in_vain_hears_what_came_instead() {
    let (mut client, _server) = told(b"Game over!\n");
    let error = client.rest().unwrap_err().to_string();
    assert_eq!(
        error,
        "expected: the end of the file\n     got: \"Game over!\\n\", then nothing within 50ms"
    );
}

#[test]
fn lines_come_one_by_one_and_an_unfinished_one_is_an_error() {
    let (mut client, server) = told(b"one\ntwo\nthr");
    drop(server);
    client.expect_line("one").unwrap();
    assert_eq!(client.line().unwrap().as_deref(), Some("two"));
    let error = client.line().unwrap_err().to_string();
    assert!(error.contains("\"thr\" and the end"), "{error}");
}

#[test]
fn silence_is_broken_by_a_word() {
    let (mut client, _server) = told(b"");
    let silence = Duration::from_millis(20);
    client.expect_silence(silence).unwrap();
    let (mut client, _server) = told(b"hm");
    assert!(client.expect_silence(silence).is_err());
}

#[test]
fn a_long_silence_is_silence() {
    let (mut client, _server) = told(b"");
    client.expect_silence(Duration::from_millis(200)).unwrap();
}

#[test]
fn to_be_stopped_and_continued_is_not_the_end_of_waiting() {
    // A process of its own, since all of it is stopped.
    let mut waiting = Command::new(env::current_exe().unwrap())
        .args(["--exact", "client::tests::a_long_silence_is_silence"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let script = format!("kill -STOP {0}; kill -CONT {0}", waiting.id());
    let ended = loop {
        if let Some(ended) = waiting.try_wait().unwrap() {
            break ended;
        }
        Command::new("sh").args(["-c", &script]).status().unwrap();
    };
    assert!(ended.success());
}
