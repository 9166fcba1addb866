//! The model of a domain: plain data, each thing with its origin, and the facts that follow from it.
//!
//! Everything that a schema leaves unsaid is resolved here: `like`, the fields that are carried over, the Rust names. A
//! model may hold mistakes until [`check`](crate::check) has passed it; each place where it can says so.

mod change;
mod checked;
mod conversion;
mod facts;
pub mod json;
mod lower;
mod projection;
mod value;

pub use change::{Allow, Hop, Level, OlderShape, Past, Retired, Source, SplitPart, TypeHop};
pub use conversion::Conversion;
pub use facts::Facts;
pub use lower::lower;
pub use projection::{Change, OnError, ProjectedEvent, Projection, RowChange, RowRule, Update};
pub use value::{FieldValue, Value, ValueKind};

use crate::{
    leaf::Leaf,
    names::{Name, RustName},
    source::{Span, Spanned},
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A domain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The name of the domain.
    pub domain: Spanned<String>,
    /// What it is about.
    pub doc: Option<String>,
    /// Rules of evolution that count for more or less than usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// The types, in the order of the schema, and behind them what some of them were before.
    pub types: Vec<TypeDef>,
    /// The aggregates, in the order of the schema.
    pub aggregates: Vec<Aggregate>,
    /// The projections, in the order of the schema.
    #[serde(default)]
    pub projections: Vec<Projection>,
    /// What can be said about each type, in the same order.
    #[serde(skip)]
    pub(crate) facts: Vec<Facts>,
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])* $id:ident;)*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $id(pub usize);
    )* };
}

ids! {
    /// The place of a type in [`Model::types`].
    TypeId;
    /// The place of an aggregate in [`Model::aggregates`].
    AggregateId;
    /// The place of an event in [`Aggregate::events`].
    EventId;
    /// The place of a command in [`Aggregate::commands`].
    CommandId;
    /// The place of a rejection in [`Aggregate::rejections`].
    RejectionId;
    /// The place of a field in the list it belongs to.
    FieldId;
    /// The place of a symbol in its enum, or of a variant in its union.
    SymbolId;
}

/// What a field may hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Type {
    /// `bool`
    Bool,
    /// An integer.
    Int(Int),
    /// `f64`
    F64,
    /// `String`
    String,
    /// `Decimal`
    Decimal,
    /// `Uuid`
    Uuid,
    /// `Timestamp`
    Timestamp,
    /// `Date`
    Date,
    /// `Duration`
    Duration,
    /// `Bytes`
    Bytes,
    /// `Option<T>`
    Option(Box<Type>),
    /// `Vec<T>`
    Vec(Box<Type>),
    /// `BTreeMap<K, V>`
    Map(Box<Type>, Box<Type>),
    /// `BTreeSet<T>`
    Set(Box<Type>),
    /// `Box<T>`
    Box(Box<Type>),
    /// One of [`Model::types`].
    Declared(TypeId),
    /// Stands where a mistake was reported; a model that passed the check holds none.
    #[serde(skip)]
    Mistaken,
}

/// The integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the Rust type of its name")]
pub enum Int {
    I8,
    I16,
    I32,
    I64,
    I128,
    /// Only in the details of a rejection, which are never stored: its size differs from machine to machine.
    Isize,
    U8,
    U16,
    U32,
    U64,
    U128,
    /// Only in the details of a rejection, like [`Int::Isize`].
    Usize,
}

/// A type that the schema declares.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeDef {
    /// Its name, which is not stored anywhere.
    pub name: Name,
    /// What it means.
    pub doc: Option<String>,
    /// What it is.
    pub kind: TypeKind,
    /// Which of its values are valid, by a condition on `value`; only a newtype has one.
    pub check: Option<Leaf>,
    /// What it was before the last of its changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older: Option<TypeId>,
    /// Where this is what another type was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<Past>,
    /// A value of a type of the user's own, as it is on the wire, for samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Findings about its evolution that are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
}

