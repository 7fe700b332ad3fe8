//! TCP sockets as futures. Each call is the operating system's own, made when the reactor
//! has seen that it will not block.

mod listener;
mod stream;

pub use listener::TcpListener;
pub use stream::TcpStream;
