//! Requests in a file that is quick to open, facts and derivations, so that neither is made again each time.
//!
//! What comes back is what [`super::from_logs`] would give for the same facts and flags; it is valid for these and for
//! [`REVISION`] only, and whoever keeps it keeps that beside it. What [`super::declare`] adds is no part of it.

use super::{DeriveOptions, place};
use crate::context::Declared;
use crate::exchanges::{Basis, Clock, Exchanges};
use crate::networks::Whereabouts;
use crate::requests::{Answer, Auth, Derived, ObjectKind, Requests};
use breachline_parsers::report::SourceReport;
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::packed::{Pack, PackWriter};
use breachline_parsers::table::{Dictionary, FactTable};
use fixedbitset::FixedBitSet;
use std::io::{self, Write};
use std::sync::OnceLock;

/// Changes with whatever derivations are made by.
pub const REVISION: &str = env!("BREACHLINE_DERIVATIONS");

/// Writes requests as they were derived. Fails when the output does.
pub fn store<W: Write>(requests: &Requests, out: &mut PackWriter<W>) -> io::Result<()> {
    let derived = &requests.derived;
    for (name, codes) in codes(derived) {
        out.numbers(name, numbers(codes))?;
    }
    for (name, dictionary) in dictionaries(derived) {
        dictionary.store(out, name)?;
    }
    out.numbers("auth", derived.auth.iter().map(|&auth| auth as i64))?;
    out.numbers("answer", derived.answer.iter().map(|&answer| answer as i64))?;
    out.numbers("kind_of_object", derived.kind_of_object.iter().map(|&kind| kind as i64))?;
    out.numbers("addresses_usable", derived.addresses_usable.iter().map(|&usable| i64::from(usable)))?;
    out.value("notes", &derived.notes)?;
    out.value("doubtful.bits", &derived.doubtful.len())?;
    out.numbers("doubtful", derived.doubtful.ones().map(|row| row as i64))?;
    // Nearly everywhere, logs are in order of time already.
    let steps = requests.order.iter().zip(0..).map(|(&row, at): (&u32, i64)| i64::from(row) - at);
    out.numbers("order", steps)?;
    store_exchanges(&derived.exchanges, out)?;
    requests.facts.store(out)
}

/// Requests as they were written, of these sources. `None` where anything is missing: then they are derived.
pub fn restore(mut pack: Pack, mut sources: Vec<SourceReport>, options: &DeriveOptions) -> Option<Requests> {
    place(&mut sources, &options.vantages);
    let mut derived = Derived {
        auth: enumerated(&mut pack, "auth", &Auth::ALL)?,
        answer: enumerated(&mut pack, "answer", &Answer::ALL)?,
        kind_of_object: enumerated(&mut pack, "kind_of_object", &ObjectKind::ALL)?,
        addresses_usable: enumerated(&mut pack, "addresses_usable", &[false, true])?,
        notes: pack.value("notes")?,
        doubtful: bits(&mut pack, "doubtful")?,
        exchanges: restore_exchanges(&mut pack)?,
        ..nothing()
    };
    for (name, codes) in codes_mut(&mut derived) {
        *codes = column(&mut pack, name)?;
    }
    for (name, dictionary) in dictionaries_mut(&mut derived) {
        *dictionary = Dictionary::restore(&mut pack, name, true)?;
    }
    let count = pack.count("order")?;
    let mut order = pack.numbers("order", count, |step| step as u32)?;
    for (row, at) in order.iter_mut().zip(0u32..) {
        *row = row.wrapping_add(at);
    }
    let facts = FactTable::restore(pack)?;
    let rows = facts.rows();
    let per_row = [derived.client_ip.len(), derived.auth.len(), derived.answer.len(), order.len()];
    let whole = per_row.iter().all(|&count| count == rows) && order.iter().all(|&row| (row as usize) < rows);
    whole.then_some(Requests { facts, sources, derived, order })
}

