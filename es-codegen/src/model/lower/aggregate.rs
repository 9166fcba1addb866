//! Aggregates.

use super::{Everywhere, FieldNames, Lower, accepted, doc};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    model::{
        Aggregate, Event, EventId, Field, Lifecycle, Model, Snapshot, Symbol, SymbolId, Type,
        TypeKind,
    },
    names::Case,
    read::{Text, raw},
    source::{Span, Spanned},
};
use std::{cell::Cell, collections::HashMap};

/// What commands, events and scenarios of an aggregate look things up in.
pub(super) struct Scope<'s> {
    pub(super) model: &'s Model,
    pub(super) everywhere: &'s Everywhere<'s>,
    pub(super) name: &'s str,
    pub(super) state: &'s [Field],
    pub(super) state_names: &'s FieldNames<'s>,
    pub(super) lifecycle: Option<&'s Lifecycle>,
    /// Whether the schema names a lifecycle, be it a good one or not.
    pub(super) has_lifecycle: bool,
    /// Whether it was reported that there is none.
    pub(super) lacks_lifecycle: Cell<bool>,
    /// Whether some rejections could not be read.
    pub(super) lacks_rejections: Cell<bool>,
    pub(super) event_ids: HashMap<&'s str, EventId>,
    pub(super) event_names: Vec<&'s str>,
    statuses: HashMap<&'s str, SymbolId>,
}

