//! The number of a bank account: a type of our own, which the schema declares as `crate::Iban`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of a bank account, text on the wire.
///
/// It is checked where it is given, by `FromStr`, and read back as it was stored: what has happened stays readable when
/// the check changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Iban(String);

/// Text that is no number of a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnIban;

impl FromStr for Iban {
    type Err = NotAnIban;

    fn from_str(text: &str) -> Result<Self, NotAnIban> {
        let iban: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if !(15..=34).contains(&iban.len()) || !iban.is_ascii() {
            return Err(NotAnIban);
        }
        // The country and the check digits go to the end, letters count from 10, and the whole is 1 modulo 97.
        let (front, back) = iban.split_at(4);
        let mut rest = 0;
        for c in back.chars().chain(front.chars()) {
            let digit = c.to_digit(36).filter(|_| !c.is_ascii_lowercase());
            let digit = digit.ok_or(NotAnIban)?;
            let shift = if digit < 10 { 10 } else { 100 };
            rest = (rest * shift + digit) % 97;
        }
        (rest == 1).then_some(Self(iban)).ok_or(NotAnIban)
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotAnIban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the number of a bank account")
    }
}

impl std::error::Error for NotAnIban {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_with_or_without_its_spaces() {
        let spaced: Iban = "GB33 BUKB 2020 1555 5555 55".parse().unwrap();
        assert_eq!(spaced.to_string(), "GB33BUKB20201555555555");
        assert_eq!("GB33BUKB20201555555555".parse(), Ok(spaced));
    }

    #[test]
    fn a_number_with_a_typing_error_is_refused() {
        for text in [
            "",
            "GB33BUKB20201555555554",
            "GB33BUKB20201555555555555555555555555",
            "gb33bukb20201555555555",
            "GB33BUKB2020155555555é",
        ] {
            assert_eq!(text.parse::<Iban>(), Err(NotAnIban), "{text}");
        }
    }

    #[test]
    fn what_is_stored_is_read_as_it_is() {
        let old: Iban = serde_json::from_str("\"an account of 1987\"").unwrap();
        assert_eq!(
            serde_json::to_string(&old).unwrap(),
            "\"an account of 1987\""
        );
    }
}
