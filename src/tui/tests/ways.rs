//! Ways through the levels, and sentences that are longer than the screen is wide.

use super::*;

#[test]
fn each_level_takes_back_its_own_changes() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter> j j j f <enter> <tab> p <enter> j j <enter>");
    assert!(bench.line(1).ends_with("> Timeline > request 3"), "{}", bench.line(1));
    bench.keys("u");
    assert!(bench.screen().contains("there is nothing to undo"), "esc leads out of a level, not undo");
    bench.keys("<esc>");
    assert!(bench.line(1).contains("ip 203.0.113.7 > Timeline"), "{}", bench.line(1));
    bench.keys("x");
    assert_eq!(bench.state.timeline.page.total, 0);
    bench.keys("<esc> <esc>");
    assert!(bench.line(1).ends_with("> Timeline > request 4"), "{}", bench.line(1));
    bench.keys("u");
    assert_eq!(bench.state.timeline.page.total, 60, "what was narrowed before is taken back, not what came after");
}

#[test]
fn requests_of_an_entity_leave_the_list_of_entities_as_it_was() {
    let mut bench = Bench::new(120, 36);
    bench.keys("3 <enter> <enter>");
    assert_eq!(bench.state.timeline.page.total, 59);
    bench.keys("<esc> <esc>");
    assert_eq!(bench.state.place(), Place::Entities);
    assert!(bench.line(2).starts_with(" scope: all requests  "), "{}", bench.line(2));
    assert!(bench.line(2).ends_with(" 240 of 240 requests"), "{}", bench.line(2));
}

#[test]
fn what_is_drawn_is_opened_by_enter() {
    let mut bench = Bench::new(120, 36);
    let screen = bench.keys("j w").screen();
    assert!(screen.contains(" enter open "), "{screen}");
    bench.keys("<enter>");
    assert_eq!((bench.state.place(), bench.state.timeline.page.total), (Place::Timeline, 60));
    assert!(bench.state.overlay.is_none());
}

#[test]
fn a_long_sentence_is_on_the_screen_in_full() {
    let root = "7d1e".repeat(16);
    let mut bench = Bench::new(60, 15);
    let done = crate::engine::answer::Exported { root: root.clone(), ..Default::default() };
    bench.state.message = super::super::update::exported(&bench.state, &done);
    let screen = bench.screen().replace(['┃', ' ', '\n'], "");
    assert!(screen.contains(&root), "{}", bench.screen());
    assert!(!bench.keys("j").screen().contains("7d1e"), "until the next key");
}

#[test]
fn what_a_caret_points_at_is_on_the_screen() {
    let mut bench = Bench::new(80, 24);
    let long = "SELECT client_ip, count(*) AS n FROM requests WHERE status = 200 AND path LIKE '/api/%' AND statsu = 4";
    bench.keys("4").sql(long).keys("<F5>");
    let screen = bench.screen();
    assert!(screen.contains("did you mean `status`?") && screen.contains("^^^^^^"), "{screen}");
    let under = screen.lines().find(|line| line.contains("^^^^^^")).unwrap();
    let at = under.chars().position(|c| c == '^').unwrap();
    let text = screen.lines().rfind(|line| line.contains("statsu")).unwrap();
    assert_eq!(text.chars().skip(at).take(6).collect::<String>(), "statsu", "{screen}");
}

#[test]
fn the_way_out_of_a_query_is_in_the_footer() {
    let mut bench = Bench::new(80, 24);
    assert!(bench.keys("4").screen().contains(" esc back"), "{}", bench.screen());
    bench.keys("<esc>");
    assert_eq!(bench.state.place(), Place::Findings);
}

#[test]
fn how_rare_a_value_is_stands_beside_it() {
    let mut bench = Bench::new(80, 24);
    let screen = bench.keys("2 /evil <enter> <enter>").screen();
    let line = |screen: &str, name: &str| screen.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(line(&screen, "client_ip").contains("198.51.100.90  1 request"), "{screen}");
    assert!(line(&screen, "method ").contains("GET  240 requests"), "{screen}");
    let screen = bench.keys("G").screen();
    assert!(screen.contains("how many of all 240 requests have it"), "{screen}");
    // Of the next request, not of the one before it.
    bench.keys("<esc> j <enter>");
    assert!(line(&bench.screen(), "client_ip").contains("192.0.2.18  5 requests"), "{}", bench.screen());
}

#[test]
fn what_a_finding_is_told_from_is_said() {
    let mut bench = Bench::opening(120, 36);
    bench.ready();
    let mut hunt = world::hunt();
    hunt.findings[0].ruled_out =
        vec!["Not an outage: 2 % of everybody else's requests went the same way meanwhile.".to_owned()];
    bench.judge(hunt);
    assert!(bench.keys("j").screen().contains("ruled out     Not an outage: 2 %"), "{}", bench.screen());
    bench.keys(": language_ko <enter>");
    assert!(bench.screen().contains("아닌 것       장애가 아님"), "{}", bench.screen());
}

#[test]
fn a_path_that_gave_nothing_is_no_clean_bill() {
    let mut bench = Bench::opening(80, 24);
    let mut sources = bench.desk.sources();
    sources.extent = crate::engine::Extent::default();
    sources.reports.clear();
    bench.tell(Event::Ready(Arc::new(sources)));
    bench.judge(world::nothing());
    let screen = bench.screen();
    assert!(screen.contains("Nothing was read that is a request") && screen.contains("gw-3/access.log"), "{screen}");
    assert!(!screen.contains("nothing found"), "{screen}");
}
