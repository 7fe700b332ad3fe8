//! The guessing game as a program: `step06-server [OPTIONS] [ADDR] [DURATION]`.

use std::{
    env,
    io::{self, IsTerminal},
    net::{SocketAddr, ToSocketAddrs},
    process::ExitCode,
};

use step06_server::{
    game::{GameOver, Options, Server, Trace, log, print},
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
            log(format_args!("{event}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            log(format_args!("cannot listen on {}: {error}", options.addr));
            ExitCode::FAILURE
        }
    }
}

/// Plays one game.
fn play(options: &Options) -> io::Result<GameOver> {
    // Looking up a name blocks, so do it before any task runs.
    let addrs: Vec<SocketAddr> = options.addr.to_socket_addrs()?.collect();
    block_on(async {
        let server = Server::bind(&addrs, options.clone()).await?;
        print(format_args!("listening on {}", server.local_addr()?));
        Ok(server.run().await)
    })
}

/// Shows the events of our runtime on stderr if `RUST_LOG` is `trace`. Release builds
/// have no events to show.
fn init_tracing() {
    let filter = env::var("RUST_LOG").unwrap_or_default();
    // Accepts both `trace` and `some_crate=trace`.
    let level: Option<LevelFilter> =
        filter.rsplit('=').next().and_then(|level| level.parse().ok());
    if let Some(level) = level {
        let lines = layer().with_timer(uptime()).with_writer(|| Trace);
        tracing_subscriber::registry()
            .with(lines.with_ansi(io::stderr().is_terminal()))
            .with(Targets::new().with_target(env!("CARGO_CRATE_NAME"), level))
            .init();
    }
}
