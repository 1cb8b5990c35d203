//! The real terminal: what only a pseudo-terminal can show.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A program on a terminal of 80x24.
struct Session {
    screen: Arc<Mutex<vt100::Parser>>,
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
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                seen.lock().unwrap().process(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { screen, keys, child, _master: pair.master }
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
