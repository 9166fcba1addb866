//! The catalogue of everything that can be wrong with a schema.
//!
//! For each code there is a file in `explain/`: what it means, a schema that fails with it, and the same repaired.

use super::suggest::Suggestions;
use std::str::FromStr;

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// It is said, and the work goes on.
    Warning,
}

macro_rules! catalogue {
    ($(#[doc = $doc:literal] $severity:ident $code:ident $text:literal;)*) => {
        /// What can be wrong. The codes are stable: they can be searched for, and written into scripts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $doc] $code,)* }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The code as it is shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text),* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity),* }
            }

            /// What it is, in one sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$code => $doc.trim_ascii()),* }
            }

            /// What it means, a schema that fails with it and how that is repaired, in Markdown.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$code => include_str!(concat!("explain/", $text, ".md"))),* }
            }
        }
    };
}

impl Severity {
    /// The severity as it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.iter().find(|code| code.as_str() == text);
        found.copied().ok_or_else(|| UnknownCode {
            text: text.to_owned(),
            hint: Suggestions::default()
                .hint(text, Self::ALL.iter().map(|code| code.as_str()))
                .unwrap_or_else(|| "`es-codegen explain` lists all codes".to_owned()),
        })
    }
}

/// There is no such code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no code is called `{}`\nhint: {hint}", super::shown(text))]
pub struct UnknownCode {
    /// What was asked for.
    pub text: String,
    /// The code that was probably meant, or where all of them are listed.
    pub hint: String,
}

catalogue! {
    /// The text is not YAML.
    Error YamlSyntax "yaml-syntax";
    /// Nothing stands in the file.
    Error EmptyFile "empty-file";
    /// A second document begins.
    Error SecondDocument "second-document";
    /// Lines are indented by tabs.
    Error TabIndentation "tab-indentation";
    /// A character that makes a text look like another one.
    Error BadCharacter "bad-character";
    /// Something is nested deeper than any schema is.
    Error TooDeep "too-deep";
    /// The schema says more than any that people write.
    Error TooLarge "too-large";
    /// There are so many mistakes that not all are told.
    Warning TooManyMistakes "too-many-mistakes";
    /// An anchor, an alias or a merge key.
    Error Anchor "anchor";
    /// A tag.
    Error Tag "tag";
    /// A leaf that YAML reads as something else because it is not quoted.
    Error Quoting "quoting";
    /// A key that stands twice in its mapping.
    Error DuplicateKey "duplicate-key";
    /// A key that is not text.
    Error KeyNotText "key-not-text";

    /// A key that the language does not have.
    Error UnknownKey "unknown-key";
    /// A key that the language has, but this version does not read.
    Error NotYet "not-yet";
    /// A key without which its owner says too little.
    Error MissingKey "missing-key";
    /// A sequence where a mapping belongs, and the like.
    Error WrongShape "wrong-shape";
    /// A text that is none of the few that are possible.
    Error UnknownValue "unknown-value";
    /// A number that is not a whole one from 1 on.
    Error BadNumber "bad-number";
    /// Two keys of which only one makes sense.
    Error Contradiction "contradiction";

    /// A stored name that is empty, too long or has control characters.
    Error BadName "bad-name";
    /// A name from which no Rust name follows.
    Error NoRustName "no-rust-name";
    /// Two names that become one in Rust, or one on the wire.
    Error NameCollision "name-collision";

    /// A leaf that is not Rust.
    Error RustSyntax "rust-syntax";
    /// A leaf that is too long or nested too deeply.
    Error LeafTooComplex "leaf-too-complex";
    /// A name that a leaf uses where it is not in scope.
    Error NotInScope "not-in-scope";
    /// A field that a leaf uses and the schema does not have.
    Error UnknownField "unknown-field";

    /// A type that is neither one of the leaves' nor declared.
    Error UnknownType "unknown-type";
    /// A Rust type that cannot be written into a schema.
    Error UnsupportedType "unsupported-type";
    /// An `Option` in an `Option` that is not directly a field.
    Error NestedOption "nested-option";
    /// A key of a map that JSON cannot have as one.
    Error BadMapKey "bad-map-key";
    /// A key of a map or of a row, or an element of a set, that has no order.
    Error Unordered "unordered";
    /// A type that contains itself without a way out.
    Error InfiniteType "infinite-type";
    /// An enum without symbols or a union without variants.
    Error NoSymbols "no-symbols";
    /// The identity of an aggregate is not a newtype over something that can be a key.
    Error BadId "bad-id";

    /// An event that the aggregate does not have.
    Error UnknownEvent "unknown-event";
    /// An event that several aggregates have.
    Error AmbiguousEvent "ambiguous-event";
    /// An event of another aggregate.
    Error ForeignEvent "foreign-event";
    /// A command that the aggregate does not have.
    Error UnknownCommand "unknown-command";
    /// A symbol that the enum does not have.
    Error UnknownSymbol "unknown-symbol";
    /// A rejection that the aggregate does not have.
    Error UnknownRejection "unknown-rejection";
    /// Two rejections of one name that carry different things.
    Error RejectionMismatch "rejection-mismatch";
    /// A detail of a rejection whose type cannot be told from its value.
    Error UnknownDetailType "unknown-detail-type";
    /// A message of a rejection that cannot be put together.
    Error BadMessage "bad-message";
    /// `like` that leads back to itself.
    Error LikeCycle "like-cycle";
    /// A lifecycle that is not an enum field of the state.
    Error BadLifecycle "bad-lifecycle";
    /// `in` or `to` without a lifecycle.
    Error NoLifecycle "no-lifecycle";
    /// A tag whose value cannot be one.
    Error BadTag "bad-tag";

    /// A change that does not lead to the shape after it.
    Error BrokenChange "broken-change";
    /// A field that had another type, of which nothing says what it becomes.
    Error NoConversion "no-conversion";
    /// A field of a split event that lands nowhere.
    Error LostField "lost-field";
    /// An event that does not happen any more, where one is needed that does.
    Error RetiredEvent "retired-event";

    /// A command that emits nothing.
    Error EmitsNothing "emits-nothing";
    /// An event of which nothing says what it does.
    Error NoEffect "no-effect";
    /// An aggregate without an event that creates it.
    Error NoCreation "no-creation";
    /// A `create` that leaves fields of the state unset.
    Error UnsetState "unset-state";
    /// A field of an emitted event that comes from nowhere.
    Error NoSource "no-source";
    /// A command for what does not exist that creates nothing, or one for what exists that creates.
    Error WrongTarget "wrong-target";
    /// A status that nothing leads to.
    Error UnreachableStatus "unreachable-status";
    /// An event that no command emits.
    Warning NeverEmitted "never-emitted";

    /// A projection of which no event makes a row.
    Error NoRows "no-rows";
    /// A new row with columns that nothing sets.
    Error UnsetColumn "unset-column";
    /// A key column whose type no row can be found by.
    Error BadRowKey "bad-row-key";
    /// A change of a row that does not say which row it is.
    Error UnknownRow "unknown-row";

    /// A value in a scenario that is not of its type.
    Error BadValue "bad-value";
    /// A value that a scenario leaves out.
    Error MissingValue "missing-value";
}
