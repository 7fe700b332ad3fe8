//! The servers that the last step is measured against: they have to play the same game.

use crate::{
    report::Failure,
    suite::{self, Target},
    test_all::{
        Suite,
        session::{Session, skipped},
        summary::Column,
    },
};

/// The peers, which are examples of this tool's.
const PEERS: [&str; 3] = ["game_smol", "game_tokio", "game_mio"];

/// The step whose rules they keep: what later ones add is for servers that one leaves running.
const LEVEL: u8 = 1;

impl Session<'_> {
    /// Whether the peers were asked for; they are no part of a single step.
    fn wants_peers(&self) -> bool {
        self.wants(Suite::Peers)
            && (self.args.step.is_none() || self.args.suites.contains(&Suite::Peers))
    }

    /// Builds the peers if they were asked for, and says what went wrong.
    pub(super) fn build_peers(&mut self) -> Option<Failure> {
        if !self.wants_peers() || self.cannot_test_self().is_some() {
            return None;
        }
        let error = self.cargo.build_examples("xtask", &PEERS).err()?;
        self.broken.extend(PEERS.map(str::to_owned));
        Some(Failure { name: "the peers build".to_owned(), detail: format!("{error:#}") })
    }

    /// Holds each of the peers to the rules of the game.
    pub(super) fn check_peers(&mut self) {
        if !self.wants_peers() {
            return;
        }
        if let Some(reason) = self.cannot_test_self() {
            return self.check(Suite::Peers, "peers", Column::Game, |_, _| skipped(reason));
        }
        for peer in PEERS {
            let fail_fast = self.args.fail_fast;
            self.check(Suite::Peers, peer, Column::Game, |note, session| {
                if session.broken.iter().any(|broken| broken == peer) {
                    return skipped("the peers do not build: mend that first");
                }
                let target = Target { binary: session.cargo.example(peer), level: LEVEL };
                suite::run(&target, note, fail_fast)
            });
        }
    }
}
