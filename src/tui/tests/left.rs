//! The view is opened again as it was left.

use super::super::state::Saved;
use super::*;

const FILE: &str = "n.json";

/// A view that keeps its notes, after some keys.
fn kept(keys: &str) -> Bench {
    let mut bench = Bench::opening(120, 36);
    bench.state.case.file = Some(FILE.to_owned());
    bench.open();
    bench.keys(keys);
    bench
}

/// The next view on the same file.
fn again(bench: &Bench) -> Bench {
    let mut later = Bench::opening(120, 36);
    later.state.case.file = Some(FILE.to_owned());
    // As it comes back from the file.
    let text = serde_json::to_string(bench.saved.as_ref().unwrap()).unwrap();
    later.state.case.notes = serde_json::from_str(&text).unwrap();
    crate::tui::update::take_looks(&mut later.state, crate::tui::update::Given::default());
    later.open();
    later
}

/// The screen without the line of the last message.
fn looks(bench: &Bench) -> String {
    let screen = bench.screen();
    let rows: Vec<&str> = screen.lines().collect();
    rows.iter().enumerate().filter(|(at, _)| *at != 34).map(|(_, row)| *row).collect::<Vec<_>>().join("\n")
}

#[test]
fn wherever_it_was() {
    for keys in [
        "j",
        "G",
        "2 j j j j",
        "2 j f + j j",
        "j <enter> j j j <enter>",
        "j <enter> j j j <enter> r",
        "G <enter> j",
        "3 l j",
        "3 S /u <enter>",
        "3 <enter>",
        "j p j <enter>",
        "j <enter> j j <enter> <tab> p <enter> j j <enter>",
        "6 j",
        "6 <enter> j",
        "2 j m 5",
        "4 SELECT",
        "2 S j",
        "2 l l l l l l l l S S j <enter>",
        "2 : sort_target_desc <enter> f u j",
        "j <enter> h S j <enter> p j <enter>",
        ": theme_light <enter>",
        "j <enter> : language_ko <enter>",
        "2 : zone_Asia/Seoul <enter> : theme_dark <enter>",
    ] {
        let bench = kept(keys);
        let mut later = again(&bench);
        assert_eq!(later.state.trail, bench.state.trail, "{keys}");
        assert_eq!(looks(&later), looks(&bench), "{keys}");
        // And so are the levels above it.
        let mut bench = bench;
        for _ in 0..3 {
            bench.keys("<esc>");
            later.keys("<esc>");
            assert_eq!(looks(&later), looks(&bench), "{keys}");
        }
    }
}

#[test]
fn what_was_narrowed_can_still_be_taken_back_and_queries_are_remembered() {
    let mut bench = kept("4");
    bench.sql("SELECT status FROM requests").keys("<F5> <esc> <esc> 2 j f +");
    let mut later = again(&bench);
    assert!(later.screen().contains("back where it was left, 1 is home"), "{}", later.screen());
    later.keys("u u");
    assert_eq!(later.state.timeline.page.total, 240);
    later.keys("4 <ctrl-p>");
    assert_eq!(later.state.sql.text(), "SELECT status FROM requests");
}

#[test]
fn the_command_line_has_the_say_over_looks() {
    let bench = kept("2 : zone_Asia/Seoul <enter> : theme_light <enter> : language_ko <enter>");
    let mut later = Bench::opening(120, 36);
    later.state.case.file = Some(FILE.to_owned());
    later.state.case.notes = bench.saved.clone().unwrap();
    crate::tui::update::take_looks(&mut later.state, crate::tui::update::Given { theme: true, zone: true, lang: true });
    later.open();
    assert_eq!((later.state.theme.palette, later.state.clock.zone), (Palette::Mono, chrono_tz::UTC));
    assert_eq!(later.state.lang, crate::words::Lang::En);
    // What was chosen stays chosen for the time after.
    later.keys("j");
    let scope = later.saved.unwrap().scope;
    assert_eq!((&scope["zone"], &scope["lang"]), (&"Asia/Seoul".into(), &"ko".into()));
}

#[test]
fn nobody_is_taken_back_who_went_elsewhere_meanwhile() {
    let bench = kept("j <enter> j j");
    let mut later = Bench::opening(120, 36);
    later.state.case.file = Some(FILE.to_owned());
    later.state.case.notes = bench.saved.clone().unwrap();
    later.ready();
    assert_eq!(later.state.trail, [Place::Findings], "evidence has to wait for the rules");
    assert!(later.saved.is_none(), "what is come back to is not written over");
    later.keys("6");
    later.judge(world::hunt());
    assert_eq!(later.state.trail, [Place::Findings, Place::Sources]);
}

#[test]
fn what_makes_no_sense_leads_home() {
    for scope in [
        serde_json::json!({"trail": ["findings", "profile"], "profile": []}),
        serde_json::json!({"trail": ["timeline"]}),
        serde_json::json!({"trail": ["findings", "timeline"], "finding": "nobody knows it"}),
        serde_json::json!({"place": "findings", "filters": 3, "window": "x"}),
        serde_json::json!([1]),
    ] {
        let mut bench = Bench::opening(80, 24);
        bench.state.case.file = Some(FILE.to_owned());
        bench.state.case.notes.scope = scope.clone();
        bench.open();
        assert_eq!(bench.state.trail, [Place::Findings], "{scope}");
    }
    let mut bench = Bench::opening(80, 24);
    bench.state.case.notes.scope = serde_json::json!({"place": "timeline", "window": null,
        "filters": [{"text": "status = 403", "out": false, "on": true}]});
    bench.open();
    assert_eq!(bench.state.timeline.page.total, 1, "notes of the version before");
}

#[test]
fn a_medium_that_cannot_be_written_to_is_told_once() {
    let mut bench = kept("2");
    bench.apply(Msg::Saved(Err("n.json: the notes cannot be written".to_owned())));
    assert!(bench.screen().contains("cannot be written"));
    bench.state.message.clear();
    bench.apply(Msg::Saved(Err("n.json: the notes cannot be written".to_owned())));
    assert!(!bench.line(34).contains("cannot be written"), "{}", bench.line(34));
    bench.state.case.saved = Saved::Failed("x".to_owned());
    assert!(bench.keys("5").screen().contains('x'));
}
