//! What the last step is to reach, and whether it does.

use crate::bench::{results::Results, stats::Summary};

/// The server that has targets.
pub const OURS: &str = "step06";

/// A target: a figure of the last step, at most so many times a peer's.
type Target = (&'static str, &'static str, &'static [(&'static str, f64)]);

/// The targets.
const TARGETS: &[Target] = &[
    ("pingpong-100", "cpu_us_per_request", &[("smol", 0.65), ("tokio", 0.95), ("mio", 1.08)]),
    ("pingpong-1000", "cpu_us_per_request", &[("smol", 0.65), ("tokio", 0.95), ("mio", 1.08)]),
    ("pingpong-10000", "cpu_us_per_request", &[("smol", 0.65), ("tokio", 0.95), ("mio", 1.08)]),
    ("pingpong-100x16", "cpu_us_per_request", &[("tokio", 0.9)]),
    ("calls-100", "calls_per_request", &[("mio", 1.03)]),
    ("idle-10000", "bytes_per_connection", &[("smol", 0.5), ("tokio", 0.4)]),
    ("goodbye-10000", "goodbye_ms", &[("tokio", 1.0), ("mio", 1.2)]),
    ("churn", "cpu_us_per_cycle", &[("tokio", 1.0), ("mio", 1.1)]),
];

/// How much more a guess may cost with 10,000 connections than with 100.
const GROWTH: f64 = 1.5;

/// A comparison of the last step, and the target for it if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it compares.
    pub ratio: Summary,
    /// What it may come to at most.
    pub limit: Option<f64>,
}

impl Verdict {
    /// Whether the target is reached, if there is one.
    pub fn holds(&self) -> Option<bool> {
        self.limit.map(|limit| self.ratio.median <= limit)
    }

    /// In a table: `0.92 (0.90–0.95) ≤ 0.95 ✓`.
    pub fn text(&self) -> String {
        let Summary { median, min, max } = self.ratio;
        let ratio = match min == max {
            true => format!("{median:.2}"),
            false => format!("{median:.2} ({min:.2}–{max:.2})"),
        };
        match (self.limit, self.holds()) {
            (Some(limit), Some(true)) => format!("{ratio} ≤ {limit} ✓"),
            (Some(limit), _) => format!("{ratio} > {limit} ✗"),
            _ => ratio,
        }
    }
}

/// How the last step compares with a peer in a figure.
pub fn verdict(results: &Results, case: &str, key: &str, peer: &str) -> Option<Verdict> {
    let ratio = results.ratio(case, key, [OURS, peer])?;
    let targets = TARGETS.iter().find(|(c, k, _)| *c == case && *k == key);
    let target = targets.and_then(|(_, _, peers)| peers.iter().find(|(name, _)| *name == peer));
    Some(Verdict { ratio, limit: target.map(|(_, limit)| *limit) })
}

/// How much more a guess costs a server with 10,000 connections than with 100, and the target of the last step.
pub fn growth(results: &Results, server: &str) -> Option<Verdict> {
    let [many, few] = ["pingpong-10000", "pingpong-100"]
        .map(|case| results.rounds(case, server, "cpu_us_per_request"));
    let ratio = crate::bench::stats::ratio(&many, &few)?;
    Some(Verdict { ratio, limit: (server == OURS).then_some(GROWTH) })
}

/// Whether the idle server used no CPU at all in any round, if it was watched.
pub fn sleeps(results: &Results) -> Option<bool> {
    let idle = results.summary("idle-10000", OURS, "idle_cpu_ms")?;
    Some(idle.max == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::tests::made_up;

    #[test]
    fn a_target_is_reached_by_the_median_of_the_rounds() {
        let ours = [0.90, 0.94, 2.0];
        let results =
            made_up(|_, server, round| if server == "step06" { ours[round] } else { 1.0 });
        let holds = |case, key, peer| verdict(&results, case, key, peer).unwrap().holds();
        assert_eq!(holds("pingpong-100", "cpu_us_per_request", "tokio"), Some(true));
        assert_eq!(holds("pingpong-100", "cpu_us_per_request", "smol"), Some(false));
        assert_eq!(holds("pingpong-100x16", "cpu_us_per_request", "tokio"), Some(false));
        // There is a ratio, and no target.
        assert_eq!(holds("pingpong-1", "cpu_us_per_request", "tokio"), None);
    }

    #[test]
    fn every_target_is_about_something_that_is_measured() {
        let results = made_up(|_, _, _| 1.0);
        for (case, key, peers) in TARGETS {
            for (peer, limit) in *peers {
                let verdict = verdict(&results, case, key, peer);
                assert_eq!(verdict.unwrap().limit, Some(*limit), "{case} {key} {peer}");
            }
        }
    }

    #[test]
    fn growth_is_how_much_more_many_cost_and_only_ours_has_a_target() {
        let results = made_up(|case, _, _| if case == "pingpong-10000" { 8.0 } else { 5.0 });
        let ours = growth(&results, "step06").unwrap();
        assert_eq!((ours.ratio.median, ours.holds()), (1.6, Some(false)));
        assert_eq!(growth(&results, "mio").unwrap().limit, None);
    }

    #[test]
    fn a_server_that_wakes_once_in_any_round_does_not_sleep() {
        let wakes = |_: &str, _: &str, round| if round == 1 { 0.1 } else { 0.0 };
        assert_eq!(sleeps(&made_up(wakes)), Some(false));
        assert_eq!(sleeps(&made_up(|_, _, _| 0.0)), Some(true));
    }

    #[test]
    fn a_verdict_is_shown_with_its_spread_and_its_target() {
        let ratio = Summary { median: 0.921, min: 0.9, max: 0.95 };
        let text = |limit| Verdict { ratio, limit }.text();
        assert_eq!(text(Some(0.95)), "0.92 (0.90–0.95) ≤ 0.95 ✓");
        assert_eq!(text(Some(0.9)), "0.92 (0.90–0.95) > 0.9 ✗");
        assert_eq!(text(None), "0.92 (0.90–0.95)");
    }
}
