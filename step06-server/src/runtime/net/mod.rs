//! TCP sockets as futures. Each call is the operating system's own, made when the reactor
//! has seen that it will not block.

mod addresses;
mod incoming;
mod listener;
mod std_sockets;
mod stream;

pub use incoming::Incoming;
pub use listener::TcpListener;
pub use stream::TcpStream;
