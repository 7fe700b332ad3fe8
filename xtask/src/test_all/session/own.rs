//! This program's own tests.

use std::env;

use super::{Session, skipped};
use crate::test_all::{NESTED, Suite, summary::Column};

impl Session<'_> {
    /// Runs this program's own tests.
    pub(super) fn check_self(&mut self) {
        if !self.wants_self() {
            return;
        }
        self.check(Suite::Xtask, "xtask", Column::Tests, |note, session| {
            match session.cannot_test_self() {
                Some(reason) => skipped(reason),
                None => session.cargo.test("xtask", session.args.fail_fast, note),
            }
        });
    }

    /// Whether this program's own tests were asked for; they are no part of a single step.
    pub(super) fn wants_self(&self) -> bool {
        self.wants(Suite::Xtask)
            && (self.args.step.is_none() || self.args.suites.contains(&Suite::Xtask))
    }

    /// What prevents this program's own tests, if anything does.
    pub(super) fn cannot_test_self(&self) -> Option<&'static str> {
        if !self.workspace.root.join("xtask/Cargo.toml").is_file() {
            return Some("this workspace has no xtask: run it where there is one");
        }
        let is_nested = env::var_os(NESTED).is_some();
        is_nested.then_some("this is one of its tests: run `cargo test -p xtask` by itself")
    }
}