impl TypeDef {
    /// The number of its shape, counted from 1.
    #[must_use]
    pub fn version(&self, model: &Model) -> u16 {
        match (&self.past, self.older) {
            (Some(past), _) => past.version,
            (None, Some(older)) => model.type_def(older).version(model).saturating_add(1),
            (None, None) => 1,
        }
    }
}

/// What a declared type is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TypeKind {
    /// A newtype over another type, stored as that.
    Newtype(Type),
    /// One of several symbols, stored as they are spelt.
    Enum(Vec<Symbol>),
    /// A value object.
    Object(Vec<Field>),
    /// One of several shapes, externally tagged.
    Union(Vec<Variant>),
    /// A type of the user's own.
    Own {
        /// The path to it.
        #[serde(with = "json::path")]
        path: syn::Path,
        /// What it is on the wire.
        wire: Type,
    },
    /// Stands where a mistake was reported; a model that passed the check holds none.
    #[serde(skip)]
    Mistaken,
}

/// A symbol of an enum.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symbol {
    /// Its name; the stored one is what is written to the wire.
    pub name: Name,
    /// What it means.
    pub doc: Option<String>,
    /// What was written in its place before, and is still read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Spanned<String>>,
}

/// A variant of a union.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name; the stored one is the tag on the wire.
    pub name: Name,
    /// What it means.
    pub doc: Option<String>,
    /// What it holds; empty is `{}` on the wire.
    pub fields: Vec<Field>,
    /// What was written in its place before, and is still read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Spanned<String>>,
}

/// A field of a value object, a state, an event or a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the schema and in Rust.
    pub name: Name,
    /// Its stored name, where `wire` gives another one.
    pub wire: Option<Spanned<String>>,
    /// What it holds.
    pub ty: Type,
    /// Where the type is written.
    #[serde(skip)]
    pub ty_span: Span,
    /// What it means.
    pub doc: Option<String>,
}

impl Field {
    /// The name that is written to the wire.
    #[must_use]
    pub fn stored_name(&self) -> &str {
        self.wire
            .as_ref()
            .map_or(&self.name.stored, |wire| &wire.value)
    }
}

/// An aggregate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Its name; the stored one is the category of its streams, unless it was called otherwise before.
    pub name: Name,
    /// What it is.
    pub doc: Option<String>,
    /// What it was called before, the oldest name first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Spanned<String>>,
    /// Findings about its evolution that are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
    /// The type of its identity.
    pub id: Spanned<Type>,
    /// When its state is kept.
    pub snapshot: Option<Snapshot>,
    /// The number that tells its rules by hand from older ones; 1 where none is given.
    pub revision: Option<NonZeroU32>,
    /// The fields of its state.
    pub state: Vec<Field>,
    /// The field that `in` and `to` refer to.
    pub lifecycle: Option<Lifecycle>,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Everything that its commands may be rejected with, each name once, in the order of the schema.
    pub rejections: Vec<Rejection>,
    /// Its events.
    pub events: Vec<Event>,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
}

impl Aggregate {
    /// The category of its streams: its oldest name, because no stream ever moves.
    #[must_use]
    pub fn category(&self) -> &str {
        self.was
            .first()
            .map_or(&self.name.stored, |oldest| &oldest.value)
    }

    /// The module that its code has to itself; the file is called so, too.
    #[must_use]
    pub fn module(&self) -> RustName {
        RustName::module(self.name.rust.plain())
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0]
    }

    /// The command with this id.
    #[must_use]
    pub fn command(&self, id: CommandId) -> &Command {
        &self.commands[id.0]
    }

    /// The rejection with this id.
    #[must_use]
    pub fn rejection(&self, id: RejectionId) -> &Rejection {
        &self.rejections[id.0]
    }

    /// The field of the state with this id.
    #[must_use]
    pub fn state_field(&self, id: FieldId) -> &Field {
        &self.state[id.0]
    }
}

/// When the state of an aggregate is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// After so many events of a stream.
    pub every: NonZeroU32,
}

/// The lifecycle of an aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// The field of the state that holds the status.
    pub field: FieldId,
    /// The enum that the field is of.
    pub ty: TypeId,
    /// Where `lifecycle` names it.
    #[serde(skip)]
    pub span: Span,
}

