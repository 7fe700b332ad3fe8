//! `cargo xtask play`: two bots play a step's game over real sockets, or a person does.
//!
//! This crate uses nothing but the standard library, because it is the first thing that a newcomer waits for.

mod bot;
mod server;
mod step;
mod words;

use std::{
    env,
    io::{self, ErrorKind, Write},
    process::ExitCode,
    time::Duration,
};

use crate::{bot::Bot, server::Server, step::Step, words::Lane};

/// What can go wrong: a sentence for the person who plays.
type Result<T> = std::result::Result<T, String>;

const HELP: &str = "\
Play a step's game over real sockets

Usage: cargo xtask play [OPTIONS] [STEP]

Arguments:
  [STEP]   The step, 1 to 6; in my/stepNN it is that step [default: 6]

Options:
      --fast    Do not wait between the guesses
      --serve   Start the server only, and let people play with `nc`
      --mine    Play your own version of the step, in my/stepNN
  -h, --help    Print help
";

/// The error that ends the program quietly, because the reader of stdout has gone. As an error it drops the server.
const CLOSED: &str = "stdout is closed";

/// How long a line can be looked at before the next one comes.
const PACE: Duration = Duration::from_millis(500);

#[derive(Default)]
struct Options {
    step: Option<u8>,
    fast: bool,
    serve: bool,
    mine: bool,
}

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = write!(io::stderr(), "error: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error == CLOSED => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the arguments. Returns nothing if they ask for help.
fn options(arguments: impl Iterator<Item = String>) -> Result<Option<Options>> {
    let mut options = Options::default();
    // The first argument is the command's own name.
    for argument in arguments.skip(1) {
        match argument.as_str() {
            "--fast" => options.fast = true,
            "--serve" => options.serve = true,
            "--mine" => options.mine = true,
            "-h" | "--help" => return Ok(None),
            number if !number.starts_with('-') && options.step.is_none() => {
                let step = number.parse();
                options.step =
                    Some(step.map_err(|_| format!("`{number}` is not the number of a step"))?);
            }
            other => return Err(format!("unexpected argument `{other}`")),
        }
    }
    if options.fast && options.serve {
        return Err("`--fast` and `--serve` exclude each other".to_owned());
    }
    Ok(Some(options))
}

fn run(options: &Options) -> Result<()> {
    let step = Step::find(options.step, options.mine)?;
    step.build()?;
    let mut server = Server::start(&step)?;
    match options.serve {
        true => invite(&step, &server)?,
        false => play(&mut server, if options.fast { Duration::ZERO } else { PACE })?,
    }
    let status = server.end()?;
    say(Lane::Server, "|", &format!("({status})"))?;
    if !status.success() {
        return Err("the server should have ended with exit status 0".to_owned());
    }
    if options.serve { Ok(()) } else { what_next(&step) }
}

/// Lets two bots take turns until one has won and the other one has its goodbye.
fn play(server: &mut Server, pace: Duration) -> Result<()> {
    say(Lane::Server, "|", &server.first_line)?;
    let mut bots =
        [Bot::join(Lane::First, server.address)?, Bot::join(Lane::Second, server.address)?];
    server.print_for(pace)?;
    // Each guess halves what is left, so a game ends.
    let winner = 'game: loop {
        for (number, bot) in bots.iter_mut().enumerate() {
            if bot.guess()? {
                break 'game number;
            }
            server.print_for(pace)?;
        }
    };
    let goodbye = bots[1 - winner].hear()?;
    if goodbye != "Game over! Someone else won." {
        return Err(format!("the bot that lost got another goodbye: {goodbye:?}"));
    }
    for bot in &mut bots {
        bot.expect_end()?;
    }
    Ok(())
}

/// Prints how people can play. Their Ctrl-C reaches the server, too, because it is in the same process group.
fn invite(step: &Step, server: &Server) -> Result<()> {
    let (name, port) = (&step.name, server.address.port());
    print(&format!(
        "{name} plays with you. From another terminal, or from two:\n\n    nc 127.0.0.1 {port}\n\n\
         Guess a number from 1 to 100. Ctrl-C ends the game.\n\n"
    ))
}

/// Prints how to play by hand, and what to read.
fn what_next(step: &Step) -> Result<()> {
    let (number, command) = (step.number, &step.run);
    let mut text = format!(
        "\nPlay it yourself, in two terminals:\n\n    {command} -- 127.0.0.1:8080\n    nc 127.0.0.1 8080\n\n\
         or let `cargo xtask play {number} --serve` pick a port.\n"
    );
    if let Some(chapter) = &step.chapter {
        text += &format!("What makes it run: {chapter}\n");
    }
    print(&text)
}

/// Prints a line of the transcript.
fn say(lane: Lane, direction: &str, text: &str) -> Result<()> {
    print(&(lane.line(direction, text) + "\n"))
}

/// Prints to stdout. A pipe that its reader has closed ends the program quietly.
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(CLOSED.to_owned()),
        written => written.map_err(|error| format!("cannot write to stdout: {error}")),
    }
}
