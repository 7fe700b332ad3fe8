//! The game's rules, checked from outside: a client, a server under test, and the cases. And the ladder: what each step
//! can do and cannot do yet.

pub mod bisection;
pub mod cases;
pub mod client;
pub mod ladder;
pub mod server;
pub mod strace;

pub use cases::*;
