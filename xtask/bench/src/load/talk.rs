//! What the clients say, and what they must hear: guesses that never end a game.

/// What is below every target, and the answer to it.
const LOW: (&[u8], &[u8]) = (b"0\n", b"Too low!\n");

/// What is above every target, and the answer to it.
const HIGH: (&[u8], &[u8]) = (b"101\n", b"Too high!\n");

/// What each client says at once and hears in answer. Every guess differs from the one before, so that an answer that
/// comes twice or not at all is noticed at once.
#[derive(Debug)]
pub struct Talk {
    depth: usize,
    /// The two ways to begin: with the low guess or with the high one.
    turns: [Turn; 2],
}

/// So many guesses in turn, and their answers.
#[derive(Debug, Default)]
struct Turn {
    guesses: Vec<u8>,
    answers: Vec<u8>,
    /// Where the first so many guesses end, and their answers.
    ends: Vec<(usize, usize)>,
}

impl Turn {
    /// So many guesses, the low one first or the high one.
    fn new(depth: usize, is_high: bool) -> Self {
        let mut turn = Turn { ends: vec![(0, 0)], ..Turn::default() };
        for number in 0..depth {
            let (guess, answer) = if (number % 2 == 1) == is_high { LOW } else { HIGH };
            turn.guesses.extend_from_slice(guess);
            turn.answers.extend_from_slice(answer);
            turn.ends.push((turn.guesses.len(), turn.answers.len()));
        }
        turn
    }
}

impl Talk {
    /// So many guesses at once.
    pub fn new(depth: usize) -> Self {
        Talk { depth, turns: [Turn::new(depth, false), Turn::new(depth, true)] }
    }

    /// How many guesses are said at once.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// So many guesses, for one who said `said` of them before.
    pub fn guesses(&self, said: u64, count: usize) -> &[u8] {
        let turn = self.turn(said);
        &turn.guesses[..turn.ends[count].0]
    }

    /// The answers to them.
    pub fn answers(&self, said: u64, count: usize) -> &[u8] {
        let turn = self.turn(said);
        &turn.answers[..turn.ends[count].1]
    }

    /// How one goes on who said so many guesses.
    fn turn(&self, said: u64) -> &Turn {
        &self.turns[usize::from(said % 2 == 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guess_differs_from_the_one_before_and_has_its_answer() {
        let talk = Talk::new(3);
        assert_eq!(talk.guesses(0, 3), b"0\n101\n0\n");
        assert_eq!(talk.answers(0, 3), b"Too low!\nToo high!\nToo low!\n");
        assert_eq!(talk.guesses(3, 3), b"101\n0\n101\n");
        assert_eq!(talk.answers(3, 3), b"Too high!\nToo low!\nToo high!\n");
    }

    #[test]
    fn less_than_all_can_be_said() {
        let talk = Talk::new(4);
        assert_eq!(talk.guesses(7, 2), b"101\n0\n");
        assert_eq!(talk.answers(7, 2), b"Too high!\nToo low!\n");
        assert_eq!(talk.answers(0, 0), b"");
    }
}
