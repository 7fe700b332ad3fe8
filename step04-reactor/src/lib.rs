//! Step 04: a reactor.
//!
//! Sockets are our own: a [`TcpStream`](net::TcpStream) that would block leaves its task's waker with the reactor, and
//! an idle thread does not merely park: it waits in the operating system's poller, for all sockets at once. Timers are
//! still smol's, on its own thread.
#![forbid(unsafe_code)]

pub mod connection;
pub mod executor;
pub mod game;
pub mod lines;
pub mod net;
pub mod options;
mod reactor;
pub mod select;
mod slab;
mod source;
mod sync;
pub mod task;
mod waker;
pub mod yield_now;
