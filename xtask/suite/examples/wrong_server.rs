//! A plain server that keeps the rules of step 01, except for the rule that `FAULT` names. It shows that the suite
//! notices, and that the rules which begin later fail on a plain server.
//!
//! It is a fixture of the tests and as simple as it can be, with a thread for each client.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process,
    sync::{Arc, LazyLock, Mutex, mpsc},
    thread,
    time::Duration,
};

/// All players, each with its number.
type Players = Arc<Mutex<Vec<(usize, TcpStream)>>>;

/// Whether this is the fault that `FAULT` names.
fn is_fault(name: &str) -> bool {
    // Read once: a search of the environment costs more than an answer.
    static FAULT: LazyLock<String> = LazyLock::new(|| env::var("FAULT").unwrap_or_default());
    *FAULT == name
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
    let all = players.clone();
    thread::spawn(move || {
        thread::sleep(duration);
        end(&all, None);
    });
    if is_fault("burns CPU") {
        thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    for (number, stream) in listener.incoming().flatten().enumerate() {
        let all = players.clone();
        let mut players = players.lock().expect("a lock");
        players.push((number, stream.try_clone().expect("a handle")));
        thread::spawn(move || play(number, stream, &all));
    }
}

/// Plays with one client.
fn play(number: usize, mut stream: TcpStream, players: &Players) {
    let _ = stream.set_nodelay(true);
    let target = RandomState::new().hash_one(number) as usize % 100 + 1;
    let target = if is_fault("one target") { 33 } else { target };
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let mut line = Vec::new();
    let (pile, piled) = mpsc::channel::<String>();
    if is_fault("piles up answers") {
        let mut stream = stream.try_clone().expect("a handle");
        thread::spawn(move || {
            piled.iter().take_while(|answer| stream.write_all(answer.as_bytes()).is_ok()).count()
        });
    }
    let (mut total, mut shifted) = (0, Vec::new());
    for turn in 0.. {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        if is_fault("panics") {
            assert!(read.is_ok(), "a reset is no reason to panic");
        }
        if !matches!(read, Ok(1..)) || (is_fault("hangs up") && turn > 0) {
            break;
        }
        total += line.len();
        if is_fault("loses a full buffer") && total % 4096 == 0 {
            continue;
        }
        if is_fault("shifts its buffer") {
            shifted.splice(..0, line.iter().copied());
            shifted.insert(0, b' ');
            shifted.remove(0);
        }
        let answer = match guess_of(&line) {
            _ if is_fault("mixes up an answer") && turn == 50_000 => {
                "invalid input. Please enter a number.\n"
            }
            None => "Invalid input. Please enter a number.\n",
            Some(guess) if guess > target || is_fault("says high") => "Too high!\n",
            Some(guess) if guess < target => "Too low!\n",
            Some(_) => {
                let _ = stream.write_all(b"Correct!\n");
                return end(players, Some(number));
            }
        };
        let answer = if is_fault("repeats itself") { answer.repeat(2) } else { answer.to_owned() };
        if is_fault("piles up answers") {
            let _ = pile.send(answer);
        } else if stream.write_all(answer.as_bytes()).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
    let mut players = players.lock().expect("a lock");
    players.retain(|(player, _)| *player != number);
}

/// Reads a number off a line: ASCII digits, with blanks around them.
fn guess_of(line: &[u8]) -> Option<usize> {
    let line = str::from_utf8(line).ok()?;
    if is_fault("takes a sign") {
        return line.trim().parse().ok();
    }
    let line = line.strip_suffix('\n').unwrap_or(line);
    let digits = line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t']);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// Ends the game for all players.
fn end(players: &Players, winner: Option<usize>) {
    let goodbye = match winner {
        Some(_) => "Game over! Someone else won.\n",
        None => "Game over! Time's up.\n",
    };
    // The lock is held until the process ends, so no player joins any more.
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
