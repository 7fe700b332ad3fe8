//! A server that keeps the rules, except for the one that `FAULT` names: it shows that the suite notices.
//!
//! It is a fixture of the tests and as simple as can be, with a thread for each client.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// Everybody who plays, by a number.
type Players = Arc<Mutex<Vec<(usize, TcpStream)>>>;

/// Whether this is the rule to break.
fn is_fault(name: &str) -> bool {
    env::var("FAULT").is_ok_and(|fault| fault == name)
}

fn main() {
    let mut args = env::args().skip(1);
    let addr = args.next().expect("an address");
    let duration = args.next().expect("a duration");
    let mut duration = match duration.strip_suffix("ms") {
        Some(number) => Duration::from_millis(number.parse().expect("a number")),
        None => Duration::from_secs(duration.trim_end_matches('s').parse().expect("a number")),
    };
    if is_fault("ends early") {
        duration /= 2;
    }
    let listener = TcpListener::bind(addr).expect("an address");
    println!("listening on {}", listener.local_addr().expect("an address"));
    let players = Players::default();
    let everybody = players.clone();
    thread::spawn(move || {
        thread::sleep(duration);
        end(&everybody, None);
    });
    if is_fault("burns CPU") {
        thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    for (number, stream) in listener.incoming().flatten().enumerate() {
        let everybody = players.clone();
        let mut players = players.lock().expect("a lock");
        players.push((number, stream.try_clone().expect("a handle")));
        thread::spawn(move || play(number, stream, &everybody));
    }
}

/// Plays with one client.
fn play(number: usize, mut stream: TcpStream, players: &Players) {
    let _ = stream.set_nodelay(true);
    let target = RandomState::new().hash_one(number) as usize % 100 + 1;
    let target = if is_fault("one target") { 33 } else { target };
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let mut line = Vec::new();
    for turn in 0.. {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        if is_fault("panics") {
            assert!(read.is_ok(), "a reset is no reason to panic");
        }
        if !matches!(read, Ok(1..)) || (is_fault("hangs up") && turn > 0) {
            break;
        }
        let text = str::from_utf8(&line).unwrap_or("");
        let answer = match text.trim().parse::<usize>() {
            Err(_) if is_fault("ignores words") => continue,
            Err(_) => "Invalid input. Please enter a number.\n",
            Ok(guess) if guess > target || is_fault("says high") => "Too high!\n",
            Ok(guess) if guess < target => "Too low!\n",
            Ok(_) => {
                let _ = stream.write_all(b"Correct!\n");
                return end(players, Some(number));
            }
        };
        let answer = if is_fault("repeats itself") { answer.repeat(2) } else { answer.to_owned() };
        if stream.write_all(answer.as_bytes()).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
    let mut players = players.lock().expect("a lock");
    players.retain(|(player, _)| *player != number);
}

/// Ends the game for everybody.
fn end(players: &Players, winner: Option<usize>) {
    let goodbye = match winner {
        Some(_) => "Game over! Someone else won.\n",
        None => "Game over! Time's up.\n",
    };
    // Locked for good: nobody joins any more.
    let mut players = players.lock().expect("a lock");
    for (number, stream) in players.iter_mut() {
        if winner != Some(*number) && !is_fault("says no goodbye") {
            let _ = stream.write_all(goodbye.as_bytes());
        }
        let _ = stream.shutdown(Shutdown::Write);
    }
    if is_fault("talks") {
        println!("the game is over");
    }
    process::exit(if is_fault("fails") { 3 } else { 0 });
}
