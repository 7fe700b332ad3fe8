//! The program of this step, and clients that play with it over real sockets.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    process::{Child, ExitStatus, Stdio},
    thread,
};

use crate::common::program;

/// A run of the program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Game {
    child: Child,
    addr: String,
}

impl Game {
    /// Starts the program on a free port, and returns when it listens.
    pub fn start(time_limit: &str) -> Self {
        let mut command = program();
        command.args(["127.0.0.1:0", time_limit]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program was built for this test");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a pipe can be read");
        let addr = line.trim_end().strip_prefix("listening on ");
        let addr = addr.expect("the program prints where it listens").to_owned();
        Game { child, addr }
    }

    /// Connects a client.
    pub fn client(&self) -> Client {
        let stream = TcpStream::connect(&self.addr).expect("the program listens");
        Client { stream: BufReader::new(stream) }
    }

    /// Waits until the program ends.
    pub fn status(mut self) -> ExitStatus {
        self.child.wait().expect("the child is ours")
    }
}

impl Drop for Game {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that has connected.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Sends this text as it is.
    pub fn send(&mut self, text: &str) {
        self.stream
            .get_mut()
            .write_all(text.as_bytes())
            .expect("the server is connected");
    }

    /// Waits for the next line. At the end of the connection, returns an empty line.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server sends lines");
        line
    }

    /// Sends a line and waits for the answer.
    pub fn ask(&mut self, guess: &str) -> String {
        self.send(&format!("{guess}\n"));
        self.line()
    }

    /// Sends nothing from now on, and goes on reading.
    pub fn stop_sending(&self) {
        self.stream.get_ref().shutdown(Shutdown::Write).expect("the server is connected");
    }

    /// Waits for the end of the connection. Returns what the server sends until then, but
    /// not more than the beginning of it.
    pub fn rest(self) -> String {
        let mut text = String::new();
        self.stream.take(150).read_to_string(&mut text).expect("the server sends text");
        text
    }

    /// Guesses until a guess is right. Returns the last answer, which is empty if the
    /// connection ended.
    pub fn win(&mut self) -> String {
        let (mut low, mut high) = (1, 100);
        loop {
            let guess = (low + high) / 2;
            let answer = self.ask(&guess.to_string());
            match answer.as_str() {
                "Too low!\n" => low = guess + 1,
                "Too high!\n" => high = guess - 1,
                _ => return answer,
            }
        }
    }

    /// Sends guesses as fast as the connection takes them, until the server ends it.
    pub fn flood(self) {
        let mut reads = self.stream.into_inner();
        let mut writes = reads.try_clone().expect("a descriptor is free");
        let guesses = "0\n".repeat(32 * 1024);
        let writer =
            thread::spawn(move || while writes.write_all(guesses.as_bytes()).is_ok() {});
        let _ = io::copy(&mut reads, &mut io::sink());
        writer.join().expect("it does not panic");
    }
}
