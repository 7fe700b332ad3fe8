//! The guessing game as a program: `step01-futures [ADDR] [DURATION]`.

use std::process::ExitCode;

use smol::block_on;
use step01_futures::{
    game::{self, say},
    options::Options,
};

fn main() -> ExitCode {
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
