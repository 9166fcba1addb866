//! A span of time, positive or negative.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use super::as_text;
use super::text::{Reader, TimeError};

/// A span of time to the nanosecond, positive or negative, written as ISO 8601: `PT36H`, `PT1M30.5S`, `-PT5S`.
///
/// A day in text (`P1D`) is read as 24 hours; months and years, whose length depends on the calendar, are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration {
    nanos: i128,
}

as_text!(Duration, "a span of time such as `PT1H30M`");

const NANOS_PER_SECOND: i128 = 1_000_000_000;

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self { nanos: 0 };

    /// So many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self { nanos }
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self {
            nanos: seconds as i128 * NANOS_PER_SECOND,
        }
    }

    /// So many minutes.
    #[must_use]
    pub const fn from_minutes(minutes: i64) -> Self {
        Self {
            nanos: minutes as i128 * 60 * NANOS_PER_SECOND,
        }
    }

    /// So many hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self {
            nanos: hours as i128 * 3_600 * NANOS_PER_SECOND,
        }
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self {
            nanos: days as i128 * 86_400 * NANOS_PER_SECOND,
        }
    }

    /// The span in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.nanos
    }

    /// The span in whole seconds, towards zero.
    #[must_use]
    pub const fn whole_seconds(self) -> i128 {
        self.nanos / NANOS_PER_SECOND
    }
}

/// # Panics
/// Beyond the range, some 5e21 years; a rule that does so becomes a typed error of its command.
impl Add for Duration {
    type Output = Self;

    #[track_caller]
    fn add(self, other: Self) -> Self {
        Self {
            nanos: self
                .nanos
                .checked_add(other.nanos)
                .expect("a span of time within its range"),
        }
    }
}

impl AddAssign for Duration {
    #[track_caller]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// # Panics
/// Beyond the range; a rule that does so becomes a typed error of its command.
impl Sub for Duration {
    type Output = Self;

    #[track_caller]
    fn sub(self, other: Self) -> Self {
        Self {
            nanos: self
                .nanos
                .checked_sub(other.nanos)
                .expect("a span of time within its range"),
        }
    }
}

impl SubAssign for Duration {
    #[track_caller]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// # Panics
/// Beyond the range; a rule that does so becomes a typed error of its command.
impl Mul<i64> for Duration {
    type Output = Self;

    #[track_caller]
    fn mul(self, times: i64) -> Self {
        Self {
            nanos: self
                .nanos
                .checked_mul(i128::from(times))
                .expect("a span of time within its range"),
        }
    }
}

/// # Panics
/// For the one span that has no counterpart; a rule that does so becomes a typed error of its command.
impl Neg for Duration {
    type Output = Self;

    #[track_caller]
    fn neg(self) -> Self {
        Self {
            nanos: self
                .nanos
                .checked_neg()
                .expect("a span of time within its range"),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("PT0S");
        }
        let nanos = self.nanos.unsigned_abs();
        let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        f.write_str(if self.nanos < 0 { "-PT" } else { "PT" })?;
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if seconds > 0 || fraction > 0 {
            write!(f, "{seconds}")?;
            super::text::write_fraction(f, i128::try_from(fraction).unwrap_or(0))?;
            f.write_str("S")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Duration {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text);
        let negative = reader.take(b'-');
        reader.one_of(b"P")?;
        // Counted down where negative, since the range has one span more on that side.
        let joined = |nanos: i128, part: i128| {
            let nanos = match negative {
                true => nanos.checked_sub(part),
                false => nanos.checked_add(part),
            };
            nanos.ok_or(TimeError::OutOfRange)
        };
        let mut nanos = 0_i128;
        let mut parts = 0;
        if reader.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            let days = reader
                .whole_number()?
                .checked_mul(86_400 * NANOS_PER_SECOND)
                .ok_or(TimeError::OutOfRange)?;
            nanos = joined(nanos, days)?;
            reader.one_of(b"D")?;
            parts += 1;
        }
        if reader.take(b'T') {
            let before = parts;
            let mut units: &[(u8, i128)] = &[(b'H', 3_600), (b'M', 60), (b'S', 1)];
            while reader.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                let number = reader.whole_number()?;
                let fraction = reader.fraction()?;
                let unit = reader.peek().ok_or(TimeError::Malformed)?;
                let place = units
                    .iter()
                    .position(|(letter, _)| *letter == unit)
                    .ok_or(TimeError::Malformed)?;
                let seconds = units[place].1;
                units = &units[place + 1..];
                reader.one_of(&[unit])?;
                if fraction.is_some() && unit != b'S' {
                    return Err(TimeError::Malformed);
                }
                let part = number
                    .checked_mul(seconds * NANOS_PER_SECOND)
                    .and_then(|part| part.checked_add(fraction.unwrap_or(0)))
                    .ok_or(TimeError::OutOfRange)?;
                nanos = joined(nanos, part)?;
                parts += 1;
            }
            if parts == before {
                return Err(TimeError::Malformed);
            }
        }
        reader.end()?;
        if parts == 0 {
            return Err(TimeError::Malformed);
        }
        Ok(Self { nanos })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_as_it_is_written() {
        for text in [
            "PT0S",
            "PT36H",
            "PT1H30M",
            "PT1M30.5S",
            "-PT5S",
            "PT0.000000001S",
        ] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
        assert_eq!(
            "P1DT1H".parse::<Duration>().unwrap(),
            Duration::from_hours(25)
        );
    }

    #[test]
    fn the_ends_of_the_range_are_read_as_they_are_written() {
        for nanos in [i128::MIN, i128::MIN + 1, i128::MAX] {
            let span = Duration::from_nanos(nanos);
            assert_eq!(span.to_string().parse(), Ok(span));
        }
    }

    #[test]
    fn what_has_no_fixed_length_or_no_parts_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1Y",
            "P1M",
            "PT1.5H",
            "PT1S1H",
            "1H",
            "PT1",
            "P1DT",
            "PT99999999999999999999999999999999999999H",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
