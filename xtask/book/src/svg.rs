//! Pictures as SVG, with what all pictures of the book have in common: the card, the four lanes, light and dark.
//!
//! A picture brings its own background, so that it can be read on any page; it turns dark where the reader's system
//! is. What draws no CSS shows the light one.

use std::fmt::Write;

/// How wide every picture is. Text of 15 on this is still legible where a phone shows all of it in 360 points.
pub const WIDTH: f64 = 600.0;

/// The colours and letters of all pictures. The lanes have a colour each: `c0` to `c3`, and `s0` to `s3` as strokes.
const STYLE: &str = "\
text{font:15px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}\
.small{font-size:13.5px}.bold{font-weight:600}.mono{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
font-size:13.5px}.dim{fill:#636c76}.on{fill:#fff}\
.card{fill:#fff;stroke:#d1d9e0}.band{fill:#f3f5f8}.rule{stroke:#d1d9e0;fill:none}.line{stroke:#818b98;fill:none;\
stroke-width:1.6}.quiet{fill:#fff;stroke:#c3cbd4}.theirs{fill:none;stroke:#818b98;stroke-dasharray:5 4;stroke-width:1.4}\
.sleep{fill:#e4e8ed;stroke:#c3cbd4}.fill{fill:#818b98}\
.c0{fill:#0b66d0}.c1{fill:#7a45d6}.c2{fill:#17803d}.c3{fill:#a85b00}\
.s0{stroke:#0b66d0}.s1{stroke:#7a45d6}.s2{stroke:#17803d}.s3{stroke:#a85b00}\
.s0,.s1,.s2,.s3{fill:none;stroke-width:2.2}\
.w0{fill:#e3effd}.w1{fill:#f0e8fd}.w2{fill:#def5e4}.w3{fill:#fdeed8}\
@media(prefers-color-scheme:dark){text{fill:#e8edf3}.dim{fill:#9aa5b1}.on{fill:#0d1117}\
.card{fill:#12171e;stroke:#3d444d}.band{fill:#1b212a}.rule{stroke:#3d444d}.line{stroke:#8d96a0}\
.quiet{fill:#12171e;stroke:#4a535e}.theirs{stroke:#8d96a0}.sleep{fill:#2b323c;stroke:#4a535e}.fill{fill:#8d96a0}\
.c0{fill:#6cb0ff}.c1{fill:#bd9bff}.c2{fill:#56d17a}.c3{fill:#f0a94a}\
.s0{stroke:#6cb0ff}.s1{stroke:#bd9bff}.s2{stroke:#56d17a}.s3{stroke:#f0a94a}\
.w0{fill:#12294a}.w1{fill:#2a1e4d}.w2{fill:#10331d}.w3{fill:#3d2a0c}}";

/// Where a text is fixed to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A picture that is being drawn.
#[derive(Debug)]
pub struct Svg {
    body: String,
    height: f64,
    title: String,
    description: String,
}

impl Svg {
    /// Begins a picture: an empty card. The title and the description are for who cannot see it.
    pub fn new(height: f64, title: &str, description: &str) -> Self {
        let mut svg = Svg {
            body: String::new(),
            height,
            title: title.to_owned(),
            description: description.to_owned(),
        };
        svg.rect("card", [0.5, 0.5, WIDTH - 1.0, height - 1.0], 10.0);
        svg
    }

    /// Draws a rectangle, given by its corner, its width and its height, with rounded corners.
    pub fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], round: f64) {
        let [x, y, width, height] = [x, y, width, height].map(short);
        self.line(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round}"/>"#
        ));
    }

    /// Writes a text on the line `y`.
    pub fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let (x, y, text) = (short(x), short(y), escape(text));
        self.line(format_args!(r#"<text class="{class}" x="{x}" y="{y}"{anchor}>{text}</text>"#));
    }

    /// Draws a path, in SVG's own words.
    pub fn path(&mut self, class: &str, d: &str) {
        self.line(format_args!(r#"<path class="{class}" d="{d}"/>"#));
    }

    /// Draws many rectangles of one class and one height as one path.
    pub fn bars(&mut self, class: &str, y: f64, height: f64, bars: impl Iterator<Item = [f64; 2]>) {
        let mut d = String::new();
        for [from, to] in bars {
            let (x, width) = (short(from), short(to - from));
            let _ = write!(d, "M{x} {}h{width}v{}h-{width}z", short(y), short(height));
        }
        if !d.is_empty() {
            self.path(class, &d);
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.body, "{line}");
    }

    /// The picture as a file has it.
    pub fn finish(self) -> String {
        let Svg { body, height, title, description } = self;
        let (title, description) = (escape(&title), escape(&description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n\
             <style>{STYLE}</style>\n{body}</svg>\n"
        )
    }
}

/// A number with no more digits than a screen can show.
pub fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Writes a text so that it is no markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_taken_for_markup() {
        let mut svg = Svg::new(10.0, "a < b", "c & d");
        svg.text("mono", [1.0, 2.005], Anchor::End, "Task<T>");
        let svg = svg.finish();
        assert!(svg.contains("<title id=\"title\">a &lt; b</title>"), "{svg}");
        assert!(svg.contains("c &amp; d"), "{svg}");
        assert!(svg.contains("Task&lt;T&gt;</text>"), "{svg}");
    }

    #[test]
    fn every_colour_has_a_dark_one() {
        let (light, dark) = STYLE.split_once("@media").unwrap();
        let rules = light.split('}').filter(|rule| rule.contains('#'));
        let names = rules.flat_map(|rule| rule.split('{').next().unwrap().split(','));
        for name in names {
            assert!(dark.contains(&format!("{name}{{")), "{name} is the same in the dark");
        }
    }
}