/// A command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Its name.
    pub name: Name,
    /// What it asks for.
    pub doc: Option<String>,
    /// Which instances it is for.
    pub target: Target,
    /// The statuses in which it is allowed; `None` is every one.
    pub allowed: Option<Vec<Spanned<SymbolId>>>,
    /// What it carries.
    pub fields: Vec<Field>,
    /// What it can be rejected with, in the order in which the conditions are asked.
    pub rejections: Vec<Reject>,
    /// What it leads to.
    pub outcome: Outcome,
}

impl Command {
    /// The field with this id.
    #[must_use]
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.0]
    }

    /// Whether the handler is the user's.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        matches!(self.outcome, Outcome::ByHand { .. })
    }

    /// Whether so little could be read of it that nothing more is asked of it; in a model that passed the check no command is.
    pub(crate) fn is_unread(&self) -> bool {
        self.fields.is_empty() && matches!(self.outcome, Outcome::Mistaken)
    }

    /// Every event that it may emit, in the order of the schema.
    pub fn emits(&self) -> impl Iterator<Item = &Spanned<EventId>> {
        let (emitted, by_hand) = match &self.outcome {
            Outcome::Emit(emissions) => (emissions.as_slice(), [].as_slice()),
            Outcome::ByHand { emits } => ([].as_slice(), emits.as_slice()),
            Outcome::Mistaken => ([].as_slice(), [].as_slice()),
        };
        emitted
            .iter()
            .map(|emission| &emission.event)
            .chain(by_hand)
    }
}

/// Which instances a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// `for: new`: what does not exist yet; there is no state.
    New,
    /// `for: existing`: what exists.
    #[default]
    Existing,
    /// `for: any`: either; the state is an option.
    Any,
}

/// One rejection of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// What is returned.
    pub rejection: RejectionId,
    /// When.
    pub when: When,
    /// The values of the details, one for each of [`Rejection::details`] and in that order.
    pub with: Vec<Leaf>,
    /// Where it is named.
    #[serde(skip)]
    pub span: Span,
}

/// When a command is rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// Under a condition.
    Condition(Leaf),
    /// Raised by the handler, which is by hand.
    ByHand,
}

/// A typed error of an aggregate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// Its name.
    pub name: Name,
    /// What it carries.
    pub details: Vec<Detail>,
    /// Its message, where one is given.
    pub message: Option<Message>,
}

/// A value that a rejection carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Its name.
    pub name: Name,
    /// Its type, which follows from the leaf that gives the value.
    pub ty: Type,
}

/// The message of a rejection, with details in braces.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The parts in their order.
    pub parts: Vec<MessagePart>,
    /// Where it is written.
    #[serde(skip)]
    pub span: Span,
}

/// A part of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MessagePart {
    /// Text, with doubled braces already made single.
    Text(String),
    /// The place of a detail in [`Rejection::details`].
    Detail(usize),
}

/// What a command leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// These events, in this order.
    Emit(Vec<Emission>),
    /// Whatever the user's handler returns.
    ByHand {
        /// The events it may return.
        emits: Vec<Spanned<EventId>>,
    },
    /// Stands where a mistake was reported; a model that passed the check holds none.
    #[serde(skip)]
    Mistaken,
}

/// One event that a command emits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    /// The event.
    pub event: Spanned<EventId>,
    /// The source of each of its fields, in the order of its fields; a field without one is a mistake.
    pub assignments: Vec<Assignment>,
}

/// A field and where its value comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The field that is set.
    pub field: FieldId,
    /// Where its value comes from.
    pub from: Origin,
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// From an expression that the schema gives.
    Leaf(Leaf),
    /// From the field of the command that has the same name and type.
    Command(FieldId),
    /// From the field of the state that has the same name and type.
    State(FieldId),
    /// From the field of the event that has the same name and type.
    Event(FieldId),
    /// From `to`: a symbol of the lifecycle's enum.
    Status(SymbolId),
}

