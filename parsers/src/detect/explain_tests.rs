use super::*;
use crate::format::builtin;
use crate::load::ZoneRule;
use crate::mask::mask_line;

/// A combined line; `n` tells lines apart.
fn combined(n: usize) -> String {
    format!(
        r#"192.0.2.{} - - [02/Jan/2024:03:{:02}:04 +0000] "GET /a/{n} HTTP/1.1" 200 17 "-" "curl/8""#,
        n % 200,
        n % 60
    )
}

fn explained_with(lines: &[String], options: &LoadOptions) -> Explanation {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.log");
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let mut all = Vec::new();
    let left = explain(&[path.display().to_string()], options, &mut |one| all.push(one)).unwrap();
    assert!(left.problems.is_empty());
    all.remove(0).sample.unwrap()
}

fn explained(lines: &[String]) -> Explanation {
    explained_with(lines, &LoadOptions::default())
}

fn ids(candidates: &[Candidate]) -> Vec<&str> {
    candidates.iter().map(|candidate| candidate.format.as_str()).collect()
}

#[test]
fn candidates_say_what_they_accept_and_where_they_stop() {
    let mut lines: Vec<String> = (0..50).map(combined).collect();
    lines[16].truncate(60);
    let found = explained(&lines);
    assert_eq!(ids(&found.layers), ["nginx-combined"], "{}", found.sentence);
    assert_eq!((found.rows, found.rejects, found.records), (49, 1, 50));
    let chosen = &found.layers[0];
    assert_eq!((chosen.accepts, chosen.of), (49, 50));
    let refused = chosen.refused.as_ref().unwrap();
    assert_eq!((refused.line, refused.byte), (17, Some(46)));
    assert!(refused.before.ends_with("+0000] \"") && refused.after.starts_with("GET /a"), "{refused:?}");
    assert_eq!(refused.reason, "no closing quote after the request");
    assert_eq!(found.refused.as_ref(), Some(refused));
    assert!(ids(&found.others).contains(&"apache-common"), "{:?}", ids(&found.others));
    let fewer = found.others.iter().find(|other| other.format == "apache-common").unwrap();
    assert!(fewer.because.contains("fewer facts"), "{}", fewer.because);
}

#[test]
fn formats_in_one_file_are_judged_on_what_is_left_to_them() {
    let json = r#"{"time":"2024-01-02T03:04:05Z","method":"GET","path":"/a","status":200}"#;
    let mut lines: Vec<String> = (0..30).map(|n| if n % 3 == 0 { json.to_owned() } else { combined(n) }).collect();
    lines.push("junk with password=hunter22".to_owned());
    let found = explained(&lines);
    assert_eq!(ids(&found.layers), ["nginx-combined", "generic-json"]);
    assert_eq!((found.layers[1].accepts, found.layers[1].of), (10, 11));
    let refused = found.refused.unwrap();
    assert_eq!(refused.line, 31);
    assert!(!format!("{refused:?}").contains("hunter22"), "{refused:?}");
}

#[test]
fn places_are_those_of_the_line_though_the_record_is_wrapped() {
    let mut lines: Vec<String> = (0..30).map(|n| format!("Jan  2 03:04:05 web nginx: {}", combined(n))).collect();
    lines[3].truncate(27 + 60);
    let found = explained(&lines);
    assert_eq!(found.layers[0].wrappers, ["syslog"]);
    assert_eq!(found.refused.map(|refused| (refused.line, refused.byte)), Some((4, Some(27 + 45))));
}

#[test]
fn a_number_without_a_label_is_named_with_the_unit_that_it_suggests() {
    for (number, likely, read) in
        [("0.02", "combined-s", "20000"), ("15", "combined-ms", "15000"), ("15250", "combined-us", "15250")]
    {
        let lines: Vec<String> = (0..40).map(|n| format!("{} {number}", combined(n))).collect();
        let found = explained(&lines);
        assert_eq!(ids(&found.layers), ["nginx-combined"]);
        let open = found.ambiguities.iter().find(|open| open.sentence.contains("duration_us")).unwrap();
        assert!(open.sentence.contains(&format!("{likely} is likely")), "{}", open.sentence);
        assert_eq!(open.settled_by[0], format!("--input-format {likely}"));
        assert_eq!(open.readings.len(), 4);
        let micros = |by: &str| open.readings.iter().find(|reading| reading.by == by).unwrap().values[0].1.clone();
        assert_eq!(micros("nginx-combined"), None);
        assert_eq!(micros(likely).as_deref(), Some(read));
    }
    let lines: Vec<String> = (0..40).map(|n| format!("{} 0", combined(n))).collect();
    let open = explained(&lines).ambiguities.remove(0);
    assert!(open.sentence.contains("nothing certain"), "{}", open.sentence);
}

