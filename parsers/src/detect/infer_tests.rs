use crate::detect::{Detection, detect};
use crate::report::Basis;

fn read(lines: &[String]) -> Detection<'static> {
    let records: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    detect(&records)
}

/// Six lines of a writer that gets a number, a time of day, an address, a target and a status.
fn lines(line: impl Fn(usize, &str, &str, &str, &str) -> String) -> Vec<String> {
    let rows = [
        ("10:15:32", "198.51.100.4", "/konto/17", "200"),
        ("10:15:33", "198.51.100.4", "/konto/18", "200"),
        ("10:15:39", "203.0.113.9", "/suche?q=a", "404"),
        ("10:16:02", "203.0.113.9", "/konto/17", "200"),
        ("10:16:07", "192.0.2.77", "/", "302"),
        ("10:17:40", "198.51.100.4", "/konto/19", "500"),
    ];
    rows.iter().enumerate().map(|(at, (time, ip, target, status))| line(at, time, ip, target, status)).collect()
}

/// `column=key` of what was found by its look, in order of column.
fn looked(found: &Detection<'_>) -> Vec<String> {
    let mapped = found.layers.first().map(|found| found.mapped.as_slice()).unwrap_or_default();
    let by_look = mapped.iter().filter(|mapped| mapped.basis == Basis::Look);
    by_look.map(|mapped| format!("{}={}", mapped.column, mapped.key)).collect()
}

fn id<'a>(found: &'a Detection<'_>) -> Option<&'a str> {
    found.format().map(|format| format.id.as_str())
}

#[test]
fn keys_in_no_known_language_are_told_by_their_values() {
    let found = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"wann":"2024-03-12T{time}Z","gueltig_bis_expiry":"2025-03-12T{time}Z","von":{{"adr":"{ip}"}},"server_adr":"10.0.0.{at}","art":"GET","ziel":"{target}","antwort":{status},"dauer":"{at}ms","laenge":{at}}}"#
        )
    }));
    assert_eq!(id(&found), Some("generic-json"), "{}", found.sentence);
    let expected = ["duration_us=dauer", "method=art", "peer_ip=von.adr", "status=antwort", "target=ziel", "ts=wann"];
    assert_eq!(looked(&found), expected);
    assert!(found.sentence.contains("By the look of the values: duration_us = dauer"), "{}", found.sentence);
}

#[test]
fn a_name_that_holds_something_else_is_passed_over() {
    let found = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"time":{at},"begun":"2024-03-12T{time}Z","ip":"{ip}","method":"konto.get","verb":"GET","url":"{target}","status":"ok","code":{status}}}"#
        )
    }));
    assert_eq!(id(&found), Some("generic-json"), "{}", found.sentence);
    assert_eq!(looked(&found), ["ts=begun"]);
    let mapped = &found.layers[0].mapped;
    let key = |column: &str| mapped.iter().find(|mapped| mapped.column == column).map(|mapped| mapped.key.as_str());
    assert_eq!((key("status"), key("method"), key("target")), (Some("code"), Some("verb"), Some("url")));
}

#[test]
fn keys_that_a_servers_owner_chose_are_known_from_elsewhere() {
    let found = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"time_iso8601":"2024-03-12T{time}Z","remote_addr":"{ip}","request":"GET {target} HTTP/1.1","status":{status},"latency_ms":{at},"account_id":"a{at}","http_user_agent":"app/1"}}"#
        )
    }));
    assert_eq!(id(&found), Some("nginx-json"), "{}", found.sentence);
    let mapped = &found.layers[0].mapped;
    let key = |column: &str| mapped.iter().find(|mapped| mapped.column == column).map(|mapped| mapped.key.as_str());
    assert_eq!((key("duration_us"), key("principal")), (Some("latency_ms"), Some("account_id")));
}

#[test]
fn names_count_inside_other_objects_and_before_types() {
    let key = |found: &Detection<'_>, column: &str| {
        let mapped = found.layers[0].mapped.iter().find(|mapped| mapped.column == column);
        mapped.map(|mapped| mapped.key.clone())
    };
    let nested = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"x":{{"acc":{{"time":"2024-03-12T{time}Z","remote_ip":"{ip}","method":"GET","url":"{target}","response_code":"{status}","latency_ms":{at},"user":"u"}}}}}}"#
        )
    }));
    assert_eq!(id(&nested), Some("generic-json"), "{}", nested.sentence);
    assert_eq!(key(&nested, "status").as_deref(), Some("x.acc.response_code"));
    assert_eq!(key(&nested, "duration_us").as_deref(), Some("x.acc.latency_ms"));
    assert_eq!(key(&nested, "principal"), None);

    let table = lines(|_, time, ip, target, status| {
        format!("2024-03-12T{time}Z,GET,https://h.example{target},{ip},{status},12")
    });
    let typed: Vec<String> =
        std::iter::once("TimeGenerated,httpMethod_s,requestUri_s,clientIp_s,status_code_d,responseBytes_s".to_owned())
            .chain(table)
            .collect();
    let typed = read(&typed);
    assert_eq!(id(&typed), Some("generic-csv"), "{}", typed.sentence);
    assert_eq!(key(&typed, "status").as_deref(), Some("status_code_d"));
    assert_eq!(key(&typed, "bytes_out").as_deref(), Some("responseBytes_s"));
}

