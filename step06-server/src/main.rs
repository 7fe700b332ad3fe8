//! The guessing game as a program: `step06-server [ADDR] [DURATION]`.

use std::{env, io, process::ExitCode};

use step06_server::{
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

/// Shows on stderr what our runtime does if `RUST_LOG` says `trace`. Release builds have nothing to show.
fn tell_the_story() {
    let level = env::var("RUST_LOG").ok().and_then(|level| level.parse().ok());
    if let Some(level) = level {
        let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::clone(&level));
        tracing_subscriber::registry()
            .with(layer().with_timer(uptime()).with_writer(io::stderr))
            .with(ours)
            .init();
    }
}
