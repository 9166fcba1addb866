//! The keys of the language, each section with what can stand in it.

use super::{
    BY_HAND, ByHand, Flag, Number, OneOrMany, Read, Reader, Row, Table, Text, section::section,
};
use crate::{
    diagnostic::shown,
    language::Shape,
    source::Span,
    yaml::{Entry, Kind, Node},
};

section! {
    /// A whole schema.
    Schema "a schema" {
        /// The name of the domain.
        "domain" domain: Text,
        /// What it is about.
        "doc" doc: Text,
        /// The types of its values.
        "types" types: Table<TypeSpec>,
        /// Its aggregates.
        "aggregates" aggregates: Table<Aggregate>,
        /// Its projections.
        "projections" projections: Table<Projection>,
        /// Rules of evolution that are to count for more or less than usual: `deny`, `warn`, `info` or `off`.
        "levels" levels: Table<Text>,
    }
    // `domain` is required of the schema as a whole, which may be several files.
    required []
    later ["events", "views", "decisions", "processes", "policies", "queries"]
}

section! {
    /// An aggregate.
    Aggregate "an aggregate" {
        /// What it is.
        "doc" doc: Text,
        /// Its name in Rust, where the one that follows from its key is not wanted.
        "rust" rust: Text,
        /// What it was called before, the oldest name first: its streams keep that one for ever.
        "was" was: OneOrMany<Text>,
        /// Findings about its evolution that are accepted.
        "allow" allow: OneOrMany<Allow>,
        /// The type of its identity.
        "id" id: Text,
        /// When its state is kept, so that a load need not begin with the first event.
        "snapshot" snapshot: Snapshot,
        /// A number to raise whenever a rule by hand, or a function that a leaf calls, does something else than before: snapshots of older rules are then left alone.
        "revision" revision: Number,
        /// The enum field of the state that `in` and `to` refer to.
        "lifecycle" lifecycle: Text,
        /// The fields of its state.
        "state" state: Table<FieldSpec>,
        /// Its commands.
        "commands" commands: Table<Command>,
        /// Its events.
        "events" events: Table<Event>,
        /// Examples that are also tests.
        "scenarios" scenarios: Table<Scenario>,
    }
    required ["id", "state", "events"]
    later []
}

section! {
    /// When the state of an aggregate is kept.
    Snapshot "a snapshot" {
        /// After so many events of a stream there is a new one.
        "every" every: Number,
    }
    required ["every"]
    later []
}

section! {
    /// A command.
    Command "a command" {
        /// What it asks for.
        "doc" doc: Text,
        /// Its name in Rust.
        "rust" rust: Text,
        /// Whether it is for what is new, for what exists, or for any.
        "for" target: Text = ["new", "existing", "any"],
        /// The statuses in which it is allowed.
        "in" allowed: OneOrMany<Text>,
        /// What it carries.
        "fields" fields: Table<FieldSpec>,
        /// What it can be rejected with.
        "reject" reject: Rejections,
        /// The events that it leads to.
        "emit" emit: Emissions,
        /// The events that a handler by hand may return.
        "emits" emits: OneOrMany<Text>,
        /// `by hand`, where the user writes the handler.
        "handle" handle: Text = ["by hand"],
    }
    required []
    later ["reads", "after", "was"]
}

section! {
    /// An event.
    Event "an event" {
        /// What happened.
        "doc" doc: Text,
        /// Its name in Rust.
        "rust" rust: Text,
        /// The event whose fields and effect it takes over.
        "like" like: Text,
        /// What it carries.
        "fields" fields: Table<FieldSpec>,
        /// The state that it makes.
        "create" create: ByHand<Table<Text>>,
        /// What it changes in the state.
        "apply" apply: ByHand<OneOrMany<Text>>,
        /// The status that it leads to.
        "to" to: Text,
        /// What it can be found by.
        "tags" tags: Tags,
        /// The names that it was stored under before; they are still read.
        "was" was: OneOrMany<Text>,
        /// `true`, where it is still read but never happens any more.
        "retired" retired: Flag,
        /// `true`, where no command of this domain emits it.
        "imported" imported: Flag,
        /// How its shape has changed, the oldest change first: each is a version more.
        "changes" changes: Changes,
        /// Findings about its evolution that are accepted.
        "allow" allow: OneOrMany<Allow>,
    }
    required []
    later ["personal"]
}

