//! Reading and writing the ISO 8601 forms that the time types share.

use std::error::Error;
use std::fmt;

use super::Date;

/// Why text or numbers are not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeError {
    /// The text has another form.
    Malformed,
    /// The form is right, but there is no such day or moment, or it lies outside the years 1 to 9999.
    OutOfRange,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not in the form that ISO 8601 gives it"),
            Self::OutOfRange => {
                f.write_str("no such moment in the calendar of the years 1 to 9999")
            }
        }
    }
}

impl Error for TimeError {}

/// Takes text apart from the left, byte by byte: every form here is ASCII.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    pub(super) fn one_of(&mut self, bytes: &[u8]) -> Result<u8, TimeError> {
        match self.peek() {
            Some(byte) if bytes.contains(&byte) => {
                self.rest = &self.rest[1..];
                Ok(byte)
            }
            _ => Err(TimeError::Malformed),
        }
    }

    pub(super) fn end(&self) -> Result<(), TimeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TimeError::Malformed)
        }
    }

    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Result<i32, TimeError> {
        let mut number = 0;
        for _ in 0..count {
            number = number * 10 + i32::from(self.one_of(b"0123456789")? - b'0');
        }
        Ok(number)
    }

    /// One digit or more.
    pub(super) fn whole_number(&mut self) -> Result<i128, TimeError> {
        let mut number = i128::from(self.one_of(b"0123456789")? - b'0');
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            number = number
                .checked_mul(10)
                .and_then(|number| number.checked_add(i128::from(digit - b'0')))
                .ok_or(TimeError::OutOfRange)?;
            self.rest = &self.rest[1..];
        }
        Ok(number)
    }

    /// The nanoseconds of `.25`, one to nine digits; nothing where no point follows.
    pub(super) fn fraction(&mut self) -> Result<Option<i128>, TimeError> {
        if !self.take(b'.') {
            return Ok(None);
        }
        let mut nanos = 0;
        let mut weight = 100_000_000;
        let mut digits = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            nanos += i128::from(digit - b'0') * weight;
            weight /= 10;
            digits += 1;
            self.rest = &self.rest[1..];
        }
        if (1..=9).contains(&digits) {
            Ok(Some(nanos))
        } else {
            Err(TimeError::Malformed)
        }
    }

    /// `2026-01-05`
    pub(super) fn date(&mut self) -> Result<Date, TimeError> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        let day = self.digits(2)?;
        let small = |number: i32| u8::try_from(number).map_err(|_| TimeError::OutOfRange);
        Date::new(year, small(month)?, small(day)?)
    }

    /// `10:00:00.25`, as nanoseconds since midnight.
    pub(super) fn time_of_day(&mut self) -> Result<i128, TimeError> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        self.one_of(b":")?;
        let second = self.digits(2)?;
        let fraction = self.fraction()?.unwrap_or(0);
        if hour > 23 || minute > 59 || second > 59 {
            return Err(TimeError::OutOfRange);
        }
        Ok(i128::from(hour * 3_600 + minute * 60 + second) * 1_000_000_000 + fraction)
    }

    /// `Z` or `+01:00`, as nanoseconds ahead of UTC.
    pub(super) fn offset(&mut self) -> Result<i128, TimeError> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let hours = self.digits(2)?;
        self.one_of(b":")?;
        let minutes = self.digits(2)?;
        if hours > 23 || minutes > 59 {
            return Err(TimeError::OutOfRange);
        }
        Ok(sign * i128::from(hours * 3_600 + minutes * 60) * 1_000_000_000)
    }
}

/// Writes `.25` for a quarter of a second and nothing for none.
pub(super) fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: i128) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}