/// Declares the fields that are kept once, for reading and for writing them; all others must be named as well, so that
/// a new one is not forgotten.
macro_rules! fields {
    (codes: [$($codes:ident),* $(,)?], dictionaries: [$($dictionary:ident),* $(,)?]) => {
        fn codes(derived: &Derived) -> Vec<(&'static str, &Vec<u32>)> {
            vec![$((stringify!($codes), &derived.$codes)),*]
        }

        fn codes_mut(derived: &mut Derived) -> Vec<(&'static str, &mut Vec<u32>)> {
            vec![$((stringify!($codes), &mut derived.$codes)),*]
        }

        fn dictionaries(derived: &Derived) -> Vec<(&'static str, &Dictionary)> {
            vec![$((stringify!($dictionary), &derived.$dictionary)),*]
        }

        fn dictionaries_mut(derived: &mut Derived) -> Vec<(&'static str, &mut Dictionary)> {
            vec![$((stringify!($dictionary), &mut derived.$dictionary)),*]
        }

        /// No derivations. What is declared and what answers are limited to is not kept.
        fn nothing() -> Derived {
            Derived {
                $($codes: Vec::new(),)*
                $($dictionary: Dictionary::default(),)*
                auth: Vec::new(),
                answer: Vec::new(),
                kind_of_object: Vec::new(),
                addresses_usable: Vec::new(),
                notes: Vec::new(),
                doubtful: FixedBitSet::new(),
                exchanges: Exchanges::default(),
                things: OnceLock::new(),
                whereabouts: Whereabouts::default(),
                declared: Declared::default(),
                selected: None,
            }
        }
    };
}

fields!(
    codes: [
        client_ip,
        net_of_client,
        path_of_target,
        route_of_target,
        audience_of_route,
        kind_of_route,
        attempt,
        version_of_route,
        resource_of_route,
        edition_of_route,
        spelling_of_path,
        leads_of_target,
        object_of_target,
    ],
    dictionaries: [
        client_ips,
        client_nets,
        paths,
        routes,
        audiences,
        route_kinds,
        attempts,
        versions,
        resources,
        editions,
        spellings,
        leads,
        objects,
    ]
);

fn numbers(codes: &[u32]) -> impl Iterator<Item = i64> + Clone {
    codes.iter().map(|&code| i64::from(code))
}

fn column(pack: &mut Pack, name: &str) -> Option<Vec<u32>> {
    let count = pack.count(name)?;
    pack.numbers(name, count, |code| code as u32)
}

/// Values that were written by their position among all.
fn enumerated<T: Copy>(pack: &mut Pack, name: &str, all: &[T]) -> Option<Vec<T>> {
    let count = pack.count(name)?;
    let first = *all.first()?;
    pack.numbers(name, count, |value| all.get(value as usize).copied().unwrap_or(first))
}

/// A set of rows.
fn bits(pack: &mut Pack, name: &str) -> Option<FixedBitSet> {
    let size: usize = pack.value(&format!("{name}.bits"))?;
    let count = pack.count(name)?;
    let ones = pack.numbers(name, count, |row| row as usize)?;
    let mut bits = FixedBitSet::with_capacity(size);
    for row in ones {
        if row >= size {
            return None;
        }
        bits.insert(row);
    }
    Some(bits)
}

/// Clocks: source, vantage, offset, requests, spread, whether by ids.
type StoredClock = (u32, String, i64, usize, i64, bool);

fn store_exchanges<W: Write>(exchanges: &Exchanges, out: &mut PackWriter<W>) -> io::Result<()> {
    out.numbers("exchange.of_row", numbers(&exchanges.of_row))?;
    let basis = |basis: &Option<Basis>| basis.map_or(0, |basis| basis as i64 + 1);
    out.numbers("exchange.basis", exchanges.basis.iter().map(basis))?;
    out.numbers("exchange.counted", exchanges.counted.iter().map(|&counted| i64::from(counted)))?;
    out.numbers("exchange.family", numbers(&exchanges.family))?;
    out.numbers("exchange.starts", numbers(&exchanges.starts))?;
    out.numbers("exchange.rows", numbers(&exchanges.rows))?;
    for (text, codes) in &exchanges.told {
        out.numbers(&told(text.name()), numbers(codes))?;
    }
    for (number, values) in &exchanges.told_numbers {
        out.numbers(&told(number.name()), values.iter().copied())?;
    }
    let clock = |clock: &Clock| -> StoredClock {
        (clock.source, clock.against.to_owned(), clock.offset_us, clock.n, clock.spread_us, clock.exact)
    };
    out.value("exchange.apart", &exchanges.apart)?;
    out.value("exchange.clocks", &exchanges.clocks.iter().map(clock).collect::<Vec<StoredClock>>())
}

