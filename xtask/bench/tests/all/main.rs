//! The load generator, the operations that are measured, and libraries that run on step 06's runtime unchanged.

mod libraries;
mod load;
mod operations;
