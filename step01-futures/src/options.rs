//! What the command line asks for.

use std::{env, process, time::Duration};

/// The usage message.
const USAGE: &str = concat!(
    "Usage: ",
    env!("CARGO_PKG_NAME"),
    " [ADDR] [DURATION]

  ADDR      where to listen; port 0 picks a free port [default: 127.0.0.1:8080]
  DURATION  how long a game lasts: 30s, 5m, 500ms, or a number of seconds [default: 300s]"
);

/// What the game needs to know before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where to listen, as `HOST:PORT`.
    pub addr: String,
    /// How long the game lasts if nobody wins.
    pub duration: Duration,
}

impl Options {
    /// Reads the command line. Ends the process with the usage message if it was asked for (status 0) or is needed
    /// (status 2).
    pub fn from_args() -> Self {
        let args: Vec<String> =
            env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
        if args.iter().any(|arg| arg == "--help" || arg == "-h") {
            println!("{USAGE}");
            process::exit(0);
        }
        Self::parse(&args).unwrap_or_else(|error| {
            eprintln!("error: {error}\n\n{USAGE}");
            process::exit(2);
        })
    }

    /// Makes options of the arguments, or says what is wrong with them.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        let mut options =
            Options { addr: "127.0.0.1:8080".to_owned(), duration: Duration::from_secs(300) };
        if let Some(unknown) = args.iter().find(|arg| arg.starts_with('-')).or(args.get(2)) {
            return Err(format!("unexpected argument '{unknown}'"));
        }
        if let Some(addr) = args.first() {
            options.addr.clone_from(addr);
        }
        if let Some(duration) = args.get(1) {
            options.duration = parse_duration(duration)?;
        }
        Ok(options)
    }
}

/// Parses `30s`, `5m`, `500ms`, or a bare number of seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text)
            .map_err(|error| format!("'{text}' is not a duration: {error}")),
    }
}
