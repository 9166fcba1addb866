//! Commands, what they are rejected with and what they lead to.

use super::{FieldNames, Lower, aggregate::Scope, doc, text};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    leaf::{self, Leaf, Root},
    model::{
        Assignment, Command, Detail, Emission, Event, Field, FieldId, Int, Message, MessagePart,
        Origin, Outcome, Reject, Rejection, RejectionId, Target, Type, TypeId, TypeKind, When,
    },
    names::Case,
    read::{BY_HAND, Table, Text, raw},
};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashMap;

impl Lower<'_> {
    /// All commands of an aggregate, and what they can be rejected with.
    pub(super) fn commands(
        &mut self,
        scope: &Scope<'_>,
        events: &[Event],
        table: Option<&Table<raw::Command>>,
    ) -> (Vec<Command>, Vec<Rejection>) {
        let mut rejections = Rejections::default();
        let mut commands = Vec::new();
        for row in table.map_or(&[][..], |table| &table.entries) {
            // A command that could not be read is still there to be named by scenarios.
            let unread = raw::Command {
                present: vec!["emit"],
                ..raw::Command::default()
            };
            let raw = row.value.as_ref().unwrap_or(&unread);
            commands.push(self.command(scope, events, &mut rejections, &row.name, raw));
        }
        (commands, rejections.all)
    }

    fn command(
        &mut self,
        scope: &Scope<'_>,
        events: &[Event],
        rejections: &mut Rejections,
        key: &Text,
        raw: &raw::Command,
    ) -> Command {
        let name = self.stored_name(key, raw.rust.as_ref(), Case::Upper);
        let known_target = match &raw.target {
            Some(text) => self.target(text),
            None => (!raw.present.contains(&"for")).then_some(Target::Existing),
        };
        let target = known_target.unwrap_or_default();
        let by_hand = raw.present.contains(&"handle");
        if let Some(text) = &raw.handle {
            self.check_by_hand(text);
        }
        let allowed = raw.allowed.as_ref().map(|statuses| {
            if target == Target::New || by_hand {
                let span = statuses.0.first().map_or(key.span, |status| status.span);
                let reason = if by_hand {
                    "a handler by hand looks at the status itself"
                } else {
                    "what does not exist yet has no status"
                };
                self.contradiction(
                    span,
                    format!("`in` cannot be asked here: {reason}"),
                    "take `in` away",
                );
            }
            statuses
                .0
                .iter()
                .filter_map(|text| self.status(scope, "in", text))
                .collect()
        });
        let fields = self.fields(raw.fields.as_ref());
        // Nothing can be said about what follows from fields that could not be read.
        let are_fields_read = raw.fields.is_some() || !raw.present.contains(&"fields");
        let context = Context {
            scope,
            fields: &fields,
            target,
            are_fields_read,
        };
        if raw.reject.is_none() && raw.present.contains(&"reject") {
            scope.lacks_rejections.set(true);
        }
        let reject = raw
            .reject
            .as_ref()
            .map_or(&[][..], |reject| &reject.rejections);
        let rejects = reject
            .iter()
            .filter_map(|(name, long)| {
                self.reject(&context, rejections, by_hand, name, long.as_ref())
            })
            .collect();
        // What a command may emit depends on what it is for.
        let outcome = known_target
            .filter(|_| are_fields_read)
            .map_or(Outcome::Mistaken, |_| {
                self.outcome(&context, events, key, raw, by_hand)
            });
        Command {
            name,
            doc: doc(raw.doc.as_ref()),
            target,
            allowed,
            fields,
            rejections: rejects,
            outcome,
        }
    }

    fn target(&mut self, text: &Text) -> Option<Target> {
        match text.value.as_str() {
            "new" => Some(Target::New),
            "existing" => Some(Target::Existing),
            "any" => Some(Target::Any),
            _ => {
                self.unknown(
                    Code::UnknownValue,
                    text,
                    "a command is not for",
                    ["new", "existing", "any"],
                );
                None
            }
        }
    }

    fn check_by_hand(&mut self, text: &Text) {
        if text.value != BY_HAND {
            let error = Diagnostic::new(
                Code::UnknownValue,
                text.span,
                format!("`handle` is `{BY_HAND}` or left out"),
            );
            self.cx.report(error.hint(format!(
                "write `handle: {BY_HAND}`, and the events that it may return under `emits`"
            )));
        }
    }

    fn outcome(
        &mut self,
        context: &Context<'_>,
        events: &[Event],
        key: &Text,
        raw: &raw::Command,
        by_hand: bool,
    ) -> Outcome {
        match (&raw.emit, &raw.emits) {
            (Some(_), _) if by_hand => {
                let message = format!(
                    "the handler of `{}` is by hand, and the schema says what it emits",
                    shown(&key.value)
                );
                self.contradiction(
                    key.span,
                    message,
                    "name the events under `emits`, without their fields, or take `handle` away",
                );
                Outcome::Mistaken
            }
            (_, Some(_)) if !by_hand => {
                let message = format!(
                    "`emits` belongs to a handler by hand, and that of `{}` is not",
                    shown(&key.value)
                );
                self.contradiction(key.span, message, "write `emit`, or add `handle: by hand`");
                Outcome::Mistaken
            }
            (_, Some(emits)) => {
                let found: Vec<_> = emits
                    .0
                    .iter()
                    .filter_map(|text| self.event_id(context.scope, text))
                    .collect();
                if found.is_empty() && !emits.0.is_empty() {
                    Outcome::Mistaken
                } else {
                    Outcome::ByHand { emits: found }
                }
            }
            (None, None)
                if raw
                    .present
                    .iter()
                    .any(|key| matches!(*key, "emit" | "emits")) =>
            {
                Outcome::Mistaken
            }
            (None, None) if by_hand => Outcome::ByHand { emits: Vec::new() },
            (None, None) => Outcome::Emit(Vec::new()),
            (Some(emit), None) => {
                let rows = &emit.emissions;
                let found: Vec<_> = rows
                    .iter()
                    .filter_map(|row| self.emission(context, events, &row.name, row.value.as_ref()))
                    .collect();
                if found.is_empty() && !rows.is_empty() {
                    Outcome::Mistaken
                } else {
                    Outcome::Emit(found)
                }
            }
        }
    }

    fn emission(
        &mut self,
        context: &Context<'_>,
        events: &[Event],
        name: &Text,
        leaves: Option<&Table<Text>>,
    ) -> Option<Emission> {
        let event_id = self.event_id(context.scope, name)?;
        let event = context.scope.event(events, event_id.value);
        if !self.has_room(event.fields.len() + context.fields.len(), name.span) {
            return None;
        }
        let event_fields = FieldNames::of(&event.fields);
        let what = format!("the event `{}` has no field", shown(&event.name.stored));
        let leaves = leaves.filter(|_| !event.is_unread());
        let rows = leaves.map_or(&[][..], |leaves| &leaves.entries);
        let mut given = self.given(rows, &event_fields, Code::UnknownField, &what);
        let command_fields = FieldNames::of(context.fields);
        let mut assignments = Vec::with_capacity(event.fields.len());
        for (place, field) in event.fields.iter().enumerate() {
            // A field of the command that has another type is more likely a mistake than to be passed over.
            let from_state = || {
                let is_of_command = command_fields.place(&field.name.stored).is_some();
                context
                    .scope
                    .state_names
                    .carried(field)
                    .filter(|_| context.target == Target::Existing && !is_of_command)
            };
            let from = match given[place].take() {
                Some(explicit) => explicit.origin(),
                // Fields that could not be read are reported where they stand.
                None if leaves.is_none() => Some(Origin::Leaf(Leaf::mistaken(name.span))),
                None => command_fields
                    .carried(field)
                    .map(|place| Origin::Command(FieldId(place)))
                    .or_else(|| from_state().map(|place| Origin::State(FieldId(place)))),
            };
            assignments.extend(from.map(|from| Assignment {
                field: FieldId(place),
                from,
            }));
        }
        Some(Emission {
            event: event_id,
            assignments,
        })
    }

    fn reject(
        &mut self,
        context: &Context<'_>,
        all: &mut Rejections,
        by_hand: bool,
        name: &Text,
        long: Option<&raw::LongRejection>,
    ) -> Option<Reject> {
        let rust_name = self.name(
            name,
            long.and_then(|long| long.rust.as_ref()),
            Case::Upper,
            "give it one by `rust: Name`",
        );
        let condition = long.and_then(|long| long.when.as_ref());
        let when = match condition {
            Some(text) if by_hand => {
                self.contradiction(
                    text.span,
                    "a handler by hand raises its own rejections",
                    "leave the condition to the handler",
                );
                return None;
            }
            Some(text) => When::Condition(
                leaf::expression(self.cx, self.source, text)
                    .filter(|_| context.are_fields_read)
                    .unwrap_or_else(|| Leaf::mistaken(text.span)),
            ),
            None if by_hand || long.is_some_and(|long| long.present.contains(&"when")) => {
                When::ByHand
            }
            None => {
                let error = Diagnostic::new(
                    Code::MissingKey,
                    name.span,
                    format!("nothing says when `{}` is raised", shown(&name.value)),
                );
                self.cx.report(error.hint("give its condition, `Name: condition`; only a handler by hand raises it without one"));
                When::ByHand
            }
        };
        let rows = long
            .and_then(|long| long.with.as_ref())
            .map_or(&[][..], |with| &with.entries);
        if let (Some(first), true) = (rows.first(), by_hand) {
            self.contradiction(
                first.name.span,
                "only a condition of the schema gives values to what a rejection carries",
                "take `with` away",
            );
            return None;
        }
        self.check_count(rows);
        let mut details = Vec::with_capacity(rows.len());
        let mut with = Vec::with_capacity(rows.len());
        for row in rows {
            let detail_name = self.name(
                &row.name,
                None,
                Case::Snake,
                "choose a key that Rust can say",
            );
            let leaf = row
                .value
                .as_ref()
                .and_then(|text| leaf::owned(self.cx, self.source, text))
                .filter(|_| context.are_fields_read);
            let ty = leaf
                .as_ref()
                .map_or(Type::Mistaken, |leaf| self.detail_type(context, leaf));
            details.push(Detail {
                name: detail_name,
                ty,
            });
            with.push(leaf.unwrap_or_else(|| Leaf::mistaken(row.name.span)));
        }
        let message = long
            .and_then(|long| long.message.as_ref())
            .and_then(|text| self.message(text, &details));
        let rejection = self.same_rejection(
            all,
            Rejection {
                name: rust_name,
                details,
                message,
            },
        );
        Some(Reject {
            rejection,
            when,
            with,
            span: name.span,
        })
    }

    /// The rejection of that name, which is made here if it is the first; all of one name carry the same.
    fn same_rejection(&mut self, all: &mut Rejections, rejection: Rejection) -> RejectionId {
        let Some(id) = all.by_name.get(&rejection.name.stored).copied() else {
            let id = RejectionId(all.all.len());
            all.by_name.insert(rejection.name.stored.clone(), id);
            all.all.push(rejection);
            return id;
        };
        let first = &mut all.all[id.0];
        if !self.has_room(first.details.len(), rejection.name.span) {
            return id;
        }
        let carries = |rejection: &Rejection| -> Vec<(String, Type)> {
            rejection
                .details
                .iter()
                .map(|detail| (detail.name.rust.plain().to_owned(), detail.ty.clone()))
                .collect()
        };
        let differs = carries(first) != carries(&rejection)
            || matches!((&first.message, &rejection.message), (Some(first), Some(other)) if first.parts != other.parts);
        if differs
            && !rejection
                .details
                .iter()
                .chain(&first.details)
                .any(|detail| detail.ty == Type::Mistaken)
        {
            let error = Diagnostic::new(
                Code::RejectionMismatch,
                rejection.name.span,
                format!(
                    "`{}` carries or says something else here",
                    shown(&rejection.name.stored)
                ),
            );
            self.cx.report(
                error
                    .other(first.name.span, "than here")
                    .hint("one name is one rejection: give this one another"),
            );
        }
        if first.message.is_none() {
            first.message = rejection.message;
        }
        id
    }

    fn message(&mut self, text: &Text, details: &[Detail]) -> Option<Message> {
        let parts = text::message_parts(&text.value);
        let mut message = Message {
            parts: Vec::with_capacity(parts.len()),
            span: text.span,
        };
        for part in parts {
            match part {
                text::Part::Text(text) => message.parts.push(MessagePart::Text(text)),
                text::Part::Name(_) if !self.has_room(details.len(), message.span) => return None,
                text::Part::Name(name) => match details.iter().position(|detail| {
                    detail.name.stored == name || detail.name.rust.plain() == name
                }) {
                    Some(place) => message.parts.push(MessagePart::Detail(place)),
                    None => {
                        let known = details.iter().map(|detail| detail.name.stored.as_str());
                        let hint = self
                            .cx
                            .did_you_mean(&name, known)
                            .unwrap_or_else(|| "name a value for it under `with`".to_owned());
                        let message = if name.is_empty() {
                            "the message has braces without a name in them".to_owned()
                        } else {
                            format!(
                                "the message names `{}`, which is not under `with`",
                                shown(&name)
                            )
                        };
                        self.cx.report(
                            Diagnostic::new(Code::BadMessage, text.span, message).hint(hint),
                        );
                        return None;
                    }
                },
                text::Part::Unbalanced => {
                    let error = Diagnostic::new(
                        Code::BadMessage,
                        text.span,
                        "a brace in the message has no counterpart",
                    );
                    self.cx.report(
                        error.hint("a brace that belongs to the text is doubled: `{{`, `}}`"),
                    );
                    return None;
                }
            }
        }
        Some(message)
    }

    /// The type of a detail, as far as its value shows it.
    fn detail_type(&mut self, context: &Context<'_>, leaf: &Leaf) -> Type {
        if let Some(ty) = context
            .type_of_path(leaf)
            .or_else(|| self.type_of_tokens(&leaf.tokens))
        {
            return ty;
        }
        let error = Diagnostic::new(
            Code::UnknownDetailType,
            leaf.span,
            "the type of this value cannot be told",
        );
        self.cx.report(error.hint("say it: `100_u32`, `(…) as u64`, `(…).to_string()`, `Money::from(…)`, or a field as it is"));
        Type::Mistaken
    }

    fn type_of_tokens(&self, tokens: &TokenStream) -> Option<Type> {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let word = |tree: &TokenTree| match tree {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        };
        match trees.as_slice() {
            [TokenTree::Literal(literal)] => text::type_of_literal(&literal.to_string()),
            [TokenTree::Ident(ident)] if *ident == "true" || *ident == "false" => Some(Type::Bool),
            [TokenTree::Ident(name), TokenTree::Punct(bang), _]
                if *name == "format" && bang.as_char() == '!' =>
            {
                Some(Type::String)
            }
            [
                TokenTree::Ident(name),
                TokenTree::Punct(a),
                TokenTree::Punct(b),
                ..,
            ] if a.as_char() == ':' && b.as_char() == ':' => self
                .declared
                .get(&name.to_string())
                .copied()
                .map(Type::Declared),
            [.., before, ty] if word(before).as_deref() == Some("as") => {
                text::number_type(&word(ty)?)
            }
            [.., TokenTree::Punct(dot), method, TokenTree::Group(_)] if dot.as_char() == '.' => {
                match word(method)?.as_str() {
                    "len" | "count" => Some(Type::Int(Int::Usize)),
                    "to_string" | "to_owned" => Some(Type::String),
                    "now" | "occurred_at" => Some(Type::Timestamp),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The rejections of an aggregate while its commands are read.
#[derive(Default)]
struct Rejections {
    all: Vec<Rejection>,
    by_name: HashMap<String, RejectionId>,
}

/// What the parts of a command look things up in.
struct Context<'c> {
    scope: &'c Scope<'c>,
    fields: &'c [Field],
    target: Target,
    are_fields_read: bool,
}

impl Context<'_> {
    /// The type of a leaf that is only a path to a field; of one that is not there it is a mistake, which the check reports.
    fn type_of_path(&self, leaf: &Leaf) -> Option<Type> {
        let mention = leaf.as_path()?;
        let mut fields = match mention.root {
            Root::Command => Some(self.fields),
            Root::State => Some(self.scope.state),
            Root::Event | Root::Cx | Root::Value | Root::Row => None,
        };
        let mut found = None;
        for used in &mention.fields {
            let mut fields_here = fields?.iter();
            let Some(field) = fields_here.find(|field| field.name.rust.plain() == used.name) else {
                return Some(Type::Mistaken);
            };
            found = Some(&field.ty);
            fields = match &field.ty {
                Type::Declared(id) => self.fields_of(*id),
                _ => None,
            };
        }
        found.cloned()
    }

    fn fields_of(&self, id: TypeId) -> Option<&[Field]> {
        match &self.scope.model.type_def(id).kind {
            TypeKind::Object(fields) => Some(fields),
            _ => None,
        }
    }
}
