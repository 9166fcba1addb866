//! Base64 with padding (RFC 4648, section 4): one text for each sequence of bytes, and no other text is read.

use std::fmt;

const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const NO_SYMBOL: u8 = u8::MAX;

/// The six bits that each byte stands for.
static BITS: [u8; 256] = {
    let mut bits = [NO_SYMBOL; 256];
    let mut number = 0;
    while number < 64 {
        bits[SYMBOLS[number as usize] as usize] = number;
        number += 1;
    }
    bits
};

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No symbol, or padding that is not at the end or is too long.
    Misplaced { symbol: char, offset: usize },
    /// Symbols and padding do not make groups of four.
    Length(usize),
    /// Bits behind the last whole byte, all of which have to be zero.
    Beyond { symbol: char, offset: usize },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced { symbol, offset } => {
                write!(f, "{symbol:?} at offset {offset} does not belong there")
            }
            Self::Length(length) => write!(
                f,
                "a length of {length} is no multiple of 4, to which `=` pads it"
            ),
            Self::Beyond { symbol, offset } => {
                write!(
                    f,
                    "{symbol:?} at offset {offset} has bits beyond the last byte"
                )
            }
        }
    }
}

/// Piece by piece, so that the text of many bytes takes no memory of its own.
pub(super) fn write(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (threes, rest) = bytes.as_chunks::<3>();
    let mut text = [[0; 4]; 256];
    for piece in threes.chunks(text.len()) {
        for (four, three) in text.iter_mut().zip(piece) {
            *four = symbols(*three);
        }
        write_symbols(text[..piece.len()].as_flattened(), f)?;
    }
    match *rest {
        [first] => {
            let [first, second, ..] = symbols([first, 0, 0]);
            write_symbols(&[first, second, b'=', b'='], f)
        }
        [first, second] => {
            let [first, second, third, _] = symbols([first, second, 0]);
            write_symbols(&[first, second, third, b'='], f)
        }
        _ => Ok(()),
    }
}

fn symbols([first, second, third]: [u8; 3]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, first, second, third]);
    [18, 12, 6, 0].map(|below| SYMBOLS[(bits >> below & 63) as usize])
}

fn write_symbols(symbols: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(std::str::from_utf8(symbols).map_err(|_| fmt::Error)?)
}

pub(super) fn read(text: &str) -> Result<Vec<u8>, Flaw> {
    let unpadded = text.strip_suffix("==").or_else(|| text.strip_suffix('='));
    let symbols = unpadded.unwrap_or(text).as_bytes();
    let is_symbol = |byte: &u8| BITS[usize::from(*byte)] != NO_SYMBOL;
    if let Some(offset) = symbols.iter().position(|byte| !is_symbol(byte)) {
        // What stands before it is ASCII: as many characters as bytes.
        let symbol = text.chars().nth(offset).unwrap_or_default();
        return Err(Flaw::Misplaced { symbol, offset });
    }
    if !text.len().is_multiple_of(4) {
        return Err(Flaw::Length(text.len()));
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (fours, rest) = symbols.as_chunks::<4>();
    for four in fours {
        let [_, three @ ..] = bits(four).to_be_bytes();
        bytes.extend_from_slice(&three);
    }
    if let [.., last] = rest {
        // The length leaves two symbols for one byte, or three for two.
        let [_, three @ ..] = (bits(rest) << (6 * (4 - rest.len()))).to_be_bytes();
        let (whole, beyond) = three.split_at(rest.len() - 1);
        if beyond.iter().any(|bits| *bits != 0) {
            return Err(Flaw::Beyond {
                symbol: char::from(*last),
                offset: symbols.len() - 1,
            });
        }
        bytes.extend_from_slice(whole);
    }
    Ok(bytes)
}

fn bits(symbols: &[u8]) -> u32 {
    let bits = symbols.iter().map(|symbol| BITS[usize::from(*symbol)]);
    bits.fold(0, |before, bits| before << 6 | u32::from(bits))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use crate::Bytes;

    /// The vectors of RFC 4648, section 10, and every symbol.
    #[test]
    fn the_vectors_of_the_standard_are_met() {
        let every = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits = STANDARD.decode(every).unwrap();
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (b"fooba", "Zm9vYmE="),
            (b"foobar", "Zm9vYmFy"),
            (&bits, every),
        ] {
            assert_eq!(Bytes::from(bytes).to_string(), text);
            assert_eq!(text.parse(), Ok(Bytes::from(bytes)));
        }
    }

    #[test]
    fn a_text_that_is_refused_is_told_what_is_wrong_and_where() {
        for (text, told) in [
            ("Zm9 v", "' ' at offset 3 does not belong there"),
            ("Zm9v\n", "'\\n' at offset 4 does not belong there"),
            ("Zm-_", "'-' at offset 2 does not belong there"),
            ("Zé9v", "'é' at offset 1 does not belong there"),
            ("Zg==Zg==", "'=' at offset 2 does not belong there"),
            ("Z===", "'=' at offset 1 does not belong there"),
            ("====", "'=' at offset 0 does not belong there"),
            (
                "Zm8",
                "a length of 3 is no multiple of 4, to which `=` pads it",
            ),
            (
                "Zg=",
                "a length of 3 is no multiple of 4, to which `=` pads it",
            ),
            (
                "Zm9v=",
                "a length of 5 is no multiple of 4, to which `=` pads it",
            ),
            ("Zh==", "'h' at offset 1 has bits beyond the last byte"),
            ("Zm9vZm9=", "'9' at offset 6 has bits beyond the last byte"),
        ] {
            let refused = text.parse::<Bytes>().unwrap_err();
            assert_eq!(refused.to_string(), format!("not base64: {told}"));
        }
    }

    proptest! {
        /// Beyond the length of a piece, too.
        #[test]
        fn bytes_read_back_and_are_written_as_others_write_them(bytes in vec(any::<u8>(), 0..2_000)) {
            let text = Bytes::from(&bytes[..]).to_string();
            prop_assert_eq!(&text, &STANDARD.encode(&bytes));
            prop_assert_eq!(text.parse(), Ok(Bytes::from(bytes)));
        }

        /// Short, of few letters and often padded, so that many a text is one.
        #[test]
        fn a_text_is_read_as_others_read_it_and_is_the_only_one(text in "[AQgwZ+/=]{0,4}([AQgwZ+/]{4}){0,2}[AQgwx9]{0,4}={0,3}|[ -~\n]{0,12}|.{0,8}") {
            let read = text.parse::<Bytes>().ok();
            if let Some(bytes) = &read {
                prop_assert_eq!(bytes.to_string(), &text[..]);
            }
            prop_assert_eq!(read.map(Bytes::into_vec), STANDARD.decode(&text).ok());
        }
    }
}
