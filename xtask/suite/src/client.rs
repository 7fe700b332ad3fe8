//! A client that the suite controls. Every wait has a deadline, and every error names what was expected.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::net::sockopt;

use kit::verdict::{ensure, mismatch};

#[cfg(test)]
mod tests;

/// How long a client waits by default. Only a broken server takes this long, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes one read asks for.
const CHUNK: usize = 4096;

/// A client.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    /// Received bytes. Those that no caller has taken yet begin at `start`.
    buffer: Vec<u8>,
    start: usize,
    patience: Duration,
}

impl Client {
    /// Connects.
    pub fn connect(addr: SocketAddr) -> Result<Self> {
        Self::try_connect(addr).context("cannot connect to the server")
    }

    /// Connects, and returns the system's error if that fails.
    pub fn try_connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, buffer: Vec::new(), start: 0, patience: PATIENCE })
    }

    /// The client's own address, as the server sees it.
    pub fn addr(&self) -> Result<SocketAddr> {
        Ok(self.stream.local_addr()?)
    }

    /// Sets how long this client waits from now on.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// A second handle on the connection, to write while this one reads.
    pub fn writer(&self) -> Result<TcpStream> {
        let stream = self.stream.try_clone()?;
        stream.set_write_timeout(Some(self.patience))?;
        Ok(stream)
    }

    /// Limits how many bytes the system holds while this client does not read: about this many.
    pub fn buffer(self, bytes: usize) -> Result<Self> {
        sockopt::set_socket_recv_buffer_size(&self.stream, bytes)?;
        Ok(self)
    }

    /// Limits how many sent bytes the system holds until the server takes them: about this many.
    pub fn send_buffer(self, bytes: usize) -> Result<Self> {
        sockopt::set_socket_send_buffer_size(&self.stream, bytes)?;
        Ok(self)
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.stream.set_write_timeout(Some(self.patience))?;
        let sent = self.stream.write_all(bytes.as_ref());
        sent.context("cannot send to the server")
    }

    /// Closes the sending side.
    pub fn finish(&mut self) -> Result<()> {
        let finished = self.stream.shutdown(Shutdown::Write);
        finished.context("cannot close the sending side")
    }

    /// Sends bytes and closes the sending side, in one segment where the system can do so.
    pub fn send_and_finish(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        #[cfg(target_os = "linux")]
        sockopt::set_tcp_cork(&self.stream, true)?;
        self.send(bytes)?;
        self.finish()
    }

    /// Resets the connection.
    pub fn abort(self) -> Result<()> {
        sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO))?;
        Ok(())
    }

    /// Ends the connection both ways, for every handle on it.
    pub fn shut_down(&self) {
        // It may have ended already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Waits for more bytes until the deadline. Returns how many came: zero at the end of the file.
    fn fill(&mut self, deadline: Instant) -> io::Result<usize> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        let read = match self.stream.read(&mut self.buffer[filled..]) {
            // SIGSTOP and SIGCONT interrupt a read that has a timeout. Try again with the time that is left.
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                self.buffer.truncate(filled);
                return self.fill(deadline);
            }
            read => read,
        };
        let more = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(filled + more);
        read
    }

    /// Waits for the next line and returns it without its end; `None` at the end of the file.
    pub fn line(&mut self) -> Result<Option<String>> {
        match self.try_line()? {
            Ok(line) => Ok(line),
            Err(error) => Err(mismatch("a line", self.instead(&error))),
        }
    }

    /// Waits for the next line. The inner error is the one that the connection failed with.
    pub fn try_line(&mut self) -> Result<io::Result<Option<String>>> {
        let deadline = Instant::now() + self.patience;
        let mut searched = self.start;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|&b| b == b'\n') {
                let line = self.take(searched + end - self.start);
                self.start += 1;
                return Ok(Ok(Some(line)));
            }
            searched = self.buffer.len() - self.start;
            match self.fill(deadline) {
                Ok(0) if self.buffer.is_empty() => return Ok(Ok(None)),
                Ok(0) => {
                    let rest = self.take(self.buffer.len());
                    return Err(mismatch("a whole line", format!("{rest:?} and the end")));
                }
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Takes this many bytes from the buffer.
    fn take(&mut self, length: usize) -> String {
        let taken = &self.buffer[self.start..self.start + length];
        self.start += length;
        String::from_utf8_lossy(taken).into_owned()
    }

    /// Describes what came instead of the expected bytes.
    fn instead(&self, error: &io::Error) -> String {
        let instead = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!("nothing within {:?}", self.patience)
            }
            ErrorKind::ConnectionReset => "a reset of the connection".to_owned(),
            _ => error.to_string(),
        };
        match &self.buffer[self.start..] {
            [] => instead,
            came => format!("{:?}, then {instead}", String::from_utf8_lossy(came)),
        }
    }

    /// Waits for the next line, which must be `expected`.
    pub fn expect_line(&mut self, expected: &str) -> Result<()> {
        let got = match self.try_line()? {
            Ok(Some(line)) if line == expected => return Ok(()),
            Ok(Some(line)) => format!("{line:?}"),
            Ok(None) => "the end of the file".to_owned(),
            Err(error) => self.instead(&error),
        };
        Err(mismatch(format!("{expected:?}"), got))
    }

    /// Sends bytes, and waits for the next line, which must be `expected`.
    pub fn ask(&mut self, bytes: impl AsRef<[u8]>, expected: &str) -> Result<()> {
        let bytes = bytes.as_ref();
        self.send(bytes)?;
        self.expect_line(expected)
            .with_context(|| format!("after sending {:?}", String::from_utf8_lossy(bytes)))
    }

    /// Waits for the end of the file, and returns everything that came before it.
    pub fn rest(&mut self) -> Result<String> {
        self.try_rest().map_err(|error| mismatch("the end of the file", self.instead(&error)))
    }

    /// Like [`rest`](Self::rest), but returns the system's error if the end of the file does not come.
    pub fn try_rest(&mut self) -> io::Result<String> {
        let deadline = Instant::now() + self.patience;
        while self.fill(deadline)? > 0 {}
        Ok(self.take(self.buffer.len() - self.start))
    }

    /// Waits for the end of the connection, which may be a reset. Returns everything that came before
    /// the end, and whether it was a reset.
    pub fn rest_or_reset(&mut self) -> Result<(String, bool)> {
        match self.try_rest() {
            Ok(rest) => Ok((rest, false)),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                Ok((self.take(self.buffer.len() - self.start), true))
            }
            Err(error) => Err(mismatch("the end of the file, or a reset", self.instead(&error))),
        }
    }

    /// Waits for the end of the file. Everything that comes before it must be `expected`.
    pub fn expect_rest(&mut self, expected: &str) -> Result<()> {
        let rest = self.rest()?;
        ensure(
            rest == expected,
            format!("{expected:?} and the end of the file"),
            format!("{rest:?} and the end of the file"),
        )
    }

    /// Checks that nothing comes for this long.
    pub fn expect_silence(&mut self, duration: Duration) -> Result<()> {
        let got = match self.fill(Instant::now() + duration) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(());
            }
            Ok(0) => "the end of the file".to_owned(),
            Ok(_) => format!("{:?}", String::from_utf8_lossy(&self.buffer)),
            Err(error) => error.to_string(),
        };
        Err(mismatch(format!("silence for {duration:?}"), got))
    }
}
