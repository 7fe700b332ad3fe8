//! What the figures are drawn on: four lanes, and boxes and arrows that are new, known, or somebody else's.

use crate::{
    svg::{Anchor, Svg, WIDTH, short},
    trace::LANES,
};

/// How high the name of a lane is.
const NAME: f64 = 24.0;

/// What is between two lanes: room for an arrow and what it says.
const GAP: f64 = 34.0;

/// How high a line of a box is.
const LINE: f64 = 19.0;

/// How a part of a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is new in this chapter, and has the colour of its lane.
    New,
    /// An earlier chapter has it.
    Known,
    /// It is still smol's.
    Theirs,
}

/// A figure that is being drawn.
#[derive(Debug)]
pub struct Canvas {
    svg: Svg,
    /// Where each lane begins.
    tops: [f64; 4],
    bottom: f64,
}

impl Canvas {
    /// Begins a figure whose lanes have room for so much below their names.
    pub fn new(title: &str, description: &str, rooms: [f64; 4]) -> Self {
        let mut tops = [10.0; 4];
        for lane in 1..4 {
            tops[lane] = tops[lane - 1] + NAME + rooms[lane - 1] + GAP;
        }
        let bottom = tops[3] + NAME + rooms[3];
        let mut svg = Svg::new(bottom + 34.0, title, description);
        for (lane, room) in rooms.into_iter().enumerate() {
            svg.rect("band", [8.0, tops[lane], WIDTH - 16.0, NAME + room], 6.0);
            let class = format!("small bold c{lane}");
            // On the right, where arrows seldom go.
            svg.text(&class, [WIDTH - 18.0, tops[lane] + 18.0], Anchor::End, LANES[lane]);
        }
        Canvas { svg, tops, bottom }
    }

    /// A height in a lane: so much below its name.
    pub fn y(&self, lane: usize, below: f64) -> f64 {
        self.tops[lane] + NAME + below
    }

    /// Draws a box with lines of text in it, the first of which is its name.
    pub fn node(&mut self, lane: usize, state: State, [x, below, w, h]: [f64; 4], lines: &[&str]) {
        let y = self.y(lane, below);
        match state {
            State::New => {
                self.svg.rect(&format!("w{lane}"), [x, y, w, h], 7.0);
                self.svg.rect(&format!("s{lane}"), [x, y, w, h], 7.0);
            }
            State::Known => self.svg.rect("quiet", [x, y, w, h], 7.0),
            State::Theirs => self.svg.rect("theirs", [x, y, w, h], 7.0),
        }
        let first = y + h / 2.0 + 5.0 - LINE * (lines.len() as f64 - 1.0) / 2.0;
        for (number, line) in lines.iter().enumerate() {
            let class = match (number, state) {
                (0, State::New) => "bold",
                (0, _) => "",
                _ => "small dim",
            };
            let place = [x + w / 2.0, first + LINE * number as f64];
            self.svg.text(class, place, Anchor::Middle, line);
        }
    }

    /// Draws an arrow through these points.
    pub fn arrow(&mut self, lane: usize, state: State, points: &[[f64; 2]]) {
        let (stroke, fill) = match state {
            State::New => (format!("s{lane}"), format!("c{lane}")),
            State::Known => ("line".to_owned(), "fill".to_owned()),
            State::Theirs => ("theirs".to_owned(), "fill".to_owned()),
        };
        let [.., [from_x, from_y], [x, y]] = points else { return };
        let length = (x - from_x).hypot(y - from_y).max(1.0);
        let (dx, dy) = ((x - from_x) / length, (y - from_y) / length);
        let (base_x, base_y) = (x - 8.0 * dx, y - 8.0 * dy);
        let mut d = String::new();
        for (number, [x, y]) in points[..points.len() - 1].iter().enumerate() {
            d += &format!("{}{} {}", if number == 0 { "M" } else { "L" }, short(*x), short(*y));
        }
        d += &format!("L{} {}", short(base_x), short(base_y));
        self.svg.path(&stroke, &d);
        let (side_x, side_y) = (-4.5 * dy, 4.5 * dx);
        let head =
            [[*x, *y], [base_x + side_x, base_y + side_y], [base_x - side_x, base_y - side_y]];
        let [a, b, c] = head.map(|[x, y]| format!("{} {}", short(x), short(y)));
        self.svg.path(&fill, &format!("M{a}L{b}L{c}z"));
    }

    /// Writes beside an arrow what it is about.
    pub fn says(&mut self, place: [f64; 2], anchor: Anchor, text: &str) {
        self.svg.text("small", place, anchor, text);
    }

    /// Writes something that is not about one thing only.
    pub fn aside(&mut self, place: [f64; 2], anchor: Anchor, text: &str) {
        self.svg.text("small dim", place, anchor, text);
    }

    /// Writes a short text in a lane's colour, in bold.
    pub fn shout(&mut self, lane: usize, place: [f64; 2], text: &str) {
        self.svg.text(&format!("small bold c{lane}"), place, Anchor::Start, text);
    }

    /// Draws a filled bar with a text on it.
    pub fn bar(&mut self, class: &str, [x, y, w, h]: [f64; 4], text_class: &str, text: &str) {
        self.svg.rect(class, [x, y, w, h], 4.0);
        self.svg.text(text_class, [x + w / 2.0, y + h / 2.0 + 5.0], Anchor::Middle, text);
    }

    /// Draws lines and shapes in SVG's own words.
    pub fn path(&mut self, class: &str, d: &str) {
        self.svg.path(class, d);
    }

    /// Says below the lanes what the looks mean, and gives the figure as a file has it.
    pub fn finish(mut self, theirs: bool) -> String {
        let y = self.bottom + 10.0;
        self.svg.rect("w1", [16.0, y, 20.0, 13.0], 3.0);
        self.svg.rect("s1", [16.0, y, 20.0, 13.0], 3.0);
        self.aside([42.0, y + 11.5], Anchor::Start, "coloured: new in this chapter");
        self.svg.rect("quiet", [258.0, y, 20.0, 13.0], 3.0);
        self.aside([284.0, y + 11.5], Anchor::Start, "known");
        if theirs {
            self.svg.rect("theirs", [352.0, y, 20.0, 13.0], 3.0);
            self.aside([378.0, y + 11.5], Anchor::Start, "dashed: still smol's");
        }
        self.svg.finish()
    }
}
