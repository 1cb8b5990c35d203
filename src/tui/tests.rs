//! The view on invented logs: key scripts with an engine in line (no thread, no waiting), and the screens they lead to.

#![allow(clippy::unwrap_used)]

mod controls;
mod korean;
mod left;
mod said;
mod sorted;
mod ways;
mod world;

use super::state::{Effect, Msg, Place, State};
use super::text::Clock;
use super::theme::{Palette, Theme};
use super::{update, view};
use crate::engine::{Desk, Event, Look, Reply, Request, Slot};
use crate::notes::Notes;
use breachline_parsers::load::Progress;
use breachline_parsers::report::Completeness;
use breachline_queries::finding::Hunt;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::sync::Arc;
use std::time::Duration;

/// A state with the engine that answers it at once.
struct Bench {
    state: State,
    desk: Desk,
    long: crate::engine::Bench,
    quit: bool,
    stopped: bool,
    saved: Option<Notes>,
    copied: Vec<String>,
    /// What is asked waits for [`Bench::arrive`].
    slow: bool,
    asked: Vec<Effect>,
}

impl Bench {
    /// Before anything is read.
    fn opening(width: u16, height: u16) -> Self {
        let theme = Theme { palette: Palette::Mono, ascii: false };
        let state = State::new((width, height), theme, Clock { zone: chrono_tz::UTC });
        let desk = world::desk();
        let look = Look { key: [7; 32], extract: false };
        let long = crate::engine::Bench::new(desk.session(), look, Arc::default());
        Self {
            state,
            desk,
            long,
            quit: false,
            stopped: false,
            saved: None,
            copied: Vec::new(),
            slow: false,
            asked: Vec::new(),
        }
    }

    /// All read and judged.
    fn new(width: u16, height: u16) -> Self {
        let mut bench = Self::opening(width, height);
        bench.open();
        bench
    }

    fn open(&mut self) {
        self.ready();
        self.judge(world::hunt());
    }

    /// The logs are read.
    fn ready(&mut self) {
        let sources = self.desk.sources();
        self.tell(Event::Ready(Arc::new(sources)));
    }

    /// The rules are judged.
    fn judge(&mut self, hunt: Hunt) {
        let findings = self.desk.take_hunt(hunt, &[]);
        self.long.take(self.desk.verdicts().unwrap());
        self.tell(Event::Hunted(Arc::new(findings)));
    }

    fn tell(&mut self, event: Event) {
        self.apply(Msg::Engine(event));
    }

    /// What was asked is answered.
    fn arrive(&mut self) {
        self.slow = false;
        let asked = std::mem::take(&mut self.asked);
        self.perform(asked);
    }

    fn apply(&mut self, msg: Msg) {
        let effects = update(&mut self.state, msg);
        self.perform(effects);
    }

    fn perform(&mut self, mut waiting: Vec<Effect>) {
        while !waiting.is_empty() {
            match waiting.remove(0) {
                Effect::Ask(ask) if self.slow => self.asked.push(Effect::Ask(ask)),
                Effect::Ask(ask) => {
                    let reply = match &ask.request {
                        // Random keys must not write files.
                        Request::Export { wanted } if !wanted.directory.starts_with('/') => {
                            Reply::Export(Ok(crate::engine::answer::Exported::default()))
                        }
                        request => self.desk.answer(request).or_else(|| self.long.answer(request)).unwrap(),
                    };
                    let (slot, generation) = (ask.request.slot(), ask.generation);
                    let answer = Event::Answer { slot, generation, reply };
                    waiting.extend(update(&mut self.state, Msg::Engine(answer)));
                }
                Effect::Quit => self.quit = true,
                Effect::Copy(text) => self.copied.push(text),
                Effect::Save(notes) | Effect::SaveSoon(notes) => {
                    self.saved = Some(*notes);
                    waiting.extend(update(&mut self.state, Msg::Saved(Ok(()))));
                }
                Effect::OpenNotes(path) => {
                    waiting.extend(update(&mut self.state, Msg::Notes(path, Ok(Box::default()))));
                }
                Effect::StopJudging | Effect::StopQuery(_) | Effect::StopSort(_) => self.stopped = true,
                Effect::StopReading | Effect::Suspend | Effect::Mouse(_) => {}
            }
        }
    }

