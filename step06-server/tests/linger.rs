//! The last line arrives, even if the client has sent guesses that were never read.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::{Duration, Instant},
};

use async_broadcast::broadcast;
use futures_lite::future::or;
use step::{
    game::{Connection, GameOver},
    runtime::{spawn, time::sleep, yield_now},
};

use crate::common::{sockets::pair, tasks::run};

/// Ends a game whose client has sent these bytes. Returns the client, which may not have
/// read its last line yet, and the time that the connection took to close.
fn end_of_game(unread: &[u8], then: impl FnOnce(TcpStream) + Send + 'static) -> Duration {
    run(async {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        peer.write_all(unread).expect("it is connected");
        let (announce, mut over) = broadcast(1);
        announce.try_broadcast(GameOver::TimeOut).expect("the channel has room");
        let client = thread::spawn(move || then(peer));
        let start = Instant::now();
        let connection = spawn(async move {
            let mut connection = Connection::new(stream, addr, 50, announce);
            let _ = connection.handle(&mut over).await;
        });
        connection.await;
        let took = start.elapsed();
        client.join().expect("the client has seen its last line");
        took
    })
}

/// Reads until the end, and checks what the server has sent.
fn check_goodbye(client: &mut TcpStream) {
    let mut text = String::new();
    let end = client.read_to_string(&mut text);
    assert_eq!(
        (end.is_ok(), text.as_str()),
        (true, "Game over! Time's up.\n"),
        "{end:?}"
    );
}

#[test]
fn unread_guesses_do_not_cost_the_last_line() {
    end_of_game(&b"0\n".repeat(1000), |mut client| {
        thread::sleep(Duration::from_millis(50));
        check_goodbye(&mut client);
    });
}

#[test]
fn a_client_that_goes_on_guessing_gets_its_last_line() {
    end_of_game(b"0\n", |mut client| {
        for _ in 0..20 {
            client.write_all(b"1\n").expect("the server still reads");
            thread::sleep(Duration::from_millis(5));
        }
        check_goodbye(&mut client);
    });
}

#[test]
fn a_winner_that_goes_on_guessing_reads_its_answer_and_the_end() {
    run(async {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        let (announce, mut over) = broadcast(1);
        let client = thread::spawn(move || {
            for _ in 0..20 {
                peer.write_all(b"50\n").expect("the server still reads");
                thread::sleep(Duration::from_millis(5));
            }
            let mut text = String::new();
            let end = peer.read_to_string(&mut text);
            assert_eq!((end.is_ok(), text.as_str()), (true, "Correct!\n"), "{end:?}");
        });
        let mut connection = Connection::new(stream, addr, 50, announce);
        connection.handle(&mut over).await.expect("the client reads all");
        drop(connection);
        client.join().expect("the client has seen its last line");
    });
}

#[test]
fn a_client_that_closes_is_not_waited_for() {
    let took = end_of_game(b"", |mut client| {
        check_goodbye(&mut client);
        client.shutdown(Shutdown::Both).expect("it was connected");
    });
    assert!(took < Duration::from_millis(450), "{took:?}");
}

#[test]
fn a_silent_client_is_waited_for_half_a_second() {
    let took = end_of_game(b"", |client| {
        thread::sleep(Duration::from_secs(2));
        drop(client);
    });
    assert!(took >= Duration::from_millis(450), "{took:?}");
    assert!(took < Duration::from_millis(1900), "{took:?}");
}

#[test]
fn a_connection_that_lingers_lets_others_run() {
    run(async {
        let (stream, mut peer) = pair().await;
        let addr = peer.local_addr().expect("it is connected");
        let (announce, mut over) = broadcast(1);
        announce.try_broadcast(GameOver::TimeOut).expect("the channel has room");
        let flood =
            thread::spawn(move || while peer.write_all(&[b'0'; 65536]).is_ok() {});
        let mut connection = Connection::new(stream, addr, 50, announce);
        let lingering = async { connection.handle(&mut over).await.map(|()| false) };
        let others = async {
            for _ in 0..100 {
                yield_now().await;
            }
            sleep(Duration::from_millis(100)).await;
            Ok(true)
        };
        assert!(or(lingering, others).await.expect("the peer is connected"));
        drop(connection);
        flood.join().expect("no panic");
    });
}
