//! The program against a model: any bytes, in any pieces, get the answers that the rules
//! prescribe.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    process::{Child, Stdio},
    time::Duration,
};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
    prop_assert_eq,
};
use step::game::MAX_LINE;

use crate::common::{config, program, within_deadline};

const LOW: &str = "Too low!\n";
const HIGH: &str = "Too high!\n";
const INVALID: &str = "Invalid input. Please enter a number.\n";

/// A running game. Dropping it ends the process.
struct Game {
    process: Child,
    addr: SocketAddr,
}

impl Game {
    fn start() -> Self {
        let mut program = program();
        program
            .args(["127.0.0.1:0", "300s"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = program.spawn().expect("the program was built for this test");
        let stdout = process.stdout.as_mut().expect("stdout is a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line arrives");
        let addr = line.trim_end().strip_prefix("listening on ").expect("the address");
        Game { addr: addr.parse().expect("the address parses"), process }
    }
}

impl Drop for Game {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The model's answer to one line. A target lies between 1 and 100, and no line of this
/// test has a number in this range.
fn answer(line: &[u8]) -> &'static str {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = str::from_utf8(line).unwrap_or("-").trim_matches([' ', '\t']);
    let number = text.trim_start_matches('0');
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Numbers with the same count of digits compare as their texts do.
    let fits = (number.len(), number) <= (20, "18446744073709551615");
    match is_number && fits {
        false => INVALID,
        true if number.is_empty() => LOW,
        true => {
            assert!(number.len() > 2 && number != "100", "{number} can be a target");
            HIGH
        }
    }
}

/// The answers to everything that has arrived. At the end of the stream, the last line
/// needs no `\n`.
fn answers(text: &[u8], ended: bool) -> String {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let last = lines.pop().unwrap_or_default();
    if last.len() > MAX_LINE || (ended && !last.is_empty()) {
        lines.push(last);
    }
    let bounded =
        |line: &[u8]| if line.len() > MAX_LINE { INVALID } else { answer(line) };
    lines.into_iter().map(bounded).collect()
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let zeros = |count| "0".repeat(count);
    let number = prop_oneof![
        Just("0".to_owned()),
        Just("101".to_owned()),
        any::<u64>().prop_map(|number| number.saturating_add(101).to_string()),
        (0..9u8).prop_map(|digit| format!("1844674407370955161{digit}")),
        (0..30usize).prop_map(zeros),
        (101..1000u32, 0..30usize)
            .prop_map(move |(number, count)| zeros(count) + &number.to_string()),
    ];
    let blanks = "[ \t\r\u{a0}]{0,2}";
    let dressed = ("[+-]{0,2}", number, blanks, blanks)
        .prop_map(|(sign, number, before, after)| before + &sign + &number + &after);
    let length = prop_oneof![MAX_LINE - 1..MAX_LINE + 2, Just(5 * MAX_LINE)];
    let filler = prop_oneof![Just(b' '), Just(b'0'), Just(b'9')];
    let long = (length, filler).prop_map(|(length, filler)| {
        let mut line = vec![filler; length];
        line[length - 1] = b'0';
        line
    });
    let not_digit = any::<u8>()
        .prop_filter("a digit can be the target", |byte| !byte.is_ascii_digit());
    prop_oneof![
        4 => dressed.prop_map(String::into_bytes),
        2 => vec(not_digit, 0..8),
        2 => long,
    ]
}

/// Sends `text` cut into pieces, and returns what the server answers. After a piece
/// marked `true`, waits for all answers so far, so that the next piece arrives alone.
fn talk(addr: SocketAddr, text: &[u8], cuts: &[(usize, bool)]) -> io::Result<String> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (mut sent, mut received) = (0, Vec::new());
    for &(cut, wait) in cuts {
        stream.write_all(&text[sent..cut])?;
        sent = cut;
        let (known, due) = (received.len(), answers(&text[..sent], false).len());
        if wait && due > known {
            received.resize(due, 0);
            stream.read_exact(&mut received[known..])?;
        }
    }
    stream.write_all(&text[sent..])?;
    stream.shutdown(Shutdown::Write)?;
    stream.read_to_end(&mut received)?;
    Ok(String::from_utf8_lossy(&received).into_owned())
}

#[test]
fn any_lines_in_any_pieces_get_the_answers_of_the_model() {
    let game = Game::start();
    let cuts = vec((any::<u16>(), any::<bool>()), 0..8);
    let lines = vec(line(), 0..8);
    proptest!(config(150), |(lines in lines, ended in any::<bool>(), cuts in cuts)| {
        let mut text = lines.join(&b'\n');
        text.extend(ended.then_some(b'\n'));
        let place = |(cut, wait)| (usize::from(cut) % (text.len() + 1), wait);
        let mut cuts: Vec<(usize, bool)> = cuts.into_iter().map(place).collect();
        cuts.sort_unstable();
        let received = within_deadline(|| talk(game.addr, &text, &cuts));
        prop_assert_eq!(received.expect("the connection holds"), answers(&text, true));
    });
}
