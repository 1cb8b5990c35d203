//! The hour that a clock shows twice, settled by the order of lines.
//!
//! A log is written in order, give or take how long requests take: a time in that hour is the reading that lies near
//! the line before. Where neither does (the log begins there, or was silent), nothing settles it until the clock is seen
//! to step back; then what came before was the earlier hour.

use super::zone::second_reading;
use chrono_tz::Tz;

/// A reading so far from the line before, or less, is the one that is meant: half of what clocks are set back, in
/// microseconds.
const NEAR: i64 = 30 * 60 * 1_000_000;

/// The clock of one source while its lines pass by.
#[derive(Clone, Debug, Default)]
pub(crate) struct FoldClock {
    /// The time of the line before.
    last: Option<i64>,
    rows: u64,
    /// Steps back that no change of the clock explains: lines that are in no order settle nothing.
    back: u64,
    /// Whether the line before is certain, and was the later reading of its time.
    certain: bool,
    later: bool,
    /// Times in the hour at hand that are not settled, and all before it.
    open: u64,
    unsettled: u64,
}

impl FoldClock {
    /// A time that is in no doubt passes by.
    pub(crate) fn pass(&mut self, micros: i64) {
        self.rows += 1;
        self.back += u64::from(self.last.is_some_and(|last| micros < last - NEAR));
        self.last = Some(micros);
        self.unsettled += std::mem::take(&mut self.open);
        (self.certain, self.later) = (true, false);
    }

    /// A time passes by that occurs twice and was read as the earlier one; the result is the one that is meant.
    pub(crate) fn choose(&mut self, earlier: i64, zone: Tz) -> i64 {
        self.rows += 1;
        let later = second_reading(earlier, zone).unwrap_or(earlier);
        let last = self.last.filter(|_| self.back * 1_000 <= self.rows);
        let away = |reading: i64| last.map_or(i64::MAX, |last| reading.abs_diff(last).try_into().unwrap_or(i64::MAX));
        let is_later = away(later) < away(earlier) && away(later) <= NEAR;
        if !is_later && away(earlier) > NEAR {
            self.certain = false;
        }
        if is_later != self.later && away(if is_later { later } else { earlier }) <= NEAR {
            // The clock was seen to change: whatever was open before was on this side of it.
            self.open = 0;
            self.certain = true;
        }
        self.later = is_later;
        self.open += u64::from(!self.certain);
        let meant = if is_later { later } else { earlier };
        self.last = Some(meant);
        meant
    }

    /// How many times that occur twice nothing settled; the earlier was taken.
    pub(crate) fn unsettled(&self) -> u64 {
        self.unsettled + self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = Tz::America__New_York;
    /// 2024-11-03T06:00:00Z: the clock in New York goes from 2 to 1.
    const CHANGE: i64 = 1_730_613_600;
    const HOUR: i64 = 3_600;

    /// What is read back of instants that are logged in local time, and how many are left open.
    fn read(instants: &[i64]) -> (Vec<i64>, u64) {
        let mut clock = FoldClock::default();
        let mut read = Vec::new();
        for &instant in instants {
            let micros = instant * 1_000_000;
            let early = if (CHANGE..CHANGE + HOUR).contains(&instant) { micros - HOUR * 1_000_000 } else { micros };
            if (CHANGE - HOUR..CHANGE + HOUR).contains(&instant) {
                read.push(clock.choose(early, ZONE) / 1_000_000);
            } else {
                clock.pass(micros);
                read.push(instant);
            }
        }
        (read, clock.unsettled())
    }

    #[test]
    fn the_order_of_lines_settles_the_hour() {
        let minutes: Vec<i64> = (-90..90).map(|minute| CHANGE + minute * 60).collect();
        assert_eq!(read(&minutes), (minutes.clone(), 0));
        // From within the hour: the step back tells of what came before as well.
        assert_eq!(read(&minutes[60..]), (minutes[60..].to_vec(), 0));
        // Newest first.
        let backwards: Vec<i64> = minutes.iter().rev().copied().collect();
        assert_eq!(read(&backwards), (backwards.clone(), 0));
    }

    #[test]
    fn what_no_order_settles_is_taken_as_the_earlier_and_counted() {
        // One line alone, and an hour that never steps back.
        assert_eq!(read(&[CHANGE + 60]), (vec![CHANGE + 60 - HOUR], 1));
        let late: Vec<i64> = (1..20).map(|minute| CHANGE + minute * 60).collect();
        assert_eq!(read(&late), (late.iter().map(|instant| instant - HOUR).collect(), 19));
        // Silence before it.
        assert_eq!(read(&[CHANGE - 3 * HOUR, CHANGE + 60, CHANGE + 2 * HOUR]).1, 1);
    }

    #[test]
    fn lines_in_no_order_settle_nothing() {
        let shuffled: Vec<i64> = (0..400).map(|at| CHANGE + HOUR * 2 + (at * 7_919 % 400) * 60).collect();
        let (mut all, hour) = (shuffled, [CHANGE + 60, CHANGE - 60, CHANGE + 120]);
        all.extend(hour);
        let (read, open) = read(&all);
        assert_eq!((&read[400..], open), ([CHANGE + 60 - HOUR, CHANGE - 60, CHANGE + 120 - HOUR].as_slice(), 3));
    }

    proptest! {
        /// Lines in order up to a few minutes, without a silence of half an hour, come back as they were.
        #[test]
        fn logs_in_order_come_back(steps in prop::collection::vec((0_i64..1_100, 0_i64..300), 20..60)) {
            let mut at = CHANGE - 3 * HOUR;
            let instants: Vec<i64> = steps.iter().map(|(step, late)| { at += step; at - late }).collect();
            prop_assert_eq!(read(&instants), (instants.clone(), 0));
        }
    }
}
