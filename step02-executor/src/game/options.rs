//! The options: what the command line asks for.

use std::{process, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

/// The text that `--help` prints.
const USAGE: &str = concat!(
    "Usage: ",
    env!("CARGO_PKG_NAME"),
    " [ADDR] [DURATION]

Plays a guessing game with every client that connects.

  ADDR        where to listen; port 0 picks a free port [default: 127.0.0.1:8080]
  DURATION    ends the game after 30s, 5m, 500ms, or 30 (seconds) [default: 300s]
  -h, --help  prints this text"
);

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The address to listen on, as `HOST:PORT`.
    pub addr: String,
    /// How long the game lasts if no client wins.
    pub duration: Duration,
}

impl Options {
    /// Reads the command line of this process.
    ///
    /// Exits with status 0 after printing the usage if the command line asks for it, and
    /// with status 2 after printing an error and the usage if an argument is wrong.
    pub fn from_args() -> Self {
        Self::parse(Parser::from_env()).unwrap_or_else(|error| {
            eprintln!("error: {error}\n\n{USAGE}");
            process::exit(2);
        })
    }

    /// Reads the arguments one by one.
    fn parse(mut args: Parser) -> Result<Self, lexopt::Error> {
        let (mut addr, mut duration) = (None, None);
        while let Some(arg) = args.next()? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => {
                    println!("{USAGE}");
                    process::exit(0);
                }
                Arg::Value(text) if addr.is_none() => addr = Some(text.string()?),
                Arg::Value(text) if duration.is_none() => {
                    duration = Some(text.parse_with(parse_duration)?);
                }
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Options {
            addr: addr.unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            duration: duration.unwrap_or(Duration::from_secs(300)),
        })
    }
}

/// Parses `30s`, `5m`, `500ms`, or a bare number of seconds.
///
/// # Errors
///
/// Returns an error if the text has another form, or if its value is too large.
///
/// # Examples
///
/// ```
/// # use step02_executor as step;
/// use std::time::Duration;
/// use step::game::parse_duration;
///
/// assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
/// assert!(parse_duration("soon").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: Option<u64> = number.parse().ok();
    let duration = number.and_then(|number| match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" | "" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    });
    duration.ok_or("not a duration; write 30s, 5m, 500ms, or a number of seconds")
}
