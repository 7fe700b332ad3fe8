//! What the rounds came to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    bench::{
        plan::Case,
        stats::{self, Rounds, Summary},
    },
    load::Figures,
};

/// What the rounds came to.
#[derive(Debug)]
pub struct Results {
    /// The servers' names, as they stand in tables.
    pub servers: Vec<&'static str>,
    /// What they did.
    pub cases: Vec<Case>,
    /// By case and server: the figures, round by round.
    figures: BTreeMap<(&'static str, &'static str), Vec<Option<Figures>>>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
    /// Why something was left out.
    pub skipped: Option<String>,
}

impl Results {
    /// Nothing yet.
    pub fn new(servers: Vec<&'static str>, cases: Vec<Case>) -> Self {
        Results { servers, cases, figures: BTreeMap::new(), failures: vec![], skipped: None }
    }

    /// Adds what a server came to in the next round.
    pub fn add(&mut self, case: &'static str, server: &'static str, figures: Option<Figures>) {
        self.figures.entry((case, server)).or_default().push(figures);
    }

    /// The values of a figure, round by round.
    pub fn rounds(&self, case: &str, server: &str, key: &str) -> Rounds {
        let rounds = self.figures.iter().find(|((c, s), _)| *c == case && *s == server);
        let values = rounds.into_iter().flat_map(|(_, rounds)| rounds);
        values.map(|figures| figures.as_ref()?.get(key)).collect()
    }

    /// A figure, summed up.
    pub fn summary(&self, case: &str, server: &str, key: &str) -> Option<Summary> {
        stats::summary(self.rounds(case, server, key).into_iter().flatten())
    }

    /// How two servers compare in a figure.
    pub fn ratio(&self, case: &str, key: &str, servers: [&str; 2]) -> Option<Summary> {
        let [ours, theirs] = servers.map(|server| self.rounds(case, server, key));
        stats::ratio(&ours, &theirs)
    }

    /// All of it, for machines: every value of every round.
    pub fn json(&self) -> Value {
        let cases = self.cases.iter().map(|case| {
            let servers = self.servers.iter().filter_map(|server| {
                let rounds = self.figures.get(&(case.key, server))?;
                let rounds = rounds.iter().map(|figures| match figures {
                    Some(figures) => Value::Object(figures.json()),
                    None => Value::Null,
                });
                Some(((*server).to_owned(), rounds.collect()))
            });
            let servers: serde_json::Map<String, Value> = servers.collect();
            json!({ "case": case.key, "title": case.title, "rounds": servers })
        });
        let cases: Vec<Value> = cases.collect();
        json!({ "servers": self.servers, "cases": cases, "failures": self.failures })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::bench::plan;

    /// Rounds of the last step and its peers in which each figure has the value that `value` gives.
    pub fn made_up(value: impl Fn(&str, &str, usize) -> f64) -> Results {
        let servers = vec!["step06", "smol", "tokio", "mio"];
        let mut results = Results::new(servers.clone(), plan::for_peers(1.0));
        for round in 0..3 {
            for case in results.cases.clone() {
                for server in &servers {
                    let mut figures = Figures::new("made up", &[]);
                    for row in case.rows {
                        figures.add(row.key, row.name, value(case.key, server, round), row.unit);
                    }
                    results.add(case.key, server, Some(figures));
                }
            }
        }
        results
    }

    #[test]
    fn rounds_are_kept_apart_and_a_missing_one_is_none() {
        let mut results = made_up(|_, server, round| (server.len() + round) as f64);
        results.add("churn", "mio", None);
        let rounds = results.rounds("churn", "mio", "cpu_us_per_cycle");
        assert_eq!(rounds, [Some(3.0), Some(4.0), Some(5.0), None]);
        assert_eq!(results.summary("churn", "mio", "cpu_us_per_cycle").unwrap().median, 4.0);
        assert_eq!(results.summary("churn", "nobody", "cpu_us_per_cycle"), None);
    }

    #[test]
    fn json_has_every_value_of_every_round() {
        let mut results = made_up(|_, _, round| round as f64);
        results.add("churn", "mio", None);
        results.failures.push("it fell over".to_owned());
        let json = results.json();
        let cases = json["cases"].as_array().unwrap();
        let churn = cases.iter().find(|case| case["case"] == "churn").unwrap();
        assert_eq!(churn["rounds"]["mio"][2]["cpu_us_per_cycle"], 2.0);
        let rounds = churn["rounds"]["mio"].as_array().unwrap();
        assert_eq!(rounds.len(), 4, "the one without figures counts");
        assert!(rounds[3].is_null());
        assert_eq!(json["failures"][0], "it fell over");
    }
}
