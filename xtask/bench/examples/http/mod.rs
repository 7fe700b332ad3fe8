//! The HTTP service that is measured on two runtimes: `GET /50` is a guess, and the body is the answer.

use std::{cmp::Ordering, convert::Infallible, env, net::SocketAddr};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, server::conn::http1};

/// The number that clients guess.
const TARGET: u32 = 50;

/// Returns the address to listen on, which is the first argument.
pub fn addr() -> SocketAddr {
    let addr = env::args().nth(1).expect("the first argument is an address");
    addr.parse().expect("the address has the form 127.0.0.1:0")
}

/// Prints where the server listens.
pub fn announce(addr: SocketAddr) {
    step06_server::game::print(format_args!("listening on {addr}"));
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
    let answer = match guess.map(|guess| guess.cmp(&TARGET)) {
        Ok(Ordering::Less) => "Too low!\n",
        Ok(Ordering::Greater) => "Too high!\n",
        Ok(Ordering::Equal) => "Correct!\n",
        Err(_) => "Invalid input. Please enter a number.\n",
    };
    Ok(Response::new(Full::from(answer)))
}
