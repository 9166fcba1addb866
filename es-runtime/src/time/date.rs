//! A day of the calendar, without a time and without a zone.

use std::fmt;
use std::str::FromStr;

use super::text::{Reader, TimeError};
use super::{Timestamp, as_text};

/// A day of the proleptic Gregorian calendar, from 0001-01-01 to 9999-12-31, written `2026-01-05`.
///
/// A timestamp belongs to a day only in some zone: [`Timestamp::date_utc`], [`Timestamp::date_at`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i32,
}

as_text!(Date, "a date such as `2026-01-05`");

const FIRST: i32 = -719_162;
const LAST: i32 = 2_932_896;

impl Date {
    /// The first day there is, 0001-01-01.
    pub const MIN: Self = Self { days: FIRST };
    /// The last day there is, 9999-12-31.
    pub const MAX: Self = Self { days: LAST };

    /// The day of a year, month (1 to 12) and day of the month (from 1).
    ///
    /// # Errors
    /// Where the calendar has no such day, or the year is not within 1 to 9999.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self, TimeError> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
            return Err(TimeError::OutOfRange);
        }
        if day == 0 || day > days_in_month(year, month) {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self {
            days: days_from_civil(year, month, day),
        })
    }

    /// The day so many days after 1970-01-01, or nothing beyond the range.
    #[must_use]
    pub fn from_days_since_epoch(days: i32) -> Option<Self> {
        (FIRST..=LAST).contains(&days).then_some(Self { days })
    }

    /// Days since 1970-01-01; negative before.
    #[must_use]
    pub const fn days_since_epoch(self) -> i32 {
        self.days
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> i32 {
        self.civil().0
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.civil().1
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.civil().2
    }

    /// Midnight of this day in UTC.
    #[must_use]
    pub fn at_midnight_utc(self) -> Timestamp {
        Timestamp::saturating_from_nanos(i128::from(self.days) * NANOS_PER_DAY)
    }

    /// Year, month and day, by counting in eras of 400 years that begin on 1 March.
    fn civil(self) -> (i32, u8, u8) {
        let shifted = self.days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (
            year,
            u8::try_from(month).unwrap_or(1),
            u8::try_from(day).unwrap_or(1),
        )
    }
}

pub(super) const NANOS_PER_DAY: i128 = 86_400 * 1_000_000_000;

fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let (month, day) = (i32::from(month), i32::from(day));
    let year = year - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn days_in_month(year: i32, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text);
        let date = reader.date()?;
        reader.end()?;
        Ok(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_range_is_read_as_it_is_written() {
        for days in (FIRST..=LAST).step_by(13).chain([LAST]) {
            let date = Date::from_days_since_epoch(days).unwrap();
            assert_eq!(date.to_string().parse(), Ok(date));
            assert_eq!(Date::new(date.year(), date.month(), date.day()), Ok(date));
        }
    }

    #[test]
    fn known_days_stand_where_the_calendar_has_them() {
        assert_eq!("1970-01-01".parse::<Date>().unwrap().days_since_epoch(), 0);
        assert_eq!(
            "2000-02-29".parse::<Date>().unwrap().days_since_epoch(),
            11_016
        );
        assert_eq!("0001-01-01".parse::<Date>(), Ok(Date::MIN));
        assert_eq!("9999-12-31".parse::<Date>(), Ok(Date::MAX));
    }

    #[test]
    fn a_day_that_the_calendar_does_not_have_is_refused() {
        for text in [
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "0000-01-01",
            "2026-1-5",
            "2026-01-05x",
            "",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