/// An event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name; the stored one is its identity on disk.
    pub name: Name,
    /// What happened.
    pub doc: Option<String>,
    /// What it carries.
    pub fields: Vec<Field>,
    /// What it does to the state.
    pub effect: Effect,
    /// The status that it leads to; where it creates, [`Effect::Create`] already holds it.
    pub to: Option<Spanned<SymbolId>>,
    /// What it can be found by.
    pub tags: Vec<Tag>,
    /// The event whose fields and effect it took over.
    pub like: Option<Spanned<EventId>>,
    /// The names that it was stored under before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Spanned<String>>,
    /// What becomes of it where it does not happen any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
    /// Whether no command of this domain emits it, on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// The shapes that it had before, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<OlderShape>,
    /// Findings about its evolution that are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
}

impl Event {
    /// The field with this id.
    #[must_use]
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.0]
    }

    /// The number of its shape, counted from 1: one more for every change.
    #[must_use]
    pub fn version(&self) -> usize {
        self.older.len() + 1
    }

    /// Whether it can still be seen as an event of its own: folded, projected, subscribed to.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        !matches!(self.retired, Some(Retired::Ignored | Retired::Split))
    }

    /// Whether it makes an aggregate that was not there.
    #[must_use]
    pub fn is_creation(&self) -> bool {
        matches!(self.effect, Effect::Create(_) | Effect::CreateByHand)
    }

    /// Whether its effect is the user's.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        matches!(self.effect, Effect::CreateByHand | Effect::ApplyByHand)
    }

    /// Whether so little could be read of it that nothing more is asked of it; in a model that passed the check no event is.
    pub(crate) fn is_unread(&self) -> bool {
        self.fields.is_empty() && matches!(self.effect, Effect::Undeclared)
    }
}

/// What an event does to the state.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Makes it: the source of each field of the state, in the order of its fields; a field without one is a mistake.
    Create(Vec<Assignment>),
    /// Makes it, by hand.
    CreateByHand,
    /// Changes it by these statements, and before them by [`Event::to`]; none is a change of nothing but the status, or of nothing.
    #[serde(with = "json::statements")]
    Apply(Vec<Leaf>),
    /// Changes it, by hand.
    ApplyByHand,
    /// Nothing is said about it, or what is said is a mistake; a model that passed the check holds none.
    #[serde(skip)]
    Undeclared,
}

/// What an event can be found by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The name of the tag.
    pub name: Spanned<String>,
    /// Its value.
    pub value: TagValue,
}

/// The value of a tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TagValue {
    /// A field of the event.
    Field(FieldId),
    /// An expression over the event.
    Leaf(Leaf),
}

/// An example that is also a test.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name; the Rust name is that of the test.
    pub name: Name,
    /// What it explains.
    pub doc: Option<String>,
    /// What happened before.
    pub given: Vec<EventExample>,
    /// The time at which the command is executed.
    pub now: Option<Spanned<String>>,
    /// The command.
    pub when: CommandExample,
    /// What follows; `None` where only the state is looked at.
    pub expected: Option<Expected>,
    /// The fields of the state that are looked at afterwards.
    pub state: Vec<FieldValue>,
}

/// An event with its values.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventExample {
    /// The event.
    pub event: Spanned<EventId>,
    /// The value of each field, in the order of its fields.
    pub values: Vec<FieldValue>,
}

/// A command with its values.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandExample {
    /// The command.
    pub command: Spanned<CommandId>,
    /// The value of each field, in the order of its fields.
    pub values: Vec<FieldValue>,
}

/// What a scenario expects of its command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expected {
    /// These events; none is that nothing happens.
    Events(Vec<EventExample>),
    /// A rejection.
    Rejected(Spanned<Refusal>),
}

/// What a command can be refused with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Refusal {
    /// One of the aggregate's own.
    Rejection(RejectionId),
    /// The aggregate does not exist.
    Missing,
    /// The aggregate exists already.
    Exists,
    /// The aggregate is in a status in which the command is not allowed.
    WrongStatus,
    /// The command holds a value that the `check` of its type does not allow.
    Invalid,
}
