//! A small `requests` table, written by hand, for the tests of frame, SQL and timeline.

use crate::requests::{Answer, Auth, Derived, ObjectKind, Requests};
use breachline_parsers::report::{Completeness, SourceReport, Vantage};
use breachline_parsers::schema::{Number, Text};
use breachline_parsers::table::{ABSENT, Dictionary, FactTable, Place};

/// 2026-11-23T10:00:00Z, a Monday.
pub(crate) const TEN: i64 = 1_795_428_000_000_000;

/// One request: seconds after ten (or none), client, target, status, bytes.
pub(crate) type Row<'a> = (Option<i64>, Option<&'a str>, Option<&'a str>, u16, Option<i64>);

/// Six requests of two sources; the last in file order has no time and so is the first in total order.
pub(crate) fn six() -> Requests {
    requests(&[
        (Some(0), Some("10.0.0.1"), Some("/v1/users/1?q=a%20b"), 200, Some(100)),
        (Some(60), Some("10.0.0.1"), Some("/v1/users/2"), 200, Some(300)),
        (Some(61), Some("192.0.2.9"), Some("/v1/users/1"), 404, None),
        (Some(3_600), Some("10.0.0.1"), Some("/login"), 401, Some(50)),
        (Some(3_601), None, Some("/login?next=%2F"), 500, Some(50)),
        (None, Some("2001:db8::1"), None, 0, None),
    ])
}

/// Requests by hand: odd rows come from the second source.
pub(crate) fn requests(rows: &[Row<'_>]) -> Requests {
    let mut facts = FactTable::default();
    let mut derived = Derived::default();
    for (index, &(ts, client, target, status, bytes)) in rows.iter().enumerate() {
        let place = Place { line_no: index as u32 + 1, byte_offset: index as u64 * 100, byte_len: 99 };
        facts.push(index as u32 % 2, place);
        if let Some(seconds) = ts {
            facts.set_ts(TEN + seconds * 1_000_000);
        }
        if let Some(target) = target {
            facts.set_text(Text::Target, target.as_bytes());
        }
        facts.set_text(Text::RequestId, b"same");
        facts.set_status(status);
        if let Some(bytes) = bytes {
            facts.set_number(Number::BytesOut, bytes);
        }
        derived.client_ip.push(client.map_or(ABSENT, |client| derived.client_ips.intern(client.as_bytes())));
        derived.auth.push(if status == 401 { Auth::Refused } else { Auth::Unknown });
        derived.answer.push(match status {
            200 => Answer::Hit,
            401 => Answer::Denied,
            404 => Answer::Miss,
            500 => Answer::Error,
            _ => Answer::Other,
        });
    }
    facts.finish();
    networks(&mut derived);
    routes(&facts, &mut derived);
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_key(|&row| (facts.ts(row as usize), row));
    let sources = vec![source(0, "edge.log", Some(Vantage::Edge)), source(1, "kong.log", None)];
    Requests { facts, sources, derived, order }
}

fn networks(derived: &mut Derived) {
    derived.net_of_client = vec![ABSENT];
    for (_, client) in derived.client_ips.iter() {
        let cut = client.iter().rposition(|&byte| byte == b'.' || byte == b':').unwrap_or(0);
        derived.net_of_client.push(derived.client_nets.intern(&client[..cut]));
    }
}

fn routes(facts: &FactTable, derived: &mut Derived) {
    for table in [
        &mut derived.path_of_target,
        &mut derived.route_of_target,
        &mut derived.version_of_route,
        &mut derived.object_of_target,
    ] {
        table.push(ABSENT);
    }
    derived.kind_of_object.push(ObjectKind::Slug);
    let add = |dictionary: &mut Dictionary, value: &str| dictionary.intern(value.as_bytes());
    for (_, target) in facts.text(Text::Target).dictionary.iter() {
        let target = String::from_utf8_lossy(target);
        let path = target.split('?').next().unwrap_or_default();
        let code = add(&mut derived.paths, path);
        derived.path_of_target.push(code);
        let id = path.strip_prefix("/v1/users/");
        let route = add(&mut derived.routes, if id.is_some() { "/v1/users/{id}" } else { path });
        derived.route_of_target.push(route);
        if route as usize == derived.version_of_route.len() {
            derived.version_of_route.push(if id.is_some() { add(&mut derived.versions, "v1") } else { ABSENT });
        }
        let object = id.map_or(ABSENT, |id| add(&mut derived.objects, id));
        derived.object_of_target.push(object);
        derived.kind_of_object.resize(derived.objects.len(), ObjectKind::Int);
    }
}

fn source(id: u32, path: &str, vantage: Option<Vantage>) -> SourceReport {
    SourceReport {
        id,
        path: path.to_owned(),
        sha256: String::new(),
        sha256_decompressed: None,
        bytes: 0,
        bytes_decompressed: 0,
        lines: 0,
        records: 0,
        rows: 0,
        rejects: 0,
        skips: 0,
        format: Some("nginx".to_owned()),
        wrappers: Vec::new(),
        others: Vec::new(),
        mapped: Vec::new(),
        vantage,
        zone: if id == 0 { "stated".to_owned() } else { "assumed Asia/Seoul".to_owned() },
        folded: 0,
        gaps: 0,
        first: None,
        last: None,
        compression: None,
        encoding: None,
        container: None,
        records_identity: true,
        sampling: None,
        nuls: None,
        completeness: Completeness::Whole,
    }
}
