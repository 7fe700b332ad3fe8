//! How a chart is drawn: as SVG, transparent, and in colours that are legible on light and on dark pages.

use std::iter;

use anyhow::{Result, anyhow};
use plotters::{coord::Shift, prelude::*, style::FontTransform};

use crate::bench::stats::Summary;

/// How large a chart is, in pixels.
const SIZE: (u32, u32) = (720, 400);

/// Text and lines that carry no data.
const GREY: RGBColor = RGBColor(128, 128, 128);

/// One colour a line or bar. Neither white nor black is far from any of them.
const COLOURS: [RGBColor; 6] = [
    RGBColor(224, 96, 48),
    RGBColor(58, 140, 214),
    RGBColor(154, 110, 214),
    RGBColor(44, 158, 100),
    RGBColor(190, 140, 20),
    RGBColor(208, 84, 140),
];

/// A line of a chart: its name, and its points by their places on the axis.
pub type Line = (String, Vec<(usize, Summary)>);

/// A chart's area.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Bars, each with its name and its height.
pub fn bars(title: &str, up: &str, bars: &[(&str, f64)]) -> Result<Option<String>> {
    let most = bars.iter().map(|(_, height)| *height).fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    svg(|area| {
        let mut chart = titled(area, title)
            .build_cartesian_2d((0..bars.len() - 1).into_segmented(), 0.0..most * 1.15)?;
        let name = |place: &SegmentValue<usize>| match place {
            SegmentValue::CenterOf(place) => {
                bars.get(*place).map_or_else(String::new, |(name, _)| (*name).to_owned())
            }
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GREY.mix(0.3))
            .axis_style(GREY)
            .label_style(text(16))
            .x_labels(bars.len())
            .x_label_formatter(&name)
            .y_label_formatter(&|height| format!("{height:.0}"))
            .y_desc(up)
            .draw()?;
        for (place, (_, height)) in bars.iter().enumerate() {
            let edges = [SegmentValue::Exact(place), SegmentValue::Exact(place + 1)];
            let [from, to] = edges;
            let mut bar = Rectangle::new([(from, 0.0), (to, *height)], colour(place).filled());
            bar.set_margin(0, 0, 30, 30);
            chart.draw_series([bar])?;
            let at = (SegmentValue::CenterOf(place), *height);
            let colour = colour(place);
            let style = text(16).color(&colour);
            let label = EmptyElement::at(at) + Text::new(format!("{height:.0}"), (-16, -20), style);
            chart.draw_series([label])?;
        }
        Ok(())
    })
    .map(Some)
}

/// Lines over named places, with the spread of each point. The texts are the title and what the axes show.
pub fn lines(
    [title, across, up]: [&str; 3],
    names: &[String],
    lines: &[Line],
    logarithmic: bool,
) -> Result<Option<String>> {
    let points = lines.iter().flat_map(|(_, points)| points);
    let medians: Vec<f64> = points.map(|(_, summary)| summary.median).collect();
    let Some(range) = range(&medians, logarithmic) else { return Ok(None) };
    // The logarithm is taken here, so that one chart draws both.
    let height = |value: f64| {
        let value = value.clamp(range.0, range.1);
        if logarithmic { value.log10() } else { value }
    };
    // A mark for each power of ten.
    let marks = if logarithmic { (range.1 / range.0).log10().round() as usize + 1 } else { 8 };
    let number = |value: &f64| {
        let value = if logarithmic { 10_f64.powf(*value) } else { *value };
        if value < 10.0 && value.fract() > 0.01 {
            format!("{value:.1}")
        } else {
            format!("{value:.0}")
        }
    };
    let name = |place: &SegmentValue<usize>| match place {
        SegmentValue::CenterOf(place) => names.get(*place).cloned().unwrap_or_default(),
        _ => String::new(),
    };
    svg(|area| {
        let mut chart = titled(area, title).build_cartesian_2d(
            (0..names.len() - 1).into_segmented(),
            height(range.0)..height(range.1),
        )?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GREY.mix(0.3))
            .axis_style(GREY)
            .label_style(text(16))
            .x_labels(names.len())
            .x_label_formatter(&name)
            .y_labels(marks)
            .y_label_formatter(&number)
            .x_desc(across)
            .y_desc(up)
            .draw()?;
        for (index, (name, _)) in lines.iter().enumerate() {
            let style = colour(index).filled();
            chart
                .draw_series(iter::empty::<Circle<(SegmentValue<usize>, f64), i32>>())?
                .label(name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 1), (x + 18, y + 2)], style));
        }
        // The first line is the one that matters: it is drawn last, on top of the others.
        for (index, (_, points)) in lines.iter().enumerate().rev() {
            let colour = colour(index);
            let at = |place: usize, value| (SegmentValue::CenterOf(place), height(value));
            let line = points.iter().map(|(place, summary)| at(*place, summary.median));
            chart.draw_series(LineSeries::new(line, colour.stroke_width(3)))?;
            chart.draw_series(points.iter().map(|(place, summary)| {
                Circle::new(at(*place, summary.median), 4, colour.filled())
            }))?;
            chart.draw_series(points.iter().map(|(place, Summary { min, max, .. })| {
                PathElement::new(
                    [at(*place, *min), at(*place, *max)],
                    colour.mix(0.6).stroke_width(1),
                )
            }))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .label_font(text(16))
            .legend_area_size(24)
            .draw()?;
        Ok(())
    })
    .map(Some)
}

/// What the upright axis spans: from nothing, or from the power of ten below, to a little above the highest point.
fn range(medians: &[f64], logarithmic: bool) -> Option<(f64, f64)> {
    let most = medians.iter().copied().fold(0.0, f64::max);
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let whole = |value: f64, round: fn(f64) -> f64| 10_f64.powf(round(value.log10()));
    match logarithmic {
        _ if most <= 0.0 || least <= 0.0 => None,
        true => Some((whole(least, f64::floor), whole(most * 1.01, f64::ceil))),
        false => Some((0.0, most * 1.35)),
    }
}

/// The colour of that line or bar.
fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// Text of that size.
fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().transform(FontTransform::None).color(&GREY)
}

/// A chart with a title and room for the axes.
fn titled<'a, 'b>(area: &'a Area<'b>, title: &str) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(area);
    builder.caption(title, text(20)).margin(12).x_label_area_size(48).y_label_area_size(64);
    builder
}

/// Lets something draw on an empty area, and gives the SVG.
fn svg(draw: impl FnOnce(&Area<'_>) -> Result<(), Box<dyn std::error::Error>>) -> Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    draw(&area).map_err(|error| anyhow!("cannot draw: {error}"))?;
    area.present().map_err(|error| anyhow!("cannot draw: {error}"))?;
    drop(area);
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_spans_whole_powers_of_ten() {
        assert_eq!(range(&[31.0, 4.9, 261.0], true), Some((1.0, 1000.0)));
        assert_eq!(range(&[31.0, 100.0], false), Some((0.0, 135.0)));
        assert_eq!(range(&[], true), None);
        assert_eq!(range(&[0.0, 2.0], true), None);
    }
}
