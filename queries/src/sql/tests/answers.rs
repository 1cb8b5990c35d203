use super::*;
use crate::frame::sample::requests;
use polars_io::prelude::{ParquetReader, SerReader};

/// Queries and what they answer.
#[rustfmt::skip]
const ANSWERS: &[(&str, &str)] = &[
    // Plain selects keep the total order: rows without a time first.
    ("SELECT line_no FROM requests", "line_no\n6\n1\n2\n3\n4\n5"),
    ("select LINE_NO from Requests where STATUS = 200", "line_no\n1\n2"),
    ("SELECT r.line_no FROM requests r WHERE r.status >= 400 LIMIT 2", "line_no\n3\n4"),
    ("SELECT line_no AS n FROM requests ORDER BY N DESC LIMIT 2 OFFSET 1", "n\n5\n4"),
    ("SELECT COUNT(*) AS n FROM requests", "n\n6"),
    ("SELECT count(*), count(client_ip), max(status), min(status) FROM requests", "count(*)|count(client_ip)|max(status)|min(status)\n6|5|500|200"),
    // Groups come sorted by the columns of the answer, whatever the engine does.
    ("SELECT status, COUNT(*) AS n FROM requests GROUP BY status", "status|n\n200|2\n401|1\n404|1\n500|1\n-|1"),
    ("SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY client_ip ORDER BY n DESC", "client_ip|n\n10.0.0.1|3\n192.0.2.9|1\n2001:db8::1|1\n-|1"),
    ("SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY 1 LIMIT 2", "client_ip|n\n10.0.0.1|3\n192.0.2.9|1"),
    ("SELECT client_ip, COUNT(*) FROM requests GROUP BY client_ip ORDER BY COUNT(*) DESC LIMIT 1", "client_ip|COUNT(*)\n10.0.0.1|3"),
    ("SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY client_ip HAVING COUNT(*) > 1", "client_ip|n\n10.0.0.1|3"),
    ("SELECT DISTINCT route FROM requests WHERE route IS NOT NULL", "route\n/login\n/v1/users/{id}"),
    ("SELECT DISTINCT * FROM (SELECT route, api_version FROM requests) t", "route|api_version\n/login|-\n/v1/users/{id}|v1\n-|-"),
    ("SELECT status FROM requests WHERE status < 300 UNION SELECT status FROM requests WHERE status > 450", "status\n200\n500"),
    // Times.
    ("SELECT date_trunc('hour', ts) AS h, COUNT(*) AS n FROM requests GROUP BY date_trunc('hour', ts)", "h|n\n@0|3\n@3600|2\n-|1"),
    ("SELECT date_trunc('minute', ts) AS m, COUNT(*) AS n FROM requests GROUP BY m ORDER BY n DESC, m LIMIT 2", "m|n\n@60|2\n@3600|2"),
    ("SELECT date_trunc('hour', ts), COUNT(*) AS n FROM requests WHERE ts IS NOT NULL GROUP BY 1", "date_trunc('hour', ts)|n\n@0|3\n@3600|2"),
    ("SELECT time_bucket('5m', ts) AS t, COUNT(*) AS n FROM requests WHERE ts IS NOT NULL GROUP BY ALL", "t|n\n@0|3\n@3600|2"),
    ("SELECT MAX(date_trunc('day', ts)) AS d, status FROM requests GROUP BY status LIMIT 1", "d|status\n@-36000|200"),
    ("SELECT DISTINCT date_trunc('week', ts) AS w, date_trunc('month', ts) AS m FROM requests WHERE ts IS NOT NULL", "w|m\n@-36000|@-1936800"),
    ("SELECT hour, COUNT(*) AS n FROM requests GROUP BY hour ORDER BY hour LIMIT 1", "hour|n\n@0|3"),
    ("SELECT line_no FROM requests WHERE ts >= '2026-11-23 10:01:01'", "line_no\n3\n4\n5"),
    ("SELECT line_no FROM requests WHERE ts >= '2026-11-23T10:01:01Z' AND ts < '2026-11-23T20:00:01+09:00'", "line_no\n3\n4"),
    ("SELECT line_no FROM requests WHERE ts BETWEEN '2026-11-23' AND '2026-11-23 10:00'", "line_no\n1"),
    ("SELECT line_no FROM requests WHERE ts > TIMESTAMP '2026-11-23 11:00:00'", "line_no\n5"),
    ("SELECT line_no FROM requests WHERE ts > CAST('2026-11-23T11:00:00Z' AS TIMESTAMP)", "line_no\n5"),
    ("SELECT line_no FROM requests WHERE ts > '2026-11-23 11:00:00'::timestamp", "line_no\n5"),
    ("SELECT line_no FROM requests WHERE ts IN ('2026-11-23 11:00:00', '2026-11-23 10:00')", "line_no\n1\n4"),
    ("SELECT line_no FROM requests WHERE date_trunc('hour', ts) = '2026-11-23 11:00'", "line_no\n4\n5"),
    ("SELECT strftime(ts, '%H:%M') AS t, date_part('minute', ts) AS m FROM requests WHERE line_no = 2", "t|m\n10:01|1"),
    ("SELECT line_no, ts - LAG(ts) OVER (ORDER BY ts) AS gap FROM requests WHERE ts IS NOT NULL", "line_no|gap\n1|-\n2|60.00\n3|1.00\n4|3539.00\n5|1.00"),
    ("SELECT max(ts) - min(ts) AS length FROM requests", "length\n3601.00"),
    ("SELECT line_no FROM requests WHERE ts > '2026-11-23 10:00' + INTERVAL '1 hour'", "line_no\n5"),
    ("SELECT DISTINCT CAST(ts AS DATE) AS d FROM requests WHERE ts IS NOT NULL", "d\n2026-11-23"),
    // What the engine lacks.
    ("SELECT count_if(status >= 400) AS bad, count_if(status = 999) AS none FROM requests", "bad|none\n3|0"),
    ("SELECT client_ip, count_if(status >= 400) FROM requests GROUP BY client_ip", "client_ip|count_if(status >= 400)\n10.0.0.1|1\n192.0.2.9|1\n2001:db8::1|0\n-|1"),
    ("SELECT COUNT(*) FILTER (WHERE status >= 400) AS bad FROM requests", "bad\n3"),
    ("SELECT approx_count_distinct(client_ip) AS n, COUNT(DISTINCT route) AS r FROM requests", "n|r\n3|2"),
    ("SELECT quantile(bytes_out, 0.5) AS q, percentile_cont(bytes_out, 0.5) AS p, median(bytes_out) AS m FROM requests", "q|p|m\n75.00|75.00|75.00"),
    ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY bytes_out) AS p FROM requests", "p\n75.00"),
    ("SELECT mean(bytes_out) AS m FROM requests", "m\n125.00"),
    ("SELECT line_no FROM requests WHERE ip_in(client_ip, '10.0.0.0/8')", "line_no\n1\n2\n4"),
    ("SELECT line_no FROM requests WHERE NOT ip_in(client_ip, '10.0.0.0/8')", "line_no\n6\n3"),
    ("SELECT line_no FROM requests WHERE ip_in(client_ip, '192.0.2.0/24, 2001:db8::/32')", "line_no\n6\n3"),
    ("SELECT ip_in(client_ip, '10.0.0.0/8') AS inside, COUNT(*) AS n FROM requests GROUP BY inside", "inside|n\nfalse|2\ntrue|3\n-|1"),
    ("SELECT regexp_extract(path, '/users/([0-9]+)', 1) AS id, COUNT(*) AS n FROM requests GROUP BY id", "id|n\n1|2\n2|1\n-|3"),
    ("SELECT regexp_extract(path, '^/[a-z0-9]+') AS top FROM requests WHERE line_no < 3", "top\n/v1\n/v1"),
    ("SELECT regexp_replace(path, '[0-9]+$', '<$0>') AS p FROM requests WHERE line_no = 2", "p\n/v1/users/<2>"),
    ("SELECT url_decode(query) AS q FROM requests WHERE query IS NOT NULL", "q\nq=a b\nnext=/"),
    ("SELECT line_no FROM requests WHERE contains(url_decode(target), 'a b')", "line_no\n1"),
    ("SELECT line_no FROM requests WHERE regexp_matches(path, '^/log')", "line_no\n4\n5"),
    ("SELECT line_no FROM requests WHERE upper(auth) = 'REFUSED' OR answer IN ('error')", "line_no\n4\n5"),
    ("SELECT line_no FROM requests WHERE path LIKE '/v1/%' AND path NOT LIKE '%2'", "line_no\n1\n3"),
    ("SELECT line_no FROM requests WHERE (client_ip IS DISTINCT FROM '10.0.0.1') AND status > 0", "line_no\n3\n5"),
    // Joins, subqueries, windows.
    ("WITH bad AS (SELECT client_ip, COUNT(*) AS n FROM requests WHERE status >= 400 GROUP BY client_ip) SELECT r.line_no, b.n FROM requests r JOIN bad b ON r.client_ip = b.client_ip WHERE r.status = 200", "line_no|n\n1|1\n2|1"),
    ("SELECT line_no FROM requests WHERE client_ip IN (SELECT client_ip FROM requests WHERE status = 401)", "line_no\n1\n2\n4"),
    ("SELECT a.line_no, b.line_no AS other FROM requests a JOIN requests b USING (target) WHERE a.status = 404", "line_no|other\n3|3"),
    ("SELECT line_no, ROW_NUMBER() OVER (PARTITION BY client_ip ORDER BY ts) AS k FROM requests WHERE client_ip = '10.0.0.1'", "line_no|k\n1|1\n2|2\n4|3"),
    ("SELECT line_no, route, ts FROM requests QUALIFY ROW_NUMBER() OVER (PARTITION BY route ORDER BY ts) = 1", "line_no|route|ts\n6|-|-\n1|/v1/users/{id}|@0\n4|/login|@3600"),
    ("SELECT route, STRING_AGG(object_id, ',') AS ids FROM requests WHERE api_version = 'v1' GROUP BY route", "route|ids\n/v1/users/{id}|1,2,1"),
    ("SELECT CASE WHEN status < 400 THEN 'fine' ELSE 'bad' END AS what, SUM(bytes_out) AS b FROM requests WHERE status IS NOT NULL GROUP BY what", "what|b\nbad|100\nfine|400"),
    ("SELECT n FROM (SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY client_ip LIMIT 3) t ORDER BY n DESC LIMIT 1", "n\n3"),
    ("WITH mean AS (SELECT AVG(bytes_out) AS m FROM requests) SELECT line_no FROM requests CROSS JOIN mean WHERE bytes_out > m", "line_no\n2"),
    ("SELECT line_no FROM requests WHERE status IS NOT NULL AND target NOT IN (SELECT target FROM requests WHERE status >= 400)", "line_no\n1\n2"),
    ("SELECT line_no FROM requests WHERE status = 200 ORDER BY upper(path) DESC", "line_no\n2\n1"),
    ("SELECT status AS code, COUNT(*) AS n FROM requests GROUP BY code HAVING n > 1", "code|n\n200|2"),
    ("SELECT path || '!' AS p FROM requests WHERE line_no = 4", "p\n/login!"),
    ("SELECT CAST(object_id AS BIGINT) AS id FROM requests WHERE line_no = 2", "id\n2"),
    ("SELECT TRY_CAST(path AS BIGINT) AS id FROM requests WHERE line_no = 2", "id\n-"),
    ("SELECT round(bytes_out / 3.0, 1) AS b FROM requests WHERE line_no = 1", "b\n33.30"),
    ("SELECT * FROM (SELECT line_no, status FROM requests ORDER BY line_no DESC LIMIT 2) t", "line_no|status\n6|-\n5|500"),
    ("SELECT split_part(path, '/', 2) AS first FROM requests WHERE line_no = 1", "first\nv1"),
];

