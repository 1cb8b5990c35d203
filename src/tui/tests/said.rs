//! What the screen says of hostile lines, victims, rejects, and of what is not known.

use super::*;

#[test]
fn a_hostile_line_is_seen_and_does_nothing() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 /evil <enter>");
    assert!(bench.screen().contains("/evil\\x1b[2J"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(bench.copied, ["/evil\\x1b[2J\\u{202e}"]);
}

#[test]
fn a_victim_is_never_listed_as_the_actor() {
    let screen = Bench::new(120, 36).keys("G").screen();
    assert!(screen.contains("victim m.okafor"), "{screen}");
    assert!(!screen.contains("suspect m.okafor"), "{screen}");
}

#[test]
fn unknown_keys_and_missing_findings_say_so() {
    let mut bench = Bench::new(80, 24);
    assert!(bench.keys("Z").screen().contains("no key Z here, ? for help"));
    assert!(bench.keys("2 i").screen().contains("no finding is under the cursor"));
    assert!(bench.keys("1 } } } } }").screen().contains("this is the last finding"));
}

#[test]
fn rejects_open_with_their_reasons() {
    let mut bench = Bench::new(80, 24);
    let screen = bench.keys("6 <enter>").screen();
    assert_eq!(bench.state.place(), Place::Rejects);
    assert!(screen.contains("no time") && screen.contains("2 of 3 because: no time"), "{screen}");
    assert!(bench.keys("<esc> j <enter>").screen().contains("every record of this source was read"));
}

#[test]
fn a_stale_answer_is_dropped() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2");
    let before = bench.state.timeline.page.clone();
    let reply = Reply::Page(crate::engine::answer::Page::default());
    bench.tell(Event::Answer { slot: Slot::Page, generation: 0, reply });
    assert_eq!(bench.state.timeline.page, before);
}

#[test]
fn nothing_found_is_bounded_by_what_was_judged() {
    let mut bench = Bench::opening(80, 24);
    bench.ready();
    bench.judge(world::nothing());
    let screen = bench.screen();
    assert!(screen.contains("5 rules judged over 240 requests: nothing found. That is no proof of safety"), "{screen}");
}

#[test]
fn what_is_not_known_has_the_room_when_nothing_is_found() {
    let mut bench = Bench::opening(120, 36);
    bench.ready();
    bench.judge(world::nothing());
    let screen = bench.screen();
    assert!(screen.contains("no credential: token-replay") && screen.contains("UTC is assumed"), "{screen}");
    assert!(!screen.contains("Why it fired"), "{screen}");
    assert!(bench.keys("<tab> <enter>").screen().contains("What these logs can speak for"));
}

#[test]
fn an_incident_says_who_and_what_next() {
    let screen = Bench::new(120, 36).keys("g").screen();
    for words in [
        "suspect       client_ip 203.0.113.7",
        "affected      route /api/v2/users/{id}",
        "data returned likely (the gravest)",
        "Ask who owns the address.",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn files_passed_over_are_one_line_of_the_coverage() {
    let mut bench = Bench::opening(120, 36);
    let mut sources = bench.desk.sources();
    sources.passed_over = vec![1];
    sources.reports[1].completeness = Completeness::Unknown("no known format fits".to_owned());
    sources.reports[1].format = None;
    bench.tell(Event::Ready(Arc::new(sources)));
    let screen = bench.screen();
    assert!(screen.contains("1 file of no known format passed over (6 lists them)"), "{screen}");
    assert!(screen.contains("vantages  gateway (1 source)"), "{screen}");
    assert!(!screen.contains("no known format fits"), "{screen}");
}

#[test]
fn an_empty_file_is_called_empty() {
    let mut bench = Bench::opening(120, 36);
    let mut sources = bench.desk.sources();
    sources.passed_over = vec![1];
    let report = &mut sources.reports[1];
    report.completeness = Completeness::Unknown("a.log is empty".to_owned());
    (report.format, report.bytes_decompressed) = (None, 0);
    bench.tell(Event::Ready(Arc::new(sources)));
    let screen = bench.screen();
    assert!(screen.contains("1 file with nothing in it (6 lists them)"), "{screen}");
    assert!(!screen.contains("of no known format"), "{screen}");
    let screen = bench.keys("6").screen();
    assert!(screen.contains("empty") && !screen.contains("unknown"), "{screen}");
}
