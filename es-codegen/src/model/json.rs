//! The model as JSON, so that other programs can generate from it, or generate what is then compiled here.
//!
//! A file is an object with `format` (1), `schema` (the name that generated files show) and `model`, which is [`Model`] with
//! the names of its fields. What stands in Rust as an enum is a text or an object with one key, in `snake_case`:
//! `"string"`, `{ "option": "string" }`, `{ "map": ["string", { "int": "u32" }] }`. Types, aggregates, events, commands, fields,
//! symbols and rejections are referred to by their places, counted from zero: `{ "declared": 2 }` is the third of `types`. Leaves are
//! their text, names are `{ "stored", "rust" }`. Places in the schema are left out. The same model gives the same bytes.

use super::{
    Aggregate, Assignment, Conversion, Effect, Event, EventExample, Expected, Field, FieldId,
    FieldValue, Hop, MessagePart, Model, Origin, Outcome, ProjectedEvent, Projection, Refusal,
    Retired, RowChange, RowRule, Scenario, Source as FieldSource, SymbolId, TagValue, Type,
    TypeDef, TypeHop, TypeId, TypeKind, Value, ValueKind, facts, lower,
};
use crate::{
    check,
    diagnostic::{Diagnostics, Report},
    leaf::{self, Leaf},
    names::RustName,
    source::{Source, Span, Spanned},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::HashSet;

/// The version of the format that is written and read.
const FORMAT: u32 = 1;

/// The model of a schema as JSON; `schema` is the name that generated files show.
#[must_use]
pub fn to_json(model: &Model, schema: &str) -> String {
    let file = Written {
        format: FORMAT,
        schema,
        model,
    };
    // Only what stands for a mistake cannot be written, and a model that passed the check holds none.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a model and holds it to every rule; returns it with the name of its schema and what there is to warn of.
///
/// # Errors
/// Where the text is not a model, or breaks a rule.
pub fn from_json(text: &str) -> Result<(Model, String, Report), ModelError> {
    let ReadBack {
        format,
        schema,
        mut model,
    } = serde_json::from_str(text)?;
    if format != FORMAT {
        return Err(ModelError::Format(format));
    }
    if !is_in_range(&model) {
        return Err(ModelError::OutOfRange);
    }
    let mut cx = Diagnostics::new();
    lower::refuse_infinite(&mut cx, &mut model.types);
    model.facts = facts::of_types(&model.types);
    if !cx.has_errors() {
        if !are_scenarios(&model) {
            return Err(ModelError::OutOfRange);
        }
        check::check(&mut cx, &model);
    }
    let warnings = cx.finish()?;
    Ok((model, schema, warnings))
}

/// Why a model could not be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The text is not JSON, or JSON of another kind.
    #[error("this is not a model")]
    Json(#[from] serde_json::Error),
    /// The model was written in a format of another version.
    #[error("this model is of format {0}, and format {FORMAT} is read")]
    Format(u32),
    /// Something refers to what is not there, or a value is not of its type.
    #[error(
        "the model refers to something that it does not have, or has a value that is not of its type"
    )]
    OutOfRange,
    /// The model breaks a rule.
    #[error("{}", .0.render(&Source::default(), Default::default()))]
    Rules(Report),
}

impl From<Report> for ModelError {
    fn from(report: Report) -> Self {
        Self::Rules(report)
    }
}

#[derive(Serialize)]
struct Written<'m> {
    format: u32,
    schema: &'m str,
    model: &'m Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadBack {
    format: u32,
    schema: String,
    model: Model,
}

impl<T: Serialize> Serialize for Spanned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(in_no_file)
    }
}

fn in_no_file<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

impl Serialize for RustName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RustName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::given(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a Rust name")))
    }
}

impl Serialize for Leaf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = in_no_file(String::deserialize(deserializer)?);
        leaf::expression(&mut Diagnostics::new(), &Source::default(), &text).ok_or_else(|| {
            D::Error::custom(format!("`{}` is not an expression of Rust", text.value))
        })
    }
}

