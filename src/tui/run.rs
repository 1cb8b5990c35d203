//! The loop: messages in, effects out, a drawing when something changed.

use super::commands::Keymap;
use super::keeper::Keeper;
use super::state::{Effect, Msg, State};
use super::terminal::{Guard, Surroundings};
use super::text::Clock;
use super::theme::{Palette, Theme};
use super::{update, view};
use crate::engine::Engine;
use crate::engine::answer::Sources;
use crate::notes::{Held, Notes};
use crate::session::SessionOptions;
use crate::words::Lang;
use anyhow::Context as _;
use breachline_queries::rule::Rule;
use chrono_tz::Tz;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{Event as Input, KeyEventKind, MouseEventKind};
use crossterm::execute;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{BufWriter, Stdout, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The shortest time from one drawing to the next.
const FRAME: Duration = Duration::from_micros(16_667);

/// How the view starts.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Colours; else bold and reverse only.
    pub colours: bool,
    /// The theme that was asked for; else by colours and surroundings.
    pub theme: Option<Palette>,
    /// The zone of times that was asked for; else the one chosen last time is taken.
    pub zone: Option<Tz>,
    /// Only ASCII signs, whatever the locale says.
    pub ascii: bool,
    /// The language that was asked for; else by the locale.
    pub lang: Option<Lang>,
    /// Whether the mouse is left to the terminal.
    pub no_mouse: bool,
    /// Which key is which command.
    pub keymap: Keymap,
    /// The file that marks and notes are kept in.
    pub notes: Option<PathBuf>,
    /// The options as typed, for the manifests of exports.
    pub words: Vec<String>,
}

/// Opens the paths and shows them until the analyst quits; gives what was read by then, if all was.
///
/// # Errors
/// When there is no terminal to draw on, when it goes away, or when nothing was read.
pub fn run(options: SessionOptions, rules: Vec<Rule>, start: Start) -> anyhow::Result<Option<Arc<Sources>>> {
    let Start { colours, theme, zone, ascii, lang, no_mouse, keymap, notes, words } = start;
    let around = Surroundings::of_process();
    if let Some(objection) = around.objection() {
        anyhow::bail!(objection);
    }
    // crossterm swallows reverse video together with the colours where NO_COLOR is set;
    // the theme without colours already does what NO_COLOR asks for.
    crossterm::style::force_color_output(true);
    let palette = theme.unwrap_or(match (colours, around.light) {
        (false, _) => Palette::Mono,
        (true, false) => Palette::Dark,
        (true, true) => Palette::Light,
    });
    let clock = Clock { zone: options.display_tz };
    // Without colours there is one theme.
    let theme_given = theme.is_some() || !colours;
    let theme = Theme { palette, ascii: ascii || !around.utf8 };

    let kept = notes.as_deref().map(kept_notes).transpose()?;
    let (sender, inbox) = channel();
    let signal = Arc::new(AtomicI32::new(0));
    watch_signals(&sender, &signal)?;
    let guard = Guard::take()?;
    let mut screen =
        Terminal::new(CrosstermBackend::new(BufWriter::new(stdout()))).context("the terminal cannot be drawn on")?;
    let size = screen.size().context("the size of the terminal cannot be read")?;
    let mut state = State::new((size.width, size.height), theme, clock);
    state.lang = lang.unwrap_or(if around.korean { Lang::Ko } else { Lang::En });
    state.keymap = keymap;
    state.local = local_zone();
    for zone in [Some(clock.zone), state.local].into_iter().flatten() {
        if !state.zones.contains(&zone) {
            state.zones.push(zone);
        }
    }
    state.mouse = !no_mouse;
    if state.mouse {
        guard.mouse(true)?;
    }
    let mut held = None;
    if let (Some(path), Some((notes, opened))) = (notes, kept) {
        state.case.notes = notes;
        match opened {
            Ok(now_held) => {
                state.case.file = Some(path.to_string_lossy().into_owned());
                held = Some(now_held);
            }
            Err(why) => state.case.kept_from = Some(why),
        }
        let given = update::Given { theme: theme_given, zone: zone.is_some(), lang: lang.is_some() };
        update::take_looks(&mut state, given);
    }
    let keeper = Keeper::start(sender.clone(), held)?;
    // The first picture comes before any file is opened.
    screen.draw(|frame| view(&state, frame)).context("the terminal cannot be written to")?;
    read_keys(sender.clone())?;
    let engine = Engine::start(options, rules, words, move |event| {
        // When the loop has ended nobody needs to know.
        sender.send(Msg::Engine(event)).ok();
    })
    .context("no thread for reading")?;

    let ended = turn(&mut state, &inbox, &engine, &mut screen, &guard, &keeper);
    // What was noted is on the disk before anything else ends.
    let kept = keeper.close();
    engine.close();
    drop(guard);
    if let Some(why) = kept {
        anyhow::bail!("the last notes are not saved: {why}");
    }
    if state.sources.as_ref().is_some_and(|sources| sources.extent.requests() == 0) {
        // The screen said so; a script that opened it is to know as well.
        anyhow::bail!("nothing was read that is a request; `breachline survey` with the same paths says why");
    }
    if let number @ 1.. = signal.load(Ordering::SeqCst) {
        // The one who sent the signal sees the process end by it.
        signal_hook::low_level::emulate_default_handler(number).ok();
    }
    ended.map(|()| state.sources)
}

