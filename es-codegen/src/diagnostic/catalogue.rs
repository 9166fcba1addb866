//! The catalogue of everything that can be wrong with a schema.
//!
//! For each code there is a file in `explain/`: what it means, a schema that fails with it, and the same repaired.

use super::suggest::Suggestions;
use std::str::FromStr;

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// It is said, and the work goes on.
    Warning,
    /// It is said, and is no mistake.
    Info,
    /// It is not even said.
    Off,
}

/// What a rule of evolution takes care of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Axis {
    /// The newest code reads every event that was ever published.
    Read,
    /// The release before reads what this one writes.
    Roll,
    /// What is stored keeps its identity: the names of events and streams, the form of identities.
    Ident,
    /// What is read means what it meant.
    Replay,
    /// What is made of events is made anew.
    Rebuild,
    /// The history is kept in order.
    Hygiene,
}

macro_rules! catalogue {
    ($(#[doc = $doc:literal] $severity:ident $code:ident $text:literal $(of $axis:ident)?;)*) => {
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

            /// What it takes care of, where it is a rule of evolution.
            #[must_use]
            pub fn axis(self) -> Option<Axis> {
                match self { $(Self::$code => catalogue!(@axis $($axis)?)),* }
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
    (@axis) => { None };
    (@axis $axis:ident) => { Some(Axis::$axis) };
}

impl Severity {
    /// The severity as it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Off => "off",
        }
    }
}

impl Axis {
    /// The axis as it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Roll => "ROLL",
            Self::Ident => "IDENT",
            Self::Replay => "REPLAY",
            Self::Rebuild => "REBUILD",
            Self::Hygiene => "HYGIENE",
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

    /// A field that older events do not have, and need not have.
    Info FieldAddedOptional "field-added-optional" of Read;
    /// A field that older events do not have, with the value that it has for them.
    Info FieldAddedWithDefault "field-added-with-default" of Read;
    /// A field that older events do not have, and nothing says what it is for them.
    Error FieldAddedRequired "field-added-required" of Read;
    /// A field that is there no more.
    Error FieldRemoved "field-removed" of Read;
    /// A field with the name of another that was removed.
    Error FieldNameReused "field-name-reused" of Read;
    /// A field that is called otherwise.
    Warning FieldRenamed "field-renamed" of Roll;
    /// A field that holds everything that it held, and more.
    Warning FieldTypeWidened "field-type-widened" of Roll;
    /// A field whose values lose something when they are read.
    Error FieldTypeLossy "field-type-lossy" of Replay;
    /// A field that does not hold everything any more that it held.
    Error FieldTypeNarrowed "field-type-narrowed" of Read;
    /// A field that holds something else.
    Error FieldTypeChanged "field-type-changed" of Read;
    /// A field that could be missing, and cannot any more.
    Error FieldBecameRequired "field-became-required" of Read;
    /// A field that could not be missing, and can now.
    Warning FieldBecameOptional "field-became-optional" of Roll;
    /// A field that held one value, and holds a list now.
    Error FieldBecameList "field-became-list" of Read;
    /// A field that held a list, and holds one value now.
    Error FieldBecameSingle "field-became-single" of Read;
    /// A published value for older events that is another one now.
    Error UpcastDefaultChanged "upcast-default-changed" of Replay;
    /// A field whose stored name is spelt otherwise.
    Error FieldWireNameChanged "field-wire-name-changed" of Ident;
    /// Fields that stand in another order.
    Off FieldReordered "field-reordered" of Ident;
    /// A condition on values that some stored ones may not meet.
    Warning ConstraintTightened "constraint-tightened" of Hygiene;
    /// A condition on values that is there no more.
    Info ConstraintLoosened "constraint-loosened" of Hygiene;
    /// Fields that became the parts of a value object.
    Error FieldsNested "fields-nested" of Read;
    /// A value object whose parts became fields.
    Error FieldsFlattened "fields-flattened" of Read;
    /// A field whose numbers count something else.
    Off FieldUnitChanged "field-unit-changed" of Replay;
    /// A type of the user's own that is another one in Rust.
    Warning CustomTypeRustChanged "custom-type-rust-changed" of Read;
    /// A field that is kept secret now, or is not any more.
    Off FieldProtectionChanged "field-protection-changed" of Read;
    /// A symbol or a variant that was not there.
    Warning EnumValueAdded "enum-value-added" of Roll;
    /// A symbol or a variant that is there no more.
    Error EnumValueRemoved "enum-value-removed" of Read;
    /// A symbol or a variant that is called otherwise.
    Info EnumValueRenamed "enum-value-renamed" of Read;
    /// A value that carried nothing and carries something now, or the other way round.
    Error EnumVariantShapeChanged "enum-variant-shape-changed" of Read;
    /// An enum that takes symbols it does not know, or does not any more.
    Off EnumClosed "enum-closed" of Roll;
    /// An event that was not there.
    Warning EventAdded "event-added" of Roll;
    /// An event that is there no more.
    Error EventRemoved "event-removed" of Read;
    /// A retired event that is read as nothing.
    Warning EventIgnored "event-ignored" of Replay;
    /// An event that is called otherwise.
    Error EventRenamed "event-renamed" of Ident;
    /// An event that became several.
    Error EventSplit "event-split" of Read;
    /// Several events that became one.
    Error EventMerged "event-merged" of Read;
    /// An event that is one of another aggregate now.
    Error EventMoved "event-moved" of Ident;
    /// An aggregate that is called otherwise.
    Error AggregateRenamed "aggregate-renamed" of Ident;
    /// An aggregate whose identity is stored otherwise.
    Error AggregateIdChanged "aggregate-id-changed" of Ident;
    /// An aggregate that is there no more.
    Error AggregateRemoved "aggregate-removed" of Read;
    /// Events that are stored in another format.
    Off CodecChanged "codec-changed" of Ident;
    /// A command that carries something else.
    Info CommandChanged "command-changed" of Rebuild;
    /// A state that is made otherwise.
    Info StateChanged "state-changed" of Rebuild;
    /// A projection whose rows are made otherwise.
    Info ProjectionChanged "projection-changed" of Rebuild;

    /// A published shape that is another one now, and is said to be of the same version.
    Error VersionNotBumped "version-not-bumped" of Read;
    /// An event or a type with fewer versions than were published.
    Error VersionDecreased "version-decreased" of Read;
    /// Versions of which one between two others is missing.
    Error VersionGap "version-gap" of Read;
    /// A version that nothing leads to.
    Off UpcasterMissing "upcaster-missing" of Read;
    /// A version that two ways lead to.
    Off UpcasterAmbiguous "upcaster-ambiguous" of Read;
    /// A way to a version that no event is of.
    Off UpcasterUnused "upcaster-unused" of Hygiene;
    /// Something that was published and is another thing now.
    Error HistoryRewritten "history-rewritten" of Read;
    /// A lock that cannot be read.
    Error LockUnreadable "lock-unreadable" of Hygiene;
    /// A lock that does not hold what the schema, or another lock, says.
    Error LockStale "lock-stale" of Hygiene;
    /// A schema without a lock.
    Warning LockMissing "lock-missing" of Hygiene;
    /// A published version without its sample.
    Warning SampleMissing "sample-missing" of Hygiene;
    /// A finding that is accepted and that there is not.
    Warning AllowUnused "allow-unused" of Hygiene;
    /// A finding that is accepted, and nobody says why.
    Error AllowWithoutReason "allow-without-reason" of Hygiene;
    /// A rule that there is not, or that nobody can change.
    Error UnknownRule "unknown-rule" of Hygiene;
}
