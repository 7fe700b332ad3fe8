//! The transcript: the speaker of a line shows in its place and colour.

use std::{
    env,
    io::{self, IsTerminal},
    sync::LazyLock,
};

/// Who says a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The server, on stdout and stderr.
    Server,
    /// The first bot.
    First,
    /// The second bot, whose lines are further right.
    Second,
}

/// Whether stdout is a terminal that should have colours.
static COLOURS: LazyLock<bool> = LazyLock::new(|| {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let forced = is_set("CLICOLOR_FORCE");
    !is_set("NO_COLOR") && (forced || io::stdout().is_terminal())
});

impl Lane {
    /// Makes a line: the speaker, the direction, the text.
    pub fn line(self, direction: &str, text: &str) -> String {
        let paint = |code: &str, text: &str| match *COLOURS {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        let (name, indent) = match self {
            Lane::Server => (paint("2", "server"), ""),
            Lane::First => (paint("36", "bot 1 "), ""),
            Lane::Second => (paint("35", "bot 2 "), "                  "),
        };
        let text = match (self, text) {
            (Lane::Server, text) => paint("2", text),
            (_, "Correct!") => paint("1;32", text),
            (_, text) => text.to_owned(),
        };
        format!("{name} {direction:<2} {indent}{text}")
    }
}
