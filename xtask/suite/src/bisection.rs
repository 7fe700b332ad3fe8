//! The way to play: halve what is left.

use anyhow::{Context, Result};

use crate::client::Client;
use kit::verdict::mismatch;

/// What is known of a target in 1..=100, and the next guess to make.
#[derive(Debug, Clone)]
pub struct Bisection {
    low: usize,
    high: usize,
}

impl Default for Bisection {
    /// Knows nothing but the rules.
    fn default() -> Self {
        Bisection { low: 1, high: 100 }
    }
}

impl Bisection {
    /// The next guess: the middle of what is left.
    pub fn guess(&self) -> usize {
        self.low.midpoint(self.high)
    }

    /// How many numbers are left.
    pub fn left(&self) -> usize {
        (self.high + 1).saturating_sub(self.low)
    }

    /// The numbers that are left, as lines to send.
    pub fn all_left(&self) -> String {
        (self.low..=self.high).map(|n| format!("{n}\n")).collect()
    }

    /// Learns from the answer to the guess. Says whether it was right, or why the answer makes no sense.
    pub fn learn(&mut self, answer: &str) -> Result<bool> {
        let guess = self.guess();
        match answer {
            "Correct!" => return Ok(true),
            "Too low!" => self.low = guess + 1,
            "Too high!" => self.high = guess - 1,
            other => {
                return Err(mismatch(
                    format!("an answer to the guess {guess}"),
                    format!("{other:?}"),
                ));
            }
        }
        if self.left() == 0 {
            return Err(mismatch(
                "answers that agree on a target in 1..=100",
                format!("{answer:?} to {guess}, after which no number is left"),
            ));
        }
        Ok(false)
    }
}

/// Plays until the client has won, and gives the number that was right.
pub fn win(client: &mut Client) -> Result<usize> {
    let mut bisection = Bisection::default();
    while !step(client, &mut bisection)? {}
    Ok(bisection.guess())
}

/// Plays until no more than `left` numbers are left. Gives nothing if a guess happened to be right on the way.
pub fn narrow(client: &mut Client, left: usize) -> Result<Option<Bisection>> {
    let mut bisection = Bisection::default();
    while bisection.left() > left {
        if step(client, &mut bisection)? {
            return Ok(None);
        }
    }
    Ok(Some(bisection))
}

/// Makes one guess, and says whether it was right.
fn step(client: &mut Client, bisection: &mut Bisection) -> Result<bool> {
    let guess = bisection.guess();
    client.send(format!("{guess}\n"))?;
    let answer = client.line()?;
    let answer = answer.with_context(|| format!("the connection ended at the guess {guess}"))?;
    bisection.learn(&answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_contradict_each_other_are_an_error() {
        let mut bisection = Bisection::default();
        let error = (0..10).find_map(|_| bisection.learn("Too low!").err());
        assert!(error.unwrap().to_string().contains("no number is left"));
    }
}