/// Leaves that are statements.
pub(super) mod statements {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer>(
        leaves: &[Leaf],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(leaves)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Leaf>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let leaves = texts.into_iter().map(|text| {
            let text = in_no_file(text);
            leaf::statements(&mut Diagnostics::new(), &Source::default(), &text).ok_or_else(|| {
                D::Error::custom(format!("`{}` is not a statement of Rust", text.value))
            })
        });
        leaves.collect()
    }
}

/// Paths of types, as text.
pub(super) mod path {
    use super::*;
    use quote::ToTokens;

    pub(in crate::model) fn serialize<S: Serializer>(
        path: &syn::Path,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = path.to_token_stream().to_string();
        let text = [(" :: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")]
            .iter()
            .fold(text, |text, (wide, narrow)| text.replace(wide, narrow));
        serializer.serialize_str(&text)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<syn::Path, D::Error> {
        let text = in_no_file(String::deserialize(deserializer)?);
        leaf::parse_path(&mut Diagnostics::new(), &Source::default(), &text)
            .ok_or_else(|| D::Error::custom(format!("`{}` is not a path of Rust", text.value)))
    }
}

/// Floating-point numbers, as text: so they come back to the last bit.
pub(super) mod float {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer>(
        number: &f64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| D::Error::custom(format!("`{text}` is not an `f64`")))
    }
}

/// Whether everything that is referred to by its place is there; scenarios aside, which are read by their types.
fn is_in_range(model: &Model) -> bool {
    let types = model.types.iter().all(|def| match &def.kind {
        TypeKind::Newtype(ty) | TypeKind::Own { wire: ty, .. } => is_type(model, ty),
        TypeKind::Object(fields) => are_fields(model, fields),
        TypeKind::Union(variants) => variants
            .iter()
            .all(|variant| are_fields(model, &variant.fields)),
        TypeKind::Enum(_) | TypeKind::Mistaken => true,
    });
    types
        && are_older_types(model)
        && model
            .aggregates
            .iter()
            .all(|aggregate| is_aggregate(model, aggregate))
        && model
            .projections
            .iter()
            .all(|projection| is_projection(model, projection))
}

/// Whether what types were before leads, version by version, to what they are.
fn are_older_types(model: &Model) -> bool {
    // Those that can be named come first, and behind them what each of them was, the oldest first.
    let is_whole = |def: &TypeDef| def.past.is_none();
    model.types.is_sorted_by_key(|def| !is_whole(def))
        && model.types.iter().enumerate().all(|(place, def)| {
            let older = def.older.is_none_or(|older| {
                let before = model.types.get(older.0).and_then(|def| def.past.as_ref());
                before.is_some_and(|past| past.next.0 == place)
            });
            let past = def.past.as_ref().is_none_or(|past| {
                let version = def.older.map_or(1, |older| {
                    let before = model.types.get(older.0).and_then(|def| def.past.as_ref());
                    before.map_or(0, |past| past.version.saturating_add(1))
                });
                let next = model.types.get(past.next.0);
                past.version == version
                    && model.types.get(past.of.0).is_some_and(is_whole)
                    && (past.next == past.of || past.next.0 > place)
                    && next.is_some_and(|next| {
                        next.older == Some(TypeId(place))
                            && is_type_hop(model, def, next, &past.hop)
                    })
            });
            older && past
        })
}

fn is_type_hop(model: &Model, before: &TypeDef, after: &TypeDef, hop: &TypeHop) -> bool {
    let becomes = |places: &[SymbolId], before: usize, after: usize| {
        places.len() == before && places.iter().all(|place| place.0 < after)
    };
    match (hop, &before.kind, &after.kind) {
        (TypeHop::Fields(sources), TypeKind::Object(before), TypeKind::Object(after)) => {
            are_sources(model, before, after, sources)
        }
        (TypeHop::Symbols(places), TypeKind::Enum(before), TypeKind::Enum(after)) => {
            becomes(places, before.len(), after.len())
        }
        (TypeHop::Symbols(places), TypeKind::Union(before), TypeKind::Union(after)) => {
            becomes(places, before.len(), after.len())
                && before.iter().zip(places).all(|(variant, place)| {
                    let after = &after[place.0].fields;
                    variant.fields.len() == after.len()
                        && variant.fields.iter().zip(after).all(|(from, to)| {
                            Conversion::between(&model.types, &from.ty, &to.ty).is_some()
                        })
                })
        }
        (TypeHop::ByHand, _, _) => true,
        _ => false,
    }
}

