//! The timeline as text: a line for each event, and one line for many polls in which nothing happened.

use console::style;
use kit::outln;

use super::timeline::{Kind, LANES, Mark, Span, Timeline};

/// How many common lines in a row are listed. Of more, only the number is printed.
const LISTED: usize = 6;

#[derive(Debug, Clone)]
struct Line {
    at: f64,
    lane: usize,
    text: String,
    /// A poll that returned `Pending`, or a thread that woke and slept again. There can be many of them.
    is_common: bool,
}

pub fn print(timeline: &Timeline) {
    outln!("{}\n", timeline.summary());
    outln!("{:>9}  {:<16}  what", "ms", "lane");
    for line in fold(lines(timeline)) {
        let name = style(format!("{:<16}", LANES[line.lane]));
        let name = match line.lane {
            0 => name.blue(),
            1 => name.magenta(),
            2 => name.green(),
            _ => name.yellow(),
        };
        outln!("{:>9.3}  {name}  {}", line.at / 1000.0, line.text);
    }
}

/// A line for each event, in order.
fn lines(timeline: &Timeline) -> Vec<Line> {
    let mut lines = Vec::new();
    let lanes = timeline.lanes.iter().enumerate();
    for (lane, row) in lanes.flat_map(|(lane, rows)| rows.iter().map(move |row| (lane, row))) {
        let span = |span: &Span| {
            let answered = match span.kind {
                Kind::Waiting if !span.is_lost() => "answered after ",
                _ => "",
            };
            let text = format!("{}, {answered}{}", span.label, duration(span.to - span.from));
            let is_common = matches!(span.kind, Kind::Pending | Kind::Awake);
            Line { at: span.from, lane, text, is_common }
        };
        let mark =
            |mark: &Mark| Line { at: mark.at, lane, text: mark.label.clone(), is_common: false };
        lines.extend(row.spans.iter().map(span).chain(row.marks.iter().map(mark)));
    }
    lines.sort_by(|a, b| a.at.total_cmp(&b.at));
    lines
}

/// Replaces many common lines in a row by one.
fn fold(lines: Vec<Line>) -> Vec<Line> {
    let mut folded = Vec::new();
    for run in lines.chunk_by(|a, b| a.is_common && b.is_common) {
        if run.len() <= LISTED {
            folded.extend_from_slice(run);
            continue;
        }
        for lane in 0..LANES.len() {
            let lines: Vec<&Line> = run.iter().filter(|line| line.lane == lane).collect();
            let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
            let what = if lane == 0 { "polls: Pending" } else { "runs of a thread" };
            let text = match lines.len() {
                1 => first.text.clone(),
                many => format!("{many} {what}, within {}", duration(last.at - first.at)),
            };
            folded.push(Line { text, ..**first });
        }
    }
    folded.sort_by(|a, b| a.at.total_cmp(&b.at));
    folded
}

/// Microseconds as people write them.
fn duration(microseconds: f64) -> String {
    match microseconds >= 1000.0 {
        true => format!("{:.1} ms", microseconds / 1000.0),
        false => format!("{microseconds:.0} µs"),
    }
}
