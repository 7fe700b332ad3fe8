//! `cargo xtask`: drives tests, differences and games across all steps.
mod report;
mod steps;

fn main() {
    let _ = steps::Workspace::load();
}
