#![allow(clippy::unwrap_used)]
use super::*;

fn id(lines: &[&str]) -> Option<&'static str> {
    let records: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    detect(&records).format().and_then(|found| crate::format::find(&found.id)).map(|format| format.id.as_str())
}

const COMBINED: &str = r#"192.0.2.1 - - [02/Jan/2024:03:04:05 +0000] "GET /a?b HTTP/1.1" 200 17 "-" "curl/8""#;

#[test]
fn every_format_recognises_its_own_samples() {
    for format in builtin().iter().filter(|format| format.is_recognisable()) {
        let good: Vec<&[u8]> = format.rows().collect();
        assert_eq!(detect(&good).format().map(|found| &found.id), Some(&format.id), "{}", detect(&good).sentence);
    }
}

#[test]
fn a_probe_leaves_out_no_format_that_fits_best() {
    let formats: Vec<&Format> = builtin().iter().collect();
    for format in builtin().iter().filter(|format| format.is_recognisable()) {
        let good: Vec<&[u8]> = format.rows().collect();
        let (first, rest) = good.split_first().unwrap();
        let many = rest.iter().chain(&good).cycle().take(80).enumerate();
        // One in nine is damaged.
        let many = many.map(|(at, record)| if at % 9 == 5 { b"junk".as_slice() } else { record });
        let records: Vec<&[u8]> = std::iter::once(*first).chain(many).collect();
        let view = View::bare(&records);
        let all = best(rank(&formats, &view), records.len()).map(|score| &score.format.id);
        let few = best(rank(&likely(&formats, &view), &view), records.len()).map(|score| &score.format.id);
        assert_eq!(all, few, "{}", format.id);
    }
}

#[test]
fn damage_does_not_hide_a_format() {
    assert_eq!(id(&[COMBINED, "", "junk", &COMBINED[..60], COMBINED]), Some("nginx-combined"));
}

#[test]
fn apache_is_told_by_its_escapes_and_dashes() {
    let escaped = COMBINED.replace("curl/8", r#"a \"b\""#);
    assert_eq!(id(&[COMBINED, &escaped]), Some("apache-combined"));
    assert_eq!(id(&[COMBINED, &COMBINED.replace(" 200 17 ", " 304 - ")]), Some("apache-combined"));
}

#[test]
fn formats_mixed_in_one_file_are_all_seen() {
    let json = r#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
    let found = detect(&[COMBINED.as_bytes(), json.as_bytes(), COMBINED.as_bytes(), b"junk"]);
    assert_eq!(found.format().map(|format| format.id.as_str()), Some("nginx-combined"));
    let others: Vec<&str> = found.layers[1..].iter().map(|found| found.format.id.as_str()).collect();
    assert_eq!(others, ["generic-json"], "{}", found.sentence);
    assert!(found.sentence.contains("records in generic-json"), "{}", found.sentence);
    assert!(detect(&[COMBINED.as_bytes(), b"junk"]).layers.len() == 1);
}

#[test]
fn what_stands_before_the_time_tells_layouts_apart() {
    let line = |start: &str| COMBINED.replace("192.0.2.1 - -", start);
    for (start, format) in [
        ("192.0.2.1 ident ann", "apache-combined"),
        ("192.0.2.1 - ann lee", "nginx-combined"),
        ("192.0.2.1 -  - ", "apache-combined"),
        ("host.example - -", "nginx-combined"),
        ("www.example.com 192.0.2.1 - ann", "nginx-vhost"),
        ("www.example.com:8443 192.0.2.1 ident ann", "apache-vhost-combined"),
        ("192.0.2.1 www.example.com ann", "lighttpd"),
        ("198.51.100.1 192.0.2.1 - ann", "nginx-combined"),
        ("198.51.100.1, 192.0.2.1 ident ann", "apache-forwarded"),
    ] {
        assert_eq!(id(&[&line(start)]), Some(format), "{start}");
    }
}

#[test]
fn a_user_name_hides_no_request() {
    let forged = COMBINED.replace("- -", "- - x - [y");
    let format = crate::format::find("nginx-combined").unwrap();
    let captures = std::sync::Arc::default();
    let context = DecodeContext { key: [0; 32], zone: chrono_tz::Tz::UTC, year_hint: None, captures };
    let mut table = FactTable::default();
    let verdict = format.decoder(&context).decode(forged.as_bytes(), 0, Place::default(), &mut table);
    assert_eq!(verdict, Verdict::Row);
    table.finish();
    assert_eq!(table.text(Text::Principal).get(0), Some("- x - [y"));
}

#[test]
fn a_few_requests_among_other_json_are_enough_where_the_keys_tell() {
    let caddy = crate::format::find("caddy").and_then(|format| format.rows().next()).unwrap();
    let other = br#"{"level":"info","ts":1710238532.1,"logger":"tls","msg":"cleaning storage unit"}"#;
    let mut records = vec![other.as_slice(); 35];
    records.extend([caddy; SURE]);
    assert_eq!(detect(&records).format().map(|format| format.id.as_str()), Some("caddy"));
    records.pop();
    assert!(detect(&records).format().is_none());
    // Keys that anybody chooses tell nothing.
    let generic = br#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
    records.extend([generic.as_slice(); SURE]);
    assert!(detect(&records).format().is_none());
}

#[test]
fn what_is_unknown_says_so() {
    let found = detect(&[b"hello world", b"token=abcdefgh"]);
    assert!(found.format().is_none());
    assert!(found.sentence.contains("closest are") && found.sentence.contains("hello world"), "{}", found.sentence);
    assert!(detect(&[b"\x7fELF\x02\x01\x01\0\0\0\0\0\0", b"\0\0\x03"]).sentence.contains("binary"));
    assert!(detect(&[b"", b"  "]).sentence.contains("blank"));
    assert_eq!(id(&[r#"{"time":"2024-01-02T03:04:05Z","level":"info","msg":"started"}"#]), None);
}

mod properties {
    use super::super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Damaged samples: whatever the bytes, a record is a row or leaves the table as it was.
        #[test]
        fn decoding_never_panics_and_rejects_leave_no_row(
            which in 0_usize..64, cut in 0_usize..900, at in 0_usize..900, noise in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let context = DecodeContext { key: [1; 32], zone: chrono_tz::Tz::Asia__Seoul, year_hint: None, captures: std::sync::Arc::default() };
            for format in builtin() {
                let samples: Vec<&[u8]> = format.rows().collect();
                let mut record = samples[which % samples.len()].to_vec();
                let at = at.min(record.len());
                record.splice(at..(at + noise.len() / 2).min(record.len()), noise.iter().copied());
                record.truncate(record.len().saturating_sub(cut / 3));
                for bytes in [&record, &noise] {
                    let mut table = FactTable::default();
                    table.push(0, Place::default());
                    let verdict = format.decoder(&context).decode(bytes, 0, Place::default(), &mut table);
                    prop_assert_eq!(table.rows(), 1 + usize::from(verdict == Verdict::Row));
                    for text in Text::ALL {
                        let dictionary = &table.text(text).dictionary;
                        prop_assert!(dictionary.iter().all(|(_, value)| std::str::from_utf8(value).is_ok()));
                    }
                }
            }
            detect(&[&record_of(&noise), &noise]);
        }
    }

    fn record_of(noise: &[u8]) -> Vec<u8> {
        [b"{\"", noise, b"\":1}"].concat()
    }
}