fn restore_exchanges(pack: &mut Pack) -> Option<Exchanges> {
    let bases: Vec<Option<Basis>> = std::iter::once(None).chain(Basis::ALL.into_iter().map(Some)).collect();
    let clock = |(source, against, offset_us, n, spread_us, exact): StoredClock| {
        let against = super::exchange::rank_called(&against)?;
        Some(Clock { source, against, offset_us, n, spread_us, exact })
    };
    let told_texts = Text::ALL.into_iter().filter(|text| pack.has(&told(text.name()))).collect::<Vec<Text>>();
    let told_numbers = Number::ALL.into_iter().filter(|number| pack.has(&told(number.name()))).collect::<Vec<Number>>();
    Some(Exchanges {
        of_row: column(pack, "exchange.of_row")?,
        basis: enumerated(pack, "exchange.basis", &bases)?,
        counted: enumerated(pack, "exchange.counted", &[false, true])?,
        family: column(pack, "exchange.family")?,
        starts: column(pack, "exchange.starts")?,
        rows: column(pack, "exchange.rows")?,
        told: told_texts
            .into_iter()
            .map(|text| Some((text, column(pack, &told(text.name()))?)))
            .collect::<Option<_>>()?,
        told_numbers: told_numbers
            .into_iter()
            .map(|number| {
                let count = pack.count(&told(number.name()))?;
                Some((number, pack.numbers(&told(number.name()), count, |value| value)?))
            })
            .collect::<Option<_>>()?,
        apart: pack.value("exchange.apart")?,
        clocks: pack.value::<Vec<StoredClock>>("exchange.clocks")?.into_iter().map(clock).collect::<Option<_>>()?,
    })
}

fn told(name: &str) -> String {
    format!("told.{name}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::frame::sample::six;
    use breachline_parsers::schema::{COLUMNS, Kind};

    fn there_and_back(requests: &Requests, options: &DeriveOptions) -> Requests {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("derived");
        let mut out = PackWriter::new(std::fs::File::create(&path).unwrap());
        store(requests, &mut out).unwrap();
        out.finish().unwrap();
        restore(Pack::read(&path).unwrap(), requests.sources.clone(), options).unwrap()
    }

    /// Every column of every row, as SQL would see it.
    fn seen(requests: &Requests) -> String {
        let columns: Vec<&str> =
            COLUMNS.iter().filter(|column| column.kind != Kind::Time).map(|column| column.name).collect();
        let frame = crate::frame::frame(requests, &columns, None).unwrap();
        let shown = frame
            .columns()
            .iter()
            .map(|column| format!("{:?}", column.as_materialized_series().iter().collect::<Vec<_>>()));
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn requests_come_back_as_they_were_derived() {
        let mut before = six();
        before.derived.doubtful = FixedBitSet::with_capacity(6);
        before.derived.doubtful.insert(4);
        let after = there_and_back(&before, &DeriveOptions::default());
        assert_eq!(seen(&after), seen(&before));
        assert_eq!(after.order, before.order);
        assert_eq!(after.derived.notes, before.derived.notes);
        assert_eq!(after.derived.doubtful, before.derived.doubtful);
        assert_eq!(after.derived.addresses_usable, before.derived.addresses_usable);
    }

    #[test]
    fn exchanges_come_back() {
        let mut before = six();
        let rows = before.rows() as u32;
        before.derived.exchanges = Exchanges {
            of_row: (0..rows).map(|row| row / 2).collect(),
            basis: (0..rows as usize).map(|row| [None, Some(Basis::Inferred), Some(Basis::TraceId)][row % 3]).collect(),
            counted: (0..rows).map(|row| row % 2 == 0).collect(),
            family: vec![1, 1],
            told: vec![(Text::UserAgent, vec![0; rows as usize])],
            told_numbers: vec![(Number::BytesOut, (0..i64::from(rows)).collect())],
            clocks: vec![Clock {
                source: 1,
                against: crate::derive::exchange::rank_called("gateway").unwrap(),
                offset_us: -7,
                n: 3,
                spread_us: 2,
                exact: true,
            }],
            starts: vec![0, 2, 4, 6],
            rows: (0..rows).collect(),
            apart: vec!["edge and gateway could not be linked".to_owned()],
        };
        let after = there_and_back(&before, &DeriveOptions::default()).derived.exchanges;
        let before = &before.derived.exchanges;
        assert_eq!((&after.of_row, &after.basis, &after.counted), (&before.of_row, &before.basis, &before.counted));
        assert_eq!((&after.family, &after.starts, &after.rows), (&before.family, &before.starts, &before.rows));
        assert!(after.told == before.told && after.told_numbers == before.told_numbers);
        assert_eq!((&after.clocks, &after.apart), (&before.clocks, &before.apart));
    }
}
