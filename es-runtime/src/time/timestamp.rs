//! A moment, to the nanosecond.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;
use std::time::SystemTime;

use super::date::NANOS_PER_DAY;
use super::text::{Reader, TimeError};
use super::{Date, Duration, as_text};

/// A moment between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, to the nanosecond, written in UTC:
/// `2026-01-05T10:00:00.25Z`. Text with another offset is read as the same moment.
///
/// In bodies it keeps its nanoseconds; beside a body (`occurred_at`, `recorded_at`) stores keep microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    nanos: i128,
}

as_text!(Timestamp, "a moment such as `2026-01-05T10:00:00Z`");

impl Timestamp {
    /// The first moment there is.
    pub const MIN: Self = Self {
        nanos: -719_162 * NANOS_PER_DAY,
    };
    /// The last moment there is.
    pub const MAX: Self = Self {
        nanos: 2_932_897 * NANOS_PER_DAY - 1,
    };
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self { nanos: 0 };

    /// The moment so many nanoseconds after the epoch, or nothing beyond the range.
    #[must_use]
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let moment = Self { nanos };
        (Self::MIN..=Self::MAX).contains(&moment).then_some(moment)
    }

    /// The moment so many microseconds after the epoch, or nothing beyond the range.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        Self::from_nanos(i128::from(micros) * 1_000)
    }

    pub(super) fn saturating_from_nanos(nanos: i128) -> Self {
        Self { nanos }.clamp(Self::MIN, Self::MAX)
    }

    /// Nanoseconds since the epoch; negative before.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.nanos
    }

    /// Whole microseconds since the epoch, rounded towards the past.
    #[must_use]
    pub fn micros(self) -> i64 {
        // The whole range fits: it is within 3.2e17 microseconds of the epoch. Most moments are within 64 bits of nanoseconds,
        // of which the division is many times as fast.
        match i64::try_from(self.nanos) {
            Ok(nanos) => nanos.div_euclid(1_000),
            Err(_) => i64::try_from(self.nanos.div_euclid(1_000)).unwrap_or(i64::MAX),
        }
    }

    /// The same moment as stores keep it beside a body: whole microseconds.
    #[must_use]
    pub fn to_micros_precision(self) -> Self {
        Self {
            nanos: i128::from(self.micros()) * 1_000,
        }
    }

    /// As text with all of its nine digits behind the point, so that texts are in the order of moments.
    pub(crate) fn padded(self) -> String {
        let of_day = self.nanos.rem_euclid(NANOS_PER_DAY);
        let (seconds, nanos) = (of_day / 1_000_000_000, of_day % 1_000_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!(
            "{}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z",
            self.date_utc()
        )
    }

    /// The day of this moment in UTC.
    #[must_use]
    pub fn date_utc(self) -> Date {
        let days = i32::try_from(self.nanos.div_euclid(NANOS_PER_DAY)).unwrap_or(0);
        Date::from_days_since_epoch(days).unwrap_or(Date::MAX)
    }

    /// The day of this moment where the clocks are `offset` ahead of UTC (behind, where negative).
    #[must_use]
    pub fn date_at(self, offset: Duration) -> Date {
        Self::saturating_from_nanos(self.nanos.saturating_add(offset.nanos())).date_utc()
    }

    /// The moment after `duration`, or nothing beyond the range.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        Self::from_nanos(self.nanos.checked_add(duration.nanos())?)
    }

    /// The moment before `duration`, or nothing beyond the range.
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        Self::from_nanos(self.nanos.checked_sub(duration.nanos())?)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let nanos = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()),
            Err(before) => i128::try_from(before.duration().as_nanos()).map(|nanos| -nanos),
        };
        Self::saturating_from_nanos(nanos.unwrap_or(i128::MAX))
    }
}

/// # Panics
/// Beyond the range; a rule that does so becomes a typed error of its command.
impl Add<Duration> for Timestamp {
    type Output = Self;

    #[track_caller]
    fn add(self, duration: Duration) -> Self {
        self.checked_add(duration)
            .expect("a moment within the years 1 to 9999")
    }
}

impl AddAssign<Duration> for Timestamp {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// # Panics
/// Beyond the range; a rule that does so becomes a typed error of its command.
impl Sub<Duration> for Timestamp {
    type Output = Self;

    #[track_caller]
    fn sub(self, duration: Duration) -> Self {
        self.checked_sub(duration)
            .expect("a moment within the years 1 to 9999")
    }
}

impl SubAssign<Duration> for Timestamp {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos - earlier.nanos)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.nanos.rem_euclid(NANOS_PER_DAY);
        let seconds = of_day / 1_000_000_000;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date_utc())?;
        super::text::write_fraction(f, of_day % 1_000_000_000)?;
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text);
        let date = reader.date()?;
        reader.one_of(b"Tt ")?;
        let of_day = reader.time_of_day()?;
        let offset = reader.offset()?;
        reader.end()?;
        let nanos = i128::from(date.days_since_epoch()) * NANOS_PER_DAY + of_day - offset;
        Self::from_nanos(nanos).ok_or(TimeError::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_moment_is_read_as_it_is_written_to_the_nanosecond() {
        for text in [
            "2026-01-05T10:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "2011-10-11T11:45:40.276Z",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
    }

    #[test]
    fn another_offset_is_the_same_moment() {
        assert_eq!(
            at("2011-10-11T13:45:40.276+02:00"),
            at("2011-10-11T11:45:40.276Z")
        );
        assert_eq!(
            at("2011-10-11T06:15:40.276-05:30"),
            at("2011-10-11T11:45:40.276Z")
        );
    }

    #[test]
    fn a_day_needs_a_zone() {
        let late = at("2026-01-05T23:30:00Z");
        assert_eq!(late.date_utc().to_string(), "2026-01-05");
        assert_eq!(
            late.date_at(Duration::from_seconds(3_600)).to_string(),
            "2026-01-06"
        );
    }

    #[test]
    fn what_is_not_a_moment_is_refused() {
        for text in [
            "",
            "2026-01-05",
            "2026-01-05T10:00:00",
            "2026-01-05T24:00:00Z",
            "2026-01-05T10:60:00Z",
            "2026-01-05T10:00:61Z",
            "2026-01-05T10:00:00.Z",
            "2026-01-05T10:00:00.1234567890Z",
            "2026-01-05T10:00:00+24:00",
            "0001-01-01T00:00:00+01:00",
            "2026-01-05T10:00:00Zx",
            "２０２６-01-05T10:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn beside_a_body_a_moment_keeps_microseconds_rounded_to_the_past() {
        assert_eq!(
            at("1969-12-31T23:59:59.9999999Z").to_micros_precision(),
            at("1969-12-31T23:59:59.999999Z")
        );
        assert_eq!(at("1969-12-31T23:59:59.9999999Z").micros(), -1);
        assert_eq!(
            Timestamp::from_micros(Timestamp::MIN.micros()),
            Some(Timestamp::MIN)
        );
    }
}
