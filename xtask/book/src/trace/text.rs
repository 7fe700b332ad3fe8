//! The timeline as text: a line for whatever happened, and one for many polls in which nothing did.

use console::style;

use super::timeline::{Kind, LANES, Timeline};
use kit::outln;

/// So many polls in a row are listed; of more, only their number is.
const LISTED: usize = 6;

/// A line of the text.
#[derive(Debug)]
struct Line {
    at: f64,
    lane: usize,
    text: String,
    /// A poll that ended with `Pending`, or a thread that woke and slept again: of those there may be many.
    common: bool,
}

/// Prints the timeline.
pub fn print(timeline: &Timeline) {
    outln!("{}\n", timeline.summary());
    outln!("{:>9}  {:<16}  what", "ms", "lane");
    for line in fold(lines(timeline)) {
        let name = format!("{:<16}", LANES[line.lane]);
        let name = match line.lane {
            0 => style(name).blue(),
            1 => style(name).magenta(),
            2 => style(name).green(),
            _ => style(name).yellow(),
        };
        outln!("{:>9.3}  {name}  {}", line.at / 1000.0, line.text);
    }
}

/// A line for whatever happened, in order.
fn lines(timeline: &Timeline) -> Vec<Line> {
    let mut lines = Vec::new();
    for (lane, rows) in timeline.lanes.iter().map(|lane| &lane.rows).enumerate() {
        for row in rows {
            for span in &row.spans {
                let took = duration(span.to - span.from);
                let (text, common) = match span.kind {
                    Kind::Pending => (format!("{}, {took}", span.label), true),
                    Kind::Awake => (format!("{}, {took}", span.label), true),
                    Kind::Ready => (format!("{}, {took}", span.label), false),
                    Kind::Asleep => (format!("{}, {took}", span.label), false),
                    Kind::Waiting => (format!("{}, answered after {took}", span.label), false),
                };
                lines.push(Line { at: span.from, lane, text, common });
            }
            let mark = |mark: &super::timeline::Mark| Line {
                at: mark.at,
                lane,
                text: mark.label.clone(),
                common: false,
            };
            lines.extend(row.marks.iter().map(mark));
        }
    }
    lines.sort_by(|a, b| a.at.total_cmp(&b.at));
    lines
}

/// Makes one line of many that say the same kind of thing.
fn fold(lines: Vec<Line>) -> Vec<Line> {
    let mut folded = Vec::new();
    let mut common: Vec<Line> = Vec::new();
    for line in lines {
        if line.common {
            common.push(line);
            continue;
        }
        settle(&mut common, &mut folded);
        folded.push(line);
    }
    settle(&mut common, &mut folded);
    folded.sort_by(|a, b| a.at.total_cmp(&b.at));
    folded
}

/// Lists what was collected, or says how much it was.
fn settle(common: &mut Vec<Line>, folded: &mut Vec<Line>) {
    if common.len() <= LISTED {
        folded.append(common);
        return;
    }
    for lane in 0..LANES.len() {
        let lines: Vec<&Line> = common.iter().filter(|line| line.lane == lane).collect();
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
        let text = match (lane, lines.len()) {
            (_, 1) => first.text.clone(),
            (0, many) => format!("{many} polls: Pending, within {}", duration(last.at - first.at)),
            (_, many) => {
                format!("{many} runs of a thread, within {}", duration(last.at - first.at))
            }
        };
        folded.push(Line { at: first.at, lane, text, common: true });
    }
    common.clear();
}

/// So many microseconds, as one says it.
fn duration(microseconds: f64) -> String {
    match microseconds >= 1000.0 {
        true => format!("{:.1} ms", microseconds / 1000.0),
        false => format!("{microseconds:.0} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_polls_are_one_line_until_something_else_happens() {
        let line =
            |at: usize, common| Line { at: at as f64, lane: 0, text: at.to_string(), common };
        let lines = (0..100).map(|at| line(at, at != 50 && at < 52)).collect();
        let texts: Vec<String> = fold(lines).into_iter().map(|line| line.text).collect();
        assert_eq!(texts[..3], ["50 polls: Pending, within 49 µs", "50", "51"]);
        assert_eq!(texts.len(), 3 + 48);
    }
}
