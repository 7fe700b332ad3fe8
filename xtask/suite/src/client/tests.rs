//! Tests of the client.

use std::{
    env,
    net::TcpListener,
    process::{Command, Stdio},
};

use super::*;

/// A client that waits for 50 ms only. Its server has sent `words` and keeps the connection open.
fn client_with(words: &[u8]) -> (Client, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(words).unwrap();
    (client.patience(Duration::from_millis(50)), server)
}

#[test]
fn what_came_before_a_reset_is_returned_with_it() {
    let (mut client, server) = client_with(b"Too low!\n");
    client.expect_line("Too low!").unwrap();
    client.send("unread").unwrap();
    // Closing a socket that holds unread input resets the connection.
    drop(server);
    assert_eq!(client.rest_or_reset().unwrap(), (String::new(), true));
    let (mut client, server) = client_with(b"Too low!\n");
    drop(server);
    assert_eq!(client.rest_or_reset().unwrap(), ("Too low!\n".to_owned(), false));
}

#[test]
fn lines_come_one_by_one_and_an_unfinished_line_is_an_error() {
    let (mut client, server) = client_with(b"one\ntwo\nthr");
    drop(server);
    client.expect_line("one").unwrap();
    assert_eq!(client.line().unwrap().as_deref(), Some("two"));
    let error = client.line().unwrap_err().to_string();
    assert!(error.contains("\"thr\" and the end"), "{error}");
}

#[test]
fn a_single_byte_ends_a_silence() {
    let (mut client, _server) = client_with(b"");
    let silence = Duration::from_millis(20);
    client.expect_silence(silence).unwrap();
    let (mut client, _server) = client_with(b"hm");
    assert!(client.expect_silence(silence).is_err());
}

#[test]
fn a_long_silence_is_a_silence() {
    let (mut client, _server) = client_with(b"");
    client.expect_silence(Duration::from_millis(200)).unwrap();
}

#[test]
fn a_stop_and_a_continue_do_not_end_a_wait() {
    // In a process of its own, because a stop concerns the whole process.
    let mut waiting = Command::new(env::current_exe().unwrap())
        .args(["--exact", "client::tests::a_long_silence_is_a_silence"])
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
