//! Drawings of a finding as SVG: what a picture says faster than a table. No script, no style of their own.

use super::markup::Markup;
use super::time;
use super::words::{Lang, Word};
use crate::render::{self, float};
use breachline_queries::finding::{Finding, Measured};
use breachline_queries::requests::{Answer, ObjectKind, Requests};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 64.0;
/// Where names of measures end.
const NAMES: f64 = 190.0;
/// Steps of time of a strip.
const STEPS: usize = 72;
/// Points of a scatter; more would only be ink.
const POINTS: usize = 1200;
/// Measures drawn.
const BARS: usize = 10;
/// Height of a bar with its gap.
const ROW: f64 = 24.0;

/// The drawings that say something of a finding.
pub(super) fn drawings(requests: &Requests, finding: &Finding, lang: Lang) -> Vec<Markup> {
    [strip(requests, finding, lang), scatter(requests, finding, lang), bars(finding, lang)]
        .into_iter()
        .flatten()
        .collect()
}

/// What an answer is drawn as.
const fn series(answer: Option<Answer>) -> usize {
    match answer {
        Some(Answer::Hit) => 0,
        Some(Answer::Miss) => 1,
        Some(Answer::Denied) => 2,
        _ => 3,
    }
}

const SERIES: [(&str, Word); 4] =
    [("hit", Word::Hit), ("miss", Word::Miss), ("denied", Word::Refused), ("other", Word::Other)];

/// A coordinate to a tenth.
fn places(value: f64) -> String {
    format!("{value:.1}")
}

/// A figure of a height, with what is drawn and the keys to it.
fn figure(label: &str, height: f64, draw: impl FnOnce(&mut Markup), keys: &[(&str, &str, &str)]) -> Markup {
    let mut figure = Markup::default();
    figure.tag("figure", &[], |figure| {
        figure.leaf("figcaption", &[], label);
        let size = format!("0 0 {WIDTH} {height}");
        figure.tag("svg", &[("viewBox", &size), ("role", "img"), ("aria-label", label)], draw);
        if !keys.is_empty() {
            figure.tag("p", &[("class", "legend")], |legend| {
                for (class, sign, name) in keys {
                    legend.leaf("span", &[("class", &format!("key {class}"))], sign);
                    legend.text(&format!(" {name}  "));
                }
            });
        }
    });
    figure
}

fn label(svg: &mut Markup, x: f64, y: f64, class: &str, text: &str) {
    svg.leaf("text", &[("x", &places(x)), ("y", &places(y)), ("class", class)], text);
}

