//! Why sources are taken for what they are taken for, for people: a block a source.

use super::hunt_table::Layout;
use super::table;
use crate::render;
use breachline_parsers::detect::{Ambiguity, Candidate, Explained, Explanation, Refused};
use std::io::{self, Write};

/// Columns before the text of a block, and before what belongs to a text.
const INDENT: usize = 20;

/// Writes the block of one source. A file of no known format gets a short one unless it was `named`.
pub fn write(out: &mut impl Write, explained: &Explained, named: bool, layout: Layout) -> io::Result<()> {
    writeln!(out, "{}", layout.strong(&render::visible(&explained.path)))?;
    let inside = explained.container.as_ref().map(|container| format!("inside {}", container.path));
    let stored: Vec<String> = [
        explained.compression.map(|name| format!("compressed as {name}")),
        explained.encoding.map(|name| format!("written in {name}")),
        inside,
    ]
    .into_iter()
    .flatten()
    .collect();
    if !stored.is_empty() {
        layout.labelled(out, "stored", &stored.join(", "))?;
    }
    match &explained.sample {
        Ok(found) if found.layers.is_empty() && !named => layout.labelled(out, "format", "none that is known")?,
        Ok(found) => write_found(out, found, layout)?,
        Err(why) => layout.labelled(out, "not read", why)?,
    }
    writeln!(out)
}

fn write_found(out: &mut impl Write, found: &Explanation, layout: Layout) -> io::Result<()> {
    layout.labelled(out, "format", &named(found))?;
    layout.labelled(out, "why", if found.named { "The options say so." } else { &found.sentence })?;
    let whole = if found.whole { "all of it" } else { "more follows" };
    let sample = format!(
        "{} up to line {} in the first {}, {whole}: {} + {} + {}",
        render::counted(found.records, "record"),
        render::count(found.last_line),
        render::bytes(found.bytes as u64),
        render::counted(found.rows, "row"),
        render::counted(found.rejects, "reject"),
        render::counted(found.skips, "skip")
    );
    layout.labelled(out, "sample", &sample)?;
    if !found.layers.is_empty() || !found.others.is_empty() {
        writeln!(out)?;
        write_candidates(out, found, layout)?;
        write_refusals(out, found, layout)?;
    }
    found.ambiguities.iter().try_for_each(|open| write_ambiguity(out, open, layout))
}

fn named(found: &Explanation) -> String {
    let Some(first) = found.layers.first() else { return "none that is known".to_owned() };
    let vantage = first.vantage.map_or("not stated", |vantage| vantage.name());
    let others: Vec<String> = found.layers.iter().skip(1).map(wrapped).collect();
    let mixed = if others.is_empty() { String::new() } else { format!("; mixed in: {}", others.join(", ")) };
    format!("{}, vantage {vantage}{mixed}", wrapped(first))
}

fn wrapped(candidate: &Candidate) -> String {
    match candidate.wrappers.as_slice() {
        [] => candidate.format.clone(),
        wrappers => format!("{} in {}", candidate.format, wrappers.join(", in it ")),
    }
}

fn write_candidates(out: &mut impl Write, found: &Explanation, layout: Layout) -> io::Result<()> {
    let row = |candidate: &Candidate, because: &str| {
        let refused = candidate.refused.as_ref();
        let place = refused.map_or_else(
            || "-".to_owned(),
            |refused| match refused.byte {
                Some(byte) => format!("{}:{byte}", refused.line),
                None => refused.line.to_string(),
            },
        );
        vec![
            wrapped(candidate),
            format!("{} of {}", candidate.accepts, candidate.of),
            format!("{:.1}", candidate.facts),
            place,
            because.to_owned(),
        ]
    };
    let chosen = if found.named { "named by the options" } else { "chosen" };
    let rows: Vec<Vec<String>> = found
        .layers
        .iter()
        .map(|candidate| row(candidate, chosen))
        .chain(found.others.iter().map(|candidate| row(candidate, &candidate.because)))
        .collect();
    let header = ["FORMAT", "ACCEPTS", "FACTS", "REFUSES AT", "BECAUSE"];
    write_indented(out, &header, &rows, &[false, true, true, true], 2, layout)
}