#[test]
fn numbers_without_labels_after_the_bytes_are_no_port_and_duration() {
    let common = |n: usize| combined(n).replace(r#" "-" "curl/8""#, "");
    for (numbers, likely, read) in [("0.123 0.004", "common-s", "123000"), ("1500 8080", "common-ms", "1500000")] {
        let lines: Vec<String> = (0..40).map(|n| format!("{} {numbers}", common(n))).collect();
        let found = explained(&lines);
        assert_eq!(ids(&found.layers), ["apache-common"], "{numbers}");
        let open = found.ambiguities.iter().find(|open| open.sentence.contains("duration_us")).unwrap();
        let micros = |by: &str| open.readings.iter().find(|reading| reading.by == by).unwrap().values[0].1.clone();
        assert_eq!((micros("apache-common"), micros(likely).as_deref()), (None, Some(read)), "{}", open.sentence);
        assert!(open.settled_by.contains(&format!("--input-format {likely}")), "{:?}", open.settled_by);
    }
    let lines: Vec<String> = (0..40).map(|n| format!("{} TLSv1.3 AES256-GCM-SHA384", common(n))).collect();
    assert_eq!(ids(&explained(&lines).layers), ["apache-common"]);
}

#[test]
fn what_is_named_is_not_open() {
    let lines: Vec<String> = (0..40).map(|n| format!("{} 15", combined(n))).collect();
    let options = LoadOptions { input_format: Some("combined-ms".to_owned()), ..LoadOptions::default() };
    let found = explained_with(&lines, &options);
    assert!(found.named && found.ambiguities.is_empty());
    assert_eq!(ids(&found.layers), ["combined-ms"]);
}

#[test]
fn nginx_and_apache_are_told_apart_or_not_and_either_way_it_is_said() {
    let plain: Vec<String> = (0..40).map(combined).collect();
    let open = explained(&plain).ambiguities.remove(0);
    assert!(open.sentence.contains("apache-combined") && open.sentence.contains("Nothing in the sample"), "{open:?}");
    assert!(open.settled_by.contains(&"--vantage VANTAGE".to_owned()), "{open:?}");
    let apache: Vec<String> = plain.iter().map(|line| line.replace("200 17", "304 -")).collect();
    let found = explained(&apache);
    assert_eq!(ids(&found.layers), ["apache-combined"]);
    let nginx = found.others.iter().find(|other| other.format == "nginx-combined").unwrap();
    assert!(nginx.because.contains("what apache-combined writes"), "{}", nginx.because);
}

#[test]
fn times_without_a_zone_are_open_until_one_is_given() {
    let lines: Vec<String> = (0..20)
        .map(|n| format!(r#"{{"time":"2024-01-02T03:04:{n:02}","method":"GET","path":"/a","status":200}}"#))
        .collect();
    let open = explained(&lines).ambiguities.remove(0);
    assert_eq!((open.about, open.line), ("zone", Some(1)));
    assert!(open.sentence.starts_with("20 of 20 times"), "{}", open.sentence);
    let times: Vec<_> = open.readings.iter().map(|reading| reading.values[0].1.as_deref().unwrap()).collect();
    assert_eq!(times, ["2024-01-02T03:04:00Z", "2024-01-01T18:04:00Z"]);
    assert_eq!(open.settled_by, ["--assume-tz ZONE"]);
    let zone = ZoneRule { glob: None, zone: chrono_tz::Tz::Asia__Seoul };
    let options = LoadOptions { assume_tz: vec![zone], ..LoadOptions::default() };
    assert!(explained_with(&lines, &options).ambiguities.is_empty());
}

#[test]
fn times_without_a_year_are_dated_by_the_file_and_this_is_said() {
    let clf = |n: usize| format!(r#"{{"time":"Mar {n} 03:04:05","method":"GET","path":"/a","status":200}}"#);
    let lines: Vec<String> = (1..20).map(clf).collect();
    let found = explained(&lines);
    let open = found.ambiguities.iter().find(|open| open.about == "year").unwrap();
    assert!(open.sentence.contains("19 of 19 times") && open.sentence.contains("last changed"), "{}", open.sentence);
    assert_eq!(open.readings.len(), 2);
}

#[test]
fn where_nothing_fits_what_comes_closest_is_shown_with_the_place() {
    let lines: Vec<String> = (0..30).map(|n| format!("192.0.2.7 - - 02/Jan/2024 GET /{n} 200")).collect();
    let found = explained(&lines);
    assert!(found.layers.is_empty() && found.rejects == 30);
    let close = &found.others[0];
    assert_eq!(close.accepts, 0);
    let refused = close.refused.as_ref().unwrap();
    assert!(refused.byte > Some(10), "{refused:?}");
    assert!(found.sentence.contains(&close.format), "{} {}", found.sentence, close.format);
}

#[test]
fn only_the_head_is_read_and_the_answer_is_the_same_each_time() {
    let lines: Vec<String> = (0..30_000).map(combined).collect();
    let found = explained(&lines);
    assert!(!found.whole && found.bytes == crate::detect::HEAD);
    assert!(found.records < 400 && found.last_line < 13_000, "{}", found.last_line);
    assert_eq!(format!("{found:?}"), format!("{:?}", explained(&lines)));
}

#[test]
fn every_format_explains_its_own_samples() {
    for format in builtin().iter().filter(|format| format.is_recognisable()) {
        let lines: Vec<String> = format.rows().map(|row| String::from_utf8_lossy(row).into_owned()).collect();
        let found = explained(&lines);
        assert_eq!(ids(&found.layers).first(), Some(&format.id.as_str()), "{}", found.sentence);
        assert!(found.rows > 0 && found.others.len() <= SHOWN + CLOSE, "{}", format.id);
        for candidate in found.layers.iter().chain(&found.others) {
            let texts = candidate.refused.iter().flat_map(|refused| [&refused.before, &refused.after]);
            assert!(texts.into_iter().all(|text| mask_line(text.as_bytes(), &[0; 32]).len() >= text.len()));
        }
    }
}