impl Lower<'_> {
    pub(super) fn aggregate(
        &mut self,
        model: &Model,
        everywhere: &Everywhere<'_>,
        key: &Text,
        raw: &raw::Aggregate,
    ) -> Aggregate {
        let name = self.stored_name(key, raw.rust.as_ref(), Case::Upper);
        let id = match &raw.id {
            Some(text) => Spanned {
                value: self.ty(text),
                span: text.span,
            },
            None => Spanned {
                value: Type::Mistaken,
                span: key.span,
            },
        };
        let doc = doc(raw.doc.as_ref());
        let was = self.names_before(raw.was.as_ref());
        let allow = accepted(raw.allow.as_ref());
        let snapshot = raw.snapshot.as_ref().and_then(|snapshot| {
            let every = snapshot.every.as_ref()?.value;
            Some(Snapshot { every })
        });
        let revision = raw.revision.as_ref().map(|revision| revision.value);
        let state = self.fields(raw.state.as_ref());
        let state_names = FieldNames::of(&state);
        let lifecycle = raw
            .lifecycle
            .as_ref()
            .filter(|_| raw.state.is_some())
            .and_then(|text| self.lifecycle(model, &state_names, text));
        // Without its state and its events there is nothing to hold the rest of an aggregate against.
        let is_read = raw.state.is_some() && raw.events.is_some();
        let unread = raw::Aggregate::default();
        let raw = if is_read { raw } else { &unread };
        let event_rows = raw
            .events
            .as_ref()
            .map_or(&[][..], |events| &events.entries);
        let scope = Scope {
            model,
            everywhere,
            name: &key.value,
            state: &state,
            state_names: &state_names,
            lifecycle: lifecycle.as_ref(),
            has_lifecycle: raw.present.contains(&"lifecycle"),
            lacks_lifecycle: Cell::new(false),
            lacks_rejections: Cell::new(false),
            event_ids: event_rows
                .iter()
                .enumerate()
                .map(|(place, row)| (row.name.value.as_str(), EventId(place)))
                .collect(),
            event_names: event_rows
                .iter()
                .map(|row| row.name.value.as_str())
                .collect(),
            statuses: self.statuses(model, lifecycle.as_ref()),
        };
        let events = self.events(&scope, event_rows);
        let (commands, rejections) = self.commands(&scope, &events, raw.commands.as_ref());
        let mut aggregate = Aggregate {
            name,
            doc,
            was,
            allow,
            id,
            snapshot,
            revision,
            lifecycle: lifecycle.clone(),
            commands,
            rejections,
            events,
            scenarios: Vec::new(),
            state: Vec::new(),
        };
        // Nor is there anything that scenarios could name without its commands.
        let are_commands_read = raw.commands.is_some() || !raw.present.contains(&"commands");
        let scenarios = raw.scenarios.as_ref().filter(|_| are_commands_read);
        aggregate.scenarios = self.scenarios(&scope, &aggregate, scenarios);
        aggregate.state = state;
        aggregate
    }

    fn lifecycle(
        &mut self,
        model: &Model,
        state: &FieldNames<'_>,
        text: &Text,
    ) -> Option<Lifecycle> {
        let Some(place) = state.place(&text.value) else {
            self.unknown(
                Code::BadLifecycle,
                text,
                "the lifecycle is a field of the state, and there is no",
                state.keys(),
            );
            return None;
        };
        let field = &state.fields[place];
        match &field.ty {
            Type::Declared(ty) if matches!(model.type_def(*ty).kind, TypeKind::Enum(_)) => {
                Some(Lifecycle {
                    field: super::super::FieldId(place),
                    ty: *ty,
                    span: text.span,
                })
            }
            Type::Mistaken => None,
            Type::Declared(ty) if matches!(model.type_def(*ty).kind, TypeKind::Mistaken) => None,
            _ => {
                let error = Diagnostic::new(
                    Code::BadLifecycle,
                    text.span,
                    format!(
                        "the lifecycle is an enum, and `{}` is none",
                        shown(&text.value)
                    ),
                );
                self.cx.report(
                    error
                        .other(field.ty_span, "its type")
                        .hint("declare one under `types`: `Status: [open, closed]`"),
                );
                None
            }
        }
    }

    fn statuses<'m>(
        &mut self,
        model: &'m Model,
        lifecycle: Option<&Lifecycle>,
    ) -> HashMap<&'m str, SymbolId> {
        let symbols = lifecycle.map_or(&[][..], |lifecycle| symbols(model, lifecycle));
        let span = lifecycle.map_or_else(Span::default, |lifecycle| lifecycle.span);
        if !self.has_room(symbols.len(), span) {
            return HashMap::new();
        }
        let names = symbols.iter().map(|symbol| symbol.name.stored.as_str());
        names.zip((0..).map(SymbolId)).collect()
    }

    /// The symbol of the lifecycle that `in` or `to` names.
    pub(super) fn status(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        text: &Text,
    ) -> Option<Spanned<SymbolId>> {
        let Some(lifecycle) = scope.lifecycle else {
            // A lifecycle that is not a good one is reported where it is named.
            if !scope.has_lifecycle && !scope.lacks_lifecycle.replace(true) {
                let error = Diagnostic::new(
                    Code::NoLifecycle,
                    text.span,
                    format!(
                        "`{key}` needs a lifecycle, and `{}` has none",
                        shown(scope.name)
                    ),
                );
                self.cx.report(error.hint(
                    "name the enum field of the state that holds the status: `lifecycle: status`",
                ));
            }
            return None;
        };
        let symbols = symbols(scope.model, lifecycle);
        let found = scope.statuses.get(text.value.as_str()).copied();
        if found.is_none() {
            let what = format!(
                "`{}` has no symbol",
                scope.model.type_def(lifecycle.ty).name.rust.plain()
            );
            self.unknown(
                Code::UnknownSymbol,
                text,
                &what,
                symbols.iter().map(|symbol| symbol.name.stored.as_str()),
            );
        }
        found.map(|value| Spanned {
            value,
            span: text.span,
        })
    }

    /// The event that `text` names, by itself or as `Aggregate.Event`.
    pub(super) fn event_id(&mut self, scope: &Scope<'_>, text: &Text) -> Option<Spanned<EventId>> {
        let own = text
            .value
            .strip_prefix(scope.name)
            .and_then(|rest| rest.strip_prefix('.'));
        let found = scope
            .event_ids
            .get(text.value.as_str())
            .or_else(|| own.and_then(|name| scope.event_ids.get(name)));
        if let Some(id) = found {
            return Some(Spanned {
                value: *id,
                span: text.span,
            });
        }
        let events = &scope.everywhere.events;
        let owner = events.get(text.value.as_str()).or_else(|| {
            let (aggregate, event) = text.value.split_once('.')?;
            events.get(event).filter(|owner| owner.value == aggregate)
        });
        if let Some(owner) = owner {
            let error = Diagnostic::new(
                Code::ForeignEvent,
                text.span,
                format!(
                    "`{}` is an event of another aggregate, `{}`",
                    shown(&text.value),
                    shown(&owner.value)
                ),
            );
            self.cx.report(
                error
                    .other(owner.span, "of this one")
                    .hint("an aggregate changes through its own events only"),
            );
        } else {
            let what = format!("`{}` has no event", shown(scope.name));
            let known = scope.event_names.iter().copied();
            let hint = self.cx.did_you_mean(own.unwrap_or(&text.value), known);
            let message = format!("{what} `{}`", shown(own.unwrap_or(&text.value)));
            self.cx
                .report(Diagnostic::new(Code::UnknownEvent, text.span, message).maybe_hint(hint));
        }
        None
    }
}

fn symbols<'m>(model: &'m Model, lifecycle: &Lifecycle) -> &'m [Symbol] {
    match &model.type_def(lifecycle.ty).kind {
        TypeKind::Enum(symbols) => symbols,
        _ => &[],
    }
}

impl Scope<'_> {
    /// The event with this id among those that are already there.
    pub(super) fn event<'e>(&self, events: &'e [Event], id: EventId) -> &'e Event {
        &events[id.0]
    }
}
