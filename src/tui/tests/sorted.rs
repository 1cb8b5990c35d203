//! The list of requests in the order of a column.

use super::*;
use crate::engine::answer::Sorting;

/// Rows of the page, by number.
fn rows(bench: &Bench) -> Vec<u32> {
    bench.state.timeline.page.rows.iter().map(|row| row.row).collect()
}

/// The row under the cursor.
fn under(bench: &Bench) -> u32 {
    bench.state.row_at_cursor().unwrap().row
}

/// The heading of the list.
fn heading(bench: &Bench) -> String {
    let screen = bench.screen();
    screen.lines().find(|line| line.contains("CLIENT")).unwrap().to_owned()
}

#[test]
fn by_the_column_under_the_cursor_then_turned_then_by_time() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 j j l l l l S");
    assert!(bench.screen().contains("Requests  sorted by bytes_out, most first"), "{}", bench.screen());
    assert!(heading(&bench).contains("BYTES▼"), "{}", heading(&bench));
    assert_eq!((under(&bench), bench.state.timeline.cursor.at), (239, 0), "what comes first is what was asked for");
    assert_eq!(rows(&bench)[..3], [239, 238, 237]);
    bench.keys("j j S");
    assert!(heading(&bench).contains("BYTES▲") && under(&bench) == 0, "{}", heading(&bench));
    bench.keys("j j j S");
    assert_eq!(
        (bench.state.timeline.scope.order, under(&bench)),
        (None, 3),
        "what happened round a request that was found"
    );
    assert!(!heading(&bench).contains('▲') && bench.screen().contains("in order of time"));
    // Every change of the order can be taken back.
    bench.keys("u u");
    assert!(heading(&bench).contains("BYTES▼"), "{}", heading(&bench));
    bench.keys("u U U U");
    assert_eq!(bench.state.timeline.scope.order, None);
}

#[test]
fn what_is_alike_stays_in_order_of_time_and_what_has_no_value_comes_last() {
    let mut bench = Bench::new(120, 36);
    // Every third request has a principal, and it is the same one.
    bench.keys("2 l S g");
    let first = |bench: &Bench| rows(bench)[..4].to_vec();
    assert_eq!(first(&bench), [0, 3, 6, 9]);
    bench.keys("S g");
    assert_eq!(first(&bench), [0, 3, 6, 9]);
    bench.keys("G");
    assert_eq!(under(&bench), 239, "rows without one, in order of time");
    bench.keys("h h h h S g");
    assert_eq!(bench.state.timeline.scope.order, Sorting::new("ts", Some(true)));
    assert_eq!(under(&bench), 239);
    bench.keys("l S g");
    assert!(bench.screen().contains("sorted by level, worst first"), "{}", bench.screen());
    assert_eq!(first(&bench), [1, 5, 9, 13]);
}

#[test]
fn a_command_names_the_column_and_the_way() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 :").sql("sort bytes_uot").keys("<enter>");
    assert!(bench.screen().contains("did you mean `bytes_out`?"), "{}", bench.screen());
    bench.keys("<ctrl-u>").sql("sort by").keys("<tab>");
    assert!(bench.screen().contains("byte_len  byte_offset  bytes  bytes_in  bytes_out"), "{}", bench.screen());
    assert!(bench.screen().contains("Can stand here"), "{}", bench.screen());
    bench.sql("s_out d").keys("<tab> <enter> g");
    assert_eq!(bench.state.timeline.scope.order, Sorting::new("bytes_out", Some(true)));
    assert_eq!(under(&bench), 239);
    bench.keys(":").sql("sort bytes_out sideways").keys("<enter>");
    assert!(bench.screen().contains("asc or desc"), "{}", bench.screen());
    bench.keys("<esc> :").sql("sort line_no asc").keys("<enter>");
    // A column that the list does not show: the title says it.
    assert_eq!(rows(&bench)[..4], [0, 120, 1, 121]);
    assert!(bench.screen().contains("; not a column here, enter shows it  (u undoes)"), "{}", bench.screen());
    assert!(bench.screen().contains("sorted by line_no, least first"), "{}", bench.screen());
    bench.keys(": sort_ts <enter>");
    assert_eq!(bench.state.timeline.scope.order, None);
    bench.keys("3 : sort_valeu <enter>");
    assert!(bench.screen().contains("did you mean `value`?"), "{}", bench.screen());
    bench.keys("<ctrl-u> sort_value <enter>");
    assert!(bench.screen().contains("sorted by value"), "{}", bench.screen());
}

#[test]
fn all_else_works_in_a_sorted_list() {
    let mut bench = Bench::new(120, 36);
    bench.state.case.file = Some("n.json".to_owned());
    bench.keys("2 l l l l S /users <enter>");
    assert_eq!(under(&bench), 237, "the next hit in the order of the list");
    bench.keys("n");
    assert_eq!(under(&bench), 233);
    bench.keys("N m : 3 <enter>");
    assert_eq!(under(&bench), 237, "row 3 is the third of the list");
    bench.keys("j j j j");
    assert!(bench.screen().contains("┃  *0"), "what was marked is marked: {}", bench.screen());
    bench.keys("<enter>");
    assert_eq!(bench.state.timeline.detail.as_ref().unwrap().row, 233);
    bench.keys("<esc> h h h h f");
    assert_eq!((bench.state.timeline.page.total, under(&bench)), (59, 233));
    assert_eq!(rows(&bench)[..2], [237, 233], "what is narrowed stays sorted");
    bench.keys("+ + +");
    let page = rows(&bench);
    assert!(page.windows(2).all(|pair| pair[0] > pair[1]) && page.contains(&233), "{page:?}");
    // Evidence is a list of requests as well; all requests are sorted as they were on the way back.
    bench.keys("1 j <enter> l l l l S");
    assert_eq!((under(&bench), bench.state.timeline.page.total), (237, 60));
    bench.keys("<enter> p <enter> <enter>");
    assert_eq!(bench.state.timeline.scope.order, None, "another list is in order of time");
    bench.keys("<esc> <esc> <esc>");
    assert_eq!(under(&bench), 237);
    assert_eq!(rows(&bench)[..2], [237, 233]);
}

