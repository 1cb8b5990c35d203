//! The real terminal: what only a pseudo-terminal can show.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A program on a terminal of 80x24.
struct Session {
    screen: Arc<Mutex<vt100::Parser>>,
    bytes: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Session {
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("LC_ALL");
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(
            const { std::num::NonZero::new(24).unwrap() },
            const { std::num::NonZero::new(80).unwrap() },
            0,
        )));
        let (mut output, seen) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                recorded.lock().unwrap().extend_from_slice(&buffer[..n]);
                seen.lock().unwrap().process(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { screen, bytes, keys, child, _master: pair.master }
    }

    fn shell(script: &str) -> Self {
        Self::start(Path::new("/bin/sh"), &["-c", script])
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    fn wait_for(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            let screen = self.screen.lock().unwrap();
            if wanted(screen.screen()) {
                return;
            }
            assert!(Instant::now() < patience, "no {what} on:\n{}", screen.screen().contents());
            drop(screen);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Escape alone. A key that comes with it would be taken for Alt and the key.
    fn press_escape(&mut self) {
        self.type_keys("\x1b");
        std::thread::sleep(Duration::from_millis(120));
    }

    /// The first screen with its cursor.
    #[track_caller]
    fn wait_for_restored(&self) {
        self.wait_for("first screen with a cursor", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    }
}

/// A few lines of a log, in a folder of their own.
fn log() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let lines: Vec<String> = (0..30)
        .map(|n| {
            format!(
                "203.0.113.{} - - [04/Mar/2026:02:11:{n:02} +0000] \"GET /api/items/{n} HTTP/1.1\" 200 {} \"-\" \"curl/8.5.0\"\n",
                n % 5 + 1,
                300 + n
            )
        })
        .collect();
    std::fs::write(&path, lines.concat()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_breachline");

#[test]
fn quitting_gives_the_screen_and_the_line_mode_back() {
    let (_folder, path) = log();
    let mut session = Session::shell(&format!("echo before; '{PROGRAM}' '{path}'; echo after; stty -a"));
    session.wait_for_text("30 requests");
    session.wait_for("second screen", vt100::Screen::alternate_screen);
    session.type_keys("qq");
    session.wait_for_text("after");
    session.wait_for_restored();
    session.wait_for_text(" icanon");
    assert!(session.screen.lock().unwrap().screen().contents().contains("before"));
    assert!(session.child.wait().unwrap().success());
}

#[test]
fn keys_come_from_the_terminal_while_a_log_comes_from_a_pipe() {
    let (_folder, path) = log();
    let mut session = Session::shell(&format!("cat '{path}' | '{PROGRAM}' -; echo after"));
    session.wait_for_text("30 requests");
    session.type_keys("2");
    session.wait_for_text("/api/items/3");
    session.type_keys("\rr");
    session.wait_for_text("GET /api/items/0 HTTP/1.1");
    session.type_keys("\u{3}");
    session.wait_for_text("after");
    session.wait_for_restored();
}

#[test]
fn a_signal_gives_the_screen_back() {
    let (_folder, path) = log();
    let mut session = Session::start(Path::new(PROGRAM), &[&path]);
    session.wait_for_text("30 requests");
    let id = session.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(!session.child.wait().unwrap().success());
    session.wait_for_restored();
}

/// What must not come out of a log: a title, a colour, a question to the terminal, its clipboard, bidi, zero width, C1.
const EVIL: &[u8] = b"/a\x1b]0;pwned\x07\x1b[?1049l\x1b[5;31mred\xc2\x9b2J\xe2\x80\xae\xe2\x80\x8b\xff\xfe";

/// Twelve requests, hostile in every field that takes it, one of them with a user agent of a mebibyte; and no request.
fn hostile_log() -> Vec<u8> {
    let long = "x".repeat(1 << 20);
    let mut log = Vec::new();
    for n in 0..12 {
        log.extend_from_slice(format!("203.0.113.{n} - \x1b[6n [04/Mar/2026:02:11:{n:02} +0000] \"GET ").as_bytes());
        log.extend_from_slice(EVIL);
        log.extend_from_slice(b" HTTP/1.1\" 200 9 \"-\" \"");
        log.extend_from_slice(EVIL);
        log.extend_from_slice(if n == 3 { long.as_bytes() } else { b"ua" });
        log.extend_from_slice(b"\"\n");
    }
    log.extend_from_slice(b"\x1b[8m\x1b]52;c;cm0gLXJm\x07 no request at all\n");
    log
}

/// Every control sequence of a stream is one that the view itself writes.
#[track_caller]
fn assert_only_own_sequences(bytes: &[u8]) {
    // Reset, bold, underline, reverse, their ends, and the sixteen colours as an index into the palette.
    let is_own_style = |numbers: &str| {
        let numbers: Vec<u8> = numbers.split(';').filter_map(|number| number.parse().ok()).collect();
        let mut rest = &numbers[..];
        loop {
            rest = match rest {
                [] => return true,
                [38 | 48, 5, index, tail @ ..] if *index < 16 => tail,
                [0 | 1 | 4 | 7 | 22 | 24 | 27 | 39 | 49 | 59, tail @ ..] => tail,
                _ => return false,
            };
        }
    };
    let text = String::from_utf8(bytes.to_vec()).expect("all of it is UTF-8");
    for (at, part) in text.split('\x1b').enumerate() {
        assert!(!part.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n')), "{part:?}");
        let hidden = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}');
        assert!(!part.contains(hidden), "{part:?}");
        if at == 0 {
            continue;
        }
        let body = part.strip_prefix('[').unwrap_or_else(|| panic!("a sequence that is no CSI: {part:?}"));
        let end = body.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(body.len());
        let (numbers, last) = (&body[..end], body[end..].chars().next());
        match last {
            Some('m') => assert!(is_own_style(numbers), "{part:?}"),
            Some('H' | 'J' | 'K') => {}
            Some('h' | 'l') => assert!(numbers.starts_with('?'), "{part:?}"),
            _ => panic!("the view writes no such sequence: {part:?}"),
        }
    }
    // The second screen is left once, at the end.
    assert_eq!(text.matches("\x1b[?1049l").count(), 1);
}

#[test]
fn nothing_of_a_hostile_log_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    // The name of the file is hostile too.
    let path = folder.path().join("acc\x1b]0;named\u{202e}.log");
    std::fs::write(&path, hostile_log()).unwrap();
    let mut session = Session::start(Path::new(PROGRAM), &[path.to_str().unwrap()]);
    session.wait_for_text("12 requests");
    session.wait_for_text("UTC │ idle");
    // The coverage in full, and the help over it.
    session.type_keys("\x1b[Z\r");
    session.wait_for_text("What these logs can speak for");
    session.press_escape();
    session.type_keys("?");
    session.wait_for_text("Keys in");
    session.press_escape();
    session.type_keys("2");
    session.wait_for_text("GET");
    session.type_keys("jjj\r");
    session.wait_for_text("characters; r shows the line");
    session.type_keys("r");
    session.wait_for_text("Raw line");
    session.wait_for_text("pwned");
    session.press_escape();
    session.wait_for("the list behind the raw line", |screen| !screen.contents().contains("Raw line"));
    session.type_keys("f");
    session.wait_for_text("client_ip = '203.0.113.3'");
    // The hostile target as a filter, in the list of filters, in the palette and in a search.
    session.type_keys("llllllf");
    session.wait_for_text("'/a\\x1b]0;pwned\\x07");
    session.type_keys("F");
    session.wait_for_text("[on]  only target");
    session.press_escape();
    session.type_keys("/]0;pwned\r");
    session.wait_for_text("`]0;pwned`");
    session.type_keys(":keep target = ']0;pwned'\r");
    session.wait_for_text("0 of 12");
    session.type_keys("u");
    session.wait_for_text("1 of 12");
    // A mark on it, kept nowhere.
    session.type_keys("m");
    session.wait_for_text("keep marks and notes in");
    session.press_escape();
    session.type_keys("5");
    session.wait_for_text("Case: 1 mark");
    session.type_keys("3");
    session.wait_for_text("addresses");
    session.type_keys("lllll");
    session.wait_for_text("user agents");
    session.type_keys("\r");
    session.wait_for_text("user-agent");
    session.type_keys("4SELECT target, user_agent FROM requests;\r");
    session.wait_for_text("pwned");
    session.press_escape();
    session.press_escape();
    session.wait_for_text("Coverage");
    session.type_keys("6");
    session.wait_for_text("named\\u{202e}");
    session.type_keys("\r");
    session.wait_for_text("Rejects of");
    session.wait_for_text("\\x1b[8m");
    session.type_keys(":language ko\r");
    session.wait_for_text("한국어");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    session.wait_for_restored();
    let bytes = session.bytes.lock().unwrap().clone();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"\\x1b]0;pwned\\x07"), "what is hostile is shown, spelt out");
    assert_only_own_sequences(&bytes);
}

