//! Plain tables for people: columns as wide as their text, the widest cut to fit. Times are never cut: a table with more of
//! them than there is room for is wider.

use crate::render;
use std::io::{self, Write};

/// Writes rows under a header, two spaces between columns, at most `columns` wide (0: as wide as needed).
///
/// Cells are made visible. `right` tells which columns are numbers.
pub fn write_table(
    out: &mut impl Write,
    header: &[impl AsRef<str>],
    rows: &[Vec<String>],
    right: &[bool],
    columns: usize,
) -> io::Result<()> {
    let clean = |text: &str| render::visible(text).into_owned();
    let header: Vec<String> = header.iter().map(|name| clean(name.as_ref())).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
    let natural: Vec<usize> = (0..header.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).chain(header.get(at)).map(|text| render::width(text)).max())
        .map(Option::unwrap_or_default)
        .collect();
    let least: Vec<usize> = (0..header.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).filter(|cell| is_time(cell)).map(String::len).max())
        .map(|time| time.unwrap_or(LEAST))
        .collect();
    let widths = fit(&natural, &least, columns);
    for row in std::iter::once(&header).chain(&rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or_default();
            if right.get(at).copied().unwrap_or(false) {
                let shown = render::cut(cell, width);
                line.extend(std::iter::repeat_n(' ', width.saturating_sub(render::width(&shown))));
                line.push_str(&shown);
            } else {
                line.push_str(&render::pad(cell, width));
            }
            line.push_str("  ");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Columns of a text below which nothing of it is left to read, and those that make it worth reading.
const LEAST: usize = 8;
const WORTH: usize = 16;

/// Whether a cell is a day and a time of day, to the minute at least.
fn is_time(cell: &str) -> bool {
    let is = |at: usize, byte: u8| cell.as_bytes().get(at) == Some(&byte);
    is(4, b'-') && is(7, b'-') && (is(10, b' ') || is(10, b'T')) && is(13, b':') && cell.is_ascii()
}

/// Widths that fit: the widest column gives way first, none below what it needs at least. What cannot fit is not cut to
/// pieces for it.
fn fit(natural: &[usize], least: &[usize], columns: usize) -> Vec<usize> {
    let mut widths = natural.to_vec();
    let gaps = widths.len().saturating_sub(1) * 2;
    let narrowest: usize = natural.iter().zip(least).map(|(natural, least)| natural.min(least)).sum();
    let worth = if narrowest + gaps > columns { WORTH } else { 0 };
    while columns > 0 && widths.iter().sum::<usize>() + gaps > columns {
        let mut ways =
            widths.iter_mut().zip(least).filter(|(width, least)| **width > worth.max(**least)).map(|(width, _)| width);
        let Some(first) = ways.next() else { break };
        *ways.fold(first, |widest, width| if *width >= *widest { width } else { widest }) -= 1;
    }
    widths
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_way() {
        let rows = vec![vec!["a\u{1b}".to_owned(), "1,000".to_owned(), "a rather long sentence".to_owned()]];
        let mut out = Vec::new();
        write_table(&mut out, &["NAME", "N", "WHAT"], &rows, &[false, true], 28).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME       N  WHAT\na\\x1b  1,000  a rather long…\n");
    }

    #[test]
    fn a_time_does_not() {
        let rows = vec![vec!["2026-04-07 12:00:00Z".to_owned(), "a name of some length".to_owned()]];
        let mut out = Vec::new();
        write_table(&mut out, &["FROM", "WHAT"], &rows, &[], 20).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "FROM                  WHAT\n2026-04-07 12:00:00Z  a name of some …\n"
        );
    }
}
