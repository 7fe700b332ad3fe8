//! The guessing game as a program: `step04-reactor [ADDR] [DURATION]`.

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
};

use step04_reactor::{
    executor::block_on,
    game::{self, say},
    options::Options,
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{layer, time::uptime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

fn main() -> ExitCode {
    tell_the_story();
    let options = Options::from_args();
    match block_on(game::run(&options)) {
        Ok(event) => {
            say(format_args!("{event}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(format_args!("cannot play on {}: {error}", options.addr));
            ExitCode::FAILURE
        }
    }
}

/// Shows on stderr what our runtime does, and nobody else's, if `RUST_LOG` says `trace`. Release builds have nothing to
/// show.
fn tell_the_story() {
    let log = env::var("RUST_LOG").unwrap_or_default();
    // Both `trace` and `some_crate=trace`.
    let level: Option<LevelFilter> = log.rsplit('=').next().and_then(|level| level.parse().ok());
    if let Some(level) = level {
        let lines = layer().with_timer(uptime()).with_writer(io::stderr);
        tracing_subscriber::registry()
            .with(lines.with_ansi(io::stderr().is_terminal()))
            .with(Targets::new().with_target(env!("CARGO_CRATE_NAME"), level))
            .init();
    }
}
