//! Events and their effects.

use super::{FieldNames, Lower, accepted, aggregate::Scope, doc};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    leaf,
    model::{
        Assignment, Effect, Event, EventId, Field, FieldId, Hop, Origin, Retired, SymbolId, Tag,
        TagValue, Type,
    },
    names::Case,
    read::{ByHand, Row, Table, Text, raw},
    source::Spanned,
};
use std::collections::{HashMap, HashSet};

impl Lower<'_> {
    pub(super) fn events(&mut self, scope: &Scope<'_>, rows: &[Row<raw::Event>]) -> Vec<Event> {
        let mut events: Vec<Event> = rows.iter().map(|row| self.event(scope, row)).collect();
        self.take_over(scope, &mut events);
        for (event, row) in events.iter_mut().zip(rows) {
            let tags = row.value.as_ref().and_then(|raw| raw.tags.as_ref());
            if let Some(tags) = tags.filter(|_| !event.is_unread()) {
                event.tags = self.tags(&event.fields, tags);
            }
        }
        self.look_back(scope, &mut events, rows);
        events
    }

    /// Gives events the shapes that they had before.
    fn look_back(&mut self, scope: &Scope<'_>, events: &mut [Event], rows: &[Row<raw::Event>]) {
        for (place, row) in rows.iter().enumerate() {
            let raw = row.value.as_ref();
            let Some(changes) = raw.and_then(|raw| raw.changes.as_ref()) else {
                continue;
            };
            if let Some((_, span)) = changes.changes.get(CHANGE_LIMIT) {
                let message = format!("more than {CHANGE_LIMIT} changes of one event");
                self.room.refuse(self.cx, *span, message);
                return;
            }
            let older = self.older_shapes(scope, events, &events[place], changes);
            let event = &mut events[place];
            // One that is among its own parts goes on, however empty it is.
            let last = older.last().map(|older| &older.hop);
            if event.retired == Some(Retired::Split)
                && let Some(Hop::Split(parts)) = last
                && parts.iter().any(|part| part.event.value.0 == place)
            {
                event.retired = Some(Retired::Ignored);
            }
            event.older = older;
        }
    }

    fn event(&mut self, scope: &Scope<'_>, row: &Row<raw::Event>) -> Event {
        let Some(raw) = &row.value else {
            // Nothing more is asked of an event that could not be read.
            let name = self.stored_name(&row.name, None, Case::Upper);
            return Event {
                name,
                doc: None,
                fields: Vec::new(),
                effect: Effect::Undeclared,
                to: None,
                tags: Vec::new(),
                like: None,
                was: Vec::new(),
                retired: None,
                imported: false,
                older: Vec::new(),
                allow: Vec::new(),
            };
        };
        let name = self.stored_name(&row.name, raw.rust.as_ref(), Case::Upper);
        let fields = self.fields(raw.fields.as_ref());
        let to = raw
            .to
            .as_ref()
            .and_then(|text| self.status(scope, "to", text));
        let like = raw
            .like
            .as_ref()
            .and_then(|text| self.event_id(scope, text));
        if raw.like.is_some()
            && (raw.fields.is_some() || raw.create.is_some() || raw.apply.is_some())
        {
            let message = format!(
                "`{}` takes over another event's fields and effect, and has its own",
                shown(&row.name.value)
            );
            self.contradiction(
                row.name.span,
                message,
                "take away either `like`, or `fields`, `create` and `apply`",
            );
        }
        // What is taken over comes later, once all events are there; until then nothing is missing. Nor can anything be
        // said about the effect of an event whose fields could not be read.
        let are_fields_read = raw.fields.is_some() || !raw.present.contains(&"fields");
        let effect = if raw.present.contains(&"like") || !are_fields_read {
            Effect::Undeclared
        } else {
            self.effect(scope, &row.name, raw, &fields, to.as_ref())
        };
        Event {
            name,
            doc: doc(raw.doc.as_ref()),
            fields,
            effect,
            to,
            tags: Vec::new(),
            like,
            was: self.names_before(raw.was.as_ref()),
            retired: retired(raw),
            imported: raw.imported.as_ref().is_some_and(|flag| flag.value),
            older: Vec::new(),
            allow: accepted(raw.allow.as_ref()),
        }
    }

    fn effect(
        &mut self,
        scope: &Scope<'_>,
        name: &Text,
        raw: &raw::Event,
        fields: &[Field],
        to: Option<&Spanned<SymbolId>>,
    ) -> Effect {
        match (&raw.create, &raw.apply) {
            (Some(_), Some(_)) => {
                let message = format!(
                    "`{}` both makes the state and changes it",
                    shown(&name.value)
                );
                self.contradiction(
                    name.span,
                    message,
                    "keep `create` if it is the first of its stream, else `apply`",
                );
                Effect::Undeclared
            }
            (Some(ByHand::ByHand(_)), None) => Effect::CreateByHand,
            (Some(ByHand::Given(_)), None)
                if !self.has_room(scope.state.len() + fields.len(), name.span) =>
            {
                Effect::Undeclared
            }
            (Some(ByHand::Given(leaves)), None) => {
                Effect::Create(self.create(scope, leaves, fields, raw.to.as_ref(), to))
            }
            (None, Some(ByHand::ByHand(_))) => Effect::ApplyByHand,
            (None, Some(ByHand::Given(statements))) => Effect::Apply(
                statements
                    .0
                    .iter()
                    .filter_map(|text| leaf::statements(self.cx, self.source, text))
                    .collect(),
            ),
            // A status that is named wrongly is still meant to be the effect.
            (None, None) if raw.to.is_some() => Effect::Apply(Vec::new()),
            (None, None) if retired(raw).is_some() => Effect::Apply(Vec::new()),
            (None, None)
                if raw
                    .present
                    .iter()
                    .any(|key| matches!(*key, "create" | "apply" | "to")) =>
            {
                Effect::Undeclared
            }
            (None, None) => {
                let error = Diagnostic::new(
                    Code::NoEffect,
                    name.span,
                    format!(
                        "nothing says what `{}` does to the state",
                        shown(&name.value)
                    ),
                );
                self.cx.report(error.hint("add `create`, `apply` or `to`; `apply: []` is an event that changes nothing, on purpose"));
                Effect::Undeclared
            }
        }
    }

    fn create(
        &mut self,
        scope: &Scope<'_>,
        leaves: &Table<Text>,
        fields: &[Field],
        written: Option<&Text>,
        to: Option<&Spanned<SymbolId>>,
    ) -> Vec<Assignment> {
        let mut given = self.given(
            &leaves.entries,
            scope.state_names,
            Code::UnknownField,
            "the state has no field",
        );
        let names = FieldNames::of(fields);
        let mut assignments = Vec::with_capacity(scope.state.len());
        for (place, field) in scope.state.iter().enumerate() {
            let status = to.filter(|_| {
                scope
                    .lifecycle
                    .is_some_and(|lifecycle| lifecycle.field.0 == place)
            });
            let explicit = given[place].take();
            if let (Some(to), Some(Given { span, .. })) = (status, &explicit) {
                let error =
                    Diagnostic::new(Code::Contradiction, *span, "the status is given twice")
                        .other(to.span, "and here");
                self.cx.report(error.hint("`to` is enough"));
            }
            let from = match (explicit, status, names.carried(field)) {
                (Some(explicit), ..) => explicit.origin(),
                (None, Some(to), _) => Some(Origin::Status(to.value)),
                (None, None, Some(place)) => Some(Origin::Event(FieldId(place))),
                // A status that is a mistake is a status nevertheless, of a field that is then not known.
                (None, None, None) => written
                    .filter(|_| to.is_none() && matches!(field.ty, Type::Declared(_)))
                    .map(|text| Origin::Leaf(leaf::Leaf::mistaken(text.span))),
            };
            assignments.extend(from.map(|from| Assignment {
                field: FieldId(place),
                from,
            }));
        }
        assignments
    }

    /// The leaves that are given for fields, each at the place of its field.
    pub(super) fn given(
        &mut self,
        rows: &[Row<Text>],
        names: &FieldNames<'_>,
        code: Code,
        what: &str,
    ) -> Vec<Option<Given>> {
        let mut given: Vec<Option<Given>> = names.fields.iter().map(|_| None).collect();
        for row in rows {
            let Some(place) = names.place(&row.name.value) else {
                self.unknown(code, &row.name, what, names.keys());
                continue;
            };
            if let Some(first) = &given[place] {
                let error = Diagnostic::new(
                    Code::DuplicateKey,
                    row.name.span,
                    format!("`{}` is set twice", names.fields[place].name.rust),
                );
                self.cx.report(
                    error
                        .label("again here")
                        .other(first.span, "first set here"),
                );
                continue;
            }
            let leaf = row
                .value
                .as_ref()
                .and_then(|text| leaf::expression(self.cx, self.source, text));
            given[place] = Some(Given {
                leaf,
                span: row.name.span,
            });
        }
        given
    }

    /// Gives events that are like another one its fields and its effect.
    fn take_over(&mut self, scope: &Scope<'_>, events: &mut [Event]) {
        let mut done: Vec<bool> = events.iter().map(|event| event.like.is_none()).collect();
        for start in 0..events.len() {
            let mut path: Vec<usize> = Vec::new();
            let mut on_path: HashSet<usize> = HashSet::new();
            let mut at = start;
            while !done[at] && on_path.insert(at) {
                path.push(at);
                at = events[at].like.as_ref().map_or(at, |like| like.value.0);
            }
            if !done[at] {
                let event = &mut events[at];
                let span = event
                    .like
                    .as_ref()
                    .map_or(event.name.span, |like| like.span);
                let error = Diagnostic::new(
                    Code::LikeCycle,
                    span,
                    format!(
                        "`{}` is like itself, by way of this",
                        shown(&event.name.stored)
                    ),
                );
                self.cx
                    .report(error.hint("one of these events has to say what it carries and does"));
                path.iter().for_each(|place| {
                    events[*place].effect = Effect::Undeclared;
                    done[*place] = true;
                });
                continue;
            }
            for place in path.into_iter().rev() {
                let other = events[place]
                    .like
                    .as_ref()
                    .map_or(EventId(place), |like| like.value);
                let span = events[place].name.span;
                let (fields, effect, to) = {
                    let other = &events[other.0];
                    if !self.has_room(other.fields.len() + parts(&other.effect), span) {
                        return;
                    }
                    (other.fields.clone(), other.effect.clone(), other.to.clone())
                };
                let event = &mut events[place];
                event.fields = fields;
                event.effect = effect;
                if let (Some(to), Effect::Create(assignments)) = (&event.to, &mut event.effect)
                    && let Some(status) = assignments.iter_mut().find(|assignment| {
                        scope
                            .lifecycle
                            .is_some_and(|lifecycle| lifecycle.field == assignment.field)
                    })
                {
                    status.from = Origin::Status(to.value);
                }
                event.to = event.to.take().or(to);
                done[place] = true;
            }
        }
    }

    fn tags(&mut self, fields: &[Field], tags: &raw::Tags) -> Vec<Tag> {
        let names = FieldNames::of(fields);
        let mut seen: HashMap<&str, &Text> = HashMap::with_capacity(tags.tags.len());
        let mut result = Vec::with_capacity(tags.tags.len());
        for (name, leaf) in &tags.tags {
            if let Some(first) = seen.get(name.value.as_str()) {
                let error = Diagnostic::new(
                    Code::DuplicateKey,
                    name.span,
                    format!("the tag `{}` stands here twice", shown(&name.value)),
                );
                self.cx.report(
                    error
                        .label("again here")
                        .other(first.span, "first defined here"),
                );
                continue;
            }
            seen.insert(&name.value, name);
            let value = match leaf {
                Some(text) => leaf::expression(self.cx, self.source, text).map(TagValue::Leaf),
                None => {
                    let place = names.place(&name.value);
                    if place.is_none() {
                        self.unknown(
                            Code::UnknownField,
                            name,
                            "a tag is a field of the event or `name: value`, and there is no field",
                            names.keys(),
                        );
                    }
                    place.map(|place| TagValue::Field(FieldId(place)))
                }
            };
            result.extend(value.map(|value| Tag {
                name: name.clone(),
                value,
            }));
        }
        result
    }
}

