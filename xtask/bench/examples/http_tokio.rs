//! hyper on tokio's current-thread runtime, with the adaptor that hyper's own helpers have for tokio.

use std::io;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

mod http;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind(http::addr()).await?;
    http::announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection =
            http::http().serve_connection(TokioIo::new(stream), service_fn(http::answer));
        // A client that disconnects ends its own connection only.
        tokio::spawn(async { drop(connection.await) });
    }
}