#[test]
fn columns_of_tables_with_and_without_names() {
    let row = |at: usize, time: &str, ip: &str, target: &str, status: &str| {
        format!(r#"{at};2024-03-12;{time};{ip};"GET {target} HTTP/1.1";{status};Mozilla/5.0 (X11)"#)
    };
    let bare = lines(row);
    let found = read(&bare);
    assert_eq!(id(&found), Some("generic-csv"), "{}", found.sentence);
    let expected = ["peer_ip=4", "request=5", "status=6", "ts=2 + 3", "user_agent=7"];
    assert_eq!(looked(&found), expected);

    let named: Vec<String> = std::iter::once("nr;tag;uhr;wer;was;wie;womit".to_owned()).chain(lines(row)).collect();
    let found = read(&named);
    assert_eq!(id(&found), Some("generic-csv"), "{}", found.sentence);
    let expected = ["peer_ip=wer", "request=was", "status=wie", "ts=tag + uhr", "user_agent=womit"];
    assert_eq!(looked(&found), expected);
}

#[test]
fn labels_and_wrappers() {
    let line = |_: usize, time: &str, ip: &str, target: &str, status: &str| {
        format!("zeit=2024-03-12T{time}Z wer={ip} was={target} wie={status} womit=PUT")
    };
    let expected = ["method=womit", "peer_ip=wer", "status=wie", "target=was", "ts=zeit"];
    let found = read(&lines(line));
    assert_eq!(
        (id(&found), looked(&found)),
        (Some("logfmt"), expected.map(str::to_owned).to_vec()),
        "{}",
        found.sentence
    );
    let wrapped = lines(|at, time, ip, target, status| {
        let text = line(at, time, ip, target, status);
        format!(r#"{{"log":"{text}\n","stream":"stdout","time":"2024-03-12T{time}.1Z"}}"#)
    });
    let found = read(&wrapped);
    assert_eq!(
        (id(&found), looked(&found)),
        (Some("logfmt"), expected.map(str::to_owned).to_vec()),
        "{}",
        found.sentence
    );
    assert_eq!(found.layers[0].chain.len(), 1);
}

#[test]
fn of_two_unnamed_addresses_none_is_who_asked() {
    let found = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"timestamp":"2024-03-12T{time}Z","a":"{ip}","b":"10.0.0.{at}","method":"GET","path":"{target}","status":{status}}}"#
        )
    }));
    assert_eq!(id(&found), Some("generic-json"), "{}", found.sentence);
    assert!(looked(&found).is_empty(), "{:?}", looked(&found));
}

#[test]
fn what_is_no_access_log_stays_unknown() {
    let jobs = lines(|at, time, ip, _, _| {
        format!(
            r#"{{"wann":"2024-03-12T{time}Z","rechner":"{ip}","datei":"/var/log/a{at}","code":{at},"dauer":"{at}ms"}}"#
        )
    });
    let measures = lines(|at, time, ip, _, status| format!("2024-03-12 {time},{ip},{status},{at},{at}.5"));
    let few: Vec<String> = lines(|_, time, ip, target, status| {
        format!(r#"{{"wann":"2024-03-12T{time}Z","von":"{ip}","ziel":"{target}","antwort":{status}}}"#)
    })[..2]
        .to_vec();
    for unknown in [jobs, measures, few] {
        let found = read(&unknown);
        assert!(found.layers.is_empty(), "{}", found.sentence);
    }
}

#[test]
fn keys_of_no_known_meaning_are_named_and_kept() {
    let json = read(&lines(|at, time, ip, target, status| {
        format!(
            r#"{{"time":"2024-03-12T{time}Z","ip":"{ip}","method":"GET","url":"{target}","status":{status},"who":"u{at}","customer":{{"id":"c{at}"}}}}"#
        )
    }));
    assert!(json.sentence.ends_with(" Of no known meaning, kept in extra: customer.id, who."), "{}", json.sentence);
    let mut csv = vec!["time,ip,method,path,status,who,바이트".to_owned()];
    csv.extend(lines(|at, time, ip, target, status| {
        format!("2024-03-12T{time}Z,{ip},GET,{target},{status},u{at},{at}")
    }));
    let csv = read(&csv);
    assert!(csv.sentence.contains(" Of no known meaning, kept in extra: who"), "{}", csv.sentence);
    for found in [&json, &csv] {
        let kept = found.layers[0].mapped.iter().filter(|mapped| mapped.basis == Basis::Kept);
        assert!(kept.clone().all(|mapped| mapped.column == "extra") && kept.count() >= 1);
    }
}
