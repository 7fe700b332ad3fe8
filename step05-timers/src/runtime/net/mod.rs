//! TCP sockets as futures. Each operation makes an ordinary non-blocking system call,
//! once the reactor expects that the socket is ready for it.

mod listener;
mod stream;

pub use listener::TcpListener;
pub use stream::TcpStream;
