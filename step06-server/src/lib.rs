//! tmp
#![forbid(unsafe_code)]
pub mod runtime;