/// One event has no more changes than this: their number is stored in 16 bits.
const CHANGE_LIMIT: usize = 60_000;

/// What becomes of an event that does not happen any more.
fn retired(raw: &raw::Event) -> Option<Retired> {
    raw.retired.as_ref().filter(|flag| flag.value)?;
    let changes = raw.changes.iter().flat_map(|changes| &changes.changes);
    let last = changes.last().and_then(|(change, _)| change.as_ref());
    let has_effect = ["create", "apply", "to", "like"];
    Some(
        if last.is_some_and(|change| change.split.is_some()) && raw.fields.is_none() {
            Retired::Split
        } else if raw.present.iter().any(|key| has_effect.contains(key)) {
            Retired::Folded
        } else {
            Retired::Ignored
        },
    )
}

/// How many things an effect consists of.
fn parts(effect: &Effect) -> usize {
    match effect {
        Effect::Create(assignments) => assignments.len(),
        Effect::Apply(statements) => statements.len(),
        Effect::CreateByHand | Effect::ApplyByHand | Effect::Undeclared => 0,
    }
}

/// A field that is set; without a leaf where that was a mistake, which is reported.
pub(super) struct Given {
    pub(super) leaf: Option<leaf::Leaf>,
    pub(super) span: crate::source::Span,
}

impl Given {
    /// Where the value comes from; a mistake stands for a value, so that it is reported once.
    pub(super) fn origin(self) -> Option<Origin> {
        Some(Origin::Leaf(
            self.leaf.unwrap_or_else(|| leaf::Leaf::mistaken(self.span)),
        ))
    }
}