fn line(svg: &mut Markup, from: (f64, f64), to: (f64, f64), class: &str, title: &str) {
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(places);
    svg.tag("line", &[("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2), ("class", class)], |line| {
        if !title.is_empty() {
            line.leaf("title", &[], title);
        }
    });
}

fn rect(svg: &mut Markup, at: (f64, f64), size: (f64, f64), class: &str) {
    let [x, y, width, height] = [at.0, at.1, size.0, size.1].map(places);
    svg.tag("rect", &[("x", &x), ("y", &y), ("width", &width), ("height", &height), ("class", class)], |_| {});
}

/// Requests in steps of time, one bar a step, stacked by answer.
fn strip(requests: &Requests, finding: &Finding, lang: Lang) -> Option<Markup> {
    let (first, last) = (finding.first?, finding.last?);
    let width = ((last - first) / STEPS as i64 + 1).max(1);
    let mut counts = [[0u64; 4]; STEPS];
    for &row in finding.evidence.iter().filter(|&&row| requests.counts(row)) {
        let Some(ts) = requests.facts.ts(row as usize) else { continue };
        let step = (((ts - first) / width).max(0) as usize).min(STEPS - 1);
        counts[step][series(requests.derived.answer.get(row as usize).copied())] += 1;
    }
    let most = counts.iter().map(|step| step.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let bar = (WIDTH - LEFT) / STEPS as f64;
    let scale = |count: u64| count as f64 / most as f64 * 110.0;
    let draw = |svg: &mut Markup| {
        label(svg, 0.0, 20.0, "axis", &render::count(most));
        label(svg, 0.0, 124.0, "axis", "0");
        line(svg, (LEFT, 124.0), (WIDTH, 124.0), "rule", "");
        for (step, counts) in counts.iter().enumerate() {
            let mut below = 0;
            for (series, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                below += count;
                let at = (LEFT + step as f64 * bar, 124.0 - scale(below));
                rect(svg, at, (bar * 0.86, scale(count)), SERIES[series].0);
            }
        }
        label(svg, LEFT, 142.0, "axis", &time(first, lang));
        label(svg, WIDTH, 142.0, "axis end", &time(last, lang));
    };
    let drawn = SERIES.iter().enumerate().filter(|(series, _)| counts.iter().any(|step| step[*series] > 0));
    let keys: Vec<(&str, &str, &str)> = drawn.map(|(_, (class, word))| (*class, "■", word.text(lang))).collect();
    Some(figure(Word::DrawingTime.text(lang), 150.0, draw, &keys))
}

/// Numbers of objects in the order of requests: a walk is a line, guessing a cloud.
fn scatter(requests: &Requests, finding: &Finding, lang: Lang) -> Option<Markup> {
    let objects = requests.text("object_id").filter(|view| !view.is_absent())?;
    let number = |row: u32| {
        let code = objects.code(row as usize);
        let kind = requests.derived.kind_of_object.get(code as usize).filter(|_| code != 0)?;
        (*kind == ObjectKind::Int).then(|| objects.dictionary.text(code).parse::<f64>().ok())?
    };
    let points: Vec<(f64, Option<Answer>)> = finding
        .evidence
        .iter()
        .filter(|&&row| requests.counts(row))
        .filter_map(|&row| Some((number(row)?, requests.derived.answer.get(row as usize).copied())))
        .collect();
    // Few numbers show no shape; where most objects are no numbers, those that are would mislead.
    if points.len() < 20 || points.len() * 2 < finding.evidence.len() {
        return None;
    }
    let least = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    let (every, all, span) = (points.len().div_ceil(POINTS), points.len() as f64, (most - least).max(1.0));
    let draw = |svg: &mut Markup| {
        label(svg, 0.0, 14.0, "axis", &float(most));
        label(svg, 0.0, 164.0, "axis", &float(least));
        line(svg, (LEFT, 168.0), (WIDTH, 168.0), "rule", "");
        for (at, (number, answer)) in points.iter().enumerate().step_by(every) {
            let x = places(LEFT + 4.0 + at as f64 / all * (WIDTH - LEFT - 8.0));
            let y = places(162.0 - (number - least) / span * 152.0);
            svg.tag("circle", &[("cx", &x), ("cy", &y), ("r", "1.6"), ("class", SERIES[series(*answer)].0)], |_| {});
        }
    };
    Some(figure(Word::DrawingIds.text(lang), 176.0, draw, &[]))
}

/// Measured values with what they were held against, each on a scale of its own.
fn bars(finding: &Finding, lang: Lang) -> Option<Markup> {
    let compared = finding.measures.iter();
    let compared = compared.filter(|(_, measured)| measured.threshold.is_some() || measured.population.is_some());
    let compared: Vec<(&String, &Measured)> = compared.take(BARS).collect();
    if compared.is_empty() {
        return None;
    }
    let height = 8.0 + ROW * compared.len() as f64;
    let draw = |svg: &mut Markup| {
        for ((name, measured), at) in compared.iter().zip(0u8..) {
            bar(svg, 4.0 + f64::from(at) * ROW, name, measured);
        }
    };
    let keys = [("threshold", "|", Word::Threshold.text(lang)), ("peers", "|", Word::Others.text(lang))];
    Some(figure(Word::DrawingMeasures.text(lang), height, draw, &keys))
}

fn bar(svg: &mut Markup, y: f64, name: &str, measured: &Measured) {
    let marks = marks(measured);
    let most = marks.iter().map(|mark| mark.1).fold(measured.value, f64::max).max(f64::MIN_POSITIVE);
    let x = |value: f64| NAMES + (value / most).clamp(0.0, 1.0) * (WIDTH - NAMES - 90.0);
    label(svg, 0.0, y + 14.0, "axis", name);
    rect(svg, (NAMES, y + 3.0), ((x(measured.value) - NAMES).max(0.5), 14.0), "value");
    for (class, value, name) in marks {
        line(svg, (x(value), y), (x(value), y + 20.0), class, &format!("{name} {}", float(value)));
    }
    label(svg, WIDTH, y + 14.0, "axis end", &float(measured.value));
}

/// What a value is held against: class, value, name.
fn marks(measured: &Measured) -> Vec<(&'static str, f64, &'static str)> {
    let mut marks: Vec<(&str, f64, &str)> = Vec::new();
    if let Some(others) = &measured.population {
        marks.push(("peers", others.p50, "p50"));
        marks.push(("peers", others.p99, "p99"));
    }
    marks.extend(measured.threshold.map(|threshold| ("threshold", threshold, "threshold")));
    marks.retain(|mark| mark.1.is_finite() && mark.1 >= 0.0);
    marks
}
