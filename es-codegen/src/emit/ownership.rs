//! Which values a rule may move, and which it has to clone.
//!
//! A value that is only a path (`event.item`) or a field that is carried over is cloned unless it is `Copy` or that is
//! its last use. What is written out otherwise stands as it is: there the user says `.clone()`.

use super::{rules, scope::Scope};
use crate::{
    leaf::{Leaf, Mention, Root},
    model::{Field, Type, TypeKind},
};
use std::{collections::BTreeSet, ops::Bound};

/// What the names in a rule stand for.
pub(super) struct Names<'r> {
    /// How the rule calls the aggregate: `self`, or `state` where a leaf does.
    pub(super) this: &'static str,
    /// The fields of the aggregate, which a rule that decides only borrows.
    pub(super) state: &'r [Field],
    /// The fields of the command.
    pub(super) command: &'r [Field],
    /// The fields of the event.
    pub(super) event: &'r [Field],
    /// What is needed of the event behind these values.
    pub(super) later: Later<'r>,
}

/// What is needed of an event once a rule, or a part of one, is done with it.
#[derive(Clone, Copy)]
pub(super) enum Later<'r> {
    /// Nothing: it is the rule's own.
    Nothing,
    /// These parts of it.
    Parts(&'r Needs<'r>),
    /// All of it: it is only borrowed.
    Everything,
}

/// The parts of an event that a part of a rule needs, each by the fields that lead to it.
#[derive(Default)]
pub(super) struct Needs<'r>(BTreeSet<Vec<&'r str>>);

/// A value that a rule puts somewhere.
#[derive(Clone)]
pub(super) enum Given<'r> {
    /// What the schema says.
    Leaf(&'r Leaf),
    /// A field that is carried over.
    Field(Root, &'r Field),
    /// Something that is nobody's to move.
    Fixed(String),
}

impl Given<'_> {
    /// Whether it is nothing but a place that is read, and so cloned or moved as the rule needs it.
    pub(super) fn is_path(&self) -> bool {
        match self {
            Self::Leaf(leaf) => leaf.is_path,
            Self::Field(..) => true,
            Self::Fixed(_) => false,
        }
    }
}

/// Values, and what rustc's lints have to be told about them.
pub(super) struct Values {
    /// The values, in their order.
    pub(super) values: Vec<String>,
    /// Whether one of them is cloned that may be `Copy`, for all that the schema knows.
    pub(super) may_clone_copy: bool,
}

/// The values in the order in which they are evaluated, each moved or cloned.
pub(super) fn values(scope: &Scope<'_>, names: &Names<'_>, given: &[Given<'_>]) -> Values {
    let mut may_clone_copy = false;
    let mut values = Vec::with_capacity(given.len());
    for (at, value) in given.iter().enumerate() {
        let text = names.text(scope, value);
        let Some(path) = Path::of(value) else {
            values.push(text);
            continue;
        };
        let ty = names.type_of(scope, path.root, &path.fields);
        let is_copy = ty.is_some_and(|ty| scope.model().is_copy(ty));
        let is_borrowed = path.root == Root::State;
        let is_needed = path.root == Root::Event && names.later.meets(&path.fields)
            || given[at + 1..].iter().any(|later| path.is_used_in(later));
        let is_moved = !is_borrowed && !is_needed;
        if is_copy || is_moved || path.fields.is_empty() {
            values.push(text);
        } else {
            may_clone_copy |= ty.is_none_or(|ty| may_be_copy(scope, ty));
            values.push(format!("{text}.clone()"));
        }
    }
    Values {
        values,
        may_clone_copy,
    }
}

impl Later<'_> {
    fn meets(self, fields: &[&str]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Parts(needs) => needs.meets(fields),
            Self::Everything => true,
        }
    }
}

impl<'r> Needs<'r> {
    /// All of it.
    pub(super) fn all() -> Self {
        Self(BTreeSet::from([Vec::new()]))
    }

    /// What these values need.
    pub(super) fn of<'g>(given: impl IntoIterator<Item = &'g Given<'r>>) -> Self
    where
        'r: 'g,
    {
        let mut needs = Self::default();
        for given in given {
            match given {
                Given::Leaf(leaf) => {
                    let mentions = leaf.mentions.iter();
                    let of_event = mentions.filter(|mention| mention.root == Root::Event);
                    needs.0.extend(of_event.map(fields_of));
                }
                Given::Field(Root::Event, field) => {
                    needs.0.insert(vec![field.name.rust.plain()]);
                }
                Given::Field(..) | Given::Fixed(_) => {}
            }
        }
        needs
    }

