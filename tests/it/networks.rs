//! `--asn-db` and `--geo-db`: who runs the networks of client addresses, and where they lie.

use crate::logs::{arg, put};
use crate::run;
use std::fmt::Write as _;

/// The byte in front of a value: its type and its length.
const fn control(kind: u8, length: u8) -> u8 {
    kind * 32 + length
}

/// A value as the data section of the format has it.
enum Datum {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Map(Vec<(&'static str, Datum)>),
}

impl Datum {
    fn write(&self, out: &mut Vec<u8>) {
        let text = |out: &mut Vec<u8>, text: &str| {
            // From 29 on the length stands in a byte of its own.
            match u8::try_from(text.len()).unwrap() {
                short @ ..29 => out.push(control(2, short)),
                long => out.extend([control(2, 29), long - 29]),
            }
            out.extend(text.as_bytes());
        };
        match self {
            Self::Text(value) => text(out, value),
            Self::Short(value) => {
                out.push(control(5, 2));
                out.extend(value.to_be_bytes());
            }
            Self::Number(value) => {
                out.push(control(6, 4));
                out.extend(value.to_be_bytes());
            }
            // Types above seven are written as what they are more than seven.
            Self::Long(value) => {
                out.extend([control(0, 8), 9 - 7]);
                out.extend(value.to_be_bytes());
            }
            Self::Map(members) => {
                out.push(control(7, u8::try_from(members.len()).unwrap()));
                for (name, value) in members {
                    text(out, name);
                    value.write(out);
                }
            }
        }
    }
}

/// A database of /24 networks of version 4, with records of 24 bits.
fn database(kind: &'static str, networks: &[([u8; 3], Datum)]) -> Vec<u8> {
    const NONE: u32 = u32::MAX;
    let mut nodes = vec![[NONE; 2]];
    let mut ends = Vec::new();
    for (at, ([a, b, c], _)) in networks.iter().enumerate() {
        let bits = u32::from_be_bytes([0, *a, *b, *c]);
        let mut node = 0;
        for bit in (0..24).rev() {
            let side = ((bits >> bit) & 1) as usize;
            if bit == 0 {
                ends.push((node, side, at));
                break;
            }
            if nodes[node][side] == NONE {
                nodes[node][side] = nodes.len() as u32;
                nodes.push([NONE; 2]);
            }
            node = nodes[node][side] as usize;
        }
    }
    let count = nodes.len() as u32;
    let mut data = Vec::new();
    let mut starts = Vec::new();
    for (_, datum) in networks {
        starts.push(data.len() as u32);
        datum.write(&mut data);
    }
    for (node, side, at) in ends {
        nodes[node][side] = count + 16 + starts[at];
    }
    let mut out = Vec::new();
    for record in nodes.iter().flatten() {
        out.extend(&(if *record == NONE { count } else { *record }).to_be_bytes()[1..]);
    }
    out.extend([0; 16]);
    out.extend(data);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    Datum::Map(vec![
        ("binary_format_major_version", Datum::Short(2)),
        ("binary_format_minor_version", Datum::Short(0)),
        ("build_epoch", Datum::Long(1_772_582_400)),
        ("database_type", Datum::Text(kind)),
        ("description", Datum::Map(Vec::new())),
        ("ip_version", Datum::Short(4)),
        ("node_count", Datum::Number(count)),
        ("record_size", Datum::Short(24)),
    ])
    .write(&mut out);
    // Languages are a list, a type that nothing else here needs: an empty one, named last.
    let map = out.windows(14).rposition(|bytes| bytes == b"\xab\xcd\xefMaxMind.com").unwrap() + 14;
    out[map] += 1;
    out.extend(b"\x49languages\x00\x04");
    out
}

#[test]
fn addresses_are_placed_where_a_database_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let asn = |number, name| {
        Datum::Map(vec![
            ("autonomous_system_number", Datum::Number(number)),
            ("autonomous_system_organization", Datum::Text(name)),
        ])
    };
    let systems = [([203, 0, 113], asn(64500, "Example Hosting")), ([198, 51, 100], asn(64501, "Beispiel <b>Netz"))];
    let country = |code| Datum::Map(vec![("country", Datum::Map(vec![("iso_code", Datum::Text(code))]))]);
    let asn_db = put(folder.path(), "asn.mmdb", database("Test-ASN", &systems));
    let geo_db = put(folder.path(), "geo.mmdb", database("Test-Country", &[([203, 0, 113], country("KR"))]));
    let mut text = String::new();
    for (at, ip) in ["203.0.113.9", "198.51.100.7", "192.0.2.1", "203.0.113.200"].into_iter().enumerate() {
        writeln!(text, "{ip} - - [04/Mar/2026:10:00:0{at} +0000] \"GET /v1/a HTTP/1.1\" 200 12 \"-\" \"app/1\"")
            .unwrap();
    }
    let log = put(folder.path(), "access.log", text);
    let databases = ["--asn-db", arg(&asn_db), "--geo-db", arg(&geo_db)];
    let parsed = run([&["parse", arg(&log), "-q"], databases.as_slice()].concat());
    parsed.expect_end(0, &[]);
    let rows: Vec<serde_json::Value> = parsed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told =
        |name: &str| -> Vec<String> { rows.iter().map(|row| row[name].as_str().unwrap_or("-").to_owned()).collect() };
    assert_eq!(told("asn"), ["AS64500", "AS64501", "-", "AS64500"]);
    assert_eq!(told("as_org"), ["Example Hosting", "Beispiel <b>Netz", "-", "Example Hosting"]);
    assert_eq!(told("country"), ["KR", "-", "-", "KR"]);
    let sql = "SELECT asn, count(*) AS n FROM requests WHERE country = 'KR' GROUP BY asn";
    let asked = run([&["query", arg(&log), "--sql", sql, "--format", "csv", "-q"], databases.as_slice()].concat());
    assert_eq!(asked.out.lines().collect::<Vec<_>>(), ["asn,n,neutralised", "AS64500,2,"]);
    let hunt = run([&["hunt", arg(&log), "--format", "json", "-q"], databases.as_slice()].concat()).json();
    let notes = hunt["coverage"]["notes"].to_string();
    assert!(
        notes.contains("`asn` names the autonomous system of 3 of 4 client addresses, as Test-ASN of 2026-03-04"),
        "{notes}"
    );
    assert!(notes.contains("`country` names the country of 2 of 4 client addresses"), "{notes}");
    let broken = run(["hunt", arg(&log), "--asn-db", arg(&log)]);
    broken.expect_end(2, &["--asn-db", "no database in MaxMind's format"]);
    assert!(run(["parse", arg(&log), "-q"]).out.lines().all(|line| !line.contains("\"asn\"")));
}
