//! What stored shapes were before, and how each becomes the one after it.

use super::{Assignment, Event, EventId, Field, FieldId, Model, SymbolId, TypeId};
use crate::{
    leaf::Leaf,
    source::{Span, Spanned},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A shape that an event had, and what led away from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OlderShape {
    /// What it carried.
    pub fields: Vec<Field>,
    /// How it becomes the shape after it.
    pub hop: Hop,
    /// The entry that says so.
    #[serde(skip)]
    pub span: Span,
}

/// How a shape becomes the one after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Hop {
    /// The source of each field of the shape after it, in their order.
    Fields(Vec<Source>),
    /// By code of the user's.
    ByHand {
        /// Whether it looks at the earlier events of the stream.
        earlier: bool,
    },
    /// As several events.
    Split(Vec<SplitPart>),
}

/// Where the value of a field comes from in the shape before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// From this field, whatever it was called; where its type was another one, that becomes the new one by itself.
    Field(FieldId),
    /// From nothing that was there, but an expression.
    Added(Leaf),
    /// From this field, by an expression.
    Converted(FieldId, Leaf),
    /// From these fields, one for each part of the value object.
    Nested(Vec<FieldId>),
    /// From a part of this field, which held a value object.
    Part(FieldId, FieldId),
    /// From this field, where some values become others: the stored texts of both.
    Mapped(FieldId, Vec<(String, String)>),
}

/// One of the events that an event has become.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitPart {
    /// The event.
    pub event: Spanned<EventId>,
    /// The source of each of its fields, in the order of its fields; a field without one is a mistake.
    pub assignments: Vec<Assignment>,
}

/// That a type is what another one was before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// The type as it is.
    pub of: TypeId,
    /// The version that this is of it, counted from 1.
    pub version: u16,
    /// The version after it.
    pub next: TypeId,
    /// How its values become those of the version after it.
    pub hop: TypeHop,
}

/// How a value of an older version of a type becomes one of the version after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TypeHop {
    /// Of a value object: the source of each field of the version after it, in their order.
    Fields(Vec<Source>),
    /// Of an enum or a union: for each symbol or variant the one that it becomes.
    Symbols(Vec<SymbolId>),
    /// By code of the user's.
    ByHand,
    /// A mistake, which is reported; a model that passed the check holds none.
    #[serde(skip)]
    Mistaken,
}

/// What becomes of an event that does not happen any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Retired {
    /// It still does to the state what it did.
    Folded,
    /// It has no effect any more, and is read as nothing.
    Ignored,
    /// It is read as the events that it was split into, and is none of them itself.
    Split,
}

/// A finding about the evolution of something that is accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// The rule.
    pub rule: Spanned<String>,
    /// Why.
    pub reason: Option<String>,
}

/// How much a rule of evolution counts here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The rule.
    pub rule: Spanned<String>,
    /// `deny`, `warn`, `info` or `off`.
    pub level: Spanned<String>,
}

impl Model {
    /// For each version of an event, the oldest first, the oldest one whose code may still read it.
    ///
    /// What only adds fields stops nobody; everything else stops older code.
    #[must_use]
    pub fn reads_as(&self, event: &Event) -> Vec<usize> {
        let mut reads_as = vec![1];
        for (at, older) in event.older.iter().enumerate() {
            let after = event
                .older
                .get(at + 1)
                .map_or(&event.fields, |after| &after.fields);
            let only_adds = match &older.hop {
                Hop::Fields(sources) => {
                    self.sources_only_add(&older.fields, after, sources, &mut BTreeSet::new())
                }
                Hop::ByHand { .. } | Hop::Split(_) => false,
            };
            let before = reads_as[at];
            reads_as.push(if only_adds { before } else { at + 2 });
        }
        reads_as
    }

    /// Whether what leads from these fields to those takes nothing away and changes nothing.
    pub(super) fn sources_only_add(
        &self,
        before: &[Field],
        after: &[Field],
        sources: &[Source],
        seen: &mut BTreeSet<(TypeId, TypeId)>,
    ) -> bool {
        let mut kept = 0;
        let only_adds = after
            .iter()
            .zip(sources)
            .all(|(field, source)| match source {
                Source::Added(_) => true,
                Source::Field(from) => {
                    kept += 1;
                    let from = &before[from.0];
                    from.stored_name() == field.stored_name()
                        && self.only_adds(&from.ty, &field.ty, seen)
                }
                _ => false,
            });
        only_adds && kept == before.len()
    }
}