fn are_sources(model: &Model, before: &[Field], after: &[Field], sources: &[FieldSource]) -> bool {
    let object = |ty: &Type| match ty {
        Type::Declared(id) => match &model.type_def(*id).kind {
            TypeKind::Object(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    };
    sources.len() == after.len()
        && after.iter().zip(sources).all(|(field, source)| {
            let was = |place: &FieldId| before.get(place.0);
            match source {
                FieldSource::Field(place) => was(place).is_some_and(|from| {
                    Conversion::between(&model.types, &from.ty, &field.ty).is_some()
                }),
                FieldSource::Added(_) => true,
                FieldSource::Converted(place, _) => was(place).is_some(),
                FieldSource::Mapped(place, _) => was(place).is_some_and(|from| from.ty == field.ty),
                FieldSource::Nested(places) => object(&field.ty).is_some_and(|parts| {
                    parts.len() == places.len()
                        && parts
                            .iter()
                            .zip(places)
                            .all(|(part, place)| was(place).is_some_and(|from| from.ty == part.ty))
                }),
                FieldSource::Part(place, part) => was(place)
                    .and_then(|from| object(&from.ty)?.get(part.0))
                    .is_some_and(|part| part.ty == field.ty),
            }
        })
}

fn are_older_events(model: &Model, aggregate: &Aggregate, event: &Event) -> bool {
    let last = event.older.last().map(|older| &older.hop);
    event.older.len() < usize::from(u16::MAX)
        && event
            .older
            .iter()
            .all(|older| are_fields(model, &older.fields))
        && are_fields(model, &event.fields)
        && (event.retired != Some(Retired::Split) || matches!(last, Some(Hop::Split(_))))
        && event.older.iter().enumerate().all(|(at, older)| {
            let after = event.older.get(at + 1);
            let after = after.map_or(&event.fields, |after| &after.fields);
            match &older.hop {
                Hop::Fields(sources) => are_sources(model, &older.fields, after, sources),
                Hop::ByHand { .. } => true,
                Hop::Split(parts) => parts.iter().all(|part| {
                    let target = aggregate.events.get(part.event.value.0);
                    target.is_some_and(|target| {
                        are_assignments(&part.assignments, &target.fields, |origin| match origin {
                            Origin::Leaf(_) => true,
                            Origin::Event(field) => field.0 < older.fields.len(),
                            _ => false,
                        })
                    })
                }),
            }
        })
}

fn is_type(model: &Model, ty: &Type) -> bool {
    match ty {
        Type::Declared(id) => id.0 < model.types.len(),
        Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
            is_type(model, inner)
        }
        Type::Map(key, value) => is_type(model, key) && is_type(model, value),
        _ => true,
    }
}

fn are_fields(model: &Model, fields: &[Field]) -> bool {
    fields.iter().all(|field| is_type(model, &field.ty))
}

fn is_aggregate(model: &Model, aggregate: &Aggregate) -> bool {
    let lifecycle = aggregate.lifecycle.as_ref().is_none_or(|lifecycle| {
        lifecycle.field.0 < aggregate.state.len()
            && lifecycle.ty.0 < model.types.len()
            && aggregate.state[lifecycle.field.0].ty == Type::Declared(lifecycle.ty)
    });
    let rejections = aggregate.rejections.iter().all(|rejection| {
        let parts = rejection.message.iter().flat_map(|message| &message.parts);
        let details = rejection.details.iter();
        parts.into_iter().all(
            |part| !matches!(part, MessagePart::Detail(place) if *place >= rejection.details.len()),
        ) && details.into_iter().all(|detail| is_type(model, &detail.ty))
    });
    is_type(model, &aggregate.id.value)
        && are_fields(model, &aggregate.state)
        && lifecycle
        && rejections
        && are_events(model, aggregate)
        && are_commands(model, aggregate)
}

fn are_events(model: &Model, aggregate: &Aggregate) -> bool {
    let statuses = model.statuses(aggregate).len();
    aggregate.events.iter().all(|event| {
        let effect = match &event.effect {
            Effect::Create(assignments) => {
                are_assignments(assignments, &aggregate.state, |origin| match origin {
                    Origin::Leaf(_) => true,
                    Origin::Event(field) => field.0 < event.fields.len(),
                    Origin::Status(symbol) => symbol.0 < statuses,
                    Origin::Command(_) | Origin::State(_) => false,
                })
            }
            _ => true,
        };
        let to = event.to.as_ref().is_none_or(|to| to.value.0 < statuses);
        let like = event.like.as_ref();
        let tags = event.tags.iter().all(
            |tag| !matches!(&tag.value, TagValue::Field(field) if field.0 >= event.fields.len()),
        );
        are_older_events(model, aggregate, event)
            && effect
            && to
            && like.is_none_or(|like| like.value.0 < aggregate.events.len())
            && tags
    })
}

fn are_commands(model: &Model, aggregate: &Aggregate) -> bool {
    let statuses = model.statuses(aggregate).len();
    aggregate.commands.iter().all(|command| {
        let allowed = command.allowed.iter().flatten();
        let rejections = command.rejections.iter().all(|reject| {
            let rejection = aggregate.rejections.get(reject.rejection.0);
            rejection.is_some_and(|rejection| {
                reject.with.is_empty() || reject.with.len() == rejection.details.len()
            })
        });
        let emissions = match &command.outcome {
            Outcome::Emit(emissions) => emissions.as_slice(),
            Outcome::ByHand { .. } | Outcome::Mistaken => &[],
        };
        command
            .emits()
            .all(|event| event.value.0 < aggregate.events.len())
            && are_fields(model, &command.fields)
            && allowed.into_iter().all(|symbol| symbol.value.0 < statuses)
            && rejections
            && emissions.iter().all(|emission| {
                let event = aggregate.event(emission.event.value);
                are_assignments(
                    &emission.assignments,
                    &event.fields,
                    |origin| match origin {
                        Origin::Leaf(_) => true,
                        Origin::Command(field) => field.0 < command.fields.len(),
                        Origin::State(field) => field.0 < aggregate.state.len(),
                        Origin::Event(_) | Origin::Status(_) => false,
                    },
                )
            })
    })
}

fn is_projection(model: &Model, projection: &Projection) -> bool {
    let columns = projection.columns.len();
    let mut events = HashSet::new();
    let is_new = |projected: &ProjectedEvent| {
        let aggregate = model.aggregates.get(projected.aggregate.0);
        aggregate.is_some_and(|aggregate| projected.event.value.0 < aggregate.events.len())
            && events.insert((projected.aggregate, projected.event.value))
    };
    let mut indexed = projection.indexes.iter().flatten();
    projection.key <= columns
        && are_fields(model, &projection.columns)
        && indexed.all(|column| column.value.0 < columns)
        && projection.indexes.iter().all(|index| !index.is_empty())
        && projection.events.iter().all(is_new)
        && projection.events.iter().all(|projected| {
            let event = model.projected(projected);
            let by_hand_fits = match &projected.rule {
                RowRule::Several(changes) => {
                    !changes.is_empty() && changes.iter().all(|change| !change.is_by_hand())
                }
                RowRule::One(_) | RowRule::ByHand | RowRule::Mistaken => true,
            };
            let changes = projected.rule.changes();
            by_hand_fits
                && changes
                    .iter()
                    .all(|change| is_change(projection, event, change))
        })
}

fn is_change(projection: &Projection, event: &Event, change: &RowChange) -> bool {
    let is_of_event = |origin: &Origin| match origin {
        Origin::Leaf(_) => true,
        Origin::Event(field) => field.0 < event.fields.len(),
        Origin::Command(_) | Origin::State(_) | Origin::Status(_) => false,
    };
    let at = change.at.as_ref();
    let made = change.change.made();
    at.is_none_or(|at| are_assignments(at, projection.key_columns(), is_of_event))
        // What is said of no column of the key is the stream's id, and there is none of those where the key is empty.
        && (at.is_some() || projection.key > 0)
        && are_assignments(made, &projection.columns, is_of_event)
        && made.iter().all(|assignment| assignment.field.0 >= projection.key)
}

fn are_assignments(
    assignments: &[Assignment],
    fields: &[Field],
    is_origin: impl Fn(&Origin) -> bool,
) -> bool {
    assignments
        .iter()
        .all(|assignment| assignment.field.0 < fields.len() && is_origin(&assignment.from))
}

/// Whether everything that scenarios name is there and each of their values is one of its type.
fn are_scenarios(model: &Model) -> bool {
    model.aggregates.iter().all(|aggregate| {
        let scenarios = aggregate.scenarios.iter();
        scenarios
            .into_iter()
            .all(|scenario| is_scenario(model, aggregate, scenario))
    })
}

fn is_scenario(model: &Model, aggregate: &Aggregate, scenario: &Scenario) -> bool {
    let is_event = |example: &EventExample| {
        let event = aggregate.events.get(example.event.value.0);
        event.is_some_and(|event| all_fit(model, &event.fields, &example.values))
    };
    let expected = match &scenario.expected {
        Some(Expected::Events(events)) => events.iter().all(is_event),
        Some(Expected::Rejected(refusal)) => {
            !matches!(refusal.value, Refusal::Rejection(id) if id.0 >= aggregate.rejections.len())
        }
        None => true,
    };
    let now = scenario.now.as_ref();
    let command = aggregate.commands.get(scenario.when.command.value.0);
    scenario.given.iter().all(is_event)
        && expected
        && now.is_none_or(|now| lower::simple_value(&Type::Timestamp, &now.value).is_some())
        && command.is_some_and(|command| all_fit(model, &command.fields, &scenario.when.values))
        && fit(model, &aggregate.state, &scenario.state)
}

/// Whether these are values for all fields, in their order.
fn all_fit(model: &Model, fields: &[Field], values: &[FieldValue]) -> bool {
    values.len() == fields.len()
        && (0..)
            .zip(values)
            .all(|(place, value)| value.field.0 == place)
        && fit(model, fields, values)
}

fn fit(model: &Model, fields: &[Field], values: &[FieldValue]) -> bool {
    values.iter().all(|value| {
        let field = fields.get(value.field.0);
        field.is_some_and(|field| fits(model, &field.ty, &value.value))
    })
}

fn fits(model: &Model, ty: &Type, value: &Value) -> bool {
    match (&value.kind, ty) {
        (ValueKind::None, Type::Option(_)) => true,
        (ValueKind::Some(value), Type::Option(inner))
        | (ValueKind::Box(value), Type::Box(inner)) => fits(model, inner, value),
        (ValueKind::Vec(values), Type::Vec(inner)) | (ValueKind::Set(values), Type::Set(inner)) => {
            values.iter().all(|value| fits(model, inner, value))
        }
        (ValueKind::Map(pairs), Type::Map(key, inner)) => pairs
            .iter()
            .all(|(name, value)| fits(model, key, name) && fits(model, inner, value)),
        (kind, Type::Declared(id)) => match (kind, &model.type_def(*id).kind) {
            (ValueKind::Newtype(of, value), TypeKind::Newtype(inner))
            | (ValueKind::Own(of, value), TypeKind::Own { wire: inner, .. }) => {
                of == id && fits(model, inner, value)
            }
            (ValueKind::Symbol(of, symbol), TypeKind::Enum(symbols)) => {
                of == id && symbol.0 < symbols.len()
            }
            (ValueKind::Object(of, values), TypeKind::Object(fields)) => {
                of == id && all_fit(model, fields, values)
            }
            (ValueKind::Variant(of, symbol, values), TypeKind::Union(variants)) => {
                let variant = variants.get(symbol.0);
                of == id && variant.is_some_and(|variant| all_fit(model, &variant.fields, values))
            }
            _ => false,
        },
        (ValueKind::Bool(_), Type::Bool)
        | (ValueKind::F64(_), Type::F64)
        | (ValueKind::String(_), Type::String) => true,
        (ValueKind::Int(text), Type::Int(_))
        | (ValueKind::Decimal(text), Type::Decimal)
        | (ValueKind::Uuid(text), Type::Uuid)
        | (ValueKind::Timestamp(text), Type::Timestamp)
        | (ValueKind::Date(text), Type::Date)
        | (ValueKind::Duration(text), Type::Duration)
        | (ValueKind::Bytes(text), Type::Bytes) => lower::simple_value(ty, text).is_some(),
        _ => false,
    }
}
