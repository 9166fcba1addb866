//! Characters that make a text look like another one.
//!
//! Whoever reviews a schema must see what is compiled. They can still be written, as escapes in double quotes.

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics},
    source::File,
};
use std::borrow::Cow;

/// So many are told; more of them say nothing new.
const TOLD: usize = 1_000;

/// Reports each character that cannot be seen, or that shows something else than what is there; says whether there was one.
pub(super) fn refuse(cx: &mut Diagnostics, file: &File) -> bool {
    let mut is_refused = false;
    for (at, c, problem) in problems(file.text()).take(TOLD) {
        is_refused = true;
        let span = file.span(at, at + c.len_utf8());
        let code_point = u32::from(c);
        let message = format!("{}, U+{code_point:04X}", problem.described());
        let hint = match problem {
            Problem::LineEnd => "end the line by a line feed".to_owned(),
            _ => format!(
                "take it away; where it is meant, write it in double quotes as `{}`",
                escape(code_point)
            ),
        };
        cx.report(Diagnostic::new(Code::BadCharacter, span, message).hint(hint));
    }
    is_refused
}

/// The text with another character of as many bytes in the place of each that would be refused, so that it can be shown.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for (at, c, _) in problems(text) {
        let stand_in = match c.len_utf8() {
            1 => "?",
            2 => "¿",
            3 => "�",
            _ => "🚫",
        };
        shown
            .to_mut()
            .replace_range(at..at + c.len_utf8(), stand_in);
    }
    shown
}

/// Whether a character turns the direction of the text behind it, which rustc refuses in comments and literals.
pub(crate) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is wrong with a character.
#[derive(Clone, Copy)]
enum Problem {
    LineEnd,
    Turning,
    Invisible,
    Control,
}

impl Problem {
    /// What is wrong with `c`, which has `behind` behind it; nothing for most characters.
    fn of(c: char, behind: &str) -> Option<Self> {
        match c {
            '\n' | '\t' => None,
            '\r' if behind.starts_with('\n') => None,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(Self::LineEnd),
            c if turns(c) => Some(Self::Turning),
            '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => Some(Self::Invisible),
            '\u{e0000}'..='\u{e007f}' => Some(Self::Invisible),
            c if c.is_control() => Some(Self::Control),
            _ => None,
        }
    }

    fn described(self) -> &'static str {
        match self {
            Self::LineEnd => "a line end that only some programs see as one",
            Self::Turning => "a character that makes text run in another direction",
            Self::Invisible => "a character that cannot be seen",
            Self::Control => "a control character",
        }
    }
}

fn problems(text: &str) -> impl Iterator<Item = (usize, char, Problem)> {
    text.char_indices()
        .filter_map(|(at, c)| Some((at, c, Problem::of(c, &text[at + c.len_utf8()..])?)))
}

fn escape(code_point: u32) -> String {
    match code_point {
        0..=0xffff => format!("\\u{code_point:04X}"),
        _ => format!("\\U{code_point:08X}"),
    }
}
