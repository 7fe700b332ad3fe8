//! The rules: what ends a game, and which lines are guesses.

use std::{fmt, net::SocketAddr};

/// The event that ends the game for every client.
///
/// Its `Display` form is the line that the server logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GameOver {
    /// The client with this address guessed its target.
    SomeoneWon(SocketAddr),
    /// The time limit was reached before any client won.
    TimeOut,
}

impl GameOver {
    /// Returns the goodbye line: the last line for every client except the winner.
    ///
    /// # Examples
    ///
    /// ```
    /// # use step01_futures as step;
    /// use step::game::GameOver;
    ///
    /// assert_eq!(GameOver::TimeOut.goodbye(), "Game over! Time's up.\n");
    /// ```
    pub fn goodbye(self) -> &'static str {
        match self {
            GameOver::SomeoneWon(_) => "Game over! Someone else won.\n",
            GameOver::TimeOut => "Game over! Time's up.\n",
        }
    }
}

impl fmt::Display for GameOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GameOver::SomeoneWon(winner) => write!(f, "game over: {winner} won"),
            GameOver::TimeOut => f.write_str("game over: time's up"),
        }
    }
}

/// Reads the number on a line. Returns `None` if the line is not a guess.
///
/// A guess consists of ASCII digits, and its value fits into a `usize`. Spaces and tabs
/// around the digits are ignored, and so is the `\n` or `\r\n` at the end of the line.
///
/// # Examples
///
/// ```
/// # use step01_futures as step;
/// use step::game::guess;
///
/// assert_eq!(guess(b" 42\r\n"), Some(42));
/// assert_eq!(guess(b"+42\n"), None);
/// ```
pub fn guess(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_not_blank = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = line.iter().position(is_not_blank)?;
    let end = line.iter().rposition(is_not_blank)?;
    // Parse by hand, because `usize::from_str` would also accept a plus sign.
    let mut number: usize = 0;
    for &byte in &line[start..=end] {
        let digit = char::from(byte).to_digit(10)?;
        number = number.checked_mul(10)?.checked_add(digit as usize)?;
    }
    Some(number)
}
