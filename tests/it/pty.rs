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

#[test]
fn nothing_of_a_hostile_log_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let evil = b"/a\x1b]0;pwned\x07\x1b[?1049l\x1b[5;31mred\xc2\x9b2J\xe2\x80\xae\xe2\x80\x8b\xff\xfe";
    let long = "x".repeat(1 << 20);
    let mut log = Vec::new();
    for n in 0..12 {
        log.extend_from_slice(format!("203.0.113.{n} - \x1b[6n [04/Mar/2026:02:11:{n:02} +0000] \"GET ").as_bytes());
        log.extend_from_slice(evil);
        log.extend_from_slice(b" HTTP/1.1\" 200 9 \"-\" \"");
        log.extend_from_slice(evil);
        log.extend_from_slice(if n == 3 { long.as_bytes() } else { b"ua" });
        log.extend_from_slice(b"\"\n");
    }
    log.extend_from_slice(b"\x1b[8m\x1b]52;c;cm0gLXJm\x07 no request at all\n");
    std::fs::write(&path, log).unwrap();
    let mut session = Session::start(Path::new(PROGRAM), &[path.to_str().unwrap()]);
    session.wait_for_text("12 requests");
    session.wait_for_text("UTC │ idle");
    session.type_keys("2");
    session.wait_for_text("GET");
    session.type_keys("jjj\r");
    session.wait_for_text("characters; r shows the line");
    session.type_keys("r");
    session.wait_for_text("Raw line");
    session.wait_for_text("pwned");
    session.type_keys("\x1b");
    // A key that comes with the escape would be taken for Alt and the key.
    session.wait_for("the list behind the raw line", |screen| !screen.contents().contains("Raw line"));
    session.type_keys("f");
    session.wait_for_text("client_ip = '203.0.113.3'");
    session.type_keys("3");
    session.wait_for_text("addresses");
    session.type_keys("lllll");
    session.wait_for_text("user agents");
    session.type_keys("\r");
    session.wait_for_text("user-agent");
    session.type_keys("4SELECT target, user_agent FROM requests;\r");
    session.wait_for_text("pwned");
    session.type_keys("\x1b");
    session.wait_for_text("esc");
    session.type_keys("\x03");
    assert!(session.child.wait().unwrap().success());
    session.wait_for_restored();
    let bytes = session.bytes.lock().unwrap().clone();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"\\x1b]0;pwned\\x07"), "what is hostile is shown, spelt out");
    let sequences: [&[u8]; 7] =
        [b"\x1b]0;", b"\x1b]52;c;cm0", b"\x1b[5;31m", b"\x1b[6n", b"\x1b[8m", b"\xc2\x9b", b"\x07"];
    for sequence in sequences.into_iter().chain(["\u{202e}".as_bytes(), "\u{200b}".as_bytes()]) {
        assert!(!holds(sequence), "{sequence:x?} came out of the log");
    }
    // The second screen is left once, at the end.
    assert_eq!(bytes.windows(8).filter(|window| *window == b"\x1b[?1049l").count(), 1);
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
    while !folder.path().join("out-notes.csv").exists() {
        assert!(Instant::now() < patience, "no evidence is written");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Killed, as by a connection that breaks: nothing is lost.
    session.child.kill().unwrap();
    session.child.wait().unwrap();
    super::run(["verify", out.to_str().unwrap()]).expect_end(0, &[]);
    assert!(std::fs::read_to_string(folder.path().join("out-notes.csv")).unwrap().contains("'=first"));
    let mut session = Session::start(Path::new(PROGRAM), &["--notes", notes, log]);
    session.wait_for_text("1 finding from");
    session.type_keys("5");
    session.wait_for_text("=first");
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
