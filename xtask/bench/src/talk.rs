//! What the clients send, and the answers that they must get.

/// Requests and their answers in turn. Each request differs from the one before it, so an answer that comes twice or
/// not at all is noticed at once.
#[derive(Debug, Default)]
pub struct Talk {
    requests: Vec<u8>,
    answers: Vec<u8>,
    /// Where the first requests end, and their answers: none of them, one, two, and so on.
    ends: Vec<(usize, usize)>,
}

impl Talk {
    /// Guesses below and above every target, which never end a game. Each client sends up to `depth` at once.
    pub fn game(depth: usize) -> Self {
        Talk::new(depth, ["0\n", "101\n"], ["Too low!\n", "Too high!\n"])
    }

    /// The same as the shortest requests of HTTP/1.1 on connections that stay open. More headers would cost the same on
    /// each runtime.
    pub fn http(depth: usize) -> Self {
        let requests = [
            "GET /0 HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "GET /101 HTTP/1.1\r\nhost: localhost\r\n\r\n",
        ];
        let answers = [
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nToo low!\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nToo high!\n",
        ];
        Talk::new(depth, requests, answers)
    }

    fn new(depth: usize, requests: [&str; 2], answers: [&str; 2]) -> Self {
        let mut talk = Talk { ends: vec![(0, 0)], ..Talk::default() };
        // One more than a client sends at once: a client may begin with either request.
        for number in 0..=depth {
            talk.requests.extend_from_slice(requests[number % 2].as_bytes());
            talk.answers.extend_from_slice(answers[number % 2].as_bytes());
            talk.ends.push((talk.requests.len(), talk.answers.len()));
        }
        talk
    }

    /// How many requests a client sends at once, at most.
    pub fn depth(&self) -> usize {
        self.ends.len() - 2
    }

    /// The next `count` requests of a client that has sent `sent` before.
    pub fn requests(&self, sent: u64, count: usize) -> &[u8] {
        let first = (sent % 2) as usize;
        &self.requests[self.ends[first].0..self.ends[first + count].0]
    }

    /// The answers to them.
    pub fn answers(&self, sent: u64, count: usize) -> &[u8] {
        let first = (sent % 2) as usize;
        &self.answers[self.ends[first].1..self.ends[first + count].1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_differs_from_the_one_before_and_has_its_answer() {
        let talk = Talk::game(3);
        assert_eq!(talk.depth(), 3);
        assert_eq!(talk.requests(0, 3), b"0\n101\n0\n");
        assert_eq!(talk.answers(0, 3), b"Too low!\nToo high!\nToo low!\n");
        assert_eq!(talk.requests(3, 3), b"101\n0\n101\n");
        assert_eq!(talk.answers(3, 1), b"Too high!\n");
        assert_eq!(talk.answers(0, 0), b"");
    }
}
