//! The HTTP service that is measured on two runtimes: `GET /50` is a guess, and the body is the answer.

use std::{convert::Infallible, env, io::Write, net::SocketAddr};

use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode, body::Bytes, header::CONTENT_TYPE, server::conn::http1,
};

/// The number that clients guess.
const TARGET: u32 = 50;

/// Returns the address to listen on, which is the first argument.
pub fn addr() -> SocketAddr {
    let addr = env::args().nth(1).expect("the first argument is an address");
    addr.parse().expect("the address has the form 127.0.0.1:0")
}

/// Prints where the server listens.
pub fn announce(addr: SocketAddr) {
    println!("listening on {addr}");
    std::io::stdout().flush().expect("stdout is open");
}

/// HTTP/1.1 without a `date`, so that all answers are equal.
pub fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.auto_date_header(false);
    http
}

/// Answers one request.
pub async fn answer<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let guess = request.uri().path()[1..].parse::<u32>();
    let (status, body) = match guess.map(|guess| guess.cmp(&TARGET)) {
        Ok(std::cmp::Ordering::Less) => (StatusCode::OK, "Too low!\n"),
        Ok(std::cmp::Ordering::Greater) => (StatusCode::OK, "Too high!\n"),
        Ok(std::cmp::Ordering::Equal) => (StatusCode::OK, "Correct!\n"),
        Err(_) => (StatusCode::BAD_REQUEST, "Invalid input. Please enter a number.\n"),
    };
    let response = Response::builder().status(status).header(CONTENT_TYPE, "text/plain");
    Ok(response.body(Full::from(body)).expect("a valid response"))
}
