//! Descriptions: what the derives know of a domain, as constant data, and as JSON.
//!
//! They are what tools look at that have no schema to read: a lock file, a documentation, a test that two forms of a
//! domain are one. A type speaks of others through functions, so that types which contain themselves can be described.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::aggregate::Aggregate;
use crate::bytes::Bytes;
use crate::command::Target;
use crate::commit::Fingerprint;
use crate::envelope::SchemaVersion;
use crate::event::{Event, EventSet};
use crate::projection::SetReader;
use crate::time::{Date, Duration, Timestamp};

mod json;
#[cfg(test)]
mod tests;

/// A type that can say how its values are stored. `derive(Value)` and `derive(Id)` write it.
///
/// A derive cannot describe a type whose attributes make serde store it in a form that only they know (`with`, `into`,
/// `flatten`, `tag`, ...). Such a type says by hand what it is in stored data:
///
/// ```
/// use es_runtime::Describe;
/// use es_runtime::describe::Shape;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// #[serde(into = "String", try_from = "String")]
/// pub struct Iban([u8; 22]);
///
/// impl Describe for Iban {
///     const SHAPE: Shape = String::SHAPE;
/// }
/// # impl From<Iban> for String { fn from(iban: Iban) -> Self { String::from_utf8_lossy(&iban.0).into() } }
/// # impl TryFrom<String> for Iban {
/// #     type Error = &'static str;
/// #     fn try_from(text: String) -> Result<Self, Self::Error> {
/// #         text.into_bytes().try_into().map(Self).map_err(|_| "not 22 characters")
/// #     }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is stored",
    label = "needed to describe what holds it",
    note = "derive `Value` on it, or write `impl Describe for {Self} {{ const SHAPE: Shape = String::SHAPE; }}` with the shape of what it is in stored data"
)]
pub trait Describe {
    /// How its values are stored.
    const SHAPE: Shape;
}

/// The description of an event; `derive(Event)` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no description",
    note = "`derive(Event)` writes one unless serde is told to store a field in another form, or to leave one out that is no `Option`"
)]
pub trait DescribeEvent {
    /// What is known of it.
    const DESCRIPTION: EventDescription;
}

/// The description of a command; `derive(Command)` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no description",
    note = "`derive(Command)` writes one unless its fields have no names, or serde is told to store one in another form, or to leave one out that is no `Option`"
)]
pub trait DescribeCommand {
    /// What is known of it.
    const DESCRIPTION: CommandDescription;
}

/// The description of an aggregate; `derive(Aggregate)` writes it.
///
/// ```
/// # use es_runtime::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Aggregate, Debug)]
/// # #[aggregate(name = "lamp", id = u32, events(Lit: create), commands(Light: new), error = std::convert::Infallible)]
/// # struct Lamp;
/// # #[derive(Event, Serialize, Deserialize, Debug)]
/// # #[event(name = "lit")]
/// # struct Lit { by: Option<String> }
/// # #[derive(Command, Clone, Serialize, Deserialize, Debug)]
/// # #[command(emits(Lit))]
/// # struct Light { by: Option<String> }
/// # impl Create<Lit> for Lamp { fn create(_: Lit) -> Self { Lamp } }
/// # impl HandleNew<Light> for Lamp {
/// #     fn handle_new(light: Light, _: &Context<Self>) -> Result<Emit<Light>, Self::Error> { Ok(emit(Lit { by: light.by })) }
/// # }
/// use es_runtime::DescribeAggregate;
///
/// let lamp = Lamp::DESCRIPTION;
/// assert_eq!(lamp.name, "lamp");
/// assert_eq!(lamp.events[0].event.fields[0].name, "by");
/// assert!(lamp.to_json().contains(r#""type": "Option<String>""#));
/// ```
///
/// A type that does not say how it is stored stops nobody from deriving. Only where a program uses a description that such
/// a type stands in, the compiler tells so, at the field:
///
/// ```compile_fail,E0080
/// # use es_runtime::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Aggregate, Debug)]
/// # #[aggregate(name = "lamp", id = u32, events(Lit: create), commands(), error = std::convert::Infallible)]
/// # struct Lamp;
/// # impl Create<Lit> for Lamp { fn create(_: Lit) -> Self { Lamp } }
/// #[derive(Serialize, Deserialize, Debug)]
/// struct Colour(u8);
///
/// #[derive(Event, Serialize, Deserialize, Debug)]
/// #[event(name = "lit")]
/// struct Lit {
///     colour: Colour, // `Lit` cannot be described: `Colour` does not say how it is stored
/// }
///
/// println!("{}", Lamp::DESCRIPTION.to_json());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no description",
    note = "`derive(Aggregate)` writes one where all its events and commands have one"
)]
pub trait DescribeAggregate {
    /// What is known of it.
    const DESCRIPTION: AggregateDescription;
}