section! {
    /// A projection.
    Projection "a projection" {
        /// What its rows are.
        "doc" doc: Text,
        /// The name of its rows in Rust, where the one that follows from its key is not wanted.
        "rust" rust: Text,
        /// What a row is found by: the type of its one key column, or the key columns.
        "key" key: KeySpec,
        /// The other columns of a row.
        "row" row: Table<FieldSpec>,
        /// The columns, or groups of columns, that rows are looked up by.
        "index" index: OneOrMany<IndexSpec>,
        /// What the events do to the rows.
        "events" events: Table<RowRule>,
        /// What becomes of an event that cannot be projected.
        "on_error" on_error: OnErrorSpec,
        /// A number to raise whenever a rule by hand, or a function that a leaf calls, does something else than before: the rows are then made again.
        "revision" revision: Number,
    }
    required ["key", "row", "events"]
    later ["before", "after", "mode"]
}

section! {
    /// What an event does to a row.
    RowChange "a change of a row" {
        /// Which row it is: the key columns with their values.
        "at" at: Table<Text>,
        /// The row that is made.
        "insert" insert: ByHand<Table<Text>>,
        /// The row that is changed, where there is none yet.
        "new" new: Table<Text>,
        /// What changes in the row.
        "update" update: ByHand<OneOrMany<Text>>,
        /// `row`, where the row is taken away.
        "delete" delete: Text = ["row"],
    }
    required []
    later ["before", "after", "mode"]
}

section! {
    /// How often an event that cannot be projected is tried again.
    Retry "a retry" {
        /// So many times.
        "retry" retry: Number,
    }
    required ["retry"]
    later []
}

section! {
    /// An example that is also a test.
    Scenario "a scenario" {
        /// What it explains.
        "doc" doc: Text,
        /// What happened before.
        "given" given: Examples,
        /// The time at which the command is executed.
        "now" now: Text,
        /// The command.
        "when" when: Examples,
        /// The events that follow.
        "then" then: Examples,
        /// The rejection that follows, or `Missing`, `Exists`, `WrongStatus` or `Invalid`.
        "rejected" rejected: Text,
        /// The state afterwards.
        "state" state: Values,
    }
    required ["when"]
    later []
}

section! {
    /// The long form of a type.
    LongType "a type" {
        /// What it means.
        "doc" doc: Text,
        /// The Rust type that it is a newtype over, or a type of the user's own.
        "rust" rust: Text,
        /// Which values of a newtype are valid.
        "check" check: Text,
        /// What a type of the user's own is on the wire.
        "as" wire: Text,
        /// The variants of a union.
        "union" union: Table<VariantSpec>,
        /// The symbols of an enum.
        "enum" symbols: Symbols,
        /// The fields of a value object.
        "fields" fields: Table<FieldSpec>,
        /// How its shape has changed, the oldest change first.
        "changes" changes: Changes,
        /// A value of a type of the user's own, as it is on the wire, for samples of stored events.
        "sample" sample: Text,
        /// Findings about its evolution that are accepted.
        "allow" allow: OneOrMany<Allow>,
    }
    required []
    later ["was"]
}

section! {
    /// The long form of a field.
    LongField "a field" {
        /// What it holds.
        "type" ty: Text,
        /// Its stored name, where that is not its key.
        "wire" wire: Text,
        /// What it means.
        "doc" doc: Text,
    }
    required ["type"]
    later []
}

section! {
    /// What can be said about a symbol.
    SymbolDetails "a symbol" {
        /// Its name in Rust.
        "rust" rust: Text,
        /// What it means.
        "doc" doc: Text,
        /// What was stored in its place before; it is still read.
        "was" was: OneOrMany<Text>,
    }
    required []
    later []
}

