use super::*;
use polars::prelude::PolarsError;
use proptest::prelude::*;

/// Queries, the sentence about them, and what of the query is marked.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("SELECT clientip FROM requests", "there is no column `clientip`; did you mean `client_ip`?", "clientip"),
    ("SELECT status,\n  usr_agent\nFROM requests", "there is no column `usr_agent`; did you mean `user_agent`?", "usr_agent"),
    ("SELECT * FROM request", "there is no table `request`; did you mean `requests`? (tables: `requests`, `findings`, `evidence`, `routes`, `actors`)", "request"),
    ("SELECT * FROM read_csv('/etc/passwd')", "`read_csv` cannot be read from; queries read the tables `requests`, `findings`, `evidence`, `routes`, `actors` and no files", "read_csv"),
    ("SELECT * FROM 'x.parquet'", "there is no table `'x.parquet'` (tables: `requests`, `findings`, `evidence`, `routes`, `actors`)", ""),
    ("SELECT level FROM requests", "there is no column `level` here; it is one of `findings`", "level"),
    ("SELECT r.rule FROM requests r JOIN findings f ON r.ts = f.first", "there is no column `rule` here; it is one of `findings`", "rule"),
    ("SELECT valeu FROM actors", "there is no column `valeu`; did you mean `value`?", "valeu"),
    ("SELECT * FROM finding", "there is no table `finding`; did you mean `findings`? (tables: `requests`, `findings`, `evidence`, `routes`, `actors`)", "finding"),
    ("SELECT * FROM actors WHERE requests = 'many'", "`requests` is a number; it cannot be compared with the text 'many'", "'many'"),
    ("WITH routes AS (SELECT 1) SELECT * FROM routes", "`routes` is a table already; give this WITH another name", "routes"),
    ("SELECT FROM requests", "SELECT names no column; write SELECT * for all of them", "SELECT"),
    ("SELECT * FROM requests WHERE", "the query cannot be read: the query ends where a column, value or function was expected", ""),
    ("SELECT 'abc FROM requests", "the query cannot be read: unterminated string literal", "'"),
    ("", "there is no query; write for example SELECT * FROM requests LIMIT 10", ""),
    ("DROP TABLE requests", "DROP is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed", "DROP"),
    ("INSERT INTO requests VALUES (1)", "INSERT is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed", "INSERT"),
    ("CREATE TABLE x AS SELECT * FROM requests", "CREATE is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed", "CREATE"),
    ("SELECT 1; SELECT 2", "only one query can be run at a time; remove what follows the `;`", ""),
    ("SELECT * FROM requests WHERE status = 'abc'", "`status` is a number; it cannot be compared with the text 'abc'", "'abc'"),
    ("SELECT * FROM requests WHERE status IN (200, '404')", "`status` is a number; it cannot be compared with the text '404' (write 404 without quotes)", "'404'"),
    ("SELECT * FROM requests WHERE '404' = status", "`status` is a number; it cannot be compared with the text '404' (write 404 without quotes)", "'404'"),
    ("SELECT * FROM requests WHERE object_id = 42", "`object_id` is text; it cannot be compared with the number 42 (write '42')", "42"),
    ("SELECT * FROM requests WHERE ts > 'yesterday'", "`ts` is a time; it cannot be compared with the text 'yesterday' (write '2026-11-23 10:00:00')", "'yesterday'"),
    ("SELECT * FROM requests WHERE ts > 5", "`ts` is a time; it cannot be compared with the number 5 (write '2026-11-23 10:00:00')", "5"),
    ("SELECT * FROM requests WHERE client_ip = \"10.0.0.1\"", "there is no column `10.0.0.1`; text is written in single quotes: '10.0.0.1'", "\"10.0.0.1\""),
    ("SELECT * FROM requests WHERE status LIKE '4%'", "`status` is a number; LIKE looks into text", "status"),
    ("SELECT cuont(*) FROM requests", "there is no function `cuont`; did you mean `count`?", "cuont"),
    ("SELECT date_trunk('hour', ts) FROM requests", "there is no function `date_trunk`; did you mean `date_trunc`?", "date_trunk"),
    ("SELECT date_trunc('fortnight', ts) FROM requests", "date_trunc does not know the unit 'fortnight'; it knows second, minute, hour, day, week, month, quarter and year", ""),
    ("SELECT date_trunc('hour', path) FROM requests", "date_trunc takes a time such as `ts` as its second argument", "path"),
    ("SELECT date_trunc('hour') FROM requests", "date_trunc takes another number of arguments; it is written as date_trunc('hour', ts)", "date_trunc"),
    ("SELECT time_bucket('x', ts) FROM requests", "time_bucket does not understand the width 'x'; write for example '30s', '5m', '1h' or '1d'", ""),
    ("SELECT * FROM requests WHERE ip_in(client_ip, '10.0.0.0/99')", "ip_in does not understand the network '10.0.0.0/99'; write for example '10.0.0.0/8' or '2001:db8::/32'", ""),
    ("SELECT * FROM requests WHERE ip_in(status, '10.0.0.0/8')", "ip_in takes text as its first argument", ""),
    ("SELECT * FROM requests WHERE regexp_extract(path, '(') = 'a'", "regexp_extract does not understand the pattern '('", "'('"),
    ("SELECT * FROM requests WHERE regexp_extract(path, 'a', 3) = 'a'", "the pattern of regexp_extract has 0 groups, not 3", ""),
    ("SELECT * FROM requests WHERE path ~ '('", "the pattern is no valid regular expression", "'('"),
    ("SELECT sum(path) FROM requests", "`path` is text; sum works on numbers", "path"),
    ("SELECT path + 1 FROM requests", "`path` is text; + works on numbers and times (texts are joined with ||)", "path"),
    ("SELECT path * status FROM requests", "`path` is text; * works on numbers and times (texts are joined with ||)", "path"),
    ("SELECT path, count(*) FROM requests GROUP BY route", "`path` has to stand in GROUP BY or inside a function such as max or count", "path"),
    ("SELECT route FROM (SELECT path FROM requests) t", "`route` is not there at this point; QUALIFY, and whoever reads a subquery or WITH, sees only what was selected: select it there too", "route"),
    ("SELECT x.status FROM requests r", "there is no table `x` in this query (it has `r`, `requests`)", "x"),
    ("SELECT count_if() FROM requests", "count_if needs something in its parentheses; it is written as count_if(condition)", "count_if"),
    ("SELECT percentile_cont(0.5) FROM requests", "percentile_cont is written as percentile_cont(0.95) WITHIN GROUP (ORDER BY x), percentile_cont(x, 0.95)", "percentile_cont"),
    ("WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a", "WITH RECURSIVE is not supported", "WITH"),
    ("SELECT * FROM requests WHERE status > (SELECT avg(status) FROM requests)", "a subquery can stand in FROM, IN and EXISTS only; put it into WITH and CROSS JOIN it", "SELECT avg(status) FROM requests"),
    ("SELECT CAST(path AS BIGINT) FROM requests", "a value cannot be turned into the type asked for; TRY_CAST gives NULL for such values", "path"),
    ("SELECT status AS a, path AS a FROM requests", "two columns of the answer have the same name; give one another name with AS", ""),
    ("SELECT status FROM requests UNION SELECT status, path FROM requests", "the query uses what is not supported: UNION requires equal number of columns in each table (use 'UNION BY NAME' to combine mismatched tables)", ""),
    ("SELECT status FROM requests HAVING status > 3", "HAVING goes with GROUP BY; without groups use WHERE", ""),
    ("SELECT now() FROM requests", "there is no function `now`; `breachline schema` lists the functions", "now"),
    ("SELECT ts AT TIME ZONE 'Asia/Seoul' FROM requests", "AT TIME ZONE is not supported; times are UTC, add INTERVAL '9 hours' or the like", "ts"),
    ("SELECT path FROM requests WHERE lower(path) = 5", "text is compared with what is no text; turn one into the other with CAST(… AS BIGINT) or CAST(… AS VARCHAR)", ""),
    ("SELECT ntile(4) OVER (ORDER BY ts) FROM requests", "there is no function `ntile`; `breachline schema` lists the functions", "ntile"),
    ("SELECT columns('a') FROM requests", "there is no function `columns`; `breachline schema` lists the functions", "columns"),
    ("SELECT * FROM requests LIMIT 'a'", "the query uses what is not supported: non-numeric arguments for LIMIT/OFFSET/FETCH are not supported", ""),
    ("EXPLAIN SELECT * FROM requests", "EXPLAIN is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed", "EXPLAIN"),
    ("SHOW TABLES", "SHOW is not a query; only SELECT (and WITH … SELECT) can be run, logs are never changed", "SHOW"),
    ("SELECT path FROM requests WHERE query IS DISTINCT FROM 'x' AND status = 3", "put parentheses around the comparison: (a IS DISTINCT FROM b) AND …", "query"),
    ("SELECT sum(status) OVER (ORDER BY ts ROWS 3 PRECEDING) FROM requests", "the query uses what is not supported: only 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW' is currently supported; found 'ROWS BETWEEN 3 PRECEDING AND CURRENT ROW'", ""),
    ("SELECT status FROM requests GROUP BY ROLLUP (status)", "ROLLUP, CUBE and GROUPING SETS are not supported; write one query per level and join them by UNION ALL", "status"),
    ("SELECT abs(path) FROM requests", "`path` is text; abs works on numbers", "path"),
    ("SELECT upper(status) FROM requests", "`status` is a number; upper works on text (CAST(status AS VARCHAR))", "status"),
    ("SELECT length(status) FROM requests", "`status` is a number; length works on text (CAST(status AS VARCHAR))", "status"),
    ("SELECT strftime(path, '%H') FROM requests", "strftime takes a time such as `ts` as its first argument", "path"),
    ("SELECT route FROM requests GROUP BY route ORDER BY COUNT(*) DESC", "parts of the query give different numbers of rows; with GROUP BY, select what ORDER BY sorts by", ""),
    ("SELECT * FROM requests WHERE ts > TIMESTAMP 'noon'", "'noon' is not a time (write '2026-11-23 10:00:00' or '2026-11-23T10:00:00Z')", "'noon'"),
    ("SELECT * FROM requests WHERE (status = 200", "the query cannot be read: the query ends where ) was expected", ""),
    ("SELECT * INTO x FROM requests", "SELECT INTO is not supported; nothing is stored by a query", "x"),
    ("SELECT 1 FROM requests a WHERE EXISTS (SELECT 1 FROM requests b WHERE b.route = a.route AND b.status = 404)", "EXISTS cannot look back into the table it stands in; write x IN (SELECT x FROM …) instead", ""),
];