#[test]
fn what_came_so_far_is_shown_while_more_comes_and_stopping_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let mut log = Vec::new();
    for _ in 0..4 {
        log.extend(hostile_log());
    }
    std::fs::write(&path, log).unwrap();
    let path = path.to_str().unwrap();
    let endless = format!("(cat '{path}'; while sleep 0.1; do cat '{path}' || exit; done)");
    let mut session = Session::shell(&format!("{endless} | '{PROGRAM}' -; echo after"));
    session.wait_for_text("findings are withheld");
    session.type_keys("2");
    session.wait_for_text("so far; nothing is judged yet");
    session.wait_for_text("/a\\x1b]0");
    session.type_keys("6");
    session.wait_for_text("ctrl-x stops, keeps what is read");
    session.type_keys("\x18");
    session.wait_for("requests that are there", |screen| screen.contents().contains("│ idle"));
    session.type_keys("2");
    session.wait_for_text("/a\\x1b]0;pwned");
    session.type_keys("\x03");
    session.wait_for_text("after");
    assert_only_own_sequences(&session.bytes.lock().unwrap());
}

#[test]
fn without_colour_and_beyond_ascii_nothing_is_drawn() {
    let (_folder, path) = log();
    let mut session = Session::shell(&format!("NO_COLOR=1 '{PROGRAM}' --ascii --no-mouse '{path}'"));
    session.wait_for_text("30 requests");
    session.type_keys("2");
    // Keys do nothing to a list that is not there yet.
    session.wait_for_text("/api/items/3");
    session.type_keys("j\rr");
    session.wait_for_text("GET /api/items/1 HTTP/1.1");
    session.type_keys("?");
    session.wait_for_text("Keys in");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    session.wait_for_restored();
    let bytes = session.bytes.lock().unwrap().clone();
    assert!(bytes.is_ascii(), "{}", String::from_utf8_lossy(&bytes));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\x1b[7m"), "the cursor is seen without colour");
    assert!(!text.contains("8;5;"), "no colour of the palette");
    assert!(!text.contains("\x1b[?1000h"), "the mouse is left to the terminal");
}

#[test]
fn keys_of_ones_own_are_read_and_refused_by_line() {
    let (folder, path) = log();
    let keys = folder.path().join("breachline/keys.toml");
    std::fs::create_dir_all(keys.parent().unwrap()).unwrap();
    std::fs::write(&keys, "sources = \"ctrl-o\"\n").unwrap();
    let home = folder.path().to_str().unwrap();
    let mut session = Session::shell(&format!("XDG_CONFIG_HOME='{home}' '{PROGRAM}' '{path}'"));
    session.wait_for_text("30 requests");
    session.type_keys("\x0f");
    session.wait_for_text("This source");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    std::fs::write(&keys, "# mine\nsuorces = \"ctrl-o\"\n").unwrap();
    let session = Session::shell(&format!("XDG_CONFIG_HOME='{home}' '{PROGRAM}' '{path}'; echo ended $?"));
    session.wait_for_text("keys.toml:2: there is no command `suorces`; did you mean `sources`?");
    session.wait_for_text("ended 2");
}

#[test]
fn marks_are_on_the_disk_at_once_and_evidence_is_what_verify_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let (notes, out) = (folder.path().join("notes.json"), folder.path().join("out"));
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/aadhaar/gateway.log.gz");
    let (log, notes) = (log.to_str().unwrap(), notes.to_str().unwrap());
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, log]);
    session.wait_for_text("1 finding from");
    session.type_keys("jm");
    session.wait_for_text("marked");
    session.type_keys("a");
    session.wait_for_text("note:");
    session.type_keys("=first #key\r");
    session.wait_for_text("noted");
    let patience = Instant::now() + Duration::from_mins(1);
    while !std::fs::read_to_string(notes).is_ok_and(|text| text.contains("=first")) {
        assert!(Instant::now() < patience, "the note is not on the disk");
        std::thread::sleep(Duration::from_millis(20));
    }
    session.type_keys("e");
    session.wait_for_text("1 marked of 1 finding");
    session.type_keys(&format!("\x15{}\r", out.display()));
    let patience = Instant::now() + Duration::from_mins(1);
    while !folder.path().join("out/SHA256SUMS").exists() {
        assert!(Instant::now() < patience, "no evidence is written");
        std::thread::sleep(Duration::from_millis(20));
    }
    // All of the root is on a screen of 80 columns.
    session.wait_for("the root", |screen| {
        let text = screen.contents();
        text.split_whitespace().any(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    // Killed, as by a connection that breaks: nothing is lost.
    session.child.kill().unwrap();
    session.child.wait().unwrap();
    super::run(["verify", out.to_str().unwrap()]).expect_end(0, &[]);
    assert!(std::fs::read_to_string(out.join("marks.csv")).unwrap().contains("'=first"), "marks are part of it");
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, log]);
    session.wait_for_text("1 finding from");
    session.type_keys("5");
    session.wait_for_text("=first");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
}

