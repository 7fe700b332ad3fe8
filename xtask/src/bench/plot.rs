//! Charts of what was measured, for the book.

mod chart;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::bench::results::Results;

/// Draws what there is to draw, and gives the files.
pub fn draw(results: &Results, dir: &Path, steps: bool) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let charts = match steps {
        true => vec![("steps-cpu", steps_cpu(results)?)],
        false => vec![("cpu", cpu(results)?), ("memory", memory(results)?)],
    };
    let mut files = Vec::new();
    for (name, chart) in charts {
        let Some(svg) = chart else { continue };
        let file = dir.join(format!("{name}.svg"));
        fs::write(&file, svg).with_context(|| format!("cannot write {}", file.display()))?;
        files.push(file);
    }
    Ok(files)
}

/// The CPU time of a guess against the number of connections, a line a server.
fn cpu(results: &Results) -> Result<Option<String>> {
    let cases = [("pingpong-100", "100"), ("pingpong-1000", "1,000"), ("pingpong-10000", "10,000")];
    let lines = results.servers.iter().map(|server| {
        let points = cases.iter().enumerate().filter_map(|(place, (case, _))| {
            Some((place, results.summary(case, server, "cpu_us_per_request")?))
        });
        ((*server).to_owned(), points.collect())
    });
    let names = cases.map(|(_, name)| name.to_owned());
    let title = "CPU time of the server per guess";
    chart::lines([title, "connections", "µs"], &names, &lines.collect::<Vec<_>>(), false)
}

/// The CPU time of a guess against the steps, a line for each number of connections.
fn steps_cpu(results: &Results) -> Result<Option<String>> {
    let cases = [
        ("pingpong-1", "1 connection"),
        ("pingpong-100", "100 connections"),
        ("pingpong-1000", "1,000 connections"),
    ];
    let lines = cases.iter().map(|(case, name)| {
        let points = results.servers.iter().enumerate().filter_map(|(place, server)| {
            Some((place, results.summary(case, server, "cpu_us_per_request")?))
        });
        ((*name).to_owned(), points.collect())
    });
    let names: Vec<String> = results.servers.iter().map(|&name| name.to_owned()).collect();
    let title = "CPU time of the server per guess, step by step";
    chart::lines([title, "", "µs, logarithmic"], &names, &lines.collect::<Vec<_>>(), true)
}

/// The memory of an idle connection, a bar a server.
fn memory(results: &Results) -> Result<Option<String>> {
    let bar = |server: &&'static str| {
        let bytes = results.summary("idle-10000", server, "bytes_per_connection")?;
        Some((*server, bytes.median))
    };
    let bars: Vec<_> = results.servers.iter().filter_map(bar).collect();
    chart::bars("Memory of the server per idle connection", "bytes", &bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::tests::made_up;

    #[test]
    fn every_server_is_in_the_charts() {
        let results = made_up(|_, server, round| (server.len() * 10 + round) as f64);
        for chart in [cpu(&results), memory(&results), steps_cpu(&results)] {
            let svg = chart.unwrap().unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            for server in &results.servers {
                assert!(svg.contains(server), "no {server} in {svg}");
            }
        }
    }

    #[test]
    fn what_was_not_measured_is_not_drawn() {
        let nothing = Results::new(vec!["step06", "mio"], vec![]);
        assert_eq!(cpu(&nothing).unwrap(), None);
        assert_eq!(memory(&nothing).unwrap(), None);
    }
}
