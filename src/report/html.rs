//! The report as one HTML file: no script, no request, light and dark, made to be printed.

use super::markup::Markup;
use super::paper::{Cell, Paper};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("report.css");

/// A page being written.
#[derive(Default)]
pub(super) struct Html(Markup);

impl Html {
    /// The whole file, in a language (its tag), with a title.
    pub(super) fn finish(self, lang: &str, title: &str) -> String {
        // The style is named by its hash, so that nothing else can be one; there is nothing else at all.
        let style = BASE64.encode(Sha256::digest(STYLE));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'");
        let mut page = Markup::default();
        page.fixed("<!DOCTYPE html>\n");
        page.tag("html", &[("lang", lang)], |html| {
            html.tag("head", &[], |head| {
                head.void("meta", &[("charset", "utf-8")]);
                head.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
                head.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
                head.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
                head.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
                head.leaf("title", &[], title);
                head.tag("style", &[], |style| style.fixed(STYLE));
            });
            html.line();
            html.tag("body", &[], |body| body.tag("main", &[], |main| main.append(&self.0)));
        });
        page.line();
        page.into_string()
    }
}

impl Paper for Html {
    fn heading(&mut self, depth: usize, text: &str) {
        let name = match depth {
            1 => "h1",
            2 => "h2",
            3 => "h3",
            _ => "h4",
        };
        self.0.line();
        self.0.leaf(name, &[], text);
    }

    fn begin(&mut self, level: (&'static str, &'static str), title: &str, id: &str) {
        self.0.line();
        self.0.fixed("<article>");
        self.0.tag("h3", &[("id", id)], |heading| {
            mark(heading, level);
            heading.text(" ");
            heading.text(title);
        });
    }

    fn end(&mut self) {
        self.0.fixed("</article>");
    }

    fn paragraph(&mut self, text: &str) {
        self.0.leaf("p", &[], text);
    }

    fn note(&mut self, text: &str) {
        self.0.leaf("p", &[("class", "note")], text);
    }

    fn bullets(&mut self, sentences: &[String]) {
        self.0.tag("ul", &[], |list| sentences.iter().for_each(|sentence| list.leaf("li", &[], sentence)));
    }

    fn facts(&mut self, facts: &[(&'static str, String)]) {
        self.0.tag("dl", &[], |list| {
            for (name, value) in facts {
                list.leaf("dt", &[], name);
                list.leaf("dd", &[], value);
            }
        });
    }

    fn table(&mut self, head: &[&'static str], rows: &[Vec<Cell>]) {
        if rows.is_empty() {
            return;
        }
        self.0.line();
        self.0.tag("table", &[], |table| {
            table.tag("thead", &[], |part| {
                part.tag("tr", &[], |row| head.iter().for_each(|name| row.leaf("th", &[], name)));
            });
            table.tag("tbody", &[], |body| {
                for cells in rows {
                    body.line();
                    body.tag("tr", &[], |row| cells.iter().for_each(|one| cell(row, one)));
                }
            });
        });
    }

    fn drawing(&mut self, drawing: &Markup) {
        self.0.line();
        self.0.append(drawing);
    }
}

fn cell(row: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Text(text) => row.leaf("td", &[], text),
        Cell::Time(text) => row.leaf("td", &[("class", "time")], text),
        Cell::Number(text) => row.leaf("td", &[("class", "number")], text),
        Cell::Code(text) => row.tag("td", &[], |cell| cell.leaf("code", &[], text)),
        Cell::Hashed(place, sha256) => row.tag("td", &[], |cell| {
            cell.text(place);
            cell.void("br", &[]);
            cell.leaf("small", &[], &format!("SHA-256 {sha256}"));
        }),
        Cell::Level(name, shown) => row.tag("td", &[], |cell| mark(cell, (*name, *shown))),
        Cell::Blank(text) => row.tag("td", &[], |cell| cell.leaf("span", &[("class", "blank")], text)),
        Cell::Lines(lines) => row.tag("td", &[], |cell| lines.iter().for_each(|line| cell.leaf("div", &[], line))),
    }
}

fn mark(into: &mut Markup, (name, shown): (&'static str, &'static str)) {
    into.leaf("span", &[("class", &format!("level {name}"))], shown);
}
