//! The program answers any bytes, in whatever pieces they come, as a plain reading of the rules would.

mod common;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use common::{config, within_deadline};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
    prop_assert_eq,
};

const LOW: &str = "Too low!\n";
const HIGH: &str = "Too high!\n";
const INVALID: &str = "Invalid input. Please enter a number.\n";

/// The longest line that is a line.
const LONGEST: usize = 1024;

/// The program, which ends with this.
struct Server {
    child: Child,
    addr: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let program = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));
        let mut command = Command::new(program);
        command
            .args(["127.0.0.1:0", "300s"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the program was built for this test");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("it is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let addr =
            line.trim_end().strip_prefix("listening on ").expect("that is what it says");
        Server { addr: addr.parse().expect("an address"), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer to one line. Nobody's target is less than 1 or more than 100, and no other number is asked for here.
fn answer(line: &[u8]) -> &'static str {
    let text = str::from_utf8(line).unwrap_or("-").trim_matches(char::is_whitespace);
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = digits.trim_start_matches('0');
    let is_number =
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Numbers of as many digits compare as texts do.
    let fits = (number.len(), number) <= (20, "18446744073709551615");
    match is_number && fits && line.len() <= LONGEST {
        false => INVALID,
        true if number.is_empty() => LOW,
        true => {
            assert!(number.len() > 2 && number != "100", "{number} may be a target");
            HIGH
        }
    }
}

/// The answers to all that has arrived; the last line needs no end if it is `over`.
fn answers(text: &[u8], over: bool) -> String {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let last = lines.pop().unwrap_or_default();
    if last.len() > LONGEST || (over && !last.is_empty()) {
        lines.push(last);
    }
    lines.into_iter().map(answer).collect()
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just("0".to_owned()),
        Just("101".to_owned()),
        any::<u64>().prop_map(|n| n.saturating_add(101).to_string()),
        (0..9u8).prop_map(|n| format!("1844674407370955161{n}")),
        (0..30usize).prop_map(|zeros| "0".repeat(zeros)),
        (101..1000u32, 0..30usize)
            .prop_map(|(n, zeros)| format!("{}{n}", "0".repeat(zeros))),
    ];
    let dressed = ("[+-]{0,2}", number, "[ \t\r\u{a0}]{0,2}", "[ \t\r\u{a0}]{0,2}");
    let dressed = dressed
        .prop_map(|(sign, number, before, after)| before + &sign + &number + &after);
    let length = prop_oneof![LONGEST - 1..LONGEST + 2, Just(5 * LONGEST)];
    let long = (length, prop_oneof![Just(b' '), Just(b'0'), Just(b'9')]);
    let byte = any::<u8>()
        .prop_filter("a digit may be the target", |byte| !byte.is_ascii_digit());
    prop_oneof![
        4 => dressed.prop_map(String::into_bytes),
        2 => vec(byte, 0..8),
        2 => long.prop_map(|(length, filler)| {
            let mut line = vec![filler; length];
            line[length - 1] = b'0';
            line
        }),
    ]
}

/// Sends the pieces, and after some of them waits for all answers so far, so that the next one comes by itself.
fn talk(
    addr: SocketAddr,
    text: &[u8],
    cuts: &[(usize, bool)],
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (mut sent, mut heard) = (0, Vec::new());
    for &(cut, wait) in cuts {
        stream.write_all(&text[sent..cut])?;
        sent = cut;
        let due = answers(&text[..sent], false).len();
        if wait && due > heard.len() {
            let known = heard.len();
            heard.resize(due, 0);
            stream.read_exact(&mut heard[known..])?;
        }
    }
    stream.write_all(&text[sent..])?;
    stream.shutdown(Shutdown::Write)?;
    stream.read_to_end(&mut heard)?;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

#[test]
fn any_lines_in_any_pieces_get_the_answers_of_a_plain_reading() {
    let server = Server::start();
    let cuts = vec((any::<u16>(), any::<bool>()), 0..8);
    proptest!(config(150), |(lines in vec(line(), 0..8), ended in any::<bool>(), cuts in cuts)| {
        let mut text = lines.join(&b'\n');
        text.extend(ended.then_some(b'\n'));
        let place = |(cut, wait)| (usize::from(cut) % (text.len() + 1), wait);
        let mut cuts: Vec<(usize, bool)> = cuts.into_iter().map(place).collect();
        cuts.sort_unstable();
        let heard = within_deadline(|| talk(server.addr, &text, &cuts));
        prop_assert_eq!(heard.expect("the connection holds"), answers(&text, true));
    });
}