/// Places where records stop fitting, each once, with the formats that stop there.
fn write_refusals(out: &mut impl Write, found: &Explanation, layout: Layout) -> io::Result<()> {
    let mut places: Vec<(&Refused, Vec<&str>)> = Vec::new();
    let by_load = found.refused.as_ref().map(|refused| (refused, "any load"));
    let by_formats = found.layers.iter().chain(&found.others);
    let by_formats = by_formats.filter_map(|format| Some((format.refused.as_ref()?, format.format.as_str())));
    for (refused, by) in by_load.into_iter().chain(by_formats) {
        match places.iter_mut().find(|(other, _)| *other == refused) {
            Some((_, all)) => all.push(by),
            None => places.push((refused, vec![by])),
        }
    }
    for (refused, by) in places {
        let byte = refused.byte.map_or_else(String::new, |byte| format!(", byte {byte}"));
        let place = format!("line {}{byte}: {} (by {})", refused.line, refused.reason, by.join(", "));
        layout.labelled(out, "refused", &place)?;
        write_excerpt(out, refused, layout)?;
    }
    Ok(())
}

/// The line around the place, and a caret under it where the place is known.
fn write_excerpt(out: &mut impl Write, refused: &Refused, layout: Layout) -> io::Result<()> {
    let cells = layout.columns.saturating_sub(INDENT).max(20);
    let (before, after) = (render::visible(&refused.before), render::visible(&refused.after));
    let front = end_of(&before, cells * 2 / 3);
    let at = render::width(&front);
    let back = render::cut(&after, cells - at);
    writeln!(out, "{:INDENT$}{front}{back}", "")?;
    if refused.byte.is_some() || at > 0 {
        writeln!(out, "{:INDENT$}{:at$}^", "", "")?;
    }
    Ok(())
}

/// The end of a text that fits, marked where something is left out.
fn end_of(text: &str, cells: usize) -> String {
    if render::width(text) <= cells {
        return text.to_owned();
    }
    let mut kept: Vec<char> = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        used += render::width(c.encode_utf8(&mut [0; 4]));
        if used > cells {
            break;
        }
        kept.push(c);
    }
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

fn write_ambiguity(out: &mut impl Write, open: &Ambiguity, layout: Layout) -> io::Result<()> {
    layout.labelled(out, &format!("open: {}", open.about), &open.sentence)?;
    if let Some(first) = open.readings.first() {
        let line = open.line.map_or_else(|| "READ".to_owned(), |line| format!("LINE {line} READ"));
        let columns = first.values.iter().map(|(column, _)| (*column).to_owned());
        let header: Vec<String> = std::iter::once(line).chain(columns).collect();
        let rows: Vec<Vec<String>> = open
            .readings
            .iter()
            .map(|reading| {
                let values = reading.values.iter().map(|(_, value)| value.clone().unwrap_or_else(|| "-".to_owned()));
                std::iter::once(format!("by {}", reading.by)).chain(values).collect()
            })
            .collect();
        write_indented(out, &header, &rows, &[], INDENT, layout)?;
    }
    if open.settled_by.is_empty() { Ok(()) } else { layout.labelled(out, "settled by", &open.settled_by.join(" · ")) }
}

fn write_indented(
    out: &mut impl Write,
    header: &[impl AsRef<str>],
    rows: &[Vec<String>],
    right: &[bool],
    indent: usize,
    layout: Layout,
) -> io::Result<()> {
    let mut text = Vec::new();
    table::write_table(&mut text, header, rows, right, layout.columns.saturating_sub(indent).max(20))?;
    String::from_utf8_lossy(&text).lines().try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}
