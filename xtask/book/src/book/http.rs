//! As much of HTTP as a browser on the same machine needs: one request a connection.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// How long a browser may take for a request.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a body may be.
const BODY: u64 = 1 << 20;

/// What a browser asks for.
#[derive(Debug)]
pub struct Request {
    /// Whether it sends something.
    pub is_post: bool,
    /// The path.
    pub path: String,
    /// What it sends.
    pub body: String,
}

/// What it gets.
#[derive(Debug)]
pub struct Response {
    /// The number and its words: `200 OK`.
    pub status: &'static str,
    /// The media type.
    pub kind: &'static str,
    /// The content.
    pub content: Vec<u8>,
}

impl Response {
    /// There is no such thing.
    pub fn not_found() -> Self {
        Response { status: "404 Not Found", kind: "text/plain", content: b"not found\n".to_vec() }
    }

    /// Here it is.
    pub fn ok(kind: &'static str, content: Vec<u8>) -> Self {
        Response { status: "200 OK", kind, content }
    }
}

/// Answers whoever connects, for as long as the process lives; each on a thread of its own, so that nobody who keeps
/// quiet holds up the others.
pub fn serve(
    listener: TcpListener,
    answer: impl Fn(&Request) -> Response + Clone + Send + 'static,
) {
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        // A browser that leaves in the middle is no trouble.
        thread::spawn(move || drop(talk(&stream, &answer)));
    }
}

/// Answers one request.
fn talk(mut stream: &TcpStream, answer: &impl Fn(&Request) -> Response) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Some(request) = read(BufReader::new(stream))? else { return Ok(()) };
    let Response { status, kind, content } = answer(&request);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&content)
}

/// Reads a request, if it is one.
fn read(stream: impl BufRead) -> io::Result<Option<Request>> {
    let mut stream = stream.take(BODY);
    let (mut line, mut length) = (String::new(), 0);
    stream.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let (is_post, path) = (method == "POST", path.to_owned());
    loop {
        let mut header = String::new();
        if stream.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = String::new();
    stream.take(length).read_to_string(&mut body)?;
    Ok(Some(Request { is_post, path, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_its_path_and_as_much_of_a_body_as_it_says() {
        let text = "POST /__report HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabcdef";
        let request = read(text.as_bytes()).unwrap().unwrap();
        assert!(request.is_post);
        assert_eq!((request.path.as_str(), request.body.as_str()), ("/__report", "abc"));
        assert!(read("".as_bytes()).unwrap().is_none());
    }
}
