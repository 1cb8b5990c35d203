//! The one line on standard error that moves while files are read.

use crate::render;
use breachline_parsers::load::Progress;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How fast something is read.
#[derive(Clone, Copy, Debug)]
pub struct Pace(f64);

impl Pace {
    /// That of bytes that came in so many seconds; none where nothing came yet.
    #[must_use]
    pub fn of(bytes: u64, seconds: f64) -> Option<Self> {
        (bytes > 0 && seconds > 0.0).then(|| Self(bytes as f64 / seconds))
    }

    /// Bytes a second.
    #[must_use]
    pub const fn rate(self) -> u64 {
        self.0 as u64
    }

    /// Microseconds that other bytes take, in whole seconds.
    #[must_use]
    pub fn time_of(self, bytes: u64) -> i64 {
        ((bytes as f64 / self.0).ceil() as i64).saturating_mul(1_000_000)
    }
}

/// Redraws at most ten times a second; says nothing when standard error is no terminal.
pub struct Meter {
    start: Instant,
    drawn: Option<Instant>,
    on: bool,
}

impl Meter {
    /// A meter; with `quiet` it stays silent.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self { start: Instant::now(), drawn: None, on: !quiet && std::io::stderr().is_terminal() }
    }

    /// Shows how far the reading is.
    pub fn show(&mut self, progress: &Progress) {
        if !self.on || self.drawn.is_some_and(|drawn| drawn.elapsed() < Duration::from_millis(100)) {
            return;
        }
        let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let line = line(progress, self.start.elapsed());
        // A line as wide as the terminal would wrap and leave its first half standing.
        write(&render::cut(&line, columns.saturating_sub(1)));
        self.drawn = Some(Instant::now());
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            write("");
        }
    }
}

fn write(text: &str) {
    let mut err = std::io::stderr().lock();
    // Progress that cannot be shown is no reason to stop.
    let _ = write!(err, "\r\x1b[2K{text}").and_then(|()| err.flush());
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.clear();
    }
}

/// File n of m, share, speed, records, name.
fn line(progress: &Progress, elapsed: Duration) -> String {
    let speed = Pace::of(progress.bytes, elapsed.as_secs_f64()).map_or(0, Pace::rate);
    let share = if progress.total > 0 {
        format!("{:>5}", render::share(progress.bytes.min(progress.total), progress.total))
    } else {
        format!("{:>5}", render::bytes(progress.bytes))
    };
    format!(
        "reading {} of {} {share}  {}/s  {} records  {}",
        progress.nth,
        progress.of,
        render::bytes(speed),
        render::count(progress.records),
        render::visible(&progress.source)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_says_how_long_the_rest_takes() {
        let pace = Pace::of(30, 2.0).unwrap();
        assert_eq!((pace.rate(), pace.time_of(31), pace.time_of(0)), (15, 3_000_000, 0));
        assert!(Pace::of(0, 2.0).is_none() && Pace::of(30, 0.0).is_none());
    }

    #[test]
    fn the_line_says_how_far_and_how_fast() {
        let mut progress = Progress {
            source: "gw\u{1b}.log".to_owned(),
            nth: 2,
            of: 3,
            bytes: 50_000_000,
            total: 100_000_000,
            records: 250_000,
            rejects: 0,
        };
        let half_a_second = Duration::from_millis(500);
        assert_eq!(line(&progress, half_a_second), "reading 2 of 3  50 %  100.0 MB/s  250,000 records  gw\\x1b.log");
        progress.total = 0;
        assert!(line(&progress, half_a_second).contains("50.0 MB"));
    }
}