section! {
    /// The long form of a variant.
    LongVariant "a variant" {
        /// Its name in Rust.
        "rust" rust: Text,
        /// What it means.
        "doc" doc: Text,
        /// What it holds.
        "fields" fields: Table<FieldSpec>,
        /// What was stored in its place before; it is still read.
        "was" was: OneOrMany<Text>,
    }
    required []
    later []
}

section! {
    /// A change of a stored shape.
    Change "a change" {
        /// Fields that were not there, each with the value that it has in older events; of an enum, symbols, and of a union, variants.
        "add" add: AddSpec,
        /// Fields that are gone, each with the type that it had. Their names stay reserved.
        "remove" remove: Table<FieldSpec>,
        /// Fields that were called otherwise: the old name, and the new one.
        "rename" rename: Table<Text>,
        /// Fields that had another type.
        "retype" retype: Table<RetypeSpec>,
        /// Fields that held one value, and hold an option or a list of them now.
        "wrap" wrap: OneOrMany<Text>,
        /// Value objects that were fields of their own before.
        "nest" nest: Table<PartsSpec>,
        /// Value objects, each with its type, whose parts are fields of their own now.
        "flatten" flatten: Table<Text>,
        /// Fields whose values have become others; of an enum, symbols that are gone, each with the one that it becomes.
        "map" map: MapSpec,
        /// Types of values that have made a change of their own.
        "follows" follows: OneOrMany<Text>,
        /// The events that one event has become.
        "split" split: Split,
        /// The whole shape before; how it becomes the one after is the user's to write.
        "by hand" by_hand: Table<FieldSpec>,
        /// `true`, where a change by hand looks at the earlier events of the stream.
        "earlier" earlier: Flag,
    }
    required []
    later []
}

section! {
    /// What a field was before it had the type that it has now.
    Retype "a field that had another type" {
        /// The type that it had.
        "from" from: Text,
        /// The value that it becomes, or `by hand`.
        "with" with: ByHand<Text>,
    }
    required ["from"]
    later []
}

section! {
    /// One event that has become several.
    Split "a split" {
        /// The whole shape before.
        "from" from: Table<FieldSpec>,
        /// The events that it becomes, each with the fields that are not taken over.
        "into" into: Emissions,
    }
    required ["from", "into"]
    later []
}

section! {
    /// A finding that is accepted.
    Allow "something accepted" {
        /// The rule.
        "rule" rule: Text,
        /// Why.
        "reason" reason: Text,
    }
    required ["rule"]
    later []
}

section! {
    /// The long form of a rejection.
    LongRejection "a rejection" {
        /// Its name in Rust.
        "rust" rust: Text,
        /// The condition.
        "when" when: Text,
        /// What it carries.
        "with" with: Table<Text>,
        /// What it says.
        "message" message: Text,
    }
    required []
    later []
}

/// A type.
#[derive(Debug, Clone)]
pub enum TypeSpec {
    /// A newtype over a Rust type.
    Newtype(Text),
    /// An enum.
    Enum(Symbols),
    /// A value object.
    Object(Table<FieldSpec>),
    /// The long form.
    Long(Box<LongType>),
}

impl Read for TypeSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Sequence(_) => Symbols::read(reader, owner, node).map(Self::Enum),
            Kind::Mapping(entries) if has_any(entries, &["rust", "union", "enum", "fields"]) => {
                let is_long =
                    |form: &Entry, has_unknown: bool| match (form.key.as_str(), &form.value.kind) {
                        ("fields" | "union", Kind::Scalar(_)) => false,
                        ("enum", Kind::Scalar(_)) => !has_unknown,
                        // The path of a type of the user's own is no type of a field.
                        ("rust", Kind::Scalar(text)) => !has_unknown || text.contains("::"),
                        _ => true,
                    };
                reader.long_form(
                    owner,
                    entries,
                    (LongType::KEYS, &["was"]),
                    "a type",
                    is_long,
                )?;
                LongType::read(reader, owner, node)
                    .map(Box::new)
                    .map(Self::Long)
            }
            Kind::Mapping(_) => Table::read(reader, owner, node).map(Self::Object),
            _ => Text::read(reader, owner, node).map(Self::Newtype),
        }
    }

    fn shape() -> Shape {
        Shape::named(
            "a type",
            [
                Shape::Text,
                Symbols::shape(),
                LongType::shape(),
                Table::<FieldSpec>::shape(),
            ],
        )
    }
}

