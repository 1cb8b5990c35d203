#![allow(clippy::unwrap_used)]

use super::sample::{TEN, six};
use super::*;
use breachline_parsers::schema::{COLUMNS, Kind};
use polars::prelude::AnyValue;

const DATETIME: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

#[test]
fn every_column_has_the_type_of_its_kind() {
    let requests = six();
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    let frame = frame(&requests, &names, None).unwrap();
    assert_eq!((frame.height(), frame.width()), (6, COLUMNS.len()));
    for (column, known) in frame.columns().iter().zip(COLUMNS) {
        let expected = match known.kind {
            Kind::Time => DATETIME,
            Kind::Number => DataType::Int64,
            Kind::Text => DataType::String,
        };
        assert_eq!((column.name().as_str(), column.dtype()), (known.name, &expected));
    }
}

/// The column in total order, as text.
fn column(name: &str) -> Vec<String> {
    let frame = frame(&six(), &[name], None).unwrap();
    let column = frame.columns()[0].clone();
    (0..column.len())
        .map(|row| match column.get(row).unwrap() {
            AnyValue::Null => "-".to_owned(),
            AnyValue::Datetime(ts, ..) => ((ts - TEN) / 1_000_000).to_string(),
            AnyValue::String(text) => text.to_owned(),
            other => other.extract::<i64>().unwrap().to_string(),
        })
        .collect()
}

#[test]
fn values_and_absences_are_those_of_the_rows() {
    for (name, expected) in [
        ("ts", "- 0 60 61 3600 3601"),
        ("hour", "- 0 0 0 3600 3600"),
        ("day", "- -36000 -36000 -36000 -36000 -36000"),
        ("duration_us", "- - - - - -"),
        ("client_ip", "2001:db8::1 10.0.0.1 10.0.0.1 192.0.2.9 10.0.0.1 -"),
        ("client_net", "2001:db8: 10.0.0 10.0.0 192.0.2 10.0.0 -"),
        ("principal", "- - - - - -"),
        ("auth", "unknown unknown unknown unknown refused unknown"),
        ("target", "- /v1/users/1?q=a%20b /v1/users/2 /v1/users/1 /login /login?next=%2F"),
        ("path", "- /v1/users/1 /v1/users/2 /v1/users/1 /login /login"),
        ("query", "- q=a%20b - - - next=%2F"),
        ("route", "- /v1/users/{id} /v1/users/{id} /v1/users/{id} /login /login"),
        ("api_version", "- v1 v1 v1 - -"),
        ("object_id", "- 1 2 1 - -"),
        ("object_kind", "- int int int - -"),
        ("status", "- 200 200 404 401 500"),
        ("bytes_out", "- 100 300 - 50 50"),
        ("answer", "other hit hit miss denied error"),
        ("route_kind", "- - - - - -"),
        ("spelling", "- - - - - -"),
        ("attempt", "- - - - - -"),
        ("request_id", "same same same same same same"),
        ("format", "nginx nginx nginx nginx nginx nginx"),
        ("vantage", "- edge - edge - edge"),
        ("exchange", "6 1 2 3 4 5"),
        ("exchange_basis", "- - - - - -"),
        ("ts_zone", "assumed stated assumed stated assumed stated"),
        ("source", "kong.log edge.log kong.log edge.log kong.log edge.log"),
        ("line_no", "6 1 2 3 4 5"),
        ("line_span", "- - - - - -"),
        ("byte_offset", "500 0 100 200 300 400"),
        ("byte_len", "99 99 99 99 99 99"),
    ] {
        assert_eq!(column(name).join(" "), expected, "{name}");
    }
}

#[test]
fn chosen_rows_come_in_the_order_given() {
    let requests = six();
    let few = frame(&requests, &["line_no", "target"], Some(&[3, 0])).unwrap();
    assert_eq!(few.column("line_no").unwrap().get(0).unwrap(), AnyValue::Int64(4));
    assert_eq!(few.column("target").unwrap().get(1).unwrap(), AnyValue::String("/v1/users/1?q=a%20b"));
    let many = frame(&requests, &["target"], Some(&[4; 20])).unwrap();
    assert_eq!(many.column("target").unwrap().get(19).unwrap(), AnyValue::String("/login?next=%2F"));
    assert_eq!(frame(&requests, &["ts"], Some(&[])).unwrap().height(), 0);
}
