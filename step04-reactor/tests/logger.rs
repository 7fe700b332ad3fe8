//! mio logs each socket that it registers, and a logger can run user code. This test
//! needs a process of its own, because a process has one logger.

use std::{cell::Cell, net::SocketAddr};

use futures_lite::future;
use step::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn,
};

use crate::common::{alone::alone, within_deadline};

thread_local! {
    /// Whether the logger opens a socket when it is called next.
    static OPEN: Cell<bool> = const { Cell::new(false) };
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn flush(&self) {}

    fn log(&self, _: &log::Record<'_>) {
        if OPEN.replace(false) {
            let opened = future::block_on(TcpListener::bind(SocketAddr::from((
                [127, 0, 0, 1],
                0,
            ))));
            drop(opened.expect("there is a free port"));
        }
    }
}

#[test]
fn a_logger_may_open_a_socket_when_mio_logs_a_registration() {
    alone(a_logger_may_open_a_socket_when_mio_logs_a_registration, || {
        log::set_logger(&Logger).expect("it is the first logger");
        log::set_max_level(log::LevelFilter::Trace);
        within_deadline(|| {
            block_on(async {
                OPEN.set(true);
                let listener =
                    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
                let listener = listener.expect("there is a free port");
                assert!(!OPEN.get(), "mio logged the registration");
                // Both registrations were kept apart.
                let addr = listener.local_addr().expect("the listener is bound");
                let client = spawn(TcpStream::connect(addr));
                listener.accept().await.expect("the client connects");
                client.await.expect("the listener accepts");
            });
        });
    });
}
