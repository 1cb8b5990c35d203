//! Reports: one file that asks nobody for anything, log text that stays text, both languages, facts for a notification.

use crate::logs::{self, WALKER, arg, put};
use crate::{finished, program, run};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use breachline::report::{Lang, Word};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The walk of [`logs::walked`] by somebody who knows that reports are read in browsers.
fn hostile() -> Vec<String> {
    let agent = "<script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}`|**[x](javascript:alert(3))";
    let mut lines = logs::walked();
    for line in lines.iter_mut().filter(|line| line.starts_with(WALKER)) {
        *line = line.replace("python-requests/2.31", agent);
    }
    lines
}

fn written(log: &Path, out: &Path, options: &[&str]) -> String {
    run(["report", arg(log), "--out", arg(out), "--at", "2026-03-06T09:00:00Z"].iter().chain(options))
        .expect_end(0, &["1 finding"]);
    std::fs::read_to_string(out).unwrap()
}

#[test]
fn a_page_asks_nobody_for_anything_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&hostile()));
    for lang in ["en", "ko"] {
        let page = written(&log, &folder.path().join(format!("{lang}.html")), &["--lang", lang]);
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            BASE64.encode(Sha256::digest(style))
        );
        let plain = page.replace("&#39;", "'");
        assert!(
            plain.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")),
            "{policy}"
        );
        assert!(!style.contains("url(") && !style.contains("@import"));
        let body = page.replace(style, "");
        for word in ["<script", "<img", "<link", "<iframe", " style=", "http://", "https://", "\u{202e}"] {
            assert!(!body.contains(word), "{lang}: {word}");
        }
        // What is left of them stands in text: behind an escaped bracket.
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;\\u{202e}"));
        for tag in ["main", "article", "table", "figure", "svg", "dl", "ul"] {
            let count = |word: String| page.matches(&word).count();
            let (open, close) = (count(format!("<{tag}")), count(format!("</{tag}>")));
            assert!(open > 0 && open == close, "{lang}: {tag}: {open} and {close}");
        }
        assert_eq!(page.matches("<svg").count(), 3, "answers over time, ids over time, measures");
    }
}

#[test]
fn each_language_says_everything_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let headings = [
        Word::Summary,
        Word::IncidentTimeline,
        Word::Findings,
        Word::NotEvaluable,
        Word::Coverage,
        Word::Notification,
        Word::Method,
        Word::RiskTable,
        Word::OperatingInstitution,
        Word::Blank,
    ];
    for end in ["html", "md"] {
        for (lang, other, tag) in [(Lang::En, Lang::Ko, "en"), (Lang::Ko, Lang::En, "ko")] {
            let page = written(&log, &folder.path().join(format!("{tag}.{end}")), &["--lang", tag]);
            for word in headings {
                assert!(page.contains(word.text(lang)), "{tag}.{end}: {word:?}");
                assert!(!page.contains(&format!(">{}<", word.text(other))), "{tag}.{end}: {word:?}");
            }
            assert_eq!(page.contains(" KST"), lang == Lang::Ko);
            // Sentences of the rules, with their numbers.
            assert_eq!(page.contains("Look at which credential the requests used"), lang == Lang::En);
            assert_eq!(page.contains("개를 훑음"), lang == Lang::Ko);
            assert!(page.contains("API1:2023") && page.contains("T1119") && page.contains("object-walk"));
            assert!(page.contains("2026-03-06 09:00:00Z"));
        }
    }
}

#[test]
fn text_stays_text_in_markdown() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&hostile()));
    let page = written(&log, &folder.path().join("page.md"), &[]);
    assert!(page.contains("&lt;script&gt;alert\\(1\\)&lt;/script&gt;"));
    for word in ["<script", "<img", "](javascript", "\u{202e}", "**["] {
        assert!(!page.contains(word), "{word}");
    }
    // Every row of a table has as many cells as its head.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut width = None;
    for line in page.lines() {
        if line.starts_with('|') {
            assert_eq!(*width.get_or_insert(cells(line)), cells(line), "{line}");
        } else {
            width = None;
        }
    }
}