/// Asks for the shape of a type; [`FieldDescription`] holds it as a function, so that a type may contain itself.
pub type ShapeFn = fn() -> Shape;

/// The shape of `T`, as a function.
#[must_use]
pub const fn shape_of<T: Describe>() -> ShapeFn {
    || T::SHAPE
}

/// How values of a type are stored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// As a type of the language of that name: `bool`, `u8` to `i128`, `f64`, `String`, `Decimal`, `Uuid`, `Timestamp`,
    /// `Date`, `Duration`, `Bytes`.
    Leaf(&'static str),
    /// As what it holds, or not.
    Optional(ShapeFn),
    /// As a list.
    List(ShapeFn),
    /// As a list without repetitions, in order.
    Set(ShapeFn),
    /// As an object, the keys being text.
    Map(ShapeFn, ShapeFn),
    /// As what is in the box.
    Boxed(ShapeFn),
    /// As a type of the domain.
    Type(&'static TypeDescription),
}

/// A type of the domain.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TypeDescription {
    /// Its name in Rust, which is not stored anywhere.
    pub name: &'static str,
    /// The module it stands in, which tells it from others of the same name.
    pub module: &'static str,
    /// What it is.
    pub kind: TypeKind,
}

/// What a type of the domain is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TypeKind {
    /// A struct.
    Struct(Content),
    /// An enum without data, stored as one of these texts.
    Symbols(&'static [SymbolDescription]),
    /// An enum with data, externally tagged.
    Union(&'static [VariantDescription]),
}

/// A symbol of an enum without data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SymbolDescription {
    /// Its stored text.
    pub name: &'static str,
    /// Other texts that are read as it.
    pub was: &'static [&'static str],
}

/// A variant of a union.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VariantDescription {
    /// Its stored name.
    pub name: &'static str,
    /// Other names that are read as it.
    pub was: &'static [&'static str],
    /// What it holds.
    pub content: Content,
}

/// What a struct or a variant holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Content {
    /// Nothing.
    Unit,
    /// One value, as which it is stored.
    Value(ShapeFn),
    /// A list of values.
    Items(&'static [ShapeFn]),
    /// Fields.
    Fields(&'static [FieldDescription]),
}

/// A stored field.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FieldDescription {
    /// Its stored name.
    pub name: &'static str,
    /// How its values are stored.
    pub shape: ShapeFn,
}

/// An event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventDescription {
    /// Its stored name.
    pub name: &'static str,
    /// The names that it was stored under before.
    pub was: &'static [&'static str],
    /// The shape that is written today.
    pub version: SchemaVersion,
    /// The oldest shape whose code may still read it.
    pub reads_as: SchemaVersion,
    /// Its fields, in order.
    pub fields: &'static [FieldDescription],
    /// The shape before, which has the one before it.
    pub older: Option<EventFn>,
}

/// Asks for the description of an event: a function, so that mistakes in a chain of versions are told where they are.
pub type EventFn = fn() -> EventDescription;

