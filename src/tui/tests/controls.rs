//! Palette, settings, keys of one's own, mouse.

use super::Bench;
use crate::engine::Event;
use crate::tui::commands::{COMMANDS, Keymap};
use crate::tui::layout;
use crate::tui::state::{Msg, Pane, Place};
use crate::tui::theme::Palette;
use crate::words::Lang;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;

#[test]
fn palette_narrow() {
    assert_snapshot!(Bench::new(80, 24).keys("2 : win").screen());
}

#[test]
fn every_command_can_be_typed_by_its_name() {
    for command in COMMANDS {
        let mut bench = Bench::new(100, 30);
        bench.keys("2 :").keys(command.name).keys("<enter>");
        let wrong = bench.state.prompt.as_ref().and_then(|prompt| prompt.error.clone()).unwrap_or_default();
        assert!(!wrong.contains("is no command"), "{}: {wrong}", command.name);
        assert!(command.name == "quit-now" || !bench.quit, "{}", command.name);
    }
}

#[test]
fn what_is_typed_into_the_palette_is_done() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 : 100 <enter>");
    assert_eq!(bench.state.timeline.cursor.at, 99);
    bench.keys(": status_=_403 <enter>");
    assert_eq!(bench.state.timeline.page.total, 1);
    bench.keys("u : leave-out_status_=_403 <enter>");
    assert_eq!(bench.state.timeline.page.total, 239);
    bench.keys("u : 02:10..02:20 <enter>");
    assert!(bench.line(2).contains("02:10:00 .. 02:20:00"), "{}", bench.line(2));
    bench.keys("u : search_evil <enter>");
    assert_eq!(bench.state.timeline.cursor.at, 17);
    bench.keys(": pivot_ip_203.0.113.7 <enter>");
    assert_eq!(bench.state.place(), Place::Profile);
    bench.keys(": sql_SELECT_COUNT(*)_AS_n_FROM_requests <enter>");
    assert_eq!(bench.state.place(), Place::Sql);
    assert!(bench.screen().contains("1 row"), "{}", bench.screen());
    bench.keys("1 : thm <tab> light <enter>");
    assert_eq!(bench.state.theme.palette, Palette::Light);
    bench.keys(": theme_loud <enter>");
    assert!(bench.screen().contains("there are dark, light and mono"), "{}", bench.screen());
    bench.keys("<ctrl-u> language_ko <enter>");
    assert_eq!(bench.state.lang, Lang::Ko);
    bench.keys(": no-such-thing <enter>");
    assert!(bench.screen().contains("no-such-thing"), "{}", bench.screen());
}

#[test]
fn what_does_nothing_here_says_so_and_is_kept() {
    let mut bench = Bench::new(80, 24);
    bench.keys("6 : zoom-in <enter>");
    assert!(bench.screen().contains("`zoom-in` does nothing here"), "{}", bench.screen());
    assert!(bench.screen().contains(" :zoom-in"), "{}", bench.screen());
    bench.keys("<esc>");
    assert!(bench.state.prompt.is_none());
}

#[test]
fn the_zone_changes_every_time_on_the_screen() {
    let without_message = |bench: &Bench| {
        let screen = bench.screen();
        let lines: Vec<&str> = screen.lines().collect();
        lines.iter().enumerate().filter(|(at, _)| *at != 34).map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
    };
    for script in ["j", "j <enter>", "j <enter> <enter>", "2", "3", "3 <enter>", "6", "j m 5"] {
        let mut bench = Bench::new(120, 36);
        bench.state.zones.push(chrono_tz::Asia::Seoul);
        bench.keys(script);
        if bench.state.prompt.is_some() {
            bench.keys("<esc> 5");
        }
        let before = without_message(&bench);
        bench.keys("z");
        let after = bench.screen();
        assert!(before.contains("UTC"), "{before}");
        assert!(after.contains("Asia/Seoul") && after.contains("times are in Asia/Seoul"), "{after}");
        // All is between 02:00 and 02:28 UTC of one day: nothing of that is left.
        assert!(!after.contains("2026-03-04 02:") && !after.contains(" 02:1"), "after {script}\n{after}");
        bench.keys("z");
        assert_eq!(without_message(&bench), before, "after {script}");
    }
    let mut bench = Bench::new(120, 36);
    bench.keys(": zone_seoul <enter>");
    assert_eq!(bench.state.clock.zone, chrono_tz::Asia::Seoul);
    bench.keys(": zone_Asia/Seuol <enter>");
    assert!(bench.screen().contains("did you mean `Asia/Seoul`?"), "{}", bench.screen());
}