#[test]
fn a_report_repeats_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
    let pages = ["a.html", "b.html"].map(|name| written(&log, &folder.path().join(name), &[]));
    assert_eq!(pages[0], pages[1]);
    run(["report", arg(&log), "--out", arg(&folder.path().join("a.html"))]).expect_end(2, &["there is a file"]);
    run(["report", arg(&log), "--out", arg(&folder.path().join("a.pdf"))]).expect_end(2, &["end it in .html or .md"]);
    let epoch = program()
        .env("SOURCE_DATE_EPOCH", "1772590300")
        .args(["report", arg(&log), "--out"])
        .arg(folder.path().join("c.html"))
        .output()
        .unwrap();
    finished(epoch).expect_end(0, &[]);
    assert!(std::fs::read_to_string(folder.path().join("c.html")).unwrap().contains("2026-03-04 02:11:40Z"));
}

#[test]
fn without_a_finding_the_report_says_what_that_means() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let out = folder.path().join("page.html");
    run(["report", arg(&log), "--out", arg(&out)]).expect_end(0, &["0 findings"]);
    let page = std::fs::read_to_string(out).unwrap();
    assert!(page.contains(Word::NothingFound.text(Lang::En)));
    assert!(page.contains("principal"), "rules that need an account are named with what is missing");
    assert!(!page.contains("<article"));
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_notification_has_what_logs_know_and_blanks_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logs::walked();
    // The first report knows the morning only.
    let cut = lines.iter().position(|line| line.contains(":10:30:")).unwrap();
    let first = put(folder.path(), "first.log", logs::text(&lines[..cut]));
    let whole = put(folder.path(), "whole.log", logs::text(&lines));
    let context = put(
        folder.path(),
        "context.toml",
        "[[route]]\npath = \"/shop/v2/orders/{id}\"\ndata = [\"name\", \"address\"]\n",
    );
    let (initial, later) = (folder.path().join("1.json"), folder.path().join("2.json"));
    let page = folder.path().join("1.html");
    run(["report", arg(&first), "--out", arg(&page), "--notification", arg(&initial), "--context", arg(&context)])
        .expect_end(0, &[]);
    let mut facts = json(&initial);
    assert_eq!((facts["number"].as_u64(), facts.get("previous_sha256")), (Some(1), None));
    assert_eq!(
        (facts["schema"].as_str(), facts["stage"].as_str()),
        (Some("breachline.notification/1"), Some("initial"))
    );
    for blank in ["aware", "cause", "measures_taken", "contact", "data_items_confirmed"] {
        assert_eq!(
            (facts[blank]["blank"].clone(), facts[blank]["value"].clone()),
            (true.into(), Value::Null),
            "{blank}"
        );
    }
    assert_eq!(facts["data_items"][0]["items"], serde_json::json!(["name", "address"]));
    let objects = facts["records"]["objects"].as_u64().unwrap();
    assert!(objects > 100);
    assert_eq!(facts["subjects"]["confirmed_at_least"], objects);
    assert!(facts["subjects"]["possible_at_most"].as_u64() >= Some(objects), "{}", facts["subjects"]);
    assert_eq!(facts["patterns"][0]["rule"], "object-walk");
    assert!(facts.get("difference").is_none());
    // What people write into it stays in the next one.
    facts["cause"] = serde_json::json!({"value": "an endpoint without a check", "blank": false, "ask": ""});
    let text = serde_json::to_string(&facts).unwrap();
    std::fs::write(&initial, &text).unwrap();
    let page = folder.path().join("2.html");
    run([
        "report",
        arg(&whole),
        "--out",
        arg(&page),
        "--notification",
        arg(&later),
        "--previous",
        arg(&initial),
        "--aware",
        "2026-03-05T08:00:00Z",
    ])
    .expect_end(0, &[]);
    let facts = json(&later);
    assert_eq!((&facts["stage"], &facts["number"]), (&"supplement".into(), &2.into()));
    assert_eq!(facts["previous_sha256"], breachline::export::verify::sha256(&initial).unwrap());
    assert_eq!(
        (&facts["cause"]["value"], &facts["cause"]["blank"]),
        (&"an endpoint without a check".into(), &false.into())
    );
    assert!(std::fs::read_to_string(&page).unwrap().contains("an endpoint without a check"));
    assert_eq!(facts["aware"]["value"], "2026-03-05T08:00:00.000000Z");
    let changes = facts["difference"].as_array().unwrap();
    let change = changes.iter().find(|change| change["what"] == "records.objects").unwrap();
    assert_eq!(change["before"], objects);
    assert_eq!(change["now"], facts["records"]["objects"]);
    assert!(std::fs::read_to_string(&page).unwrap().contains("records.objects"));
    run(["report", arg(&whole), "--out", arg(&folder.path().join("3.html")), "--previous", arg(&context)])
        .expect_end(2, &["--previous", "no JSON"]);
}

