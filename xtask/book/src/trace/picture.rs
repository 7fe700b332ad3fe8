//! The timeline as an SVG picture.
//!
//! A picture has its own background, and turns dark where the reader's system is dark. Programs that draw no CSS show
//! the light one. Its colours and fonts are those of the other pictures in `docs/img`.

use std::fmt::Write;

use super::timeline::{Kind, LANES, Row, Span, Timeline};

/// The width of the picture. Text of 15 on this is legible on a phone that is 360 points wide.
const WIDTH: f64 = 600.0;

const PLOT: [f64; 2] = [112.0, WIDTH - 16.0];

/// The heights of a row, of a bar in it, of the name of a lane, and of the gap between two lanes.
const ROW: f64 = 25.0;
const BAR: f64 = 15.0;
const NAME: f64 = 24.0;
const GAP: f64 = 7.0;

/// The least width of a bar that is still visible.
const THIN: f64 = 1.1;

/// The width of a letter of a small text, about.
const LETTER: f64 = 7.0;

/// The colours and fonts. The lanes have a colour each: `c0` to `c3`.
const STYLE: &str = "\
text{font:15px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}\
.small{font-size:13.5px}.bold{font-weight:600}.dim{fill:#636c76}\
.card{fill:#fff;stroke:#d1d9e0}.band{fill:#f3f5f8}.rule{stroke:#d1d9e0;fill:none}\
.line{stroke:#818b98;fill:none;stroke-width:1.6}.sleep{fill:#e4e8ed;stroke:#c3cbd4}\
.c0{fill:#0b66d0}.c1{fill:#7a45d6}.c2{fill:#17803d}.c3{fill:#a85b00}\
@media(prefers-color-scheme:dark){text{fill:#e8edf3}.dim{fill:#9aa5b1}\
.card{fill:#12171e;stroke:#3d444d}.band{fill:#1b212a}.rule{stroke:#3d444d}.line{stroke:#8d96a0}\
.sleep{fill:#2b323c;stroke:#4a535e}\
.c0{fill:#6cb0ff}.c1{fill:#bd9bff}.c2{fill:#56d17a}.c3{fill:#f0a94a}}";

pub fn draw(timeline: &Timeline) -> String {
    let mut svg = Svg { body: String::new(), window: timeline.window };
    let mut y = 10.0;
    for (number, rows) in timeline.lanes.iter().enumerate() {
        let height = NAME + ROW * rows.len() as f64 + 5.0;
        svg.rect("band", [8.0, y, WIDTH - 16.0, height], 6.0);
        svg.text(&format!("small bold c{number}"), [16.0, y + 18.0], "start", LANES[number]);
        let at_right = match (number, timeline.asleep) {
            (0, Some(_)) => format!("{} polls", timeline.polls),
            (0, None) => "smol does not report its polls".to_owned(),
            (1, None) => "when its threads ran, seen from outside".to_owned(),
            (3, Some(asleep)) => format!("asleep {:.0} % of the time", asleep * 100.0),
            _ => String::new(),
        };
        svg.text("small dim", [PLOT[1], y + 18.0], "end", &at_right);
        for (place, row) in rows.iter().enumerate() {
            svg.row(number, row, y + NAME + ROW * place as f64);
        }
        y += height + GAP;
    }
    svg.axis(y);
    let (height, body) = (y + 30.0, svg.body);
    let title = escape(&format!("{} over time, in four lanes", timeline.step));
    let description = escape(&timeline.summary());
    let [card_width, card_height] = [WIDTH - 1.0, height - 1.0];
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n\
         <style>{STYLE}</style>\n<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{card_width}\" height=\"{card_height}\" rx=\"10\"/>\n\
         {body}</svg>\n"
    )
}

struct Svg {
    body: String,
    window: [f64; 2],
}

impl Svg {
    fn x(&self, at: f64) -> f64 {
        let [start, end] = self.window;
        PLOT[0] + (at - start) / (end - start) * (PLOT[1] - PLOT[0])
    }

    fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], round: f64) {
        let [x, y, width, height] = [x, y, width, height].map(short);
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round}"/>"#
        );
    }

    fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: &str, text: &str) {
        let (x, y, text) = (short(x), short(y), escape(text));
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#
        );
    }

    fn path(&mut self, class: &str, d: &str) {
        let _ = writeln!(self.body, r#"<path class="{class}" d="{d}"/>"#);
    }

    fn row(&mut self, lane: usize, row: &Row, y: f64) {
        self.text("small", [16.0, y + 15.0], "start", &row.name);
        let middle = y + ROW / 2.0;
        self.path("rule", &format!("M{} {middle}H{}", PLOT[0], PLOT[1]));
        let is_asleep = |span: &&Span| span.kind == Kind::Asleep;
        self.bars("sleep", y, row.spans.iter().filter(is_asleep));
        self.bars(&format!("c{lane}"), y, row.spans.iter().filter(|span| !is_asleep(span)));
        for span in &row.spans {
            let [from, to] = [self.x(span.from), self.x(span.to)];
            if is_asleep(&span) && to - from > 50.0 {
                self.text("small dim", [f64::midpoint(from, to), y + 17.0], "middle", "asleep");
            } else if span.kind == Kind::Waiting {
                self.label(to + 5.0, y, &span.label);
            }
        }
        self.marks(lane, row, y);
    }

    /// Draws spans as one path. Bars without a visible gap between them are one.
    fn bars<'a>(&mut self, class: &str, y: f64, spans: impl Iterator<Item = &'a Span>) {
        let mut bars: Vec<[f64; 2]> = Vec::new();
        for span in spans {
            let from = self.x(span.from);
            let to = self.x(span.to).max(from + THIN);
            match bars.last_mut() {
                Some(last) if from - last[1] < 0.4 => last[1] = last[1].max(to),
                _ => bars.push([from, to]),
            }
        }
        let mut d = String::new();
        for [from, to] in bars {
            let [x, y, width] = [from, y + (ROW - BAR) / 2.0, to - from].map(short);
            let _ = write!(d, "M{x} {y}h{width}v{BAR}h-{width}z");
        }
        if !d.is_empty() {
            self.path(class, &d);
        }
    }

    /// Draws the marks of a row, and labels those that have room for it.
    fn marks(&mut self, lane: usize, row: &Row, y: f64) {
        let middle = y + ROW / 2.0;
        for (at, mark) in row.marks.iter().enumerate() {
            let x = self.x(mark.at);
            let d = format!("M{x:.1} {:.1}l4.5 6.5l-4.5 6.5l-4.5 -6.5z", middle - 6.5);
            self.path(&format!("c{lane}"), &d);
            let label = brief(&mark.label);
            let width = width(label);
            let next = row.marks.get(at + 1).map_or(f64::INFINITY, |next| self.x(next.at) - 5.0);
            let right = x + 8.0;
            if right + width > PLOT[1] && at == 0 {
                self.rect("band", [x - 10.0 - width, y + 5.0, width + 4.0, BAR], 0.0);
                self.text("small", [x - 8.0, y + 17.0], "end", label);
            } else if right + width < next.min(PLOT[1]) {
                self.label(right, y, label);
            }
        }
    }

    /// Writes a label on a background that hides the line of the row.
    fn label(&mut self, x: f64, y: f64, label: &str) {
        self.rect("band", [x - 2.0, y + 5.0, width(label) + 4.0, BAR], 0.0);
        self.text("small", [x, y + 17.0], "start", label);
    }

    /// Draws the axis, in milliseconds since the first guess.
    fn axis(&mut self, y: f64) {
        self.text("small dim", [16.0, y + 19.0], "start", "ms");
        let [start, end] = self.window.map(|at| at / 1000.0);
        for tick in (start.ceil() as i64)..=(end.floor() as i64) {
            let x = self.x(tick as f64 * 1000.0);
            self.path("line", &format!("M{x:.1} {:.1}v6", y - 2.0));
            self.text("small dim", [x, y + 19.0], "middle", &tick.to_string());
        }
    }
}

/// The width of a small text, about.
fn width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// The label of a mark in a word or two.
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

/// A number with two digits after the point.
fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_without_a_gap_are_one_bar_and_marks_have_a_label_if_there_is_room() {
        let mut row = Row::new("main");
        for from in [0.0, 10.0, 20.0, 500.0] {
            row.span(from, from + 9.0, Kind::Pending, "");
            row.mark(from, "timer 0.1 fired");
        }
        let draw = |window| {
            let mut svg = Svg { body: String::new(), window };
            svg.bars("c2", 0.0, row.spans.iter());
            let bars = svg.body.matches('M').count();
            svg.marks(2, &row, 0.0);
            (bars, svg.body.matches(">timer fires</text>").count())
        };
        assert_eq!(draw([0.0, 1000.0]), (4, 2));
        assert_eq!(draw([0.0, 10_000.0]), (2, 1));
    }

    #[test]
    fn each_colour_has_a_dark_one() {
        let (light, dark) = STYLE.split_once("@media").unwrap();
        for rule in light.split('}').filter(|rule| rule.contains('#')) {
            let name = rule.split('{').next().unwrap();
            assert!(dark.contains(&format!("{name}{{")), "{name} has no dark colour");
        }
    }
}