    /// Types keys: `2 j <enter> <esc>`, words letter by letter.
    fn keys(&mut self, script: &str) -> &mut Self {
        for word in script.split_whitespace() {
            match word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) {
                Some(name) => self.apply(Msg::Key(named(name))),
                // A word of a line that is typed; `_` is a blank in it.
                None if self.state.prompt.is_some() => {
                    for c in word.chars() {
                        self.apply(Msg::Key(KeyEvent::from(KeyCode::Char(if c == '_' { ' ' } else { c }))));
                    }
                }
                None => word.chars().for_each(|c| self.apply(Msg::Key(KeyEvent::from(KeyCode::Char(c))))),
            }
        }
        self
    }

    /// Types a text as it is.
    fn sql(&mut self, text: &str) -> &mut Self {
        text.chars().for_each(|c| self.apply(Msg::Key(KeyEvent::from(KeyCode::Char(c)))));
        self
    }

    /// A line of the screen.
    fn line(&self, at: usize) -> String {
        self.screen().lines().nth(at).unwrap_or_default().to_owned()
    }

    fn screen(&self) -> String {
        let (width, height) = self.state.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.state, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content.chunks(width as usize);
        // The cell behind a wide sign belongs to it.
        let line = |row: &[ratatui::buffer::Cell]| {
            let mut text = String::new();
            let mut taken = 0;
            for cell in row {
                if taken == 0 {
                    text.push_str(cell.symbol());
                    taken = super::text::width(cell.symbol()).max(1);
                }
                taken -= 1;
            }
            text
        };
        let text: Vec<String> = rows.map(line).collect();
        text.iter().map(|row| row.trim_end()).collect::<Vec<_>>().join("\n")
    }
}

fn named(name: &str) -> KeyEvent {
    match name {
        "enter" => KeyEvent::from(KeyCode::Enter),
        "esc" => KeyEvent::from(KeyCode::Esc),
        "tab" => KeyEvent::from(KeyCode::Tab),
        "pgdn" => KeyEvent::from(KeyCode::PageDown),
        "pgup" => KeyEvent::from(KeyCode::PageUp),
        "space" => KeyEvent::from(KeyCode::Char(' ')),
        "backspace" => KeyEvent::from(KeyCode::Backspace),
        "F2" => KeyEvent::from(KeyCode::F(2)),
        "F5" => KeyEvent::from(KeyCode::F(5)),
        "shift-tab" => KeyEvent::from(KeyCode::BackTab),
        ctrl => KeyEvent::new(
            KeyCode::Char(ctrl.strip_prefix("ctrl-").unwrap().chars().next().unwrap()),
            KeyModifiers::CONTROL,
        ),
    }
}

#[test]
fn home_wide() {
    assert_snapshot!(Bench::new(120, 36).keys("j").screen());
}

#[test]
fn home_narrow() {
    assert_snapshot!(Bench::new(80, 24).keys("j").screen());
}

#[test]
fn evidence_with_a_request_beside_it() {
    assert_snapshot!(Bench::new(120, 36).keys("j <enter> j j <enter>").screen());
}

#[test]
fn all_requests_narrow() {
    assert_snapshot!(Bench::new(80, 24).keys("2 G").screen());
}

#[test]
fn sources_wide() {
    assert_snapshot!(Bench::new(120, 36).keys("6").screen());
}

#[test]
fn help_narrow() {
    assert_snapshot!(Bench::new(80, 24).keys("2 ?").screen());
}

