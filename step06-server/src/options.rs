//! What the command line asks for.

use std::time::Duration;

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue},
};

/// A guessing game for many players at once, on one thread.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(version)]
pub struct Options {
    /// Where to listen, as HOST:PORT; port 0 picks a free port.
    #[arg(default_value = "127.0.0.1:8080")]
    pub addr: String,
    /// How long a game lasts if nobody wins: 30s, 5m, 500ms, or a number of seconds.
    #[arg(default_value = "300s", value_parser = parse_duration)]
    pub duration: Duration,
    /// How many may play at once; without it, as many as the system has descriptors for.
    #[arg(long, value_name = "N")]
    pub max_clients: Option<usize>,
    /// How long players may take to read their last line before they are cut off.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    pub drain: Duration,
    /// Says nothing of players who come and go, only of trouble and of the end.
    #[arg(long, short)]
    pub quiet: bool,
}

impl Options {
    /// Reads the command line. Ends the process with the usage message if it was asked for (status 0) or is needed
    /// (status 2).
    pub fn from_args() -> Self {
        Self::try_parse().unwrap_or_else(|mut error| {
            // Not every error of clap's comes with the usage; whoever made one wants it.
            let usage = ContextValue::StyledStr(Self::command().render_usage());
            error.insert(ContextKind::Usage, usage);
            error.exit()
        })
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