#[test]
fn queries_answer() {
    let mut wrong = Vec::new();
    for (sql, expected) in ANSWERS {
        let got = match std::panic::catch_unwind(|| shown(sql)) {
            Ok(got) => got,
            Err(panic) => format!("panic: {}", panic.downcast_ref::<String>().cloned().unwrap_or_default()),
        };
        if got != *expected {
            wrong.push(format!("{sql}\n  expected {expected:?}\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn a_limit_cuts_and_says_so() {
    let requests = six();
    let whole = query(&requests, "SELECT line_no FROM requests", Some(6)).unwrap();
    assert_eq!((whole.rows.len(), whole.cut), (6, false));
    let part = query(&requests, "SELECT line_no FROM requests", Some(5)).unwrap();
    assert_eq!((part.rows.len(), part.cut), (5, true));
    assert_eq!(part.rows[..], whole.rows[..5]);
    let none = query(&requests, "SELECT line_no FROM requests", Some(0)).unwrap();
    assert_eq!((none.rows.len(), none.cut), (0, true));
}

#[test]
fn everything_means_every_column_in_the_order_of_the_schema() {
    let requests = six();
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    for sql in [
        "SELECT * FROM requests",
        "SELECT r.* FROM requests AS r",
        "WITH a AS (SELECT * FROM requests) SELECT * FROM a",
    ] {
        let answer = query(&requests, sql, None).unwrap();
        assert_eq!(
            (answer.columns.iter().map(String::as_str).collect::<Vec<_>>(), answer.rows.len()),
            (names.clone(), 6)
        );
    }
    let few = query(&requests, "SELECT * EXCLUDE (ts) FROM requests", None).unwrap();
    assert_eq!(few.columns.len(), COLUMNS.len() - 1);
}

#[test]
fn only_named_columns_are_built() {
    let reads = |sql: &str| prepare(sql).unwrap().reads.into_iter().map(|(table, columns)| (table.name, columns));
    let columns = |sql: &str| reads(sql).flat_map(|(_, columns)| columns).collect::<Vec<_>>();
    assert_eq!(columns("SELECT COUNT(*) FROM requests"), ["line_no"]);
    assert_eq!(columns("SELECT route FROM requests WHERE STATUS = 200 ORDER BY ts"), ["ts", "route", "status"]);
    assert_eq!(columns("SELECT * FROM (SELECT host, path FROM requests) t"), ["host", "path"]);
    let both = "SELECT e.rule, r.status FROM requests r JOIN EVIDENCE e ON r.line_no = e.line_no";
    let named = [("requests", vec!["status", "line_no"]), ("evidence", vec!["rule", "status", "line_no"])];
    assert!(reads(both).eq(named));
    assert_eq!(reads("SELECT 1").count(), 0);
    assert_eq!(columns("SELECT TABLE1.* FROM requests AS TABLE1").len(), COLUMNS.len());
}

#[test]
fn the_same_query_gives_the_same_answer() {
    let rows: Vec<_> = (0..500)
        .map(|n: i64| (Some(n % 97), Some(["a", "b", "c"][n as usize % 3]), None, (n % 50) as u16 + 200, Some(n % 7)))
        .collect();
    let requests = requests(&rows);
    for sql in [
        "SELECT status, client_ip, COUNT(*) FROM requests GROUP BY status, client_ip LIMIT 20",
        "SELECT client_ip, bytes_out, COUNT(*) AS n FROM requests GROUP BY client_ip, bytes_out ORDER BY client_ip LIMIT 20",
        "SELECT DISTINCT bytes_out, status FROM requests ORDER BY bytes_out LIMIT 20",
        "SELECT line_no, status FROM requests ORDER BY status LIMIT 30",
        "SELECT a.line_no, b.line_no AS other FROM requests a JOIN requests b ON a.status = b.status WHERE a.line_no < 9",
        "SELECT DISTINCT * FROM (SELECT status, bytes_out FROM requests) t LIMIT 20",
    ] {
        let first = query(&requests, sql, None).unwrap();
        for _ in 0..5 {
            assert_eq!(query(&requests, sql, None).unwrap(), first, "{sql}");
        }
    }
}

#[test]
fn parquet_is_written_and_the_same_every_time() {
    let requests = six();
    let tables = Tables::new(&requests, &crate::finding::Hunt::default);
    let written = || {
        let mut bytes = Vec::new();
        let rows =
            query_to_parquet(&tables, "SELECT ts, status, path FROM requests WHERE status > 0", &mut bytes).unwrap();
        assert_eq!(rows, 5);
        bytes
    };
    let bytes = written();
    assert_eq!(bytes, written());
    let frame = ParquetReader::new(std::io::Cursor::new(bytes)).finish().unwrap();
    assert_eq!((frame.height(), frame.width()), (5, 3));
    assert_eq!(frame.column("status").unwrap().i64().unwrap().get(2), Some(404));
    assert_eq!(frame.column("path").unwrap().str().unwrap().get(4), Some("/login"));
}

#[test]
fn a_table_without_rows_answers_too() {
    let empty = requests(&[]);
    assert_eq!(query(&empty, "SELECT COUNT(*) AS n FROM requests", None).unwrap().rows, [[Cell::Int(0)]]);
    let none = query(
        &empty,
        "SELECT date_trunc('hour', ts) AS h, COUNT(*) FROM requests WHERE ip_in(client_ip, '10.0.0.0/8') GROUP BY h",
        None,
    );
    assert_eq!(none.unwrap().rows.len(), 0);
    assert_eq!(query(&empty, "SELECT * FROM requests", None).unwrap().columns.len(), COLUMNS.len());
}

#[test]
fn documented_functions_exist_and_are_sorted() {
    let names = functions::names();
    for pair in functions().windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
    }
    for (name, usage, doc) in functions() {
        assert!(names.binary_search(name).is_ok() && usage.contains(name) && doc.ends_with('.'), "{name}");
    }
    assert!(names.iter().all(|name| !name.starts_with("read_")));
}