impl EventDescription {
    /// One that was never of another shape.
    #[must_use]
    pub const fn new(
        name: &'static str,
        version: SchemaVersion,
        fields: &'static [FieldDescription],
    ) -> Self {
        Self {
            name,
            was: &[],
            version,
            reads_as: version,
            fields,
            older: None,
        }
    }

    /// That of `E`, whose fields are these.
    #[must_use]
    pub const fn of<E: Event>(fields: &'static [FieldDescription]) -> Self {
        Self {
            name: E::NAME,
            was: E::WAS,
            version: E::VERSION,
            reads_as: E::READS_AS,
            fields,
            older: None,
        }
    }

    /// The same, which was of another shape before.
    #[must_use]
    pub const fn behind(self, older: EventFn) -> Self {
        Self {
            older: Some(older),
            ..self
        }
    }
}

/// A command.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CommandDescription {
    /// Its stored name.
    pub name: &'static str,
    /// The stored names of the events that it may lead to.
    pub emits: &'static [&'static str],
    /// Its fields, in order.
    pub fields: &'static [FieldDescription],
}

/// An event in the list of an aggregate.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedEvent {
    /// The event.
    pub event: EventDescription,
    /// What it does to the aggregate.
    pub role: EventRole,
}

/// What an event does to an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventRole {
    /// It makes the aggregate.
    Creates,
    /// It changes the aggregate.
    Changes,
    /// Nothing any more: it is known, and passed over.
    Retired,
    /// What the events do that it is read as.
    Split,
}

/// A command in the list of an aggregate.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedCommand {
    /// The command.
    pub command: CommandDescription,
    /// On what it may be carried out.
    pub target: Target,
}

/// An aggregate.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AggregateDescription {
    /// Its stored name.
    pub name: &'static str,
    /// The type of its identity.
    pub id: ShapeFn,
    /// Its events, in order.
    pub events: &'static [ListedEvent],
    /// Its commands, in order.
    pub commands: &'static [ListedCommand],
    /// What holds its samples against what is kept of them, where that is known.
    pub hold: Option<HoldFn>,
}

/// Holds samples of stored events, which lie in a folder, against what is kept of them; says what is not as it should be.
pub type HoldFn = fn(&Path) -> Result<(), String>;

/// What makes the states of an aggregate what they are.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StateDescription {
    /// The stored name of the aggregate.
    pub name: &'static str,
    /// What the state holds.
    pub content: Content,
    /// The stored names of its events, each with the shape that is written today.
    pub events: &'static [(&'static str, SchemaVersion)],
    /// A hash of the rules that were generated; empty where all are written by hand.
    pub rules: &'static str,
    /// By what the rules by hand are counted.
    pub revision: u32,
}

impl StateDescription {
    /// What tells states of this making from others: equal in every build of the same description.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[json::state(self).as_bytes()])
    }
}

/// An event that a projection is folded from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProjectedEvent {
    /// The stored name of its aggregate.
    pub category: &'static str,
    /// Its stored name.
    pub name: &'static str,
    /// The names that it was stored under before.
    pub was: &'static [&'static str],
    /// The shape that is written today.
    pub version: SchemaVersion,
    /// The events of its aggregate that are read as several, of which it may be one: their stored names, each with the last
    /// shape that is.
    pub split: &'static [(&'static str, SchemaVersion)],
    pub(crate) set: Option<SetReader>,
}

impl ProjectedEvent {
    /// One that was never of another name, of an aggregate that splits no events.
    #[must_use]
    pub const fn new(category: &'static str, name: &'static str, version: SchemaVersion) -> Self {
        Self {
            category,
            name,
            was: &[],
            version,
            split: &[],
            set: None,
        }
    }