/// The notes of a file, and the file, or why it cannot be written into.
fn kept_notes(path: &Path) -> anyhow::Result<(Notes, Result<Held, String>)> {
    match Notes::open(path) {
        Ok((notes, held)) => Ok((notes, Ok(held))),
        // They can be looked at nevertheless; what they are not is told by reading them.
        Err(why) => Ok((Notes::read(path)?, Err(format!("{why:#}")))),
    }
}

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Turns until an effect says quit.
fn turn(
    state: &mut State,
    inbox: &Receiver<Msg>,
    engine: &Engine,
    screen: &mut Screen,
    guard: &Guard,
    keeper: &Keeper,
) -> anyhow::Result<()> {
    let mut drawn = Instant::now();
    let mut dirty = false;
    loop {
        let waited = if dirty {
            inbox.recv_timeout(FRAME.saturating_sub(drawn.elapsed()))
        } else {
            inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
        };
        match waited {
            Ok(first) => {
                // Everything that waits is applied before the next drawing.
                for msg in std::iter::once(first).chain(inbox.try_iter().take(1000)) {
                    dirty = true;
                    state.now = now();
                    for effect in update(state, msg) {
                        match effect {
                            Effect::Ask(ask) => engine.ask(ask),
                            Effect::StopReading => engine.stop(),
                            Effect::StopJudging => engine.stop_hunt(),
                            Effect::StopQuery(generation) => engine.stop_query(generation),
                            Effect::StopSort(generation) => engine.stop_sort(generation),
                            Effect::Copy(text) => {
                                execute!(stdout(), CopyToClipboard::to_clipboard_from(text)).ok();
                            }
                            Effect::Save(notes) => keeper.save(state.case.file.as_deref(), notes, false),
                            Effect::SaveSoon(notes) => keeper.save(state.case.file.as_deref(), notes, true),
                            Effect::OpenNotes(path) => keeper.open(path),
                            Effect::Mouse(on) => guard.mouse(on)?,
                            Effect::Suspend => {
                                guard.suspend()?;
                                screen.clear().context("the terminal cannot be cleared")?;
                            }
                            Effect::Quit => return Ok(()),
                        }
                    }
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if dirty && drawn.elapsed() >= FRAME {
            screen.draw(|frame| view(state, frame)).context("the terminal cannot be written to")?;
            drawn = Instant::now();
            dirty = false;
        }
    }
}

/// Reads keys on a thread of its own, from the terminal even where standard input is a log.
fn read_keys(sender: Sender<Msg>) -> anyhow::Result<()> {
    thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || {
            loop {
                let msg = match crossterm::event::read() {
                    Ok(Input::Key(key)) if key.kind != KeyEventKind::Release => Msg::Key(key),
                    Ok(Input::Mouse(event)) if event.kind != MouseEventKind::Moved => Msg::Mouse(event),
                    Ok(Input::Paste(text)) => Msg::Paste(text),
                    Ok(Input::Resize(width, height)) => Msg::Resize(width, height),
                    Ok(_) => continue,
                    // The terminal is gone.
                    Err(_) => Msg::End,
                };
                let last = matches!(msg, Msg::End);
                if sender.send(msg).is_err() || last {
                    return;
                }
            }
        })
        .context("no thread for the keyboard")?;
    Ok(())
}

/// Turns the signals that end a process into a message, so that the terminal is given back first.
fn watch_signals(sender: &Sender<Msg>, signal: &Arc<AtomicI32>) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals =
        signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]).context("signals cannot be watched")?;
    let (sender, signal) = (sender.clone(), Arc::clone(signal));
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for number in signals.forever() {
                signal.store(number, Ordering::SeqCst);
                if sender.send(Msg::End).is_err() {
                    return;
                }
            }
        })
        .context("no thread for signals")?;
    Ok(())
}

/// The zone of this machine: `TZ`, or what `/etc/localtime` points to.
fn local_zone() -> Option<Tz> {
    let named = |path: &str| path.rsplit_once("zoneinfo/").map_or(path, |(_, name)| name).parse().ok();
    match std::env::var("TZ").ok().filter(|zone| !zone.is_empty()) {
        Some(zone) => named(zone.trim_start_matches(':')),
        None => named(std::fs::read_link("/etc/localtime").ok()?.to_str()?),
    }
}

/// Microseconds UTC by the clock of the machine.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