/// A variant of a union.
#[derive(Debug, Clone)]
pub struct VariantSpec(pub LongVariant);

impl Read for VariantSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Mapping(entries) if has_any(entries, &["fields", "rust", "was"]) => {
                let is_long =
                    |form: &Entry, has_unknown: bool| match (form.key.as_str(), &form.value.kind) {
                        ("fields", Kind::Scalar(_)) => false,
                        ("rust" | "was", Kind::Scalar(_)) => !has_unknown,
                        _ => true,
                    };
                reader.long_form(
                    owner,
                    entries,
                    (LongVariant::KEYS, &[]),
                    "a variant",
                    is_long,
                )?;
                LongVariant::read(reader, owner, node).map(Self)
            }
            _ => Table::read(reader, owner, node).map(|fields| {
                Self(LongVariant {
                    fields: Some(fields),
                    ..LongVariant::default()
                })
            }),
        }
    }

    fn shape() -> Shape {
        Shape::named(
            "a variant",
            [LongVariant::shape(), Table::<FieldSpec>::shape()],
        )
    }
}

/// A field.
#[derive(Debug, Clone)]
pub struct FieldSpec(pub LongField);

impl Read for FieldSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Mapping(entries) if reader.has_keys(entries, LongField::KEYS) => {
                LongField::read(reader, owner, node).map(Self)
            }
            _ => Text::read(reader, owner, node).map(|ty| {
                Self(LongField {
                    ty: Some(ty),
                    ..LongField::default()
                })
            }),
        }
    }

    fn shape() -> Shape {
        Shape::named("a field", [Shape::Text, LongField::shape()])
    }
}

/// The symbols of an enum, each with its details.
#[derive(Debug, Clone)]
pub struct Symbols {
    /// The symbols.
    pub symbols: Vec<(Text, SymbolDetails)>,
}

impl Read for Symbols {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let Kind::Sequence(items) = &node.kind else {
            return reader.wrong_shape(node, "a sequence of symbols");
        };
        let mut symbols = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                Kind::Mapping(entries) => symbols.extend(entries.iter().filter_map(|entry| {
                    Some((
                        entry.name(),
                        SymbolDetails::read(reader, entry.key_span, &entry.value)?,
                    ))
                })),
                _ => symbols.extend(
                    Text::read(reader, owner, item).map(|name| (name, SymbolDetails::default())),
                ),
            }
        }
        // Symbols that could not be read are not called missing as well.
        (!symbols.is_empty() || items.is_empty()).then_some(Self { symbols })
    }

    fn shape() -> Shape {
        Shape::Sequence(Box::new(Shape::named(
            "a symbol",
            [Shape::Text, Table::<SymbolDetails>::shape()],
        )))
    }
}

/// The changes of a shape.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The changes, the oldest first, each with its place; `None` where it could not be read, which is then reported.
    pub changes: Vec<(Option<Change>, Span)>,
}

impl Read for Changes {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        let items = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Null => &[],
            _ => return reader.wrong_shape(node, "a sequence of changes, the oldest first"),
        };
        let changes = items
            .iter()
            .map(|item| (Change::read(reader, item.span, item), item.span));
        Some(Self {
            changes: changes.collect(),
        })
    }

    fn shape() -> Shape {
        Shape::Sequence(Box::new(Change::shape()))
    }
}

/// What was not there before.
#[derive(Debug, Clone)]
pub enum AddSpec {
    /// Fields with their values.
    Fields(Table<Text>),
    /// Symbols of an enum, or variants of a union.
    Symbols(Vec<Text>),
}