    /// What of it may be moved by what is written out: everything that is not known to be `Copy`.
    pub(super) fn that_move(mut self, scope: &Scope<'_>, names: &Names<'_>) -> Self {
        self.0.retain(|fields| {
            let ty = names.type_of(scope, Root::Event, fields);
            !ty.is_some_and(|ty| scope.model().is_copy(ty))
        });
        self
    }

    /// Adds what another part needs.
    pub(super) fn and(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether nothing is needed.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is needed here that the other needs as well, a part of it, or what it is a part of.
    pub(super) fn meet(&self, other: &Self) -> bool {
        self.0.iter().any(|fields| other.meets(fields))
    }

    fn meets(&self, fields: &[&'r str]) -> bool {
        let mut above = (0..=fields.len()).map(|length| &fields[..length]);
        // Right behind a path stand those that lead on from it.
        let mut below = self
            .0
            .range::<[&str], _>((Bound::Included(fields), Bound::Unbounded));
        above.any(|above| self.0.contains(above))
            || below.next().is_some_and(|below| below.starts_with(fields))
    }
}

fn fields_of(mention: &Mention) -> Vec<&str> {
    let fields = mention.fields.iter();
    fields.map(|field| field.name.as_str()).collect()
}

impl Names<'_> {
    fn text(&self, scope: &Scope<'_>, given: &Given<'_>) -> String {
        match given {
            Given::Leaf(leaf) => rules::expression(scope, leaf),
            Given::Fixed(text) => text.clone(),
            Given::Field(root, field) => {
                let owner = match root {
                    Root::Command => "command",
                    Root::Event => "event",
                    _ => self.this,
                };
                format!("{owner}.{}", field.name.rust)
            }
        }
    }

    /// The type of what stands at a path, as far as the schema knows it.
    fn type_of<'t>(&'t self, scope: &'t Scope<'_>, root: Root, path: &[&str]) -> Option<&'t Type> {
        let mut fields = match root {
            Root::State => self.state,
            Root::Command => self.command,
            Root::Event => self.event,
            _ => return None,
        };
        let mut found = None;
        for name in path {
            let field = fields
                .iter()
                .find(|field| field.name.rust.plain() == *name)?;
            found = Some(&field.ty);
            fields = parts(scope, &field.ty);
        }
        found
    }
}

/// The fields of a value object, also of a boxed one.
fn parts<'t>(scope: &'t Scope<'_>, ty: &Type) -> &'t [Field] {
    match ty {
        Type::Box(inner) => parts(scope, inner),
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Object(fields) => fields,
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether nothing is known of the type that would rule out `Copy`.
fn may_be_copy(scope: &Scope<'_>, ty: &Type) -> bool {
    match ty {
        Type::Option(inner) => may_be_copy(scope, inner),
        Type::Declared(id) => {
            matches!(scope.model().type_def(*id).kind, TypeKind::Own { .. })
        }
        _ => false,
    }
}

/// The place of a value: a name in scope and the fields behind it.
struct Path<'r> {
    root: Root,
    fields: Vec<&'r str>,
}

impl<'r> Path<'r> {
    fn of(given: &Given<'r>) -> Option<Self> {
        match given {
            Given::Leaf(leaf) => leaf.as_path().map(|mention| Self {
                root: mention.root,
                fields: fields_of(mention),
            }),
            Given::Field(root, field) => Some(Self {
                root: *root,
                fields: vec![field.name.rust.plain()],
            }),
            Given::Fixed(_) => None,
        }
    }

    /// Whether a later value needs what stands here, a part of it, or what it is a part of.
    fn is_used_in(&self, later: &Given<'_>) -> bool {
        match later {
            Given::Fixed(_) => false,
            Given::Field(root, field) => {
                self.root == *root
                    && self
                        .fields
                        .first()
                        .is_none_or(|first| *first == field.name.rust.plain())
            }
            Given::Leaf(leaf) => leaf.mentions.iter().any(|mention| {
                self.root == mention.root
                    && self
                        .fields
                        .iter()
                        .zip(&mention.fields)
                        .all(|(mine, theirs)| *mine == theirs.name)
            }),
        }
    }
}
