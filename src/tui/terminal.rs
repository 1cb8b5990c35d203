//! Takes the terminal and always gives it back: on return, on panic, on a signal, for `ctrl-z`.

use anyhow::Context as _;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, terminal};
use std::io::{IsTerminal as _, Write as _, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

/// Whether the terminal is taken now, so that giving it back twice does no harm.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is taken with it.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// What the process stands in, as far as drawing is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // facts that have nothing to do with one another
pub struct Surroundings {
    /// Standard output is a terminal.
    pub terminal: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// The locale speaks UTF-8.
    pub utf8: bool,
    /// The terminal says that its ground is light.
    pub light: bool,
    /// The locale is Korean.
    pub korean: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        // What messages are written in may differ from what letters are coded in.
        let messages = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        Self {
            terminal: stdout().is_terminal(),
            term: set("TERM"),
            // A bare environment says nothing; today's terminals speak UTF-8 then.
            utf8: locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8"),
            light: set("COLORFGBG").is_some_and(|colours| is_light(&colours)),
            korean: messages == "ko" || messages.starts_with("ko_") || messages.starts_with("ko."),
        }
    }

    /// Why no screen can be drawn here, if so.
    pub fn objection(&self) -> Option<String> {
        let instead = "; `breachline hunt PATH...` prints the findings as text";
        if !self.terminal {
            return Some(format!("the terminal view needs a terminal, and standard output is none{instead}"));
        }
        match self.term.as_deref() {
            Some("dumb") => {
                Some(format!("the terminal view needs a terminal that can place text, and TERM is dumb{instead}"))
            }
            _ => None,
        }
    }
}

/// Whether the last colour of `COLORFGBG` (text;ground, numbers of the palette) is one of the two light ones.
fn is_light(colours: &str) -> bool {
    matches!(colours.rsplit(';').next(), Some("7" | "15"))
}

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Guard {
    _private: (),
}

impl Guard {
    /// Takes the terminal: raw keys, second screen, no cursor. A panic of this thread gives it back first.
    ///
    /// # Errors
    /// When there is no terminal to take.
    pub fn take() -> anyhow::Result<Self> {
        hook_panics(thread::current().id());
        let guard = Self { _private: () };
        enter()?;
        Ok(guard)
    }

    /// Takes the mouse from the terminal, or leaves it to it.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn mouse(&self, on: bool) -> anyhow::Result<()> {
        MOUSE.store(on, Ordering::SeqCst);
        take_mouse()
    }

    /// Gives the terminal back for a while and stops the process until `fg`.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&self) -> anyhow::Result<()> {
        leave();
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
            .context("the process cannot be stopped")?;
        enter()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> anyhow::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()
        .context("no keyboard: the terminal cannot be switched to single keys; `breachline hunt PATH...` needs none")?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide, terminal::Clear(terminal::ClearType::All))
        .context("the terminal cannot be written to")?;
    if MOUSE.load(Ordering::SeqCst) { take_mouse() } else { Ok(()) }
}

fn take_mouse() -> anyhow::Result<()> {
    let told = if MOUSE.load(Ordering::SeqCst) {
        execute!(stdout(), EnableMouseCapture)
    } else {
        execute!(stdout(), DisableMouseCapture)
    };
    told.context("the terminal cannot be written to")
}

/// Gives the terminal back. Each step is tried even if the one before failed, and nothing is left to report to.
fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        if MOUSE.load(Ordering::SeqCst) {
            execute!(stdout(), DisableMouseCapture).ok();
        }
        execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show).ok();
        disable_raw_mode().ok();
        stdout().flush().ok();
    }
}

/// The terminal is given back before the words of a panic are written. Panics of other threads are
/// caught by those who started them and must not write over the screen.
fn hook_panics(screen: ThreadId) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == screen {
            leave();
        }
        if !TAKEN.load(Ordering::SeqCst) {
            before(info);
        }
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn without_a_screen_the_sentence_names_the_command_that_needs_none() {
        let good =
            Surroundings { terminal: true, term: Some("xterm".to_owned()), utf8: true, ..Surroundings::default() };
        assert_eq!(good.objection(), None);
        for bad in
            [Surroundings { terminal: false, ..good.clone() }, Surroundings { term: Some("dumb".to_owned()), ..good }]
        {
            assert!(bad.objection().unwrap().contains("breachline hunt"), "{bad:?}");
        }
    }

    #[test]
    fn a_light_ground_is_known_by_its_colour() {
        assert!(is_light("0;15") && is_light("0;default;7"));
        assert!(!is_light("15;0") && !is_light("0;default") && !is_light(""));
    }
}
