//! The total order of rows: time, then source, then place in it.

use breachline_parsers::schema::Number;
use breachline_parsers::table::FactTable;

/// Row numbers by (ts, source, `byte_offset`, item); rows without a time come first.
pub fn order(facts: &FactTable) -> Vec<u32> {
    let ts = facts.ts_values();
    let sources = facts.source_values();
    let items = facts.number(Number::Item);
    let mut order: Vec<u32> = (0..facts.rows() as u32).collect();
    // The time alone decides nearly always; the rest is looked up only where times are equal.
    let rest = |row: u32| {
        let row = row as usize;
        (sources[row], facts.place(row).byte_offset, items.get(row).unwrap_or(0))
    };
    let ordered = order.windows(2).all(|pair| {
        let (a, b) = (ts[pair[0] as usize], ts[pair[1] as usize]);
        a < b || (a == b && rest(pair[0]) <= rest(pair[1]))
    });
    if !ordered {
        order.sort_by(|&a, &b| ts[a as usize].cmp(&ts[b as usize]).then_with(|| rest(a).cmp(&rest(b))));
    }
    order
}
