//! What must hold for any log.

use crate::derive::{ByRecord, DeriveOptions};
use crate::frame::{Values, values};
use crate::requests::Requests;
use crate::testing::{Log, Row};
use breachline_parsers::schema::COLUMNS;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Entry {
    target: String,
    peer: String,
    chain: String,
    status: u16,
    bytes: i64,
}

impl Entry {
    fn fill(&self, row: Row) -> Row {
        row.ip(&self.peer).forwarded(&self.chain).get(&self.target).status(self.status).bytes(self.bytes)
    }
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-d]{1,3}",
        3 => "[0-9]{1,3}",
        2 => "[a-f0-9]{12,14}",
        2 => "[A-Z]{2}-[0-9]{3}[a-z]",
        1 => Just("api".to_owned()),
        1 => Just("me".to_owned()),
        1 => "v[1-3]",
        1 => "[a-c]@[a-c]\\.de",
        1 => "[%;.{}' +a-c0-9]{0,6}",
        1 => Just("x.js".to_owned()),
        1 => "[a-z]{70}",
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    (
        prop::collection::vec(segment(), 0..5),
        prop_oneof![
            3 => Just(String::new()),
            1 => "\\?(boat_id|fleet_id|page|mobile)=[0-9]{1,12}&(boat_id|user)=[a-c0-9%]{0,3}"
        ],
        "(10|192)\\.0\\.0\\.[1-3]",
        "((6|10)\\.0\\.0\\.[1-3], ){0,2}[1-9]\\.1\\.1\\.1",
        prop::sample::select(vec![200u16, 200, 404, 401, 500]),
        1..60i64,
    )
        .prop_map(|(segments, query, peer, chain, status, bytes)| Entry {
            target: format!("/{}{query}", segments.join("/")),
            peer,
            chain,
            status,
            bytes,
        })
}

/// What was derived for each row, as text.
fn seen(requests: &Requests, row: usize) -> Vec<String> {
    let mut seen: Vec<String> = ["client_ip", "client_net", "path", "route", "api_version", "object_id"]
        .iter()
        .map(|name| requests.text(name).unwrap().get(row).unwrap_or("-").to_owned())
        .collect();
    let object = requests.text("object_id").unwrap().code(row);
    seen.push(format!("{:?}", requests.derived.kind_of_object[object as usize]));
    seen.push(format!("{:?}", requests.derived.answer[row]));
    seen
}

/// The columns of single records, all rows as text; where records stand is left out.
fn by_record(requests: &Requests) -> Vec<Vec<String>> {
    let columns: Vec<Values<'_>> = COLUMNS
        .iter()
        .filter(|column| column.by_record && !matches!(column.name, "line_no" | "byte_offset"))
        .map(|column| values(requests, column.name).unwrap())
        .collect();
    let text = |values: &Values<'_>, row: usize| match values {
        Values::Text(texts) => texts.value(texts.code(row)).map(str::to_owned),
        Values::Number(at) | Values::Time(at) => at(row).map(|number| number.to_string()),
    };
    let row = |row| columns.iter().map(|column| text(column, row).unwrap_or_default()).collect();
    (0..requests.rows()).map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn order_and_files_do_not_matter(
        shuffled in prop::collection::vec(entry(), 1..400)
            .prop_map(|entries| entries.into_iter().enumerate().collect::<Vec<_>>())
            .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle(), 1..5usize)),
    ) {
        let (entries, shuffled, files) = shuffled;
        let whole = entries.iter().fold(Log::new(), |log, (_, entry)| log.row(|row| entry.fill(row))).build();
        let mut split = Log::new();
        for (file, part) in shuffled.chunks(shuffled.len().div_ceil(files)).enumerate() {
            split = part.iter().fold(split.source(&format!("{file}.log")), |log, (_, entry)| log.row(|row| entry.fill(row)));
        }
        let split = split.build();
        for (row, (original, entry)) in shuffled.iter().enumerate() {
            prop_assert_eq!(seen(&split, row), seen(&whole, *original), "{:?}", entry);
        }
    }

    #[test]
    fn what_single_records_tell_is_what_the_whole_table_says(
        entries in prop::collection::vec(entry(), 1..60), part in 1..60usize,
    ) {
        let log = |entries: &[Entry]| entries.iter().fold(Log::new(), |log, entry| log.row(|row| entry.fill(row)));
        let whole = log(&entries).build();
        let deriver = ByRecord::new(&DeriveOptions::default()).unwrap();
        let mut passed = Vec::new();
        for part in entries.chunks(part) {
            let (facts, sources) = log(part).facts();
            passed.extend(by_record(&deriver.requests(facts, sources)));
        }
        prop_assert_eq!(passed, by_record(&whole));
    }

    #[test]
    fn no_target_and_no_address_breaks_anything(
        rows in prop::collection::vec((any::<String>(), any::<String>(), any::<String>(), any::<u16>(), any::<i64>()), 1..40),
        tails in prop::collection::vec("[/%?&=#;.{}@:+0-9a-f\\[\\]-]{0,40}", 1..40),
    ) {
        let mut log = Log::new();
        for (target, peer, chain, status, bytes) in &rows {
            log = log.row(|row| row.ip(peer).forwarded(chain).get(target).status(*status).bytes(*bytes));
        }
        for tail in &tails {
            log = log.row(|row| row.ip(tail).forwarded(tail).get(tail));
        }
        let requests = log.build();
        for row in 0..requests.rows() {
            seen(&requests, row);
            let route = requests.text("route").unwrap();
            prop_assert!(route.get(row).is_some_and(|route| !route.is_empty()));
        }
    }
}
