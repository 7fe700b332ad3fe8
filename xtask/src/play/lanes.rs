//! The lanes of the transcript: who says a line shows in its place and colour.

use console::style;

use crate::out::outln;

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

impl Lane {
    /// Prints a line: who, in which direction, what.
    pub fn print(self, direction: &str, text: &str) {
        outln!("{}", self.line(direction, text));
    }

    /// Makes a line, in colours where colours are wanted.
    fn line(self, direction: &str, text: &str) -> String {
        let (name, indent) = match self {
            Lane::Server => (style("server").dim(), ""),
            Lane::First => (style("bot 1 ").cyan(), ""),
            Lane::Second => (style("bot 2 ").magenta(), "                  "),
        };
        let text = match (self, text) {
            (Lane::Server, text) => style(text).dim(),
            (_, "Correct!") => style(text).green().bold(),
            (_, text) => style(text),
        };
        format!("{name} {direction:<2} {indent}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lane_has_its_own_column() {
        console::set_colors_enabled(false);
        assert_eq!(Lane::Server.line("|", "listening"), "server |  listening");
        assert_eq!(Lane::First.line("->", "50"), "bot 1  -> 50");
        assert_eq!(Lane::Second.line("<-", "Too low!"), "bot 2  <-                   Too low!");
    }
}
