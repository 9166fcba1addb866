//! Projections.

use super::{FieldNames, Lower, doc};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    leaf,
    model::{
        Aggregate, AggregateId, Assignment, Change, Event, EventId, Field, FieldId, Model, OnError,
        Origin, ProjectedEvent, Projection, RowChange, RowRule, Update,
    },
    names::{Case, NAME_LIMIT, Name, RustName},
    read::{
        ByHand, OneOrMany, Row, Table, Text,
        raw::{self, IndexSpec, KeySpec, OnErrorSpec},
    },
    source::{Span, Spanned},
};
use std::collections::HashMap;

/// The events of all aggregates, by the names that a projection calls them by.
struct Events<'m> {
    aggregates: HashMap<&'m str, AggregateId>,
    by_name: HashMap<&'m str, Vec<Found>>,
    by_aggregate: HashMap<(&'m str, &'m str), Found>,
    /// Whether some events could not be read, so that none can be called unknown.
    is_partial: bool,
}

/// An event of an aggregate.
type Found = (AggregateId, EventId);

impl<'m> Events<'m> {
    fn of(model: &'m Model, schema: &raw::Schema) -> Self {
        let mut events = Self {
            aggregates: HashMap::new(),
            by_name: HashMap::new(),
            by_aggregate: HashMap::new(),
            is_partial: match &schema.aggregates {
                Some(aggregates) => aggregates.entries.iter().any(is_partial),
                None => schema.present.contains(&"aggregates"),
            },
        };
        for (place, aggregate) in model.aggregates.iter().enumerate() {
            let id = AggregateId(place);
            events.aggregates.insert(&aggregate.name.stored, id);
            for (at, event) in aggregate.events.iter().enumerate() {
                let found = (id, EventId(at));
                let (owner, name) = (&aggregate.name.stored, &event.name.stored);
                events.by_name.entry(name).or_default().push(found);
                events.by_aggregate.insert((owner, name), found);
            }
        }
        events
    }

    /// The event that is called `Aggregate.Event`.
    fn qualified(&self, name: &str) -> Option<Found> {
        split(name).find_map(|names| self.by_aggregate.get(&names).copied())
    }

    /// The aggregate that is named before a dot, and what stands behind that.
    fn owner<'n>(&self, name: &'n str) -> Option<(AggregateId, &'n str)> {
        split(name).find_map(|(owner, event)| Some((*self.aggregates.get(owner)?, event)))
    }
}

/// A name in two at each of its dots, since either part may hold dots of its own.
fn split(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let may_be_both = name.len() <= 2 * NAME_LIMIT + 1;
    let dots = name.match_indices('.').filter(move |_| may_be_both);
    dots.map(|(dot, _)| (&name[..dot], &name[dot + 1..]))
}

fn is_partial(row: &Row<raw::Aggregate>) -> bool {
    let aggregate = row.value.as_ref();
    aggregate.is_none_or(|aggregate| aggregate.state.is_none() || aggregate.events.is_none())
}

/// What the rules of a projection look things up in.
struct Scope<'s> {
    model: &'s Model,
    events: &'s Events<'s>,
    key: &'s [Field],
    key_names: &'s FieldNames<'s>,
    row_names: &'s FieldNames<'s>,
}

