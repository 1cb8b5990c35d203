//! Secrets that only a column or a directive names: they are in no raw line that the program shows or writes, whether
//! from logs or from a case, and `verify` makes the same lines again.

use crate::logs::{self, arg, put};
use crate::run;
use serde_json::Value;
use std::path::Path;

/// Letters without any shape of a secret.
const SECRET: &str = "qzwxplmkjh";

/// The walk of [`logs::walked`] with a secret in every line, as several products and carriers write it: a name, the log,
/// and the options that it is read with.
fn families() -> Vec<(&'static str, String, Vec<&'static str>)> {
    const DIRECTIVE: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_encryption_key" $cookie_sid"#;
    let lines = logs::walked();
    let keyed: Vec<String> = lines.iter().map(|line| format!("{line} \"{SECRET}\" {SECRET}")).collect();
    let docker = |line: &String| serde_json::json!({ "log": format!("{line}\n"), "stream": "stdout" }).to_string();
    let syslog = |line: &String| format!("<190>Mar  4 02:29:00 gw nginx: {line}");
    let all = |one: &dyn Fn(&String) -> String| logs::text(&keyed.iter().map(one).collect::<Vec<_>>());
    let w3c = String::from(
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs(Encryption-Key) cs(User-Agent) cs(Cookie)\n",
    );
    let of_directive = vec!["--log-format", DIRECTIVE];
    vec![
        ("w3c", w3c + &logs::text(&lines.iter().map(|line| as_w3c(line)).collect::<Vec<_>>()), vec![]),
        ("nginx", all(&String::clone), of_directive.clone()),
        ("docker", all(&docker), of_directive.clone()),
        ("syslog", all(&syslog), of_directive),
    ]
}

/// A line of the combined format as a row of a table.
fn as_w3c(line: &str) -> String {
    let time = line.split(['[', ']']).nth(1).unwrap();
    let time = chrono::DateTime::parse_from_str(time, "%d/%b/%Y:%H:%M:%S %z").unwrap().to_utc();
    let quoted: Vec<&str> = line.split('"').collect();
    let request: Vec<&str> = quoted[1].split(' ').collect();
    let answer: Vec<&str> = quoted[2].split_whitespace().collect();
    let agent = quoted[5].replace(' ', "+");
    let client = line.split(' ').next().unwrap();
    let path = request[1].split('?').next().unwrap();
    format!(
        "{} {client} {} {path} {} {} {SECRET} {agent} sid={SECRET};+theme={SECRET}",
        time.format("%Y-%m-%d %H:%M:%S"),
        request[0],
        answer[0],
        answer[1]
    )
}

/// All that stands in a folder.
fn everything(folder: &Path) -> String {
    logs::files(folder).into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// Makes bundles and reports, and gives all that is in them.
fn written(of: &[&str], out: &Path) -> String {
    std::fs::create_dir(out).unwrap();
    let at = ["--at", "2026-03-06T10:00:00Z"];
    for (command, name) in [("export", "bundle"), ("report", "report.html"), ("report", "report.md")] {
        let to = out.join(name);
        let more: &[&str] = if command == "export" { &["--ecs"] } else { &[] };
        let ran = run([command].iter().chain(of).chain(&["--out", arg(&to)]).chain(&at).chain(more));
        ran.expect_end(0, &["finding"]);
    }
    let all = everything(out);
    assert!(all.contains("object-walk") && all.contains("\"original\":"), "nothing was found");
    all
}

#[test]
fn no_raw_line_shows_what_only_a_column_or_a_directive_names() {
    for (family, log, options) in families() {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "gw.log", &log);
        let at = |name: &str| folder.path().join(name);
        let read: Vec<&str> = options.iter().copied().chain([arg(&path)]).collect();
        let fresh = written(&read, &at("fresh"));
        assert!(!fresh.contains(SECRET), "{family}, from the log");
        assert!(fresh.contains('~'), "{family}: the lines are there");
        let case = at("case");
        run(["ingest", "--case", arg(&case), "--keep-raw", "cited"].iter().chain(&read)).expect_end(0, &["kept"]);
        mark_first(&case, &at("fresh").join("bundle"), &path);
        let moved = at("elsewhere.log");
        std::fs::rename(&path, &moved).unwrap();
        // What was derived is read back once, and made again from the segments once.
        for name in ["again", "anew"] {
            let kept = written(&["--case", arg(&case)], &at(name));
            assert!(!kept.contains(SECRET), "{family}, from the case, {name}");
            let bundle = at(&format!("{name}-marked"));
            run(["export", "--case", arg(&case), "--out", arg(&bundle), "--marks"]).expect_end(0, &[]);
            let marks = std::fs::read_to_string(bundle.join("marks.jsonl")).unwrap();
            assert!(!marks.contains(SECRET) && marks.contains("\"line\":"), "{family}: {marks}");
            std::fs::remove_dir_all(case.join("derived")).unwrap();
        }
        std::fs::rename(&moved, &path).unwrap();
        let key = case.join("key");
        let bundle = at("anew").join("bundle");
        run(["verify", arg(&bundle), "--key", arg(&key), "--against", arg(&path)]).expect_end(0, &[]);
        // Exact bytes leave where they are asked for.
        let sealed = at("sealed");
        run(["export", "--case", arg(&case), "--out", arg(&sealed), "--raw"]).expect_end(0, &[]);
        assert!(std::fs::read_to_string(sealed.join("sealed/rows.jsonl")).unwrap().contains(SECRET), "{family}");
    }
}

/// Marks the first line that a bundle cites.
fn mark_first(case: &Path, bundle: &Path, log: &Path) {
    let rows = std::fs::read_to_string(bundle.join("rows.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let place = serde_json::json!({
        "source_sha256": breachline::export::verify::sha256(log).unwrap(), "line_no": row["line_no"],
        "byte_offset": row["byte_offset"], "item": 0,
    });
    let note = serde_json::json!({ "about": { "row": place }, "at": "2026-03-06T09:30:00.000000Z" });
    let notes = serde_json::json!({ "schema": "breachline.notes/1", "notes": [note] });
    std::fs::write(case.join("notes.json"), notes.to_string()).unwrap();
}