#[test]
fn a_path_that_is_not_there_is_said_on_the_first_screen_and_in_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere.log");
    let mut session = Session::start(Path::new(PROGRAM), &[path.to_str().unwrap()]);
    session.wait_for_text("Nothing was read that is a request");
    session.wait_for_text("nowhere.log does not exist");
    session.type_keys("qq");
    assert_eq!(session.child.wait().unwrap().exit_code(), 2);
    // With logs beside it there was something to look at, but not all.
    let (_folder, log) = log();
    let mut session = Session::start(Path::new(PROGRAM), &[&log, path.to_str().unwrap()]);
    session.wait_for_text("UTC │ idle");
    session.type_keys("qq");
    session.wait_for_text("nowhere.log does not exist");
    assert_eq!(session.child.wait().unwrap().exit_code(), 3);
}

#[test]
fn two_views_on_the_same_notes_do_not_overwrite_each_other() {
    let (folder, path) = log();
    let notes = folder.path().join("n.json");
    let notes = notes.to_str().unwrap();
    std::fs::write(notes, "{\"schema\": \"breachline.notes/1\"}").unwrap();
    let mut one = Session::start(Path::new(PROGRAM), &["--notes", notes, &path]);
    one.wait_for_text("UTC │ idle");
    let mut two = Session::start(Path::new(PROGRAM), &["--notes", notes, &path]);
    two.wait_for_text("another view keeps its notes");
    one.type_keys("2");
    one.wait_for_text("1 of 30");
    one.type_keys("jm");
    one.wait_for_text("marked");
    two.type_keys("2m");
    two.wait_for_text("keep marks and notes in");
    two.type_keys("\x03");
    assert!(two.child.wait().unwrap().success());
    one.type_keys("\x03");
    assert!(one.child.wait().unwrap().success());
    let kept = std::fs::read_to_string(notes).unwrap();
    assert_eq!(kept.matches("\"line_no\": 2").count(), 2, "the mark and the place: {kept}");
    assert!(!kept.contains("\"line_no\": 1,"), "{kept}");
}

