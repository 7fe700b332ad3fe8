//! A run of this step's server, with any options and limits, and what its clients see.

#![allow(dead_code, reason = "the tests of the first tasks do not use all of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitStatus, Stdio},
};

use super::program;

/// A server that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Serving {
    pub child: Child,
    addr: SocketAddr,
}

impl Serving {
    /// Starts the server on a free port with these options. Its stderr can be read.
    pub fn start(options: &[&str]) -> Self {
        Self::of(program().args(["127.0.0.1:0"]).args(options).stderr(Stdio::piped()))
    }

    /// Starts the server with a command, and returns when it listens.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it was built");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a pipe can be read");
        let addr = line.trim_end().strip_prefix("listening on ");
        let addr = addr.expect("it prints where it listens").parse();
        Serving { child, addr: addr.expect("it is an address") }
    }

    /// Connects a client.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).expect("the server listens")
    }

    /// Waits until the server ends.
    pub fn status(&mut self) -> ExitStatus {
        self.child.wait().expect("the child is ours")
    }

    /// Ends the server, and returns what it has logged.
    pub fn log(&mut self) -> String {
        let _ = self.child.kill();
        let mut text = String::new();
        let stderr = self.child.stderr.as_mut().expect("stderr is a pipe");
        stderr.read_to_string(&mut text).expect("the log is text");
        text
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a line, and returns the line that comes back.
pub fn ask(client: &mut TcpStream, line: &str) -> String {
    client.write_all(format!("{line}\n").as_bytes()).expect("the server is connected");
    read_line(client)
}

/// Reads one line, byte by byte, so that nothing behind it is read.
pub fn read_line(client: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("a line comes");
        line.push(byte[0]);
    }
    String::from_utf8(line).expect("a line is text")
}

/// Reads until the server closes the connection.
pub fn read_rest(client: &mut TcpStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).expect("the connection ends in order");
    text
}
