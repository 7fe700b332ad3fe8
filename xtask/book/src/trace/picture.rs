//! The timeline as a picture.

use super::timeline::{Kind, LANES, Lane, Row, Span, Timeline};
use crate::svg::{Anchor, Svg, WIDTH};

/// Where time begins and ends.
const PLOT: [f64; 2] = [112.0, WIDTH - 16.0];

/// How high a row is.
const ROW: f64 = 25.0;

/// How high a bar is.
const BAR: f64 = 15.0;

/// How high the name of a lane is.
const NAME: f64 = 24.0;

/// What is between two lanes.
const GAP: f64 = 7.0;

/// How wide a bar is at least, or nobody sees it.
const THIN: f64 = 1.1;

/// How wide a letter of a small text is, about.
const LETTER: f64 = 7.0;

/// Draws the timeline.
pub fn draw(timeline: &Timeline) -> String {
    let heights: Vec<f64> = timeline.lanes.iter().map(height).collect();
    let all: f64 = heights.iter().map(|height| height + GAP).sum();
    let title = format!("{} over time, in four lanes", timeline.step);
    let mut svg = Svg::new(all + 40.0, &title, &timeline.summary());
    let scale = Scale { window: timeline.window };
    let mut y = 10.0;
    for (number, (lane, height)) in timeline.lanes.iter().zip(heights).enumerate() {
        svg.rect("band", [8.0, y, WIDTH - 16.0, height], 6.0);
        svg.text(&format!("small bold c{number}"), [16.0, y + 18.0], Anchor::Start, LANES[number]);
        let at_right = match (number, timeline.asleep) {
            (0, Some(_)) => format!("{} polls", timeline.polls),
            (1, None) => "when its threads ran, seen from outside".to_owned(),
            (3, Some(asleep)) => format!("asleep {:.0} % of the time", asleep * 100.0),
            _ => String::new(),
        };
        svg.text("small dim", [PLOT[1], y + 18.0], Anchor::End, &at_right);
        let mut row_y = y + NAME;
        if let Some(note) = &lane.note {
            svg.text("small dim", [PLOT[0], row_y + 15.0], Anchor::Start, note);
        }
        for row in &lane.rows {
            draw_row(&mut svg, &scale, number, row, row_y);
            row_y += ROW;
        }
        y += height + GAP;
    }
    axis(&mut svg, &scale, y);
    svg.finish()
}

/// How high a lane is.
fn height(lane: &Lane) -> f64 {
    let rows = lane.rows.len().max(usize::from(lane.note.is_some()));
    NAME + ROW * rows as f64 + 5.0
}

/// Draws one row.
fn draw_row(svg: &mut Svg, scale: &Scale, lane: usize, row: &Row, y: f64) {
    svg.text("small", [16.0, y + 15.0], Anchor::Start, &row.name);
    let top = y + (ROW - BAR) / 2.0;
    let middle = y + ROW / 2.0;
    svg.path("rule", &format!("M{} {middle}H{}", PLOT[0], PLOT[1]));
    let asleep = row.spans.iter().filter(|span| span.kind == Kind::Asleep);
    svg.bars("sleep", top, BAR, merged(scale, asleep));
    let busy = row.spans.iter().filter(|span| span.kind != Kind::Asleep);
    svg.bars(&format!("c{lane}"), top, BAR, merged(scale, busy));
    let asleep = row.spans.iter().filter(|span| span.kind == Kind::Asleep);
    for span in asleep.filter(|span| scale.x(span.to) - scale.x(span.from) > 50.0) {
        let x = f64::midpoint(scale.x(span.from), scale.x(span.to));
        svg.text("small dim", [x, y + 17.0], Anchor::Middle, "asleep");
    }
    for span in row.spans.iter().filter(|span| span.kind == Kind::Waiting) {
        let x = scale.x(span.to) + 5.0;
        background(svg, x, y, &span.label);
        svg.text("small", [x, y + 17.0], Anchor::Start, &span.label);
    }
    marks(svg, scale, lane, row, y);
}

