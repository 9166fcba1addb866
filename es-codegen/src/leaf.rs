//! Rust in the leaves of a schema: types become [`Type`](crate::model::Type), expressions and statements keep their tokens and say what they mention.

use crate::source::Span;
use proc_macro2::TokenStream;

/// An expression or a statement, as it was written.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The text, as it stands in the schema once YAML's own quoting is taken away.
    pub text: String,
    /// The same as tokens, verbatim.
    pub tokens: TokenStream,
    /// What it mentions, in the order of the text, also inside macros.
    pub mentions: Vec<Mention>,
    /// Whether it is nothing but one mention, `event.item` say: such a leaf may have to be cloned.
    pub is_path: bool,
    /// Where it stands.
    pub span: Span,
}

/// One use of a name in scope, with the fields that are reached through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub root: Root,
    /// The fields behind it, outermost first: `item`, `price` in `command.item.price`.
    pub fields: Vec<FieldUse>,
    /// The method that is called on it, `is_empty` in `state.items.is_empty()`.
    pub method: Option<String>,
    /// Where the name stands.
    pub span: Span,
}

/// A field in a [`Mention`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldUse {
    /// Its Rust name, without `r#`.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// The names that a leaf may find in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The aggregate as it is.
    State,
    /// The command that is being decided.
    Command,
    /// The event that is being applied.
    Event,
    /// Time, ids and metadata.
    Cx,
    /// The value under a `check`.
    Value,
    /// The row of a projection.
    Row,
}

impl Root {
    /// Every name, in the order in which messages list them.
    pub const ALL: [Self; 6] = [
        Self::State,
        Self::Command,
        Self::Event,
        Self::Cx,
        Self::Value,
        Self::Row,
    ];

    /// The name as it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Command => "command",
            Self::Event => "event",
            Self::Cx => "cx",
            Self::Value => "value",
            Self::Row => "row",
        }
    }
}

impl Leaf {
    /// Whether the leaf mentions `root` at all.
    #[must_use]
    pub fn uses(&self, root: Root) -> bool {
        self.mentions.iter().any(|mention| mention.root == root)
    }

    /// The mention that the whole leaf is, where it is nothing else.
    #[must_use]
    pub fn as_path(&self) -> Option<&Mention> {
        self.mentions.first().filter(|_| self.is_path)
    }
}
