//! A curve as an SVG: panels side by side, both axes logarithmic, so that what stays as it is lies flat. The background is its own,
//! for pages that are dark.

use plotters::{coord::Shift, prelude::*};
use serde_json::Value;
use std::ops::Range;

/// Of one panel, in pixels.
const WIDTH: u32 = 460;
const HEIGHT: u32 = 360;
/// Of the line of its title, and of each line of its legend.
const TITLE: i32 = 34;
const LEGEND: i32 = 18;
const BACKGROUND: RGBColor = RGBColor(252, 252, 250);
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(222, 222, 218);
/// Told apart also by those who see few colours.
const LINES: [RGBColor; 4] = [RGBColor(0, 90, 181), RGBColor(200, 70, 0), RGBColor(0, 120, 90), RGBColor(130, 60, 150)];

pub struct Panel {
    pub title: &'static str,
    /// Of what is measured.
    pub unit: &'static str,
    /// What the legend says, and the figure's name.
    pub lines: &'static [(&'static str, &'static str)],
}

type Points = Vec<(f64, f64)>;

pub fn picture(curve: &Value, panels: &[Panel]) -> String {
    let count = u32::try_from(panels.len()).unwrap();
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, (WIDTH * count, HEIGHT)).into_drawing_area();
    root.fill(&BACKGROUND).unwrap();
    for (area, panel) in root.split_evenly((1, panels.len())).iter().zip(panels) {
        draw(area, curve, panel);
    }
    root.present().unwrap();
    drop(root);
    text
}

fn draw(area: &DrawingArea<SVGBackend<'_>, Shift>, curve: &Value, panel: &Panel) {
    let rows = curve["rows"].as_array().unwrap();
    let sizes: Vec<f64> = rows.iter().map(|row| row["size"].as_f64().unwrap()).collect();
    let zero = zero(&sizes);
    let lines: Vec<Points> = panel.lines.iter().map(|(_, name)| points(rows, zero, name)).collect();
    area.draw(&Text::new(panel.title, (16, 12), ("sans-serif", 15).into_font().color(&INK))).unwrap();
    for (number, ((legend, _), color)) in (0..).zip(panel.lines.iter().zip(LINES)) {
        let y = TITLE + number * LEGEND;
        area.draw(&Circle::new((22, y + 7), 4, color.filled())).unwrap();
        area.draw(&Text::new(*legend, (32, y), ("sans-serif", 13).into_font().color(&INK))).unwrap();
    }
    let above = TITLE + i32::try_from(panel.lines.len()).unwrap() * LEGEND;
    let across = around(lines.iter().flatten().map(|(x, _)| *x));
    let up = decades(lines.iter().flatten().map(|(_, y)| *y));
    let mut chart = ChartBuilder::on(area)
        .margin_top(above + 6)
        .margin_left(10)
        .margin_right(20)
        .margin_bottom(6)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(across.log_scale(), up.log_scale())
        .unwrap();
    chart
        .configure_mesh()
        .x_labels(10)
        .y_labels(10)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .x_desc(curve["sizes"].as_str().unwrap())
        .y_desc(panel.unit)
        .x_label_formatter(&|x| if Some(*x) == zero { "0".to_owned() } else { short(*x) })
        .y_label_formatter(&|y| short(*y))
        .draw()
        .unwrap();
    for (points, color) in lines.into_iter().zip(LINES) {
        let markers = points.clone().into_iter().map(|point| Circle::new(point, 3, color.filled()));
        chart.draw_series(LineSeries::new(points, color.stroke_width(2))).unwrap();
        chart.draw_series(markers).unwrap();
    }
}

/// Where nothing lies on an axis that has no place for it: a decade before the smallest, with a label that says so.
fn zero(sizes: &[f64]) -> Option<f64> {
    let smallest = sizes.iter().copied().filter(|size| *size > 0.0).fold(f64::INFINITY, f64::min);
    sizes.contains(&0.0).then_some(smallest / 10.0)
}

/// A figure too small to be measured has no place either.
fn points(rows: &[Value], zero: Option<f64>, name: &str) -> Points {
    let all = rows.iter().map(|row| {
        let size = row["size"].as_f64().unwrap();
        (zero.filter(|_| size == 0.0).unwrap_or(size), row["figures"][name].as_f64().unwrap())
    });
    all.filter(|(_, figure)| *figure > 0.0).collect()
}

fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| (low.min(value), high.max(value)))
}

fn around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = span(values);
    low * 0.8..high * 1.25
}

/// Whole ones, two at least: with one alone the axis would be full of labels, and what differs little would seem to differ much.
fn decades(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = span(values);
    let (from, to) = (low.log10().floor(), (high * 1.02).log10().ceil());
    let [from, to] = [from.min(to - 2.0), to].map(|power| 10_f64.powf(power));
    // The labels at both ends are inside, however they are rounded.
    from * 0.999..to * 1.001
}

fn short(value: f64) -> String {
    let (number, word) = match value {
        1e6.. => (value / 1e6, " M"),
        1e3.. => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let text = format!("{number:.3}");
    format!("{}{word}", text.trim_end_matches('0').trim_end_matches('.'))
}
