//! The guessing game as a program: `step01-futures [ADDR] [DURATION]`.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    process::ExitCode,
};

use smol::block_on;
use step01_futures::game::{GameOver, Options, Server};

fn main() -> ExitCode {
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