    /// The same, which was stored under these names before.
    #[must_use]
    pub const fn stored_before(self, was: &'static [&'static str]) -> Self {
        Self { was, ..self }
    }

    /// A key of a stream of its aggregate, where an example of one is known.
    #[cfg(feature = "testing")]
    pub(crate) fn example_key(&self) -> Option<&'static str> {
        self.set?.example_key()
    }

    /// The same, one of the events of `A`.
    #[must_use]
    pub const fn of_set<A: Aggregate>(self) -> Self {
        Self {
            split: <A::Event as EventSet>::SPLIT,
            set: Some(SetReader::of::<A>()),
            ..self
        }
    }
}

/// What makes the rows of a projection what they are.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RowsDescription {
    /// The stored name of the projection.
    pub name: &'static str,
    /// What a row holds.
    pub content: Content,
    /// The stored names of its key columns.
    pub key: &'static [&'static str],
    /// The stored names of the columns that rows are found by.
    pub indexes: &'static [&'static [&'static str]],
    /// The events it is folded from.
    pub events: &'static [ProjectedEvent],
    /// A hash of the rules that were generated; empty where all are written by hand.
    pub rules: &'static str,
    /// By what the rules by hand are counted.
    pub revision: u32,
    /// What holds the rows that samples make against what is kept of them, where that is known.
    pub hold: Option<HoldFn>,
}

impl RowsDescription {
    /// Puts one together.
    #[must_use]
    pub const fn new(
        name: &'static str,
        content: Content,
        key: &'static [&'static str],
        indexes: &'static [&'static [&'static str]],
        events: &'static [ProjectedEvent],
        rules: &'static str,
        revision: u32,
    ) -> Self {
        Self {
            name,
            content,
            key,
            indexes,
            events,
            rules,
            revision,
            hold: None,
        }
    }

    /// The same, whose samples are held by that.
    #[must_use]
    pub const fn held_by(self, hold: Option<HoldFn>) -> Self {
        Self { hold, ..self }
    }

    /// The description as JSON:
    ///
    /// ```text
    /// {
    ///   "projection": stored name,
    ///   "key": [ stored name ],
    ///   "fields": [ field ],
    ///   "events": [ [ category, stored name, version ] ],
    ///   "split": [ [ category, stored name, version ] ],
    ///   "rules": hash,
    ///   "revision": number,
    ///   "types": { type name: kind }
    /// }
    /// ```
    ///
    /// `split` is there only where there are events that are read as several, with the last version that is. A field and a kind
    /// are those of [`AggregateDescription::to_json`].
    #[must_use]
    pub fn to_json(&self) -> String {
        json::described_rows(self)
    }

    /// Does what [`read_rows`](crate::testing::read_rows) does for the projection.
    ///
    /// # Panics
    /// As that does; and where the description was put together by hand, without [`held_by`](Self::held_by).
    #[cfg(feature = "testing")]
    #[track_caller]
    pub fn hold(&self, folder: impl AsRef<Path>) {
        crate::testing::hold(self.name, self.hold, folder.as_ref());
    }

    /// What tells rows of this making from others: equal in every build of the same description.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[json::rows(self).as_bytes()])
    }
}

impl AggregateDescription {
    /// Puts one together.
    #[must_use]
    pub const fn new(
        name: &'static str,
        id: ShapeFn,
        events: &'static [ListedEvent],
        commands: &'static [ListedCommand],
    ) -> Self {
        Self {
            name,
            id,
            events,
            commands,
            hold: None,
        }
    }

    /// The same, whose samples are held by that.
    #[must_use]
    pub const fn held_by(self, hold: Option<HoldFn>) -> Self {
        Self { hold, ..self }
    }

