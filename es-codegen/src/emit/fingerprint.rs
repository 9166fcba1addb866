//! Fingerprints of generated rules: what was made by other rules is told by them, and not misread.
//!
//! A fingerprint follows from what the rules say and from nothing else: not from comments and spaces in them, not from the
//! order in which events are declared, and not from the release of a compiler or a library. That two texts mean the same is
//! not found out; then something is made again that need not have been.

use crate::{
    hash,
    leaf::Leaf,
    model::{
        Aggregate, Assignment, Change, Effect, Event, Field, Model, Origin, ProjectedEvent,
        Projection, RowChange, RowRule, SymbolId, Update,
    },
};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::fmt::Write;

/// The fingerprint of what the events of an aggregate do to its state.
pub(crate) fn of_fold(model: &Model, aggregate: &Aggregate) -> String {
    let status = |symbol: SymbolId| {
        let symbol = model.statuses(aggregate).get(symbol.0);
        symbol.map_or("", |symbol| symbol.name.stored.as_str())
    };
    let mut events: Vec<&Event> = aggregate.events.iter().collect();
    events.sort_by(|one, other| one.name.stored.cmp(&other.name.stored));
    let mut rules = Rules::default();
    for event in events {
        rules.say("event", &event.name.stored);
        match &event.effect {
            Effect::Create(assignments) => {
                rules.say("create", "");
                for assignment in assignments {
                    let field = aggregate.state_field(assignment.field);
                    rules.say("set", field.name.rust.plain());
                    match &assignment.from {
                        Origin::Leaf(leaf) => rules.leaf(leaf),
                        Origin::Event(field) => rules.carried(event.field(*field)),
                        Origin::Status(symbol) => rules.say("status", status(*symbol)),
                        // No effect has these in scope.
                        Origin::Command(_) | Origin::State(_) => {}
                    }
                }
            }
            Effect::Apply(statements) => {
                rules.say("apply", "");
                if let Some(to) = &event.to {
                    rules.say("status", status(to.value));
                }
                statements.iter().for_each(|leaf| rules.leaf(leaf));
            }
            // What these do is told by `revision`.
            Effect::CreateByHand => rules.say("create", "by hand"),
            Effect::ApplyByHand => rules.say("apply", "by hand"),
            Effect::Undeclared => {}
        }
    }
    hash::of(rules.text.bytes())
}

/// The fingerprint of what events do to the rows of a projection.
pub(crate) fn of_rows(model: &Model, projection: &Projection) -> String {
    let named = |projected: &ProjectedEvent| {
        let aggregate = &model.aggregates[projected.aggregate.0];
        let event = aggregate.event(projected.event.value);
        (aggregate.name.stored.clone(), event.name.stored.clone())
    };
    let mut events: Vec<_> = projection.events.iter().collect();
    events.sort_by_cached_key(|projected| named(projected));
    let mut rules = Rules::default();
    for projected in events {
        let (aggregate, event) = named(projected);
        rules.say("aggregate", &aggregate);
        rules.say("event", &event);
        let event = model.projected(projected);
        match &projected.rule {
            RowRule::One(change) => rules.change(projection, event, change),
            RowRule::Several(changes) => changes.iter().for_each(|change| {
                rules.say("row", "");
                rules.change(projection, event, change);
            }),
            // What this does is told by `revision`.
            RowRule::ByHand => rules.say("rows", "by hand"),
            RowRule::Mistaken => {}
        }
    }
    hash::of(rules.text.bytes())
}

/// What rules say, a thing a line.
#[derive(Default)]
struct Rules {
    text: String,
}

impl Rules {
    fn say(&mut self, what: &str, of: &str) {
        // Written with its quotes and escapes, so that no name can look like the line behind it.
        let _ = writeln!(self.text, "{what} {of:?}");
    }

    fn change(&mut self, projection: &Projection, event: &Event, change: &RowChange) {
        if let Some(at) = &change.at {
            self.say("at", "");
            self.set(projection, event, at);
        }
        match &change.change {
            Change::Insert(made) => {
                self.say("insert", "");
                self.set(projection, event, made);
            }
            Change::InsertByHand => self.say("insert", "by hand"),
            Change::Update(update) => self.update(update),
            Change::Upsert(made, update) => {
                self.say("new", "");
                self.set(projection, event, made);
                self.update(update);
            }
            Change::Delete => self.say("delete", ""),
        }
    }

    fn set(&mut self, projection: &Projection, event: &Event, assignments: &[Assignment]) {
        for assignment in assignments {
            let column = projection.column(assignment.field);
            self.say("set", column.name.rust.plain());
            match &assignment.from {
                Origin::Leaf(leaf) => self.leaf(leaf),
                Origin::Event(field) => self.carried(event.field(*field)),
                // No row has these in scope.
                Origin::Command(_) | Origin::State(_) | Origin::Status(_) => {}
            }
        }
    }

    fn update(&mut self, update: &Update) {
        match update {
            Update::Statements(statements) => {
                self.say("update", "");
                statements.iter().for_each(|leaf| self.leaf(leaf));
            }
            Update::ByHand => self.say("update", "by hand"),
        }
    }

    /// A field of the event that is carried over, as the leaf that would say the same.
    fn carried(&mut self, field: &Field) {
        self.say("leaf", &format!("event . {}", field.name.rust));
    }

    fn leaf(&mut self, leaf: &Leaf) {
        self.say("leaf", &said(leaf));
    }
}

/// What a leaf says, however it is laid out.
fn said(leaf: &Leaf) -> String {
    let mut text = String::new();
    tokens(leaf.tokens.clone(), &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// Tokens with one space between any two, but within an operator.
fn tokens(stream: TokenStream, text: &mut String) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("( ", ") "),
                    Delimiter::Brace => ("{ ", "} "),
                    Delimiter::Bracket => ("[ ", "] "),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                tokens(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                // `a && b` is not `a & &b`, but `a=-b` is `a = -b`.
                let goes_on = |next: &TokenTree| matches!(next, TokenTree::Punct(next) if "=&|<>:.".contains(next.as_char()));
                if punct.spacing() == Spacing::Alone || !trees.peek().is_some_and(goes_on) {
                    text.push(' ');
                }
            }
            TokenTree::Ident(word) => {
                let _ = write!(text, "{word} ");
            }
            TokenTree::Literal(literal) => {
                let _ = write!(text, "{literal} ");
            }
        }
    }
}