impl Read for AddSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Mapping(_) => Table::read(reader, owner, node).map(Self::Fields),
            _ => OneOrMany::read(reader, owner, node).map(|OneOrMany(names)| Self::Symbols(names)),
        }
    }

    fn shape() -> Shape {
        Shape::named(
            "fields with their values, or symbols",
            [
                Shape::Text,
                Table::<Text>::shape(),
                Shape::Sequence(Box::new(Shape::Text)),
            ],
        )
    }
}

/// What a field was before it had the type that it has now.
#[derive(Debug, Clone)]
pub struct RetypeSpec(pub Retype);

impl Read for RetypeSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Mapping(_) => Retype::read(reader, owner, node).map(Self),
            _ => Text::read(reader, owner, node).map(|from| {
                Self(Retype {
                    from: Some(from),
                    ..Retype::default()
                })
            }),
        }
    }

    fn shape() -> Shape {
        Shape::named("the type that it had", [Shape::Text, Retype::shape()])
    }
}

/// The fields that the parts of a value object were.
#[derive(Debug, Clone)]
pub struct PartsSpec {
    /// Each part with the field that it was.
    pub parts: Vec<(Text, Text)>,
}

impl Read for PartsSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let parts = match &node.kind {
            Kind::Mapping(_) => Table::<Text>::read(reader, owner, node)?
                .entries
                .into_iter()
                .filter_map(|row| Some((row.name, row.value?)))
                .collect(),
            _ => {
                let OneOrMany(names) = OneOrMany::<Text>::read(reader, owner, node)?;
                names.into_iter().map(|name| (name.clone(), name)).collect()
            }
        };
        Some(Self { parts })
    }

    fn shape() -> Shape {
        Shape::named(
            "fields, or parts with the fields that they were",
            [
                Shape::Sequence(Box::new(Shape::Text)),
                Table::<Text>::shape(),
            ],
        )
    }
}

/// Values that have become others.
#[derive(Debug, Clone)]
pub struct MapSpec {
    /// The values of each field.
    pub fields: Vec<(Text, Table<Text>)>,
    /// Symbols of the enum that the change belongs to.
    pub symbols: Vec<(Text, Text)>,
}

impl Read for MapSpec {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        let entries = reader.mapping(node, "a mapping of old values to new ones")?;
        let mut map = Self {
            fields: Vec::new(),
            symbols: Vec::new(),
        };
        for entry in entries {
            let name = entry.name();
            match &entry.value.kind {
                Kind::Mapping(_) => {
                    let values = Table::read(reader, entry.key_span, &entry.value)?;
                    map.fields.push((name, values));
                }
                _ => {
                    let value = Text::read(reader, entry.key_span, &entry.value)?;
                    map.symbols.push((name, value));
                }
            }
        }
        Some(map)
    }

    fn shape() -> Shape {
        Shape::named(
            "fields with old values and new ones, or symbols that are gone with those that they become",
            [
                Table::<Text>::shape(),
                Shape::Table(Box::new(Table::<Text>::shape())),
            ],
        )
    }
}

/// What a command can be rejected with.
#[derive(Debug, Clone)]
pub struct Rejections {
    /// The rejections; those that are only named are raised by hand.
    pub rejections: Vec<(Text, Option<LongRejection>)>,
}

impl Read for Rejections {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let rejections = match &node.kind {
            Kind::Sequence(items) => {
                items.iter().filter_map(|item| Text::read(reader, owner, item)).map(|name| (name, None)).collect()
            }
            Kind::Mapping(entries) => entries.iter().filter_map(|entry| {
                let rejection = match &entry.value.kind {
                    Kind::Mapping(keys) if reader.has_keys(keys, LongRejection::KEYS) => LongRejection::read(reader, entry.key_span, &entry.value)?,
                    _ => LongRejection { when: Some(Text::read(reader, entry.key_span, &entry.value)?), ..LongRejection::default() },
                };
                Some((entry.name(), Some(rejection)))
            }).collect(),
            _ => return reader.wrong_shape(node, "a mapping of rejections to their conditions (or a sequence of those raised by hand)"),
        };
        Some(Self { rejections })
    }

    fn shape() -> Shape {
        let rejection = Shape::named("a rejection", [Shape::Text, LongRejection::shape()]);
        Shape::OneOf(vec![
            Shape::Table(Box::new(rejection)),
            Shape::Sequence(Box::new(Shape::Text)),
        ])
    }
}