/// Draws the marks of a row, and says what they are where there is room.
fn marks(svg: &mut Svg, scale: &Scale, lane: usize, row: &Row, y: f64) {
    let middle = y + ROW / 2.0;
    for (at, mark) in row.marks.iter().enumerate() {
        let x = scale.x(mark.at);
        let d = format!("M{x:.1} {:.1}l4.5 6.5l-4.5 6.5l-4.5 -6.5z", middle - 6.5);
        svg.path(&format!("c{lane}"), &d);
        let label = brief(&mark.label);
        let width = label.chars().count() as f64 * LETTER;
        let next = row.marks.get(at + 1).map_or(f64::INFINITY, |next| scale.x(next.at) - 5.0);
        let side = if x + 8.0 + width > PLOT[1] { Anchor::End } else { Anchor::Start };
        let x = if side == Anchor::End { x - 8.0 } else { x + 8.0 };
        if x + width < next && side == Anchor::Start {
            background(svg, x, y, label);
            svg.text("small", [x, y + 17.0], side, label);
        } else if side == Anchor::End && at == 0 {
            background(svg, x - width, y, label);
            svg.text("small", [x, y + 17.0], side, label);
        }
    }
}

/// Keeps the line of a row from crossing out a text.
fn background(svg: &mut Svg, x: f64, y: f64, label: &str) {
    let width = label.chars().count() as f64 * LETTER + 4.0;
    svg.rect("band", [x - 2.0, y + 5.0, width, BAR], 0.0);
}

/// What a mark is, in a word or two.
fn brief(label: &str) -> &str {
    match label.split(' ').next() {
        Some("source") if label.contains("able") => "ready",
        Some("source") => "registered",
        Some("timer") if label.ends_with("fired") => "timer fires",
        Some("timer") => "timer set",
        Some("wake") => "wake",
        _ => label,
    }
}

/// From where to where bars go. Those that nobody could tell apart are one.
fn merged<'a>(
    scale: &Scale,
    spans: impl Iterator<Item = &'a Span>,
) -> impl Iterator<Item = [f64; 2]> {
    let mut bars: Vec<[f64; 2]> = Vec::new();
    for span in spans {
        let from = scale.x(span.from);
        let to = scale.x(span.to).max(from + THIN);
        match bars.last_mut() {
            Some(last) if from - last[1] < 0.4 => last[1] = last[1].max(to),
            _ => bars.push([from, to]),
        }
    }
    bars.into_iter()
}

/// Draws the axis, in milliseconds since the first guess.
fn axis(svg: &mut Svg, scale: &Scale, y: f64) {
    svg.text("small dim", [16.0, y + 19.0], Anchor::Start, "ms");
    let [start, end] = scale.window.map(|at| at / 1000.0);
    for tick in (start.ceil() as i64)..=(end.floor() as i64) {
        let x = scale.x(tick as f64 * 1000.0);
        svg.path("line", &format!("M{x:.1} {:.1}v6", y - 2.0));
        svg.text("small dim", [x, y + 19.0], Anchor::Middle, &tick.to_string());
    }
}

/// Where a moment is in the picture.
struct Scale {
    window: [f64; 2],
}

impl Scale {
    fn x(&self, at: f64) -> f64 {
        let [start, end] = self.window;
        PLOT[0] + (at - start) / (end - start) * (PLOT[1] - PLOT[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_without_a_gap_are_one_bar_and_others_stay_apart() {
        let mut row = Row::new("main");
        for from in [0.0, 10.0, 20.0, 500.0] {
            row.span(from, from + 9.0, Kind::Pending, "");
        }
        let scale = Scale { window: [0.0, 1000.0] };
        assert_eq!(merged(&scale, row.spans.iter()).count(), 4);
        let scale = Scale { window: [0.0, 10_000.0] };
        assert_eq!(merged(&scale, row.spans.iter()).count(), 2);
    }

    #[test]
    fn marks_say_what_they_are_where_there_is_room() {
        let mut row = Row::new("timers");
        for (at, label) in [(0.0, "timer 0.1 set, due in 1ms"), (10.0, "timer 0.0 set, due in 9ms")]
        {
            row.mark(at, label);
        }
        row.mark(500.0, "timer 0.1 fired");
        let texts = |window| {
            let mut svg = Svg::new(100.0, "", "");
            marks(&mut svg, &Scale { window }, 2, &row, 0.0);
            let svg = svg.finish();
            ["timer set", "timer fires"]
                .map(|label| svg.matches(&format!(">{label}</text>")).count())
        };
        // The first one is too close to the second one.
        assert_eq!(texts([0.0, 1000.0]), [1, 1]);
        assert_eq!(texts([0.0, 10_000.0]), [0, 1]);
    }
}
