//! How many requests a scope holds: each once, and nothing added up over vantages that could not be linked.
//!
//! Rows are lines. Where several tell of one request, the first of them in the scope stands for it; where vantages could
//! not be linked, each is counted by itself, and the one that tells of most comes first.

use super::scopes::{ts, within};
use breachline_parsers::table::NO_NUMBER;
use breachline_queries::requests::Requests;
use std::collections::BTreeMap;

/// Requests of a scope, by vantages that are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Rows: lines, each vantage's own.
    pub lines: usize,
    /// What vantages tell that are counted together, most first; one part where nothing is apart.
    pub parts: Vec<Part>,
}

/// What some vantages tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Which they are; the same number means the same vantages in every scope.
    pub family: u32,
    /// Their names, from the client inwards; nothing where no others are in these logs.
    pub vantages: String,
    /// Requests, each counted once.
    pub requests: usize,
}

impl Extent {
    /// Requests at the vantages that tell of most.
    pub fn requests(&self) -> usize {
        self.parts.first().map_or(0, |part| part.requests)
    }

    /// Requests at some vantages.
    pub fn of(&self, family: u32) -> usize {
        self.parts.iter().find(|part| part.family == family).map_or(0, |part| part.requests)
    }
}

/// Rows of a scope that stand for requests, in total order, by family; `None` where every row is a request and all are
/// counted together.
pub(super) type Families = Option<Vec<(u32, Vec<u32>)>>;

/// Parts rows in total order.
pub(super) fn families(requests: &Requests, rows: &[u32]) -> Families {
    let exchanges = &requests.derived.exchanges;
    if exchanges.is_empty() && exchanges.family.is_empty() {
        return None;
    }
    let mut inside = vec![false; requests.rows()];
    for &row in rows {
        if let Some(inside) = inside.get_mut(row as usize) {
            *inside = true;
        }
    }
    let sources = requests.facts.source_values();
    let stands = |row: u32| {
        if exchanges.members(row).len() < 2 {
            return requests.counts(row);
        }
        let mut siblings = exchanges.siblings(row, sources);
        siblings.find(|&other| inside.get(other as usize) == Some(&true)).is_none_or(|first| first == row)
    };
    let mut families: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &row in rows.iter().filter(|&&row| stands(row)) {
        families.entry(requests.family_of(row)).or_default().push(row);
    }
    Some(families.into_iter().collect())
}

/// Counts what lies in a window.
pub(super) fn extent(requests: &Requests, rows: &[u32], families: &Families, window: Option<(i64, i64)>) -> Extent {
    let lines = within(requests, rows, window).len();
    let Some(families) = families else {
        let all = Part { requests: lines, ..Part::default() };
        return Extent { lines, parts: vec![all] };
    };
    let mut read = requests.sources.iter().filter(|source| source.rows > 0).map(|source| requests.family(source.id));
    let first = read.next();
    let apart = read.any(|family| Some(family) != first);
    let mut parts: Vec<Part> = families
        .iter()
        .map(|(family, rows)| Part {
            family: *family,
            vantages: if apart { requests.vantages_of(*family) } else { String::new() },
            requests: within(requests, rows, window).len(),
        })
        .collect();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.requests), part.family));
    Extent { lines, parts }
}

/// Requests from each edge to the next, of the vantages that tell of most of them there; and those without a time.
pub(super) fn counts(requests: &Requests, rows: &[u32], families: &Families, edges: &[i64]) -> (Vec<u64>, usize) {
    let one = |rows: &[u32]| {
        let untimed = rows.partition_point(|&row| ts(requests, row) == NO_NUMBER);
        let timed = rows.get(untimed..).unwrap_or_default();
        let below = edges.iter().map(|&edge| timed.partition_point(|&row| ts(requests, row) < edge));
        let below: Vec<usize> = below.collect();
        let counts: Vec<u64> = below.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect();
        (counts, untimed)
    };
    let Some(families) = families else { return one(rows) };
    let mut most = (vec![0; edges.len().saturating_sub(1)], 0);
    for (_, rows) in families {
        let (counts, untimed) = one(rows);
        most.1 = most.1.max(untimed);
        for (most, count) in most.0.iter_mut().zip(counts) {
            *most = count.max(*most);
        }
    }
    most
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breachline_queries::testing::{Log, Row};

    /// Two sources that cannot be told to tell of the same requests, or, with ids, that do.
    fn two(linked: bool) -> Requests {
        let named = |row: Row, at: usize| {
            let row = row.at(at as f64 * 3.0).get(&format!("/v1/things/{}", at % 7)).status(200);
            if linked { row.text(breachline_parsers::schema::Text::RequestId, &format!("rid-{at:08}")) } else { row }
        };
        let place = |name: &'static str| {
            move |source: &mut breachline_parsers::report::SourceReport| {
                source.vantage = breachline_parsers::report::Vantage::ALL.into_iter().find(|at| at.name() == name);
            }
        };
        Log::new()
            .report(place("edge"))
            .rows(60, named)
            .source("gateway.log")
            .report(place("gateway"))
            .rows(60, |row, at| {
                let at = if linked { at } else { at + 500 };
                named(row, at)
            })
            .rows(30, |row, at| row.at(9_000.0 + at as f64).get("/health").status(204))
            .build()
    }

    #[test]
    fn vantages_that_could_not_be_linked_are_not_added_up() {
        let requests = two(false);
        let rows = requests.order.clone();
        let families = families(&requests, &rows);
        let all = extent(&requests, &rows, &families, None);
        let parts: Vec<(&str, usize)> = all.parts.iter().map(|part| (part.vantages.as_str(), part.requests)).collect();
        assert_eq!((all.lines, parts), (150, vec![("gateway", 90), ("edge", 60)]));
        let first = ts(&requests, rows[0]);
        let edges = [first, first + 200_000_000, first + 20_000_000_000];
        assert_eq!(counts(&requests, &rows, &families, &edges), (vec![60, 90], 0));
        let early = extent(&requests, &rows, &families, Some((edges[0], edges[1])));
        assert_eq!((early.requests(), early.parts[0].vantages.as_str()), (60, "edge"));
    }

    #[test]
    fn a_request_that_several_log_is_one() {
        let requests = two(true);
        let rows = requests.order.clone();
        let all = extent(&requests, &rows, &families(&requests, &rows), None);
        assert_eq!((all.lines, all.requests(), all.parts.len()), (150, 90, 1), "{all:?}");
        assert_eq!(all.parts[0].vantages, "");
        // A scope that holds the inner lines alone holds their requests as well.
        let inner: Vec<u32> = rows.iter().copied().filter(|&row| requests.facts.source(row as usize) == 1).collect();
        assert_eq!(extent(&requests, &inner, &families(&requests, &inner), None).requests(), 90);
    }

    #[test]
    fn where_there_is_one_vantage_rows_are_requests() {
        let requests = Log::new().rows(5, |row, at| row.at(at as f64).get("/a").status(200)).build();
        let families = families(&requests, &requests.order);
        assert_eq!((families.is_none(), extent(&requests, &requests.order, &families, None).requests()), (true, 5));
    }
}