    /// The description as JSON, the same as `es_codegen::description` gives for the same aggregate in YAML.
    ///
    /// Lists are in the order of declaration, but for `types`, which is in the order of names and holds those that the
    /// aggregate reaches:
    ///
    /// ```text
    /// {
    ///   "name": stored name,
    ///   "id": type,
    ///   "events": [ event ],
    ///   "commands": [ { "name": stored name, "for": "new", "existing" or "any", "emits": [ stored name ], "fields": [ field ] } ],
    ///   "types": { type name: kind }
    /// }
    /// event: { "name": stored name, "was": [ name ], "role": "retired" or "split", "version": number, "reads_as": number,
    ///          "creates": true or false, "fields": [ field ], "older": [ { "version": number, "reads_as": number, "fields": [ field ] } ] }
    ///        of which these are there only where they have something to say:
    ///        "was", the names that it was stored under before;
    ///        "role", where it does nothing any more, or is read as several;
    ///        "reads_as", the oldest version whose code may still read it, where that is not its own;
    ///        "older", the shapes that it had before, newest first
    /// field: { "name": stored name, "type": type }
    /// type:  text as in a schema: "Option<Vec<Money>>"; other names than those of the language stand in "types"
    /// kind:  { "symbols": [ stored name ] }, { "union": [ { "name": stored name, and its content } ] }, or a content; the
    ///        first two with "was": { other name: the stored name as which it is read } behind, where there are some
    /// content: { "newtype": type }, { "items": [ type ] }, { "fields": [ field ] }, or no key where it holds nothing
    /// ```
    ///
    /// Two types of one name in different modules are told apart by a number: `Money` and `Money#2`.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::aggregate(self)
    }

    /// Does what [`read_samples`](crate::testing::read_samples) does for the aggregate.
    ///
    /// # Panics
    /// As that does; and where the description was put together by hand, without [`held_by`](Self::held_by).
    #[cfg(feature = "testing")]
    #[track_caller]
    pub fn hold(&self, folder: impl AsRef<Path>) {
        crate::testing::hold(self.name, self.hold, folder.as_ref());
    }
}

/// What descriptions are made of: for what is described by hand, and for what the derives write.
macro_rules! constructors {
    ($($kind:ident($($field:ident: $ty:ty),*);)*) => {$(
        impl $kind {
            /// Puts one together.
            #[must_use]
            pub const fn new($($field: $ty),*) -> Self {
                Self { $($field),* }
            }
        }
    )*};
}

constructors! {
    TypeDescription(name: &'static str, module: &'static str, kind: TypeKind);
    SymbolDescription(name: &'static str, was: &'static [&'static str]);
    VariantDescription(name: &'static str, was: &'static [&'static str], content: Content);
    FieldDescription(name: &'static str, shape: ShapeFn);
    CommandDescription(name: &'static str, emits: &'static [&'static str], fields: &'static [FieldDescription]);
    ListedEvent(event: EventDescription, role: EventRole);
    ListedCommand(command: CommandDescription, target: Target);
    StateDescription(name: &'static str, content: Content, events: &'static [(&'static str, SchemaVersion)], rules: &'static str, revision: u32);
}

macro_rules! leaves {
    ($($ty:ident)*) => {$(
        impl Describe for $ty {
            const SHAPE: Shape = Shape::Leaf(stringify!($ty));
        }
    )*};
}

leaves! {
    bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f64
    String Decimal Uuid Timestamp Date Duration Bytes
}

impl<T: Describe> Describe for Option<T> {
    const SHAPE: Shape = Shape::Optional(shape_of::<T>());
}

impl<T: Describe> Describe for Vec<T> {
    const SHAPE: Shape = Shape::List(shape_of::<T>());
}

impl<T: Describe> Describe for BTreeSet<T> {
    const SHAPE: Shape = Shape::Set(shape_of::<T>());
}

impl<K: Describe, V: Describe> Describe for BTreeMap<K, V> {
    const SHAPE: Shape = Shape::Map(shape_of::<K>(), shape_of::<V>());
}

impl<T: Describe> Describe for Box<T> {
    const SHAPE: Shape = Shape::Boxed(shape_of::<T>());
}