fn complaint(sql: &str) -> String {
    match query(&six(), sql, None) {
        Ok(answer) => format!("no complaint: {answer:?}"),
        Err(error) => error.0,
    }
}

/// What stands above the marks.
fn marked(complaint: &str) -> String {
    let mut lines = complaint.lines().rev();
    let (Some(marks), Some(line)) = (lines.next(), lines.next()) else { return String::new() };
    marks.chars().zip(line.chars()).filter(|&(mark, _)| mark == '^').map(|(_, c)| c).collect()
}

#[test]
fn mistakes_are_told_in_a_sentence() {
    let mut wrong = Vec::new();
    for &(sql, sentence, place) in MISTAKES {
        let got = complaint(sql);
        if got.lines().next() != Some(sentence) || marked(&got) != place {
            wrong.push(format!("{sql}\n  expected {sentence}\n  at {place:?}, got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn the_line_of_the_query_is_shown_with_its_number() {
    let expected = "there is no column `usr_agent`; did you mean `user_agent`?\n  |\n2 | \tusr_agent\n  | \t^^^^^^^^^";
    assert_eq!(complaint("SELECT status,\n\tusr_agent\nFROM requests"), expected);
}

#[test]
fn the_engine_does_not_speak() {
    // Whatever it says about what nobody foresaw, no name of its types and no dump of its structures comes through.
    for error in [
        PolarsError::SQLInterface("expression Lambda(Function { name: Ident }) is not supported".into()),
        PolarsError::ComputeError("cannot cast List inner type: 'i64' to Categorical".into()),
        PolarsError::InvalidOperation("`add` operation not supported for dtype `list[i64]`".into()),
        PolarsError::SchemaMismatch("invalid series dtype: expected `String`, got `i64`".into()),
        PolarsError::NoData("empty DataFrame".into()),
        PolarsError::StructFieldNotFound("Field { dtype: Int64 }".into()),
    ] {
        let said = failure::explain(&error, &[]).show("").0;
        for word in ["i64", "dtype", "Int64", "Ident", "{", "String", "Series", "DataFrame", "List"] {
            assert!(!said.contains(word), "{error}: {said}");
        }
    }
}

/// An expression of some depth, right or wrong.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("ts"),
        Just("status"),
        Just("path"),
        Just("client_ip"),
        Just("bytes_out"),
        Just("r.auth"),
        Just("n"),
        Just("'abc'"),
        Just("'10.0.0.0/8'"),
        Just("'hour'"),
        Just("'2026-11-23'"),
        Just("1"),
        Just("0.5"),
        Just("-7"),
        Just("NULL"),
        Just("true"),
        Just("INTERVAL '1 hour'"),
        Just("'('"),
        Just("*"),
        Just("'5m'"),
    ];
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        let names = functions::names();
        let name = (0..names.len()).prop_map(move |index| names[index]);
        let operator = proptest::sample::select(vec![
            "=",
            "<",
            "+",
            "-",
            "*",
            "/",
            "%",
            "||",
            "AND",
            "OR",
            "LIKE",
            "~",
            "IS DISTINCT FROM",
            "IN",
            "->",
            "^",
            "::",
        ]);
        prop_oneof![
            (name, proptest::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, args)| format!("{name}({})", args.join(", "))),
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            inner.clone().prop_map(|inner| format!("CASE WHEN {inner} THEN 1 END")),
            inner.clone().prop_map(|inner| format!("SUM({inner}) OVER (PARTITION BY path ORDER BY ts)")),
            inner.clone().prop_map(|inner| format!("CAST({inner} AS VARCHAR)")),
            (inner.clone(), inner).prop_map(|(item, list)| format!("{item} IN ({list}, 3)")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_query_brings_the_tool_down(
        items in proptest::collection::vec(expression(), 1..3),
        filter in proptest::option::of(expression()),
        group in proptest::option::of(expression()),
        order in proptest::option::of(expression()),
    ) {
        let clause = |word: &str, expression: Option<String>| expression.map_or_else(String::new, |e| format!(" {word} {e}"));
        let sql = format!(
            "SELECT {} AS n FROM requests r{}{}{}",
            items.join(", "), clause("WHERE", filter), clause("GROUP BY", group), clause("ORDER BY", order)
        );
        if let Err(SqlError(said)) = query(&six(), &sql, Some(10)) {
            let sentence = said.lines().next().unwrap_or_default();
            prop_assert!(!sentence.is_empty());
            for word in ["dtype", "i64", "Int64", "DataFrame", "Span(", "Ident {", "polars"] {
                prop_assert!(!sentence.contains(word), "{sql}\n{sentence}");
            }
        }
    }

    #[test]
    fn no_text_brings_the_tool_down(text in "[ -~\t\n가-힣]{0,40}") {
        let _ = query(&six(), &text, Some(1));
        let _ = query(&six(), &format!("SELECT {text} FROM requests"), Some(1));
    }
}