#[test]
fn keys_of_ones_own_are_in_footer_and_help() {
    let mut bench = Bench::new(120, 36);
    bench.state.keymap = Keymap::parse("why = \"W\"\ntheme = \"F3\"\n", "keys.toml").unwrap();
    assert!(bench.keys("j").screen().contains("W why"), "{}", bench.screen());
    assert!(bench.keys("w").screen().contains("no key w here"));
    assert!(bench.keys("W").screen().contains("Why it fired"));
    // The help has them too, and only what is looked for.
    let screen = bench.keys("<esc> ? / drawn <enter>").screen();
    assert!(screen.contains("  W  ") && !screen.contains("zoom"), "{screen}");
    assert!(bench.keys("/ zzz <enter>").screen().contains("no command has `zzz`"));
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Msg {
    Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

fn click(bench: &mut Bench, column: u16, row: u16) {
    bench.apply(mouse(MouseEventKind::Down(MouseButton::Left), column, row));
    bench.apply(mouse(MouseEventKind::Up(MouseButton::Left), column, row));
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_wheel_goes_on() {
    let mut bench = Bench::new(120, 36);
    bench.state.mouse = true;
    bench.keys("2");
    let list = layout::timeline(&bench.state).list.unwrap();
    click(&mut bench, 20, list.y + 2 + 5);
    assert_eq!(bench.state.timeline.cursor.at, 5);
    bench.apply(mouse(MouseEventKind::ScrollDown, 20, list.y + 4));
    assert_eq!(bench.state.timeline.cursor.at, 8);
    bench.apply(mouse(MouseEventKind::ScrollUp, 20, list.y + 4));
    click(&mut bench, 20, list.y + 2 + 5);
    assert_eq!(bench.state.place(), Place::Detail);
    // Views by their names, and home again.
    let x = bench.line(1).find("3 Entities").unwrap() as u16;
    click(&mut bench, x + 1, 1);
    assert_eq!(bench.state.place(), Place::Entities);
    click(&mut bench, 3, 1);
    assert_eq!(bench.state.place(), Place::Findings);
    bench.keys("<F2>");
    click(&mut bench, x + 1, 1);
    assert_eq!(bench.state.place(), Place::Findings, "the mouse is the terminal's again");
}

#[test]
fn a_window_is_dragged_on_the_histogram() {
    let mut bench = Bench::new(120, 36);
    bench.state.mouse = true;
    bench.keys("2");
    let buckets = bench.state.timeline.buckets.clone();
    let area = layout::timeline(&bench.state).histogram;
    let x = |bar: u16| area.x + 2 + super::super::view::AXIS as u16 + bar;
    // From right to left, and beyond the end.
    bench.apply(mouse(MouseEventKind::Down(MouseButton::Left), x(20), area.y + 2));
    bench.apply(mouse(MouseEventKind::Drag(MouseButton::Left), x(10), area.y + 2));
    assert_eq!(bench.state.drag, Some((20, 10)));
    bench.apply(mouse(MouseEventKind::Up(MouseButton::Left), x(10), area.y + 2));
    let edge = |bar: i64| buckets.from + buckets.step * bar;
    assert_eq!(bench.state.timeline.scope.window, Some((edge(10), edge(21))));
    assert_eq!(bench.state.timeline.page.total as u64, buckets.counts[10..21].iter().sum::<u64>());
    bench.keys("u");
    assert_eq!(bench.state.timeline.page.total, 240);
}

#[test]
fn what_came_so_far_is_shown_and_promises_nothing() {
    let mut bench = Bench::opening(100, 30);
    bench.tell(Event::Glimpse(Box::new(super::world::glimpse())));
    let screen = bench.keys("2").screen();
    assert!(screen.contains("~240 requests so far; nothing is judged yet"), "{screen}");
    assert!(screen.contains("192.0.2.39") && screen.contains("203.0.113.7"), "{screen}");
    assert!(screen.contains("╵02:00:00"), "{screen}");
    assert!(bench.keys("1").screen().contains("Findings are withheld"));
    bench.open();
    assert!(bench.state.glimpse.is_none());
}

#[test]
fn judging_can_be_stopped() {
    let mut bench = Bench::opening(100, 30);
    bench.ready();
    assert!(bench.line(0).contains("judging rules, ctrl-x stops"), "{}", bench.line(0));
    bench.keys("<ctrl-x>");
    assert!(bench.stopped && bench.screen().contains("what is found by then is kept"), "{}", bench.screen());
}

#[test]
fn keys_typed_before_a_list_wait_for_it() {
    // Entities: the third of them is opened, as if the list had been there.
    let mut bench = Bench::new(120, 36);
    bench.slow = true;
    let screen = bench.keys("3 j j <enter>").screen();
    assert!(screen.contains("kept until the list is here: j j enter"), "{screen}");
    assert_eq!(bench.state.place(), Place::Entities);
    bench.arrive();
    assert_eq!((bench.state.place(), bench.state.ahead.len()), (Place::Profile, 0));
    let opened = bench.state.profile.path.clone();
    let mut other = Bench::new(120, 36);
    other.keys("3 j j <enter>");
    assert_eq!(opened, other.state.profile.path);
    // Requests of a finding: the keys are not for those of the list before.
    let mut bench = Bench::new(120, 36);
    bench.keys("2 G 1 j");
    bench.slow = true;
    bench.keys("<enter> j <enter>");
    bench.arrive();
    assert_eq!((bench.state.place(), bench.state.timeline.cursor.at), (Place::Detail, 1));
    // Escape forgets them.
    let mut bench = Bench::new(120, 36);
    bench.slow = true;
    bench.keys("3 j <enter> <esc>");
    bench.arrive();
    assert_eq!((bench.state.place(), bench.state.entities.cursor.at), (Place::Entities, 0));
}

#[test]
fn keys_typed_before_rules_are_judged_wait_and_other_views_do_not() {
    let mut bench = Bench::opening(120, 36);
    bench.keys("j j");
    bench.open();
    assert_eq!(bench.state.home.cursor.at, 2);
    let mut bench = Bench::opening(120, 36);
    bench.keys("j 6");
    assert_eq!((bench.state.place(), bench.state.ahead.len()), (Place::Sources, 0));
}

#[test]
fn the_first_click_on_a_pane_gives_it_the_keys_and_opens_nothing() {
    let mut bench = Bench::new(120, 36);
    bench.state.mouse = true;
    bench.keys("j <tab>");
    let list = layout::home(&bench.state).list;
    let row = list.y + 2 + (bench.state.home.cursor.at - bench.state.home.cursor.top) as u16;
    click(&mut bench, 20, row);
    assert_eq!((bench.state.place(), bench.state.home.pane), (Place::Findings, Pane::List));
    click(&mut bench, 20, row);
    assert_eq!(bench.state.place(), Place::Timeline);
}

#[test]
fn a_row_typed_on_a_narrow_screen_is_of_what_is_on_it() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 <enter> <tab>");
    assert!(bench.state.timeline.list_focused);
    bench.apply(Msg::Resize(80, 24));
    bench.keys(": 5 <enter>");
    assert_eq!(bench.state.timeline.cursor.at, 0, "the list under the request is not moved");
}

#[test]
fn sentences_name_the_keys_of_ones_own() {
    let mut bench = Bench::new(120, 36);
    bench.state.keymap = Keymap::parse("undo = \"M\"\nmark = \"v\"\nstop = \"ctrl-k\"\n", "keys.toml").unwrap();
    assert!(bench.keys("5").screen().contains("v marks a request"), "{}", bench.screen());
    let screen = bench.keys("2 f").screen();
    assert!(screen.contains("(M undoes, F lists the filters)"), "{screen}");
    bench.slow = true;
    assert!(bench.keys("3").line(0).contains("ctrl-k stops"), "{}", bench.line(0));
}

#[test]
fn a_deep_path_loses_its_middle_before_the_views_lose_their_names() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter> <enter> p <enter> <enter>");
    let line = bench.line(1);
    assert!(line.contains("6 Sources") && line.contains("Findings > "), "{line}");
    bench.apply(Msg::Resize(80, 24));
    let line = bench.line(1);
    assert!(line.contains("[2 Timeline]") && line.contains(" 6 ") && line.ends_with("> Timeline"), "{line}");
    assert!(line.contains("\u{2026} > "), "{line}");
}

#[test]
fn a_query_that_runs_is_ended_and_what_becomes_of_it_is_said() {
    let mut bench = Bench::new(120, 36);
    bench.slow = true;
    bench.keys(": sql_SELECT_COUNT(*)_AS_n_FROM_requests <enter>");
    assert!(bench.line(0).contains("querying, ctrl-x stops"), "{}", bench.line(0));
    bench.keys("<ctrl-x>");
    assert!(bench.stopped && bench.line(0).contains("query ending"), "{}", bench.screen());
    assert!(bench.screen().contains("ends after the step or the portion of a join at hand"));
    bench.arrive();
    assert!(bench.screen().contains("the query has ended") && bench.line(0).contains("idle"), "{}", bench.screen());
    assert!(bench.state.sql.queried.is_none(), "what was given up is not shown");
}