/// Endpoints that gave nothing are counted, not named as the way out.
#[test]
fn a_notification_names_the_endpoints_that_gave_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = logs::walked();
    let probe = |n: u8| {
        let name = [b'a' + n % 26, b'a' + n / 26].map(char::from);
        let time = format!("09:{:02}:{:02}", n / 30, n % 30 * 2);
        format!(
            "192.0.2.66 - - [04/Mar/2026:{time} +0000] \"GET /{}{}dump.php HTTP/1.1\" 404 9 \"-\" \"scan\"",
            name[0], name[1]
        )
    };
    lines.extend((0..120).map(probe));
    let log = put(folder.path(), "a.log", logs::text(&lines));
    let (page, facts) = (folder.path().join("1.md"), folder.path().join("1.json"));
    run(["report", arg(&log), "--out", arg(&page), "--notification", arg(&facts)]).expect_end(0, &[]);
    let facts = json(&facts);
    assert_eq!(facts["routes"], serde_json::json!(["/shop/v2/orders/{id}"]));
    let without = facts["routes_without_data"].as_u64().unwrap();
    assert!(without > 0, "{facts}");
    assert!(std::fs::read_to_string(&page).unwrap().contains(&format!("and {without} more that gave no data")));
}

/// What a browser makes of a page.
struct Seen {
    /// The document after it was loaded.
    document: String,
    /// What the page said on the console.
    console: Vec<String>,
    /// From where the page asked for something; what the browser asks for itself has no origin.
    asked: Vec<String>,
}

/// Opens a page in Chromium; `None` where there is none.
fn in_browser(page: &Path, folder: &Path) -> Option<Seen> {
    let log = folder.join("net.json");
    let output = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--dump-dom", "--virtual-time-budget=2000"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let net = std::fs::read_to_string(log).unwrap();
    let origins = net.split("\"initiator\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    Some(Seen {
        document: String::from_utf8(output.stdout).unwrap(),
        console: said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect(),
        asked: origins.filter(|origin| *origin != "not an origin").map(str::to_owned).collect(),
    })
}

/// In a real browser: nothing on the console, no request, hostile strings as text. A page that does all of that shows
/// that it would be seen.
#[test]
fn a_browser_has_nothing_to_say_about_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "<!doctype html><script>console.log('it runs')</script><img src=\"http://127.0.0.1:9/x.png\">";
    let bad = put(folder.path(), "bad.html", bad);
    let Some(seen) = in_browser(&bad, folder.path()) else {
        crate::skipped("there is no chromium to open a report with");
        return;
    };
    assert!(seen.console.iter().any(|line| line.contains("it runs")), "{:?}", seen.console);
    assert!(!seen.asked.is_empty());
    let log = put(folder.path(), "gw.log", logs::text(&hostile()));
    for lang in ["en", "ko"] {
        let path = folder.path().join(format!("{lang}.html"));
        written(&log, &path, &["--lang", lang]);
        let seen = in_browser(&path, folder.path()).unwrap();
        assert_eq!((seen.console, seen.asked), (Vec::new(), Vec::new()), "{lang}");
        for text in ["&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img src=x onerror=alert(2)&gt;", "\\u{202e}"] {
            assert!(seen.document.contains(text), "{lang}: {text}");
        }
        for tag in ["<script", "<img"] {
            assert!(!seen.document.contains(tag), "{lang}: {tag}");
        }
        assert!(seen.document.contains("<svg") && seen.document.contains("</html>"));
    }
}