#[test]
fn the_first_picture_promises_nothing() {
    let mut bench = Bench::opening(80, 24);
    assert!(bench.screen().contains("withheld until routes and baselines stand"));
    let progress =
        Progress { source: "gw.log".to_owned(), nth: 1, of: 2, bytes: 40, total: 100, records: 7, rejects: 0 };
    bench.tell(Event::Reading(crate::engine::Reading { progress, elapsed: Duration::from_secs(1), size: 50 }));
    assert!(bench.screen().contains("reading 40 %"));
    assert!(bench.keys("6").screen().contains("gw.log"));
    // What is read ahead is of the source that comes next; how far each is stands beside it.
    let progress =
        Progress { source: "gx.log".to_owned(), nth: 2, of: 2, bytes: 75, total: 100, records: 9, rejects: 2 };
    bench.tell(Event::Reading(crate::engine::Reading { progress, elapsed: Duration::from_secs(2), size: 50 }));
    let progress =
        Progress { source: "gx.log".to_owned(), nth: 2, of: 2, bytes: 80, total: 100, records: 12, rejects: 2 };
    bench.tell(Event::Reading(crate::engine::Reading { progress, elapsed: Duration::from_secs(3), size: 50 }));
    let screen = bench.screen();
    let line = |name: &str| screen.lines().find(|line| line.contains(name)).unwrap().to_owned();
    let words = |name: &str| line(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    assert!(words("gw.log").contains("gw.log 50 B done 7 0 "), "{screen}");
    assert!(words("gx.log").contains("gx.log 30 B 60 % 5 2 1 s"), "{screen}");
    bench.ready();
    assert!(bench.keys("2").screen().contains("240 of 240 requests"));
}

#[test]
fn escape_leads_home_from_the_deepest_place() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter> j <enter>");
    assert_eq!(bench.state.trail, [Place::Findings, Place::Timeline, Place::Detail]);
    assert!(bench.screen().contains("Findings > object-walk > Timeline > request 2"));
    bench.keys("<esc> <esc>");
    assert_eq!(bench.state.place(), Place::Findings);
    assert_eq!(bench.state.home.cursor.at, 1, "the finding that was opened is still under the cursor");
}

#[test]
fn quitting_is_asked_once_at_home() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 q");
    assert_eq!((bench.state.place(), bench.quit), (Place::Findings, false));
    bench.keys("q j q");
    assert!(!bench.quit, "another key takes the question back");
    assert!(bench.screen().contains("quit? q again"));
    bench.keys("q");
    assert!(bench.quit);
    let mut bench = Bench::new(80, 24);
    bench.keys("2 <ctrl-c>");
    assert!(bench.quit);
}

#[test]
fn the_scope_is_in_words_and_counts() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter>");
    let line = bench.screen().lines().nth(2).unwrap().to_owned();
    assert!(
        line.starts_with(" scope: evidence of HIGH object-walk ") && line.ends_with(" 60 of 240 requests"),
        "{line}"
    );
    let under = bench.state.row_at_cursor().unwrap().row;
    bench.keys("+");
    assert_eq!(bench.state.row_at_cursor().unwrap().row, under, "zooming keeps the request under the cursor");
    assert!(bench.state.timeline.page.total < 60);
    bench.keys("0");
    assert_eq!(bench.state.timeline.page.total, 60);
    assert_eq!(bench.state.row_at_cursor().unwrap().row, under);
}

#[test]
fn the_value_under_the_cursor_narrows_and_comes_back() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 j f");
    assert!(bench.line(2).starts_with(" scope: all requests, client_ip = '203.0.113.7' "), "{}", bench.line(2));
    assert!(bench.line(2).ends_with(" 59 of 240 requests"), "{}", bench.line(2));
    bench.keys("u");
    assert_eq!((bench.state.timeline.page.total, bench.line(2).contains("client_ip")), (240, false));
    bench.keys("U x");
    assert!(bench.screen().contains("0 of 240 requests") && bench.screen().contains("u undoes the last change"));
    bench.keys("u u l l l x");
    assert!(bench.line(2).contains("not (status = 200)"), "{}", bench.line(2));
    assert_eq!(bench.state.timeline.page.total, 1);
}

#[test]
fn a_field_of_the_open_request_is_a_filter_too() {
    let mut bench = Bench::new(120, 36);
    bench.keys("2 j <enter>");
    let wanted = |bench: &Bench| super::view::field_at_cursor(&bench.state).map(|field| field.name);
    while wanted(&bench) != Some("status") {
        bench.keys("j");
    }
    bench.keys("f");
    assert_eq!((bench.state.place(), bench.state.timeline.page.total), (Place::Detail, 239));
    bench.keys("x");
    assert_eq!(bench.state.place(), Place::Timeline, "the request that was open is left out");
    assert_eq!(bench.state.timeline.page.total, 0);
}

