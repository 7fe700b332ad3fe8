//! TCP sockets as futures. Each operation makes an ordinary non-blocking system call,
//! once the reactor expects that the socket is ready for it.

mod addresses;
mod incoming;
mod listener;
mod std_sockets;
mod stream;

pub use incoming::Incoming;
pub use listener::TcpListener;
pub use stream::TcpStream;