/// Events that a command leads to, each with the fields that are not carried over.
#[derive(Debug, Clone)]
pub struct Emissions {
    /// The events; `None` where the fields were a mistake, which is reported.
    pub emissions: Vec<Row<Table<Text>>>,
}

impl Read for Emissions {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let mut emissions = Vec::new();
        for item in one_or_many(node) {
            match &item.kind {
                Kind::Mapping(_) => {
                    emissions.extend(Table::<Table<Text>>::read(reader, owner, item)?.entries)
                }
                _ => emissions.extend(Text::read(reader, owner, item).map(|name| Row {
                    name,
                    value: Some(Table::default()),
                })),
            }
        }
        Some(Self { emissions })
    }

    fn shape() -> Shape {
        Shape::one_or_many(Shape::named(
            "an event, with the fields that are not taken over",
            [Shape::Text, Table::<Table<Text>>::shape()],
        ))
    }
}

/// What an event can be found by.
#[derive(Debug, Clone)]
pub struct Tags {
    /// The tags: a field, or a name with an expression.
    pub tags: Vec<(Text, Option<Text>)>,
}

impl Read for Tags {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let mut tags = Vec::new();
        for item in one_or_many(node) {
            match &item.kind {
                Kind::Mapping(entries) => tags.extend(entries.iter().filter_map(|entry| {
                    Some((
                        entry.name(),
                        Some(Text::read(reader, entry.key_span, &entry.value)?),
                    ))
                })),
                _ => tags.extend(Text::read(reader, owner, item).map(|name| (name, None))),
            }
        }
        Some(Self { tags })
    }

    fn shape() -> Shape {
        Shape::one_or_many(Shape::named(
            "a field, or names with their values",
            [Shape::Text, Table::<Text>::shape()],
        ))
    }
}

/// What the rows of a projection are found by.
#[derive(Debug, Clone)]
pub enum KeySpec {
    /// One column of this type.
    Type(Text),
    /// These columns; none is a single row.
    Columns(Table<FieldSpec>),
}

impl Read for KeySpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(_) => Text::read(reader, owner, node).map(Self::Type),
            Kind::Mapping(_) => Table::read(reader, owner, node).map(Self::Columns),
            // Nothing at all is more likely forgotten than meant as a single row.
            _ => reader.wrong_shape(
                node,
                "a type or a mapping of key columns (`{}` for a single row)",
            ),
        }
    }

    fn shape() -> Shape {
        Shape::named(
            "a type, or key columns with their types",
            [Shape::Text, Table::<FieldSpec>::shape()],
        )
    }
}

/// The columns of an index.
#[derive(Debug, Clone)]
pub struct IndexSpec {
    /// The columns, in the order in which the index sorts by them.
    pub columns: Vec<Text>,
    /// Where they stand.
    pub span: Span,
}

impl Read for IndexSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let OneOrMany(columns) = OneOrMany::read(reader, owner, node)?;
        Some(Self {
            columns,
            span: node.span,
        })
    }

    fn shape() -> Shape {
        Shape::named(
            "a column or a sequence of columns",
            [Shape::Text, Shape::Sequence(Box::new(Shape::Text))],
        )
    }
}

/// What an event does to the rows of a projection.
#[derive(Debug, Clone)]
pub enum RowRule {
    /// `delete`
    Delete(Span),
    /// `by hand`
    ByHand,
    /// These changes, in this order.
    Changes(Vec<(RowChange, Span)>),
}

/// The words that stand for a whole rule.
const ROW_WORDS: [&str; 2] = ["delete", BY_HAND];