#[test]
fn a_condition_that_cannot_be_read_is_kept_with_a_caret() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 F f statsu_=_403 <enter>");
    let screen = bench.screen();
    assert!(screen.contains("did you mean `status`?") && screen.contains("^^^^^^"), "{screen}");
    assert!(screen.contains("only where: statsu = 403"), "{screen}");
    bench.keys("<ctrl-u> sta <tab> _=_403 <enter>");
    assert_eq!(bench.state.timeline.page.total, 1);
    assert!(bench.screen().contains("[on]  only status = 403"), "{}", bench.screen());
    bench.keys("<space>");
    assert_eq!(bench.state.timeline.page.total, 240);
    bench.keys("d <esc> u u");
    assert_eq!(bench.state.timeline.page.total, 1, "what was deleted comes back as it was");
}

#[test]
fn a_window_is_typed_and_what_is_none_says_how() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 t 02:10..02:20 <enter>");
    assert!(bench.line(2).contains("2026-03-04 02:10:00 .. 02:20:00"), "{}", bench.line(2));
    let total = bench.state.timeline.page.total;
    assert!(total > 80 && total < 90, "{total}");
    bench.keys("t later <enter>");
    assert!(bench.screen().contains("`later` is no window") && bench.screen().contains("time: later"));
}

#[test]
fn entities_wide() {
    assert_snapshot!(Bench::new(120, 36).keys("3").screen());
}

#[test]
fn a_profile_wide() {
    assert_snapshot!(Bench::new(120, 36).keys("3 <enter>").screen());
}

#[test]
fn a_profile_smallest() {
    assert_snapshot!(Bench::new(60, 15).keys("3 <enter>").screen());
}

#[test]
fn a_finding_is_drawn() {
    assert_snapshot!(Bench::new(120, 36).keys("j w").screen());
}

#[test]
fn from_a_request_to_who_shares_its_account_and_all_the_way_back() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j <enter> j <enter>");
    let under = bench.state.row_at_cursor().unwrap().row;
    bench.keys("<tab> p");
    assert_eq!(bench.state.place(), Place::Profile);
    let screen = bench.screen();
    assert!(bench.line(1).ends_with("Findings > … > request 2 > ip 203.0.113.7"), "{screen}");
    assert!(screen.contains("59: 59 with data") && screen.contains("object-walk suspect"), "{screen}");
    // The first line leads to all its requests; from there esc comes back to the profile and to the request.
    bench.keys("<enter>");
    assert_eq!(bench.state.timeline.page.total, 59);
    assert!(bench.line(1).contains("ip 203.0.113.7 > Timeline"), "{}", bench.line(1));
    bench.keys("<esc>");
    assert_eq!(bench.state.place(), Place::Profile);
    bench.keys("/principal <enter> <enter>");
    assert!(bench.line(1).ends_with("ip 203.0.113.7 > principal m.okafor"), "{}", bench.line(1));
    bench.keys("<esc> <esc>");
    assert_eq!((bench.state.place(), bench.state.row_at_cursor().unwrap().row), (Place::Detail, under));
    assert_eq!(bench.state.timeline.page.total, 60, "the evidence is back as it was left");
    bench.keys("<esc> <esc>");
    assert_eq!(bench.state.trail, [Place::Findings]);
}

#[test]
fn who_a_finding_names_can_be_chosen() {
    let mut bench = Bench::new(80, 24);
    let screen = bench.keys("j p").screen();
    assert!(screen.contains("suspect             ip 203.0.113.7"), "{screen}");
    bench.keys("j <enter>");
    assert!(bench.line(1).contains("route /api/v2/users/{id}"), "{}", bench.line(1));
    assert!(bench.screen().contains("no request of it is in these logs"), "{}", bench.screen());
}

#[test]
fn entities_are_those_of_the_scope_sorted_and_searched() {
    let mut bench = Bench::new(120, 36);
    bench.keys("3 S");
    assert!(bench.screen().contains("sorted by requests"));
    assert_eq!(bench.state.entities.actors.as_ref().unwrap().rows[0].tally.value, "203.0.113.7");
    bench.keys("/198.51 <enter>");
    assert!(bench.screen().contains("1 of 52 addresses that contain `198.51`"), "{}", bench.screen());
    bench.keys("l");
    assert!(bench.screen().contains("no value contains that"), "{}", bench.screen());
    bench.keys("/ <enter>");
    assert_eq!(bench.state.entities.actors.as_ref().unwrap().rows[0].tally.value, "m.okafor");
    bench.keys("2 F f status_=_403 <enter> <esc> 3 h");
    assert!(bench.screen().contains("addresses: 1 "), "{}", bench.screen());
}

