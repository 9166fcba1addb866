//! Stored names and the Rust names that follow from them.

use crate::source::Span;
use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::Ident;
use serde::{Deserialize, Serialize};

/// The longest stored name, in bytes.
pub const NAME_LIMIT: usize = 255;

/// A thing's name: what is written to disk, and what it is called in Rust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The key of the schema, which is the identity on disk.
    pub stored: String,
    /// What the generated code calls it.
    pub rust: RustName,
    /// Where the key stands.
    #[serde(skip)]
    pub span: Span,
}

impl Name {
    /// The Rust name as an identifier, raw where it has to be.
    #[must_use]
    pub fn ident(&self) -> Ident {
        self.rust.ident()
    }
}

/// A valid Rust identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RustName(String);

/// Which convention a Rust name follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `OrderPlaced`: types, events, commands, symbols, variants.
    Upper,
    /// `shipped_at`: fields, functions, modules.
    Snake,
}

impl RustName {
    /// The name that follows from a stored one, or nothing where no letter or digit is left to make one of.
    #[must_use]
    pub fn derive(stored: &str, case: Case) -> Option<Self> {
        // What is already written as Rust would have it stays, so that leaves and schema agree on the spelling.
        let as_written = is_identifier(stored)
            && stored.contains(char::is_alphanumeric)
            && match case {
                Case::Upper => {
                    stored.starts_with(char::is_uppercase)
                        && !stored.contains('_')
                        && (stored.contains(char::is_lowercase) || stored.chars().count() == 1)
                }
                Case::Snake => !stored.contains(char::is_uppercase),
            };
        if as_written {
            return Some(Self(escape(stored)));
        }
        let words: String = stored
            .chars()
            .map(|c| {
                if unicode_ident::is_xid_continue(c) {
                    c
                } else {
                    ' '
                }
            })
            .collect();
        let mut name = match case {
            Case::Upper => words.to_upper_camel_case(),
            Case::Snake => words.to_snake_case(),
        };
        if !name.chars().any(char::is_alphanumeric) {
            return None;
        }
        if !name.starts_with(unicode_ident::is_xid_start) {
            name.insert(0, '_');
        }
        is_identifier(&name).then(|| Self(escape(&name)))
    }

    /// A name that the schema gives by `rust:`, or nothing where Rust does not take it.
    #[must_use]
    pub fn given(text: &str) -> Option<Self> {
        let plain = text.strip_prefix("r#").unwrap_or(text);
        (is_identifier(plain) && plain != "_" && !NEVER_RAW.contains(&plain))
            .then(|| Self(escape(plain)))
    }

    /// The name of the module that belongs to a type of this name: one that can also be the name of a file, everywhere,
    /// and is not that of a file which is always generated.
    #[must_use]
    pub fn module(of: &str) -> Self {
        let name = Self::derive(of, Case::Snake).unwrap_or_else(|| Self(escape(of)));
        if TAKEN_BY_US.contains(&name.plain()) || TAKEN_BY_WINDOWS.contains(&name.plain()) {
            Self(format!("{}_", name.plain()))
        } else {
            name
        }
    }

    /// The name of the module of what was otherwise before.
    pub(crate) fn history() -> Self {
        Self("history".to_owned())
    }

    /// Stands where a mistake was reported; it is no identifier, so that it equals no other name.
    pub(crate) fn mistaken() -> Self {
        Self(String::new())
    }

    /// Whether it stands where a mistake was reported; in a model that passed the check no name does.
    #[must_use]
    pub fn is_mistaken(&self) -> bool {
        self.0.is_empty()
    }

    /// The name as source text, `r#type` say.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `r#`, to make others of.
    #[must_use]
    pub fn plain(&self) -> &str {
        self.0.strip_prefix("r#").unwrap_or(&self.0)
    }

    /// The name of something that belongs to what is called so: `OrderV1`. What sets a name apart from a keyword is not in
    /// it, since rustc would warn of `Self_V1`.
    #[must_use]
    pub fn followed_by(&self, end: &str) -> String {
        let plain = self.plain();
        let word = plain
            .strip_suffix('_')
            .filter(|word| NEVER_RAW.contains(word));
        format!("{}{end}", word.unwrap_or(plain))
    }

    /// The name as an identifier, raw where it has to be.
    #[must_use]
    pub fn ident(&self) -> Ident {
        let span = proc_macro2::Span::call_site();
        if self.is_mistaken() {
            return Ident::new("_", span);
        }
        match self.0.strip_prefix("r#") {
            Some(plain) => Ident::new_raw(plain, span),
            None => Ident::new(&self.0, span),
        }
    }
}

impl std::fmt::Display for RustName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text cannot be a stored name, or nothing where it can.
#[must_use]
pub fn stored_name_problem(stored: &str) -> Option<&'static str> {
    if stored.is_empty() {
        Some("it is empty")
    } else if stored.len() > NAME_LIMIT {
        Some("it is longer than 255 bytes")
    } else if stored.contains(char::is_control) {
        Some("it contains a control character")
    } else {
        None
    }
}

/// The modules that are generated for every domain.
const TAKEN_BY_US: [&str; 3] = ["history", "mod", "types"];

/// Names under which Windows has devices, whatever stands behind a dot.
const TAKEN_BY_WINDOWS: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: [&str; 4] = ["self", "Self", "super", "crate"];

/// All other keywords, strict and reserved, of the editions 2021 and 2024.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Whether no field can be called so where it is not written `r#…`.
pub(crate) fn is_keyword(name: &str) -> bool {
    NEVER_RAW.contains(&name) || KEYWORDS.contains(&name)
}

fn escape(name: &str) -> String {
    if NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && chars.all(unicode_ident::is_xid_continue)
}