impl Lower<'_> {
    pub(super) fn projections(&mut self, model: &Model, schema: &raw::Schema) -> Vec<Projection> {
        let rows = schema.projections.as_ref();
        let rows = rows.map_or(&[][..], |projections| &projections.entries);
        if rows.is_empty() {
            return Vec::new();
        }
        let events = Events::of(model, schema);
        let mut projections = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(raw) = &row.value {
                projections.push(self.projection(model, &events, &row.name, raw));
            }
        }
        projections
    }

    fn projection(
        &mut self,
        model: &Model,
        events: &Events<'_>,
        name: &Text,
        raw: &raw::Projection,
    ) -> Projection {
        let key = self.key(raw.key.as_ref());
        let row = self.fields(raw.row.as_ref());
        let (key_names, row_names) = (FieldNames::of(&key), FieldNames::of(&row));
        let scope = Scope {
            model,
            events,
            key: &key,
            key_names: &key_names,
            row_names: &row_names,
        };
        // Without its columns there is nothing to hold the rest of a projection against.
        let is_read = raw.key.is_some() && raw.row.is_some();
        let rules = raw.events.as_ref().filter(|_| is_read);
        let rules = rules.map_or(&[][..], |rules| &rules.entries);
        let rules = self.rules(&scope, rules);
        let key_count = key.len();
        let columns: Vec<Field> = key.into_iter().chain(row).collect();
        let index = raw.index.as_ref().filter(|_| is_read);
        let indexes = index.map_or_else(Vec::new, |index| self.indexes(&columns, index));
        Projection {
            name: self.stored_name(name, raw.rust.as_ref(), Case::Upper),
            doc: doc(raw.doc.as_ref()),
            key: key_count,
            columns,
            indexes,
            on_error: on_error(raw.on_error.as_ref()),
            revision: raw.revision.as_ref().map(|revision| revision.value),
            events: rules,
        }
    }

    /// The key columns; one that is given by its type alone is called after it.
    fn key(&mut self, spec: Option<&KeySpec>) -> Vec<Field> {
        match spec {
            None => Vec::new(),
            Some(KeySpec::Columns(columns)) => self.fields(Some(columns)),
            Some(KeySpec::Type(text)) => {
                let ty = self.ty(text);
                // A type that is a mistake has been reported, and is a column of some name all the same.
                let rust = RustName::derive(&text.value, Case::Snake);
                let rust = rust.unwrap_or_else(RustName::mistaken);
                let name = Name {
                    stored: rust.plain().to_owned(),
                    rust,
                    span: text.span,
                };
                vec![Field {
                    name,
                    wire: None,
                    ty,
                    ty_span: text.span,
                    doc: None,
                }]
            }
        }
    }

    fn indexes(
        &mut self,
        columns: &[Field],
        index: &OneOrMany<IndexSpec>,
    ) -> Vec<Vec<Spanned<FieldId>>> {
        let names = FieldNames::of(columns);
        let mut seen: HashMap<Vec<FieldId>, Span> = HashMap::new();
        let mut indexes = Vec::with_capacity(index.0.len());
        for spec in &index.0 {
            let Some(index) = self.index(&names, spec) else {
                continue;
            };
            let places = index.iter().map(|column| column.value).collect();
            if let Some(first) = seen.get(&places) {
                let message = "the same index stands here twice";
                let error = Diagnostic::new(Code::DuplicateKey, spec.span, message);
                self.cx.report(
                    error
                        .label("again here")
                        .other(*first, "first defined here"),
                );
                continue;
            }
            seen.insert(places, spec.span);
            indexes.push(index);
        }
        indexes
    }

    /// The columns of one index; `None` where one is a mistake, which is reported.
    fn index(&mut self, names: &FieldNames<'_>, spec: &IndexSpec) -> Option<Vec<Spanned<FieldId>>> {
        if spec.columns.is_empty() {
            let error = Diagnostic::new(
                Code::WrongShape,
                spec.span,
                "a column or several belong here",
            );
            self.cx.report(error.label("this is an empty sequence"));
            return None;
        }
        let mut seen: HashMap<usize, Span> = HashMap::new();
        let mut columns = Some(Vec::with_capacity(spec.columns.len()));
        for text in &spec.columns {
            let Some(place) = names.place(&text.value) else {
                self.unknown(
                    Code::UnknownField,
                    text,
                    "the row has no column",
                    names.keys(),
                );
                columns = None;
                continue;
            };
            if let Some(first) = seen.insert(place, text.span) {
                let message = format!("`{}` stands in this index twice", shown(&text.value));
                let error = Diagnostic::new(Code::DuplicateKey, text.span, message);
                self.cx
                    .report(error.label("again here").other(first, "first here"));
                columns = None;
            }
            if let Some(columns) = &mut columns {
                columns.push(Spanned {
                    value: FieldId(place),
                    span: text.span,
                });
            }
        }
        columns
    }

    fn rules(&mut self, scope: &Scope<'_>, rows: &[Row<raw::RowRule>]) -> Vec<ProjectedEvent> {
        let mut seen: HashMap<Found, Span> = HashMap::new();
        let mut rules = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(found) = self.projected(scope, &row.name) else {
                continue;
            };
            if let Some(first) = seen.get(&found) {
                let message = format!("`{}` stands here twice", shown(&row.name.value));
                let error = Diagnostic::new(Code::DuplicateKey, row.name.span, message);
                self.cx.report(
                    error
                        .label("again here")
                        .other(*first, "first defined here"),
                );
                continue;
            }
            seen.insert(found, row.name.span);
            let (aggregate, id) = found;
            let event = scope.model.aggregates[aggregate.0].event(id);
            let rule = row.value.as_ref();
            rules.push(ProjectedEvent {
                aggregate,
                event: Spanned {
                    value: id,
                    span: row.name.span,
                },
                rule: rule.map_or(RowRule::Mistaken, |rule| {
                    self.rule(scope, &row.name, event, rule)
                }),
            });
        }
        rules
    }

    /// The event that a rule is about, by itself or as `Aggregate.Event`.
    fn projected(&mut self, scope: &Scope<'_>, name: &Text) -> Option<Found> {
        let own = scope.events.by_name.get(name.value.as_str());
        match own.map_or(&[][..], Vec::as_slice) {
            [one] => Some(*one),
            [first, second, ..] => {
                self.ambiguous(scope.model, name, *first, *second);
                None
            }
            [] => {
                let found = scope.events.qualified(&name.value);
                if found.is_none() && !scope.events.is_partial {
                    self.unknown_event(scope, name);
                }
                found
            }
        }
    }

    fn unknown_event(&mut self, scope: &Scope<'_>, name: &Text) {
        match scope.events.owner(&name.value) {
            Some((owner, event)) => {
                let aggregate = &scope.model.aggregates[owner.0];
                let event = Text {
                    value: event.to_owned(),
                    span: name.span,
                };
                let what = format!("`{}` has no event", shown(&aggregate.name.stored));
                self.unknown(Code::UnknownEvent, &event, &what, event_names(aggregate));
            }
            None => {
                let known = scope.model.aggregates.iter().flat_map(event_names);
                self.unknown(Code::UnknownEvent, name, "no aggregate has an event", known);
            }
        }
    }

    fn ambiguous(&mut self, model: &Model, name: &Text, first: Found, second: Found) {
        let aggregates = [first, second].map(|(aggregate, _)| &model.aggregates[aggregate.0].name);
        let [one, other] = aggregates.map(|aggregate| shown(&aggregate.stored));
        let event = shown(&name.value);
        let message = format!("`{event}` is an event of `{one}` and of `{other}`");
        let error = Diagnostic::new(Code::AmbiguousEvent, name.span, message)
            .other(aggregates[0].span, "of this one")
            .other(aggregates[1].span, "and of this one");
        self.cx.report(error.hint(format!(
            "say whose it is: `{one}.{event}` or `{other}.{event}`"
        )));
    }

    fn rule(
        &mut self,
        scope: &Scope<'_>,
        name: &Text,
        event: &Event,
        rule: &raw::RowRule,
    ) -> RowRule {
        match rule {
            raw::RowRule::ByHand => RowRule::ByHand,
            raw::RowRule::Delete(span) => RowRule::One(RowChange {
                at: scope.key.is_empty().then(Vec::new),
                change: Change::Delete,
                span: *span,
            }),
            raw::RowRule::Changes(changes) => {
                let changes = changes
                    .iter()
                    .map(|(raw, span)| self.change(scope, name, event, raw, *span));
                // Each is looked at, so that every mistake is seen.
                let changes: Vec<Option<RowChange>> = changes.collect();
                let changes: Option<Vec<RowChange>> = changes.into_iter().collect();
                match changes {
                    None => RowRule::Mistaken,
                    Some(mut changes) if changes.len() == 1 => {
                        changes.pop().map_or(RowRule::Mistaken, RowRule::One)
                    }
                    Some(changes) => self.several(name, changes),
                }
            }
        }
    }

    fn several(&mut self, name: &Text, changes: Vec<RowChange>) -> RowRule {
        if changes.is_empty() {
            self.says_nothing(name.span, name);
            return RowRule::Mistaken;
        }
        let by_hand = changes.iter().filter(|change| change.is_by_hand());
        let by_hand: Vec<Span> = by_hand.map(|change| change.span).collect();
        for span in &by_hand {
            self.contradiction(
                *span,
                "one of several changes cannot be by hand",
                "leave all that the event does to your code: `Event: by hand`",
            );
        }
        if by_hand.is_empty() {
            RowRule::Several(changes)
        } else {
            RowRule::Mistaken
        }
    }

    fn change(
        &mut self,
        scope: &Scope<'_>,
        name: &Text,
        event: &Event,
        raw: &raw::RowChange,
        span: Span,
    ) -> Option<RowChange> {
        let change = self.what_happens(scope, name, event, raw, span);
        let at = match &raw.at {
            Some(_) if !self.has_room(scope.key.len(), span) => None,
            Some(leaves) => Some(self.at(scope, leaves)),
            None if scope.key.is_empty() => Some(Vec::new()),
            None => None,
        };
        let is_at_read = raw.at.is_some() || !raw.present.contains(&"at");
        change
            .filter(|_| is_at_read)
            .map(|change| RowChange { at, change, span })
    }

    fn what_happens(
        &mut self,
        scope: &Scope<'_>,
        name: &Text,
        event: &Event,
        raw: &raw::RowChange,
        span: Span,
    ) -> Option<Change> {
        let has = |key: &str| raw.present.contains(&key);
        let said: Vec<&str> = ["insert", "update", "delete"]
            .into_iter()
            .filter(|key| has(key))
            .collect();
        match said.as_slice() {
            [one] if *one != "update" && has("new") => {
                let hint = match *one {
                    "insert" => "`insert` alone makes the row: give its columns there",
                    _ => "take `new` away",
                };
                let message = format!("`new` is the row before an `update`, and here is `{one}`");
                self.contradiction(span, message, hint);
                return None;
            }
            [_] => {}
            [] if has("new") => {
                let error = Diagnostic::new(Code::MissingKey, span, "`new` needs the key `update`");
                self.cx.report(error.hint(
                    "`update: []` changes nothing, on purpose; a row that is never there yet is made by `insert`",
                ));
                return None;
            }
            [] => {
                // What is misspelt is told already.
                if raw.present.iter().all(|key| *key == "at") {
                    self.says_nothing(span, name);
                }
                return None;
            }
            [one, other, ..] => {
                self.contradiction(
                    span,
                    format!("`{one}` and `{other}` cannot both happen to one row"),
                    "several changes are a list, in which each says which row it is by `at`; a row that is made where it is missing and then changed has `new` and `update`",
                );
                return None;
            }
        }
        if let Some(insert) = &raw.insert {
            return match insert {
                ByHand::ByHand(_) => Some(Change::InsertByHand),
                ByHand::Given(leaves) => self
                    .made(scope, leaves, &event.fields, name)
                    .map(Change::Insert),
            };
        }
        if let Some(delete) = &raw.delete {
            return self.delete(delete);
        }
        let update = match raw.update.as_ref()? {
            ByHand::ByHand(_) => Update::ByHand,
            ByHand::Given(statements) => {
                let statements = statements.0.iter();
                let statements = statements
                    .filter_map(|text| leaf::statements(self.cx, self.source, text))
                    .collect();
                Update::Statements(statements)
            }
        };
        match &raw.new {
            None if has("new") => None,
            None => Some(Change::Update(update)),
            Some(leaves) => {
                let made = self.made(scope, leaves, &[], name)?;
                Some(Change::Upsert(made, update))
            }
        }
    }

    fn delete(&mut self, text: &Text) -> Option<Change> {
        if text.value == "row" {
            return Some(Change::Delete);
        }
        self.unknown(Code::UnknownValue, text, "what is deleted is not", ["row"]);
        None
    }

    fn says_nothing(&mut self, span: Span, name: &Text) {
        let message = format!("nothing says what `{}` does to a row", shown(&name.value));
        let error = Diagnostic::new(Code::NoEffect, span, message);
        self.cx.report(error.hint(
            "add `insert`, `update` or `delete: row`; `update: []` changes nothing, on purpose",
        ));
    }

    /// The values of the key columns.
    fn at(&mut self, scope: &Scope<'_>, leaves: &Table<Text>) -> Vec<Assignment> {
        let hint = "`at` gives the columns of the key alone";
        let rows = self.without(leaves, scope.row_names, scope.key_names, hint);
        let what = "the key has no column";
        let given = self.given(&rows, scope.key_names, Code::UnknownField, what);
        let given = given.into_iter().enumerate();
        let assignments = given.filter_map(|(place, given)| {
            Some(Assignment {
                field: FieldId(place),
                from: given?.origin()?,
            })
        });
        assignments.collect()
    }

    /// The values of the columns of a new row, those of the key aside: they are given, or carried over from the event.
    fn made(
        &mut self,
        scope: &Scope<'_>,
        leaves: &Table<Text>,
        carried: &[Field],
        name: &Text,
    ) -> Option<Vec<Assignment>> {
        let columns = scope.row_names.fields;
        if !self.has_room(columns.len() + carried.len(), name.span) {
            return None;
        }
        let hint = "it is a column of the key, which `at` gives";
        let rows = self.without(leaves, scope.key_names, scope.row_names, hint);
        let what = "the row has no column";
        let mut given = self.given(&rows, scope.row_names, Code::UnknownField, what);
        let names = FieldNames::of(carried);
        let mut assignments = Vec::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            let from = match given[place].take() {
                Some(given) => given.origin(),
                None => names
                    .carried(column)
                    .map(|place| Origin::Event(FieldId(place))),
            };
            assignments.extend(from.map(|from| Assignment {
                field: FieldId(scope.key.len() + place),
                from,
            }));
        }
        Some(assignments)
    }

    /// The entries of a table without those that name a column of the other part of the row, which are reported.
    fn without(
        &mut self,
        leaves: &Table<Text>,
        other: &FieldNames<'_>,
        own: &FieldNames<'_>,
        hint: &str,
    ) -> Vec<Row<Text>> {
        let mut rows = Vec::with_capacity(leaves.entries.len());
        for row in &leaves.entries {
            let name = &row.name;
            if own.place(&name.value).is_some() || other.place(&name.value).is_none() {
                rows.push(row.clone());
                continue;
            }
            let message = format!("`{}` is not given here", shown(&name.value));
            self.cx
                .report(Diagnostic::new(Code::UnknownField, name.span, message).hint(hint));
        }
        rows
    }
}

fn event_names(aggregate: &Aggregate) -> impl Iterator<Item = &str> {
    let events = aggregate.events.iter();
    events.map(|event| event.name.stored.as_str())
}

fn on_error(spec: Option<&OnErrorSpec>) -> OnError {
    match spec {
        Some(OnErrorSpec::Park) => OnError::Park,
        Some(OnErrorSpec::Retry(retry)) => retry
            .retry
            .as_ref()
            .map_or(OnError::Stop, |times| OnError::Retry(times.value)),
        Some(OnErrorSpec::Stop) | None => OnError::Stop,
    }
}