#[test]
fn sql_wide() {
    let mut bench = Bench::new(120, 36);
    bench.keys("4").sql("SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY client_ip ORDER BY n DESC LIMIT 3");
    assert_snapshot!(bench.keys("<F5>").screen());
}

#[test]
fn a_row_of_an_answer_leads_to_its_requests_and_back() {
    let mut bench = Bench::new(80, 24);
    bench.keys("4").sql("SELECT client_ip, COUNT(*) AS n FROM requests GROUP BY client_ip ORDER BY n DESC LIMIT 3");
    bench.keys("<F5> <enter>");
    assert_eq!(bench.state.timeline.page.total, 59);
    assert!(bench.line(1).ends_with("Findings > SQL > Timeline"), "{}", bench.line(1));
    bench.keys("<esc> p");
    assert!(bench.line(1).ends_with("SQL > ip 203.0.113.7"), "{}", bench.line(1));
    bench.keys("<esc> <esc>");
    assert!(!bench.state.sql.in_answer);
    bench.keys("<esc>");
    assert_eq!(bench.state.place(), Place::Findings);
}

#[test]
fn a_query_that_is_wrong_is_kept_with_a_caret() {
    let mut bench = Bench::new(80, 24);
    bench.keys("4").sql("SELECT statsu FROM requests");
    bench.keys("<F5>");
    let screen = bench.screen();
    assert!(screen.contains("did you mean `status`?") && screen.contains("^^^^^^"), "{screen}");
    assert!(screen.contains("SELECT statsu FROM requests"), "{screen}");
    bench.keys("<ctrl-p>");
    assert_eq!(bench.state.sql.text(), "SELECT statsu FROM requests");
    bench.keys("<ctrl-n>").sql("SELECT user_a");
    bench.keys("<tab>");
    assert_eq!(bench.state.sql.text(), "SELECT user_agent");
}

#[test]
fn the_scope_can_be_written_as_sql_and_gives_the_same_requests() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 t 02:05..02:20 <enter> j x 4 <ctrl-s> <F5>");
    let rows = super::update::sql_answer(&bench.state).map(|answer| answer.rows.len());
    assert_eq!(rows, Some(bench.state.timeline.page.total), "{}", bench.screen());
}

#[test]
fn findings_are_not_asked_for_before_they_stand() {
    let mut bench = Bench::opening(80, 24);
    bench.ready();
    bench.keys("4").sql("SELECT rule FROM findings");
    bench.keys("<F5>");
    assert!(bench.screen().contains("the rules are still being judged"), "{}", bench.screen());
}

#[test]
fn what_is_marked_is_saved_at_once_and_opened_as_it_was_left() {
    let mut bench = Bench::new(120, 36);
    bench.keys("j m");
    assert!(bench.screen().contains("keep marks and notes in: breachline-notes.json"), "{}", bench.screen());
    bench.keys("<enter>");
    assert_eq!(bench.saved.as_ref().unwrap().notes.len(), 1);
    bench.keys("<enter> j a").sql("first of many #exfil");
    bench.keys("<enter>");
    assert!(bench.screen().contains(">*"), "{}", bench.screen());
    bench.keys("3 m 5");
    assert_snapshot!(bench.screen());
    let notes = bench.saved.clone().unwrap();
    assert_eq!((notes.notes.len(), notes.notes[1].tags.as_slice()), (3, &["exfil".to_owned()][..]));
    // Another day: the same file, the same logs.
    let mut later = Bench::opening(120, 36);
    later.state.case.file = Some("breachline-notes.json".to_owned());
    later.state.case.notes = notes;
    later.ready();
    later.judge(world::hunt());
    assert!(later.keys("3").line(2).contains("evidence of HIGH object-walk"), "{}", later.line(2));
    assert!(later.keys("1").screen().contains(">*") || later.screen().contains(" *"), "{}", later.screen());
    // The first in time is the finding; the request opens where it stands.
    later.keys("5 j <enter>");
    assert_eq!(later.state.row_at_cursor().unwrap().row, 5);
    assert_eq!(later.state.timeline.page.total, 240);
    later.keys("<esc> d");
    assert_eq!(later.state.case.notes.notes.len(), 3, "it is asked first");
    later.keys("d");
    assert_eq!(later.saved.unwrap().notes.len(), 2);
}

