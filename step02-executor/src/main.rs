//! The guessing game as a program: `step02-executor [ADDR] [DURATION]`.

use std::{
    env,
    io::{self, IsTerminal},
    net::{SocketAddr, ToSocketAddrs},
    process::ExitCode,
};

use step02_executor::{
    game::{GameOver, Options, Server},
    runtime::block_on,
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{layer, time::uptime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

fn main() -> ExitCode {
    init_tracing();
    let options = Options::from_args();
    match play(&options) {
        Ok(event) => {
            eprintln!("{event}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot listen on {}: {error}", options.addr);
            ExitCode::FAILURE
        }
    }
}

/// Plays one game.
fn play(options: &Options) -> io::Result<GameOver> {
    // Looking up a name blocks, so do it before any task runs.
    let addrs: Vec<SocketAddr> = options.addr.to_socket_addrs()?.collect();
    block_on(async {
        let server = Server::bind(&addrs).await?;
        println!("listening on {}", server.local_addr()?);
        Ok(server.run(options.duration).await)
    })
}

/// Prints on stderr what our runtime does, if `RUST_LOG` is `trace`. Release builds
/// contain no trace, so they print nothing.
fn init_tracing() {
    let log = env::var("RUST_LOG").unwrap_or_default();
    // Accept both `trace` and `some_crate=trace`.
    let level =
        log.rsplit('=').next().and_then(|level| level.parse::<LevelFilter>().ok());
    if let Some(level) = level {
        let lines = layer().with_timer(uptime()).with_writer(io::stderr);
        tracing_subscriber::registry()
            .with(lines.with_ansi(io::stderr().is_terminal()))
            .with(Targets::new().with_target(env!("CARGO_CRATE_NAME"), level))
            .init();
    }
}