impl Read for RowRule {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let text = match &node.kind {
            Kind::Scalar(text) => text,
            Kind::Sequence(items) => {
                let changes = items
                    .iter()
                    .map(|item| Some((RowChange::read(reader, item.span, item)?, item.span)));
                // Each is read, so that every mistake is seen; what is left of them would be another rule.
                let changes: Vec<Option<_>> = changes.collect();
                let changes: Option<Vec<_>> = changes.into_iter().collect();
                return changes.map(Self::Changes);
            }
            _ => {
                let change = RowChange::read(reader, owner, node)?;
                return Some(Self::Changes(vec![(change, owner)]));
            }
        };
        match text.as_str() {
            "delete" => Some(Self::Delete(node.span)),
            BY_HAND => Some(Self::ByHand),
            _ => reader.unknown_word(
                node.span,
                text,
                &ROW_WORDS,
                format!("`{}` is not what an event does to a row", shown(text)),
                "write `delete`, `by hand`, or a mapping with `insert` or `update`",
            ),
        }
    }

    fn shape() -> Shape {
        Shape::named(
            "a change of a row",
            [
                Shape::Words(&ROW_WORDS),
                RowChange::shape(),
                Shape::Sequence(Box::new(RowChange::shape())),
            ],
        )
    }
}

/// What becomes of an event that cannot be projected.
#[derive(Debug, Clone)]
pub enum OnErrorSpec {
    /// `stop`
    Stop,
    /// `park`
    Park,
    /// It is tried again.
    Retry(Retry),
}

/// The words for what becomes of an event that cannot be projected.
const ON_ERROR_WORDS: [&str; 2] = ["stop", "park"];

impl Read for OnErrorSpec {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let Kind::Scalar(text) = &node.kind else {
            return Retry::read(reader, owner, node).map(Self::Retry);
        };
        match text.as_str() {
            "stop" => Some(Self::Stop),
            "park" => Some(Self::Park),
            _ => reader.unknown_word(
                node.span,
                text,
                &ON_ERROR_WORDS,
                format!("`{}` is nothing that `on_error` can do", shown(text)),
                "write `stop`, `park` or `{ retry: 3 }`",
            ),
        }
    }

    fn shape() -> Shape {
        Shape::OneOf(vec![Shape::Words(&ON_ERROR_WORDS), Retry::shape()])
    }
}

/// Events or commands with their values.
#[derive(Debug, Clone)]
pub struct Examples {
    /// The examples.
    pub examples: Vec<(Text, Values)>,
    /// Where all of them stand.
    pub span: Span,
}

impl Read for Examples {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        let mut examples = Vec::new();
        for item in one_or_many(node) {
            match &item.kind {
                Kind::Mapping(entries) => examples.extend(entries.iter().map(|entry| {
                    let values = Values::read(reader, entry.key_span, &entry.value)?;
                    Some((entry.name(), values))
                })),
                _ => examples
                    .push(Text::read(reader, owner, item).map(|name| (name, Values::default()))),
            }
        }
        // What is left of a sequence with a mistake in it would be another one.
        let examples = examples.into_iter().collect::<Option<_>>()?;
        let span = if matches!(node.kind, Kind::Null) {
            owner
        } else {
            node.span
        };
        Some(Self { examples, span })
    }

    fn shape() -> Shape {
        Shape::one_or_many(Shape::named(
            "a name with values for its fields",
            [Shape::Text, Table::<Values>::shape()],
        ))
    }
}

/// Fields with their values, which are read once their types are known.
#[derive(Debug, Clone, Default)]
pub struct Values {
    pub(crate) entries: Vec<Entry>,
}

impl Read for Values {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        Some(Self {
            entries: reader
                .mapping(node, "a mapping of fields to values")?
                .to_vec(),
        })
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(Shape::Any))
    }
}

fn one_or_many(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::Sequence(items) => items,
        Kind::Null => &[],
        _ => std::slice::from_ref(node),
    }
}

fn has_any(entries: &[Entry], keys: &[&str]) -> bool {
    entries
        .iter()
        .any(|entry| keys.contains(&entry.key.as_str()))
}