#[test]
fn marks_that_are_kept_nowhere_are_not_forgotten_silently() {
    let mut bench = Bench::new(80, 24);
    bench.keys("j m <esc> q");
    assert!(bench.screen().contains("kept nowhere"), "{}", bench.screen());
    bench.keys("m q");
    assert!(!bench.screen().contains("kept nowhere"), "{}", bench.screen());
}

#[test]
fn an_export_says_what_it_will_hold_and_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(120, 36);
    bench.keys("j m <enter> <enter> a").sql("taken #exfil");
    bench.keys("<enter> e");
    assert!(bench.screen().contains("1 marked of 2 findings, 2 notes"), "{}", bench.screen());
    let out = folder.path().join("out");
    bench.keys("<ctrl-u>").sql(out.to_str().unwrap());
    // These logs are made up: there are no lines to read back, which the sentence names.
    bench.keys("<enter>");
    assert!(bench.screen().contains("gw-1/access.log:2: the line cannot be read back"), "{}", bench.screen());
}

#[test]
fn evidence_is_shown_whole_and_all_requests_stay_narrowed() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 j f 1 2");
    assert_eq!(bench.state.timeline.page.total, 59, "the filter of all requests is still there");
    bench.keys("1 G <enter>");
    assert_eq!(bench.state.timeline.page.total, 4, "no filter hides evidence");
    bench.keys("u");
    assert_eq!(bench.state.timeline.page.total, 59);
}

#[test]
fn a_search_goes_to_the_hit_and_on() {
    let mut bench = Bench::new(80, 24);
    bench.keys("2 /users/133 <enter>");
    let first = bench.state.timeline.cursor.at;
    let target = bench.state.row_at_cursor().unwrap().target.clone().unwrap();
    assert!(target.contains("/users/133"), "{target}");
    bench.keys("n");
    assert_eq!(bench.state.timeline.cursor.at, first, "it is the only one");
    bench.keys("/nothing-like-it <enter>");
    assert!(bench.screen().contains("`nothing-like-it` is in none of these requests"));
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    let mut bench = Bench::new(59, 15);
    assert_eq!(bench.screen().trim_end(), "needs 60x15, now 59x15");
    bench.apply(Msg::Resize(60, 15));
    assert!(bench.screen().contains("object-walk"));
}

const KEYS: [&str; 74] = [
    ":",
    ":",
    "100",
    "z",
    "i",
    "<F2>",
    "theme",
    "<shift-tab>",
    "5",
    "m",
    "a",
    "d",
    "<enter>",
    "4",
    "<F5>",
    "<ctrl-s>",
    "<ctrl-p>",
    "SELECT",
    "3",
    "3",
    "p",
    "p",
    "S",
    "w",
    "<enter>",
    "<tab>",
    "h",
    "l",
    "l",
    "f",
    "x",
    "F",
    "t",
    "u",
    "U",
    "d",
    "status_>_200",
    "<ctrl-w>",
    "j",
    "k",
    "g",
    "G",
    "1",
    "2",
    "6",
    "+",
    "-",
    "[",
    "]",
    "0",
    "{",
    "}",
    "R",
    "/",
    "n",
    "N",
    "r",
    "y",
    "?",
    "a",
    "z",
    "e",
    "<enter>",
    "<enter>",
    "<esc>",
    "<tab>",
    "<pgdn>",
    "<pgup>",
    "<space>",
    "<backspace>",
    "<ctrl-d>",
    "<ctrl-u>",
    "<ctrl-x>",
    "=",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_size_and_no_keys_bring_it_down(
        script in prop::collection::vec((prop::sample::select(&KEYS[..]), prop::option::weighted(0.1, (1..251_u16, 1..81_u16))), 0..40),
        size in (1..251_u16, 1..81_u16),
    ) {
        let mut bench = Bench::new(size.0, size.1);
        for (key, resize) in script {
            if let Some((width, height)) = resize {
                bench.apply(Msg::Resize(width, height));
            }
            bench.keys(key);
            bench.screen();
            let timeline = &bench.state.timeline;
            prop_assert!(timeline.cursor.at == 0 || timeline.cursor.at < timeline.page.total);
            prop_assert!(timeline.page.rows.len() <= 3 * 80);
        }
    }
}
