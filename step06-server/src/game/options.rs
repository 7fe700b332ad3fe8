//! The options: what the command line asks for.

use std::{process, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

use crate::game::{log, print};

/// The text that `--help` prints.
const USAGE: &str = concat!(
    "Usage: ",
    env!("CARGO_PKG_NAME"),
    " [OPTIONS] [ADDR] [DURATION]

Plays a guessing game with every client that connects.

  ADDR              where to listen; port 0 picks a free port [default: 127.0.0.1:8080]
  DURATION          ends the game after 30s, 5m, 500ms, or 30 (seconds) [default: 300s]
  --max-clients N   turns clients away while N are playing [default: no limit]
  --drain DURATION  waits this long for clients to read their last line [default: 5s]
  -q, --quiet       does not log clients that join and leave
  -h, --help        prints this text
  -V, --version     prints the version"
);

/// The text that `--version` prints.
const VERSION: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The address to listen on, as `HOST:PORT`.
    pub addr: String,
    /// How long the game lasts if no client wins.
    pub duration: Duration,
    /// How many clients can play at the same time. `None` means that only the operating
    /// system limits their number.
    pub max_clients: Option<usize>,
    /// How long clients can take to read their last line and to leave, before their
    /// connections are closed.
    pub drain: Duration,
    /// If set, clients that join and leave are not logged.
    pub quiet: bool,
}

impl Default for Options {
    /// Returns the options of a command line without arguments.
    fn default() -> Self {
        Options {
            addr: "127.0.0.1:8080".to_owned(),
            duration: Duration::from_secs(300),
            max_clients: None,
            drain: Duration::from_secs(5),
            quiet: false,
        }
    }
}

impl Options {
    /// Reads the command line of this process.
    ///
    /// Exits with status 0 after printing the usage or the version if the command line
    /// asks for it, and with status 2 after printing an error and the usage if an
    /// argument is wrong.
    pub fn from_args() -> Self {
        Self::parse(Parser::from_env()).unwrap_or_else(|error| {
            log(format_args!("error: {error}\n\n{USAGE}"));
            process::exit(2);
        })
    }

    /// Reads the arguments one by one.
    fn parse(mut args: Parser) -> Result<Self, lexopt::Error> {
        let mut options = Options::default();
        let (mut addr, mut duration) = (None, None);
        while let Some(arg) = args.next()? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => print_and_exit(USAGE),
                Arg::Short('V') | Arg::Long("version") => print_and_exit(VERSION),
                Arg::Short('q') | Arg::Long("quiet") => options.quiet = true,
                Arg::Long("drain") => {
                    options.drain = args.value()?.parse_with(parse_duration)?;
                }
                Arg::Long("max-clients") => {
                    options.max_clients = Some(args.value()?.parse()?);
                }
                Arg::Value(text) if addr.is_none() => addr = Some(text.string()?),
                Arg::Value(text) if duration.is_none() => {
                    duration = Some(text.parse_with(parse_duration)?);
                }
                _ => return Err(arg.unexpected()),
            }
        }
        options.addr = addr.unwrap_or(options.addr);
        options.duration = duration.unwrap_or(options.duration);
        Ok(options)
    }
}

/// Prints the usage or the version, and ends the process.
fn print_and_exit(text: &str) -> ! {
    print(format_args!("{text}"));
    process::exit(0);
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
/// # use step06_server as step;
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
