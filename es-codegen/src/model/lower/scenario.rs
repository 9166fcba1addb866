//! Scenarios: what happened, what is asked for, what follows.

use super::{Lower, aggregate::Scope, doc, values};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    model::{
        Aggregate, Command, CommandExample, CommandId, EventExample, Expected, Field, FieldValue,
        Refusal, RejectionId, Scenario, Value,
    },
    names::Case,
    read::{Table, Text, raw},
    source::{Span, Spanned},
};
use std::collections::HashMap;

/// The keys by which a scenario expects something.
const EXPECTATIONS: [&str; 3] = ["then", "rejected", "state"];

impl Lower<'_> {
    pub(super) fn scenarios(
        &mut self,
        scope: &Scope<'_>,
        aggregate: &Aggregate,
        table: Option<&Table<raw::Scenario>>,
    ) -> Vec<Scenario> {
        let known = Known {
            commands: (0..)
                .map(CommandId)
                .zip(&aggregate.commands)
                .map(|(id, command)| (command.name.stored.as_str(), id))
                .collect(),
            aggregate,
        };
        let rows = table.map_or(&[][..], |table| &table.entries);
        rows.iter()
            .filter_map(|row| self.scenario(scope, &known, &row.name, row.value.as_ref()?))
            .collect()
    }

    fn scenario(
        &mut self,
        scope: &Scope<'_>,
        known: &Known<'_>,
        key: &Text,
        raw: &raw::Scenario,
    ) -> Option<Scenario> {
        let name = self.name(key, None, Case::Snake, "a scenario is named in words");
        let given = raw.given.as_ref().map_or_else(Vec::new, |given| {
            self.events_of(scope, known.aggregate, given)
        });
        let now = raw.now.clone().filter(|text| self.is_timestamp(text));
        let expected = match (&raw.then, &raw.rejected) {
            (Some(_), Some(rejected)) => {
                self.contradiction(
                    rejected.span,
                    "a command that is rejected leads to nothing",
                    "keep `then` or `rejected`",
                );
                None
            }
            (Some(then), None) => Some(Expected::Events(self.events_of(
                scope,
                known.aggregate,
                then,
            ))),
            (None, Some(rejected)) => self
                .refusal(scope, known.aggregate, rejected)
                .map(Expected::Rejected),
            (None, None) if !raw.present.iter().any(|key| EXPECTATIONS.contains(key)) => {
                let error = Diagnostic::new(
                    Code::MissingKey,
                    key.span,
                    "a scenario needs something that it expects",
                );
                self.cx
                    .report(error.hint("add `then`, `rejected` or `state`"));
                None
            }
            (None, None) => None,
        };
        let state = raw.state.as_ref().map_or_else(Vec::new, |values| {
            self.given_values(scope, "the state", scope.state, values, key.span)
        });
        let when = self.command_of(scope, known, raw.when.as_ref()?)?;
        Some(Scenario {
            name,
            doc: doc(raw.doc.as_ref()),
            given,
            now,
            when,
            expected,
            state,
        })
    }

    fn is_timestamp(&mut self, text: &Text) -> bool {
        let is_one = values::is_timestamp(&text.value);
        if !is_one {
            let error = Diagnostic::new(
                Code::BadValue,
                text.span,
                format!("`{}` is not a timestamp", shown(&text.value)),
            );
            self.cx
                .report(error.hint("write it like `2026-01-05T10:00:00Z`"));
        }
        is_one
    }

    fn events_of(
        &mut self,
        scope: &Scope<'_>,
        aggregate: &Aggregate,
        examples: &raw::Examples,
    ) -> Vec<EventExample> {
        let mut events = Vec::with_capacity(examples.examples.len());
        for (name, values) in &examples.examples {
            let Some(id) = self.event_id(scope, name) else {
                continue;
            };
            let event = aggregate.event(id.value);
            if event.is_unread() {
                continue;
            }
            let what = format!("the event `{}`", shown(&event.name.stored));
            let values = self.all_values(scope, &what, &event.fields, values, name.span);
            events.push(EventExample { event: id, values });
        }
        events
    }

    fn command_of(
        &mut self,
        scope: &Scope<'_>,
        known: &Known<'_>,
        examples: &raw::Examples,
    ) -> Option<CommandExample> {
        let [(name, values)] = examples.examples.as_slice() else {
            let error = Diagnostic::new(Code::WrongShape, examples.span, "`when` is one command");
            self.cx.report(
                error.hint("a scenario shows one step; what came before it goes under `given`"),
            );
            return None;
        };
        let Some(id) = known.commands.get(name.value.as_str()) else {
            let what = format!("`{}` has no command", shown(scope.name));
            self.unknown(
                Code::UnknownCommand,
                name,
                &what,
                known
                    .aggregate
                    .commands
                    .iter()
                    .map(|command| command.name.stored.as_str()),
            );
            return None;
        };
        let command: &Command = known.aggregate.command(*id);
        if command.is_unread() {
            return None;
        }
        let what = format!("the command `{}`", shown(&command.name.stored));
        let values = self.all_values(scope, &what, &command.fields, values, name.span);
        Some(CommandExample {
            command: Spanned {
                value: *id,
                span: name.span,
            },
            values,
        })
    }

    fn refusal(
        &mut self,
        scope: &Scope<'_>,
        aggregate: &Aggregate,
        text: &Text,
    ) -> Option<Spanned<Refusal>> {
        if !self.has_room(aggregate.rejections.len(), text.span) {
            return None;
        }
        let own = aggregate
            .rejections
            .iter()
            .position(|rejection| rejection.name.stored == text.value);
        let refusal = match (own, text.value.as_str()) {
            (Some(place), _) => Refusal::Rejection(RejectionId(place)),
            (None, "Missing") => Refusal::Missing,
            (None, "Exists") => Refusal::Exists,
            (None, "WrongStatus") => Refusal::WrongStatus,
            (None, "Invalid") => Refusal::Invalid,
            (None, _) if scope.lacks_rejections.get() => return None,
            (None, _) => {
                let what = format!(
                    "no command of `{}` is rejected with",
                    shown(&aggregate.name.stored)
                );
                let own = aggregate
                    .rejections
                    .iter()
                    .map(|rejection| rejection.name.stored.as_str());
                self.unknown(
                    Code::UnknownRejection,
                    text,
                    &what,
                    own.chain(["Missing", "Exists", "WrongStatus", "Invalid"]),
                );
                return None;
            }
        };
        Some(Spanned {
            value: refusal,
            span: text.span,
        })
    }

    /// The values of all fields, in the order of the fields; what may be left out becomes `None`.
    fn all_values(
        &mut self,
        scope: &Scope<'_>,
        what: &str,
        fields: &[Field],
        values: &raw::Values,
        owner: Span,
    ) -> Vec<FieldValue> {
        values::Reading {
            cx: self.cx,
            model: scope.model,
            room: &mut self.room,
        }
        .all(what, fields, &values.entries, owner)
    }

    /// The values of some fields, in the order of the fields.
    fn given_values(
        &mut self,
        scope: &Scope<'_>,
        what: &str,
        fields: &[Field],
        values: &raw::Values,
        owner: Span,
    ) -> Vec<FieldValue> {
        values::Reading {
            cx: self.cx,
            model: scope.model,
            room: &mut self.room,
        }
        .given(what, fields, &values.entries, owner)
    }
}

/// What scenarios look commands up in.
struct Known<'k> {
    commands: HashMap<&'k str, CommandId>,
    aggregate: &'k Aggregate,
}

impl Value {
    /// A value that is left out.
    pub(super) fn none(span: Span) -> Self {
        Self {
            kind: crate::model::ValueKind::None,
            span,
        }
    }
}