#[test]
fn the_list_stays_usable_while_another_order_is_made() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 l l l l");
    bench.slow = true;
    bench.keys("S j j");
    let screen = bench.screen();
    assert!(screen.contains("sorting, ctrl-x stops") && !screen.contains("sorted by"), "{screen}");
    assert_eq!(under(&bench), 2, "in the order that it has");
    bench.arrive();
    assert_eq!((under(&bench), bench.state.timeline.cursor.at), (239, 0));
    // Stopped: nothing changes, and what comes too late is not taken.
    bench.slow = true;
    bench.keys("S <ctrl-x>");
    assert!(bench.stopped && bench.screen().contains("sorting stopped"));
    bench.arrive();
    assert_eq!(bench.state.timeline.scope.order, Sorting::new("bytes_out", Some(true)));
    assert!(!bench.screen().contains("ctrl-x stops"), "{}", bench.screen());
}

#[test]
fn what_is_narrowed_meanwhile_comes_in_the_order_that_was_asked_for() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 j");
    bench.slow = true;
    bench.keys("l l l l S h h h h f");
    bench.arrive();
    assert_eq!((bench.state.timeline.page.total, under(&bench)), (59, 1));
    assert_eq!(bench.state.timeline.scope.order, Sorting::new("bytes_out", Some(true)));
    // A scope that was to come in that order comes in the order of time where sorting is stopped.
    bench.slow = true;
    bench.keys("+ <ctrl-x>");
    bench.arrive();
    assert!(bench.state.timeline.page.total < 59 && bench.state.timeline.scope.order.is_none());
    assert_eq!(under(&bench), 1);
}

#[test]
fn signs_of_ascii_and_words_of_korean() {
    let mut bench = Bench::new(120, 36);
    bench.state.theme.ascii = true;
    bench.keys("2 l l l l S");
    assert!(heading(&bench).contains("BYTESv"), "{}", heading(&bench));
    bench.keys(": language_ko <enter>");
    let screen = bench.screen();
    assert!(screen.contains("bytes_out 순, 큰 것부터") && screen.contains("바이트v"), "{screen}");
}

#[test]
fn headings_are_names_too() {
    for (typed, by) in [
        ("bytes", "bytes_out"),
        ("TIME_desc", "ts"),
        ("src", "source"),
        ("sev", "level"),
        ("status", "status"),
        ("Target", "target"),
        ("\u{c0c1}\u{d0dc}", "status"),
    ] {
        let mut bench = Bench::new(120, 36);
        bench.keys(&format!("2 : sort_{typed} <enter>"));
        assert_eq!(bench.state.timeline.scope.order.unwrap().by(), by, "{typed}");
    }
    let mut bench = Bench::new(120, 36);
    bench.keys("2 : sort_time <enter>");
    assert_eq!(bench.state.timeline.scope.order, None);
    for (typed, told) in
        [("refused", "refusals"), ("first_seen", "first seen"), ("findings", "findings"), ("bytes_desc", "bytes")]
    {
        bench.keys(&format!("3 : sort_{typed} <enter>"));
        assert!(bench.screen().contains(&format!("sorted by {told}")), "{typed}: {}", bench.screen());
    }
}

#[test]
fn what_cannot_be_sorted_by_is_said_and_changes_nothing() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 j j : sort_country <enter>");
    assert!(bench.screen().contains("no request here has a value in country"), "{}", bench.screen());
    assert_eq!((bench.state.timeline.scope.order, under(&bench)), (None, 2));
    assert!(bench.state.timeline.undo.is_empty());
    bench.keys("6 : sort_bytes <enter>");
    assert!(
        bench.screen().contains("`sort` does nothing here; it works in: the timeline, Entities"),
        "{}",
        bench.screen()
    );
}

#[test]
fn evidence_is_sorted_as_it_was_when_it_is_opened_again() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter> l l l l S <esc> <enter>");
    assert_eq!((bench.state.timeline.scope.order, under(&bench)), (Sorting::new("bytes_out", Some(true)), 237));
    bench.keys("2");
    assert_eq!(bench.state.timeline.scope.order, None);
    bench.keys("<esc> <enter>");
    assert_eq!((bench.state.timeline.scope.order, under(&bench)), (Sorting::new("bytes_out", Some(true)), 237));
    bench.keys("u u");
    assert!(bench.line(2).contains("evidence of"), "{}", bench.line(2));
    bench.keys("u");
    assert_eq!(bench.state.timeline.scope.order, None);
}

#[test]
fn the_sign_has_a_gap_behind_it_in_narrow_columns_too() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 : sort_status <enter>");
    assert!(heading(&bench).contains(" STATUS▼ TARGET"), "{}", heading(&bench));
    let mut bench = Bench::new(120, 36);
    bench.keys("2 : sort_src <enter>");
    assert!(heading(&bench).contains(" SRC▲ CLIENT"), "{}", heading(&bench));
}