#[test]
fn an_order_a_zone_and_a_theme_come_back_unless_the_command_line_says_otherwise() {
    let (folder, path) = log();
    let notes = folder.path().join("n.json");
    let notes = notes.to_str().unwrap();
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, &path]);
    session.wait_for_text("UTC │ idle");
    session.type_keys("2S");
    session.wait_for_text("sorted by client, A to Z");
    session.type_keys("S");
    session.wait_for_text("sorted by client, Z to A");
    session.type_keys(":zone Asia/Seoul\r");
    session.wait_for_text("Asia/Seoul │ idle");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, &path]);
    session.wait_for_text("sorted by client, Z to A");
    session.wait_for_text("Asia/Seoul │ idle");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, "--display-tz", "UTC", &path]);
    session.wait_for_text("UTC │ idle");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
}

#[test]
fn a_panic_gives_the_screen_back_before_its_words() {
    let binary = std::env::current_exe().unwrap();
    let name = "pty::takes_the_terminal_and_panics";
    let mut session = Session::start(&binary, &[name, "--exact", "--ignored", "--nocapture"]);
    session.wait_for_text("a defect on purpose");
    assert!(!session.child.wait().unwrap().success());
    session.wait_for_restored();
}

/// Run by the test above, on a terminal of its own.
#[test]
#[ignore = "takes the terminal and panics; another test runs it"]
fn takes_the_terminal_and_panics() {
    let _guard = breachline::tui::terminal::Guard::take().unwrap();
    panic!("a defect on purpose");
}

#[test]
fn without_a_terminal_the_view_names_the_command_that_needs_none() {
    let (_folder, path) = log();
    super::run([path.as_str()]).expect_end(2, &["breachline hunt"]);
}

#[test]
fn a_case_opens_as_its_logs_do() {
    let (folder, path) = log();
    let case = folder.path().join("case");
    let case = case.to_str().unwrap();
    crate::run(["ingest", "-q", "--case", case, &path]).expect_end(0, &[]);
    std::fs::remove_file(&path).unwrap();
    let mut session = Session::start(Path::new(PROGRAM), &["--case", case]);
    session.wait_for_text("30 requests");
    session.type_keys("qq");
    assert!(session.child.wait().unwrap().success());
}
