//! What stands in a lock.

use super::{
    super::{
        fingerprint::Fingerprints,
        history::{
            AggregateHistory, Content, EventHistory, Field, History, Hop, Kind, Made, Retired,
            Shape, Step, Symbol, TypeHistory, TypeVersion, Variant, Version,
        },
    },
    lines::Lines,
};
use crate::source::Span;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};
use std::{collections::HashSet, fmt, marker::PhantomData};

/// The number of the format; a change that an older release cannot read makes it higher.
pub(super) const NUMBER: u32 = 1;

/// What says whether the rest can be read.
#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) lock: u32,
}

/// A lock.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockFile {
    lock: u32,
    domain: String,
    pub(super) aggregates: Vec<AggregateEntry>,
    pub(super) types: Vec<TypeEntry>,
    /// What is made of events, and written anew with each publication.
    made: MadeEntry,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateEntry {
    category: String,
    /// Where it is called otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    id: String,
    pub(super) events: Vec<EventEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventEntry {
    event: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    was: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired: Option<RetiredEntry>,
    pub(super) versions: Vec<VersionEntry>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RetiredEntry {
    Folded,
    Ignored,
    Split,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionEntry {
    version: u16,
    reads_as: u16,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "serde_yaml::with::singleton_map_recursive"
    )]
    steps: Vec<StepEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<Table<String>>,
    pub(super) fingerprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeEntry {
    #[serde(rename = "type")]
    name: String,
    pub(super) versions: Vec<TypeVersionEntry>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TypeVersionEntry {
    version: u16,
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        with = "serde_yaml::with::singleton_map_recursive"
    )]
    steps: Vec<StepEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newtype: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbols: Option<Table<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Table<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    union: Option<Table<VariantEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rust: Option<String>,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    wire: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<String>,
    pub(super) fingerprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantEntry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    was: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Table<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepEntry {
    Add(Table<String>),
    Remove(String),
    Rename(Table<String>),
    Retype(Table<Option<String>>),
    Wrap(String),
    Nest(Table<Table<String>>),
    Flatten(Table<Table<String>>),
    Map(Table<Table<String>>),
    MapSymbols(Table<String>),
    AddSymbols(Vec<String>),
    Follows(String),
    Split(Vec<String>),
    ByHand,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MadeEntry {
    aggregates: Table<MadeByAggregate>,
    projections: Table<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MadeByAggregate {
    state: String,
    commands: Table<String>,
}

impl LockFile {
    pub(super) fn of(history: &History) -> Self {
        let fingerprints = Fingerprints::of(history);
        Self {
            lock: NUMBER,
            domain: history.domain.clone(),
            aggregates: history
                .aggregates
                .iter()
                .map(|aggregate| AggregateEntry::of(&fingerprints, aggregate))
                .collect(),
            types: history
                .types
                .iter()
                .map(|ty| TypeEntry::of(&fingerprints, ty))
                .collect(),
            made: MadeEntry {
                aggregates: history
                    .aggregates
                    .iter()
                    .map(|aggregate| {
                        let made = MadeByAggregate {
                            state: aggregate.state.clone(),
                            commands: made(&aggregate.commands),
                        };
                        (aggregate.category.clone(), made)
                    })
                    .collect(),
                projections: made(&history.projections),
            },
        }
    }

    /// The history that it holds; where something in it makes no sense, its place and what is wrong.
    pub(super) fn into_history(self, lines: &Lines<'_>) -> Result<History, (Span, String)> {
        let mut made: Vec<_> = self.made.aggregates.0.into_iter().map(Some).collect();
        let mut aggregates = Vec::with_capacity(self.aggregates.len());
        for (a, entry) in self.aggregates.into_iter().enumerate() {
            let place = lines.aggregate(a);
            let made = made.iter_mut().find(|made| {
                made.as_ref()
                    .is_some_and(|(category, _)| *category == entry.category)
            });
            let made = made.and_then(Option::take).map(|(_, made)| made);
            let (state, commands) = made.map_or_else(Default::default, |made| {
                (made.state, made_of(made.commands, place))
            });
            let mut events = Vec::with_capacity(entry.events.len());
            for (e, event) in entry.events.into_iter().enumerate() {
                events.push(event.into_history(lines, a, e)?);
            }
            aggregates.push(AggregateHistory {
                name: entry.name.unwrap_or_else(|| entry.category.clone()),
                category: entry.category,
                place,
                id: shape(&entry.id, place)?,
                events,
                commands,
                state,
                allow: Vec::new(),
            });
        }
        let mut types = Vec::with_capacity(self.types.len());
        for (t, ty) in self.types.into_iter().enumerate() {
            types.push(ty.into_history(lines, t)?);
        }
        Ok(History {
            domain: self.domain,
            aggregates,
            types,
            projections: made_of(self.made.projections, lines.made()),
        })
    }
}

fn made(made: &[Made]) -> Table<String> {
    made.iter()
        .map(|made| (made.name.clone(), made.fingerprint.clone()))
        .collect()
}

fn made_of(fingerprints: Table<String>, place: Span) -> Vec<Made> {
    let made = fingerprints.0.into_iter().map(|(name, fingerprint)| Made {
        name,
        fingerprint,
        place,
    });
    made.collect()
}

fn shape(text: &str, place: Span) -> Result<Shape, (Span, String)> {
    Shape::from_text(text).ok_or_else(|| (place, format!("`{text}` is not a type")))
}

impl AggregateEntry {
    fn of(fingerprints: &Fingerprints<'_>, aggregate: &AggregateHistory) -> Self {
        Self {
            category: aggregate.category.clone(),
            name: (aggregate.name != aggregate.category).then(|| aggregate.name.clone()),
            id: aggregate.id.to_text(),
            events: aggregate
                .events
                .iter()
                .map(|event| EventEntry::of(fingerprints, event))
                .collect(),
        }
    }
}

impl EventEntry {
    fn of(fingerprints: &Fingerprints<'_>, event: &EventHistory) -> Self {
        let versions = event.versions.iter().map(|version| VersionEntry {
            version: version.number,
            reads_as: version.reads_as,
            steps: steps_of(version.hop.as_ref()),
            fields: version.fields.as_deref().map(texts),
            fingerprint: fingerprints.event(version),
        });
        Self {
            event: event.name.clone(),
            was: event.was.clone(),
            retired: event.retired.map(|retired| match retired {
                Retired::Folded => RetiredEntry::Folded,
                Retired::Ignored => RetiredEntry::Ignored,
                Retired::Split => RetiredEntry::Split,
            }),
            versions: versions.collect(),
        }
    }

    fn into_history(
        self,
        lines: &Lines<'_>,
        a: usize,
        e: usize,
    ) -> Result<EventHistory, (Span, String)> {
        let mut versions = Vec::with_capacity(self.versions.len());
        for (v, version) in self.versions.into_iter().enumerate() {
            let place = lines.version(a, e, v);
            versions.push(Version {
                number: version.version,
                reads_as: version.reads_as,
                fields: version
                    .fields
                    .map(|fields| fields_of(fields, place))
                    .transpose()?,
                hop: hop(version.version, version.steps, place)?,
                place,
            });
        }
        let place = lines.event(a, e);
        if versions.is_empty() {
            return Err((place, format!("`{}` has no version", self.event)));
        }
        Ok(EventHistory {
            name: self.event,
            was: self.was,
            retired: self.retired.map(|retired| match retired {
                RetiredEntry::Folded => Retired::Folded,
                RetiredEntry::Ignored => Retired::Ignored,
                RetiredEntry::Split => Retired::Split,
            }),
            place,
            versions,
            allow: Vec::new(),
        })
    }
}

fn texts(fields: &[Field]) -> Table<String> {
    fields
        .iter()
        .map(|field| (field.name.clone(), field.shape.to_text()))
        .collect()
}

fn fields_of(fields: Table<String>, place: Span) -> Result<Vec<Field>, (Span, String)> {
    let fields = fields.0.into_iter().map(|(name, text)| {
        Ok(Field {
            name,
            shape: shape(&text, place)?,
            place,
        })
    });
    fields.collect()
}

impl TypeEntry {
    fn of(fingerprints: &Fingerprints<'_>, ty: &TypeHistory) -> Self {
        let versions = ty
            .versions
            .iter()
            .map(|version| TypeVersionEntry::of(fingerprints, version));
        Self {
            name: ty.name.clone(),
            versions: versions.collect(),
        }
    }

    fn into_history(self, lines: &Lines<'_>, t: usize) -> Result<TypeHistory, (Span, String)> {
        let mut versions = Vec::with_capacity(self.versions.len());
        for (v, version) in self.versions.into_iter().enumerate() {
            versions.push(version.into_history(lines.type_version(t, v))?);
        }
        let place = lines.ty(t);
        if versions.is_empty() {
            return Err((place, format!("`{}` has no version", self.name)));
        }
        Ok(TypeHistory {
            name: self.name,
            place,
            versions,
            allow: Vec::new(),
        })
    }
}

impl TypeVersionEntry {
    fn of(fingerprints: &Fingerprints<'_>, version: &TypeVersion) -> Self {
        let mut entry = Self {
            version: version.number,
            steps: steps_of(version.hop.as_ref()),
            fingerprint: fingerprints.ty(version),
            ..Self::default()
        };
        match &version.kind {
            Kind::Newtype(shape, check) => {
                entry.newtype = Some(shape.to_text());
                entry.check.clone_from(check);
            }
            Kind::Symbols(symbols) => {
                let symbols = symbols
                    .iter()
                    .map(|symbol| (symbol.name.clone(), symbol.was.clone()));
                entry.symbols = Some(symbols.collect());
            }
            Kind::Fields(fields) => entry.fields = Some(texts(fields)),
            Kind::Union(variants) => {
                let variants = variants.iter().map(|variant| {
                    let (fields, value) = match &variant.content {
                        Content::Nothing => (None, None),
                        Content::Value(shape) => (None, Some(shape.to_text())),
                        Content::Fields(fields) => (Some(texts(fields)), None),
                    };
                    let held = VariantEntry {
                        was: variant.was.clone(),
                        fields,
                        value,
                    };
                    (variant.name.clone(), held)
                });
                entry.union = Some(variants.collect());
            }
            Kind::Own { rust, wire, sample } => {
                entry.rust = Some(rust.clone());
                entry.wire = Some(wire.to_text());
                entry.sample.clone_from(sample);
            }
        }
        entry
    }

    fn into_history(self, place: Span) -> Result<TypeVersion, (Span, String)> {
        let kind = match self {
            Self {
                newtype: Some(text),
                check,
                symbols: None,
                fields: None,
                union: None,
                rust: None,
                wire: None,
                ..
            } => Kind::Newtype(shape(&text, place)?, check),
            Self {
                symbols: Some(symbols),
                fields: None,
                union: None,
                rust: None,
                wire: None,
                ..
            } => {
                let symbols = symbols
                    .0
                    .into_iter()
                    .map(|(name, was)| Symbol { name, was });
                Kind::Symbols(symbols.collect())
            }
            Self {
                fields: Some(fields),
                union: None,
                rust: None,
                wire: None,
                ..
            } => Kind::Fields(fields_of(fields, place)?),
            Self {
                union: Some(union),
                rust: None,
                wire: None,
                ..
            } => {
                let variants = union.0.into_iter().map(|(name, held)| {
                    let content = match (held.fields, held.value) {
                        (Some(fields), _) => Content::Fields(fields_of(fields, place)?),
                        (None, Some(value)) => Content::Value(shape(&value, place)?),
                        (None, None) => Content::Nothing,
                    };
                    Ok(Variant {
                        name,
                        was: held.was,
                        content,
                    })
                });
                Kind::Union(variants.collect::<Result<_, _>>()?)
            }
            Self {
                rust: Some(rust),
                wire: Some(wire),
                sample,
                ..
            } => Kind::Own {
                rust,
                wire: shape(&wire, place)?,
                sample,
            },
            _ => {
                return Err((
                    place,
                    format!("nothing says what version {} of the type is", self.version),
                ));
            }
        };
        Ok(TypeVersion {
            number: self.version,
            kind,
            hop: hop(self.version, self.steps, place)?,
            place,
        })
    }
}

fn steps_of(hop: Option<&Hop>) -> Vec<StepEntry> {
    hop.map_or_else(Vec::new, |hop| {
        hop.steps.iter().map(StepEntry::of).collect()
    })
}

fn hop(version: u16, steps: Vec<StepEntry>, place: Span) -> Result<Option<Hop>, (Span, String)> {
    if version <= 1 && steps.is_empty() {
        return Ok(None);
    }
    let steps = steps
        .into_iter()
        .map(StepEntry::into_step)
        .collect::<Option<_>>();
    let steps = steps.ok_or_else(|| {
        (
            place,
            format!("a step to version {version} says too much or too little"),
        )
    })?;
    Ok(Some(Hop { steps }))
}

/// A step as the lock has it, on one line: what fingerprints are made of.
pub(in super::super) fn step_text(step: &Step) -> String {
    // Text and tables of it can always be written.
    serde_json::to_string(&StepEntry::of(step)).unwrap_or_default()
}

impl StepEntry {
    fn of(step: &Step) -> Self {
        let table = |parts: &[(String, String)]| Table(parts.to_vec());
        match step {
            Step::Add { field, value } => Self::Add(Table::one(field, value.clone())),
            Step::Remove { field } => Self::Remove(field.clone()),
            Step::Rename { from, to } => Self::Rename(Table::one(from, to.clone())),
            Step::Retype { field, with } => Self::Retype(Table::one(field, with.clone())),
            Step::Wrap { field } => Self::Wrap(field.clone()),
            Step::Nest { field, parts } => Self::Nest(Table::one(field, table(parts))),
            Step::Flatten { field, parts } => Self::Flatten(Table::one(field, table(parts))),
            Step::Map {
                field: Some(field),
                values,
            } => Self::Map(Table::one(field, table(values))),
            Step::Map {
                field: None,
                values,
            } => Self::MapSymbols(table(values)),
            Step::AddSymbols(symbols) => Self::AddSymbols(symbols.clone()),
            Step::Follows(ty) => Self::Follows(ty.clone()),
            Step::Split { into } => Self::Split(into.clone()),
            Step::ByHand => Self::ByHand,
        }
    }

    fn into_step(self) -> Option<Step> {
        Some(match self {
            Self::Add(one) => {
                let (field, value) = one.only()?;
                Step::Add { field, value }
            }
            Self::Remove(field) => Step::Remove { field },
            Self::Rename(one) => {
                let (from, to) = one.only()?;
                Step::Rename { from, to }
            }
            Self::Retype(one) => {
                let (field, with) = one.only()?;
                Step::Retype { field, with }
            }
            Self::Wrap(field) => Step::Wrap { field },
            Self::Nest(one) => {
                let (field, Table(parts)) = one.only()?;
                Step::Nest { field, parts }
            }
            Self::Flatten(one) => {
                let (field, Table(parts)) = one.only()?;
                Step::Flatten { field, parts }
            }
            Self::Map(one) => {
                let (field, Table(values)) = one.only()?;
                Step::Map {
                    field: Some(field),
                    values,
                }
            }
            Self::MapSymbols(Table(values)) => Step::Map {
                field: None,
                values,
            },
            Self::AddSymbols(symbols) => Step::AddSymbols(symbols),
            Self::Follows(ty) => Step::Follows(ty),
            Self::Split(into) => Step::Split { into },
            Self::ByHand => Step::ByHand,
        })
    }
}

/// A table whose entries keep their order.
struct Table<T>(Vec<(String, T)>);

impl<T> Table<T> {
    fn one(key: &str, value: T) -> Self {
        Self(vec![(key.to_owned(), value)])
    }

    /// Its only entry.
    fn only(self) -> Option<(String, T)> {
        let mut entries = self.0.into_iter();
        let first = entries.next();
        if entries.next().is_some() {
            None
        } else {
            first
        }
    }
}

impl<T> FromIterator<(String, T)> for Table<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
        let mut entries: Vec<(String, T)> = Vec::new();
        let mut keys = HashSet::new();
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("`{key}` stands here twice")));
            }
            entries.push((key, value));
        }
        Ok(Table(entries))
    }
}
