//! The types of a history, found by their names and versions.
//!
//! Nothing here goes down from type to type by calling itself: a schema may hold types in one another as deep as it likes.

use super::{
    diff::{is_read_as, named},
    history::{Content, Field, History, Kind, Shape, TypeVersion},
};
use std::collections::{HashMap, HashSet};

/// A version of a type.
pub(super) type Versioned<'h> = (&'h str, u16);

/// The types of a history.
#[derive(Clone)]
pub(super) struct Types<'h> {
    versions: HashMap<Versioned<'h>, &'h TypeVersion>,
}

impl<'h> Types<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        let types = history.types.iter();
        let versions = types.flat_map(|ty| {
            let versions = ty.versions.iter();
            versions.map(|version| ((ty.name.as_str(), version.number), version))
        });
        Self {
            versions: versions.collect(),
        }
    }

    pub(super) fn get(&self, (name, number): Versioned<'_>) -> Option<&'h TypeVersion> {
        self.versions.get(&(name, number)).copied()
    }

    /// The shape that a newtype, or a type of the user's own, has in stored data.
    pub(super) fn transparent<'s>(&self, mut shape: &'s Shape) -> &'s Shape
    where
        'h: 's,
    {
        // No newtype is over itself; a lock that says so was edited.
        for _ in 0..=self.versions.len() {
            let Shape::Type(name, number) = shape else {
                break;
            };
            match self.get((name, *number)).map(|version| &version.kind) {
                Some(Kind::Newtype(inner, _) | Kind::Own { wire: inner, .. }) => shape = inner,
                _ => break,
            }
        }
        shape
    }

    /// The fields of a value object.
    pub(super) fn object<'s>(&self, shape: &'s Shape) -> Option<&'s [Field]>
    where
        'h: 's,
    {
        match self.transparent(shape) {
            Shape::Type(name, number) => match &self.get((name, *number))?.kind {
                Kind::Fields(fields) => Some(fields),
                _ => None,
            },
            _ => None,
        }
    }

    /// Adds the types that are in some shapes, and in those.
    pub(super) fn collect<'s>(
        &self,
        shapes: impl IntoIterator<Item = &'s Shape>,
        met: &mut HashSet<Versioned<'s>>,
    ) where
        'h: 's,
    {
        let mut open: Vec<&Shape> = shapes.into_iter().collect();
        while let Some(shape) = open.pop() {
            match shape {
                Shape::Leaf(_) | Shape::Null => {}
                Shape::Items(items) => open.extend(items),
                Shape::Option(held) | Shape::Vec(held) | Shape::Set(held) => open.push(held),
                Shape::Map(key, held) => open.extend([&**key, &**held]),
                Shape::Type(name, number) => {
                    let ty = (name.as_str(), *number);
                    if met.insert(ty)
                        && let Some(version) = self.get(ty)
                    {
                        open.extend(shapes_in(&version.kind));
                    }
                }
            }
        }
    }
}

/// The shapes that are in a type.
pub(super) fn shapes_in(kind: &Kind) -> Vec<&Shape> {
    match kind {
        Kind::Newtype(inner, _) | Kind::Own { wire: inner, .. } => vec![inner],
        Kind::Fields(fields) => fields.iter().map(|field| &field.shape).collect(),
        Kind::Union(variants) => {
            let shapes = variants.iter().flat_map(|variant| variant.content.shapes());
            shapes.collect()
        }
        Kind::Symbols(_) => Vec::new(),
    }
}

/// Pairs of shapes that are still to be compared.
type Pending<'s> = Vec<(&'s Shape, &'s Shape)>;

/// Whether two shapes are stored in the same way.
pub(super) fn are_equal<'s>(
    (locked, one): (&Types<'s>, &'s Shape),
    (declared, other): (&Types<'s>, &'s Shape),
) -> bool {
    all_equal(locked, declared, vec![(one, other)])
}

/// Whether two lists of fields are stored in the same way.
pub(super) fn are_equal_fields<'s>(
    (locked, one): (&Types<'s>, &'s [Field]),
    (declared, other): (&Types<'s>, &'s [Field]),
) -> bool {
    let mut pending = Vec::new();
    pair_fields(one, other, &mut pending) && all_equal(locked, declared, pending)
}

/// Whether two types may be stored in the same way, as far as it is seen without those that are in them.
pub(super) fn are_alike(one: &Kind, other: &Kind) -> bool {
    pair_kinds(one, other, &mut Vec::new())
}

fn all_equal<'s>(locked: &Types<'s>, declared: &Types<'s>, mut pending: Pending<'s>) -> bool {
    let mut seen = HashSet::new();
    while let Some((one, other)) = pending.pop() {
        match (locked.transparent(one), declared.transparent(other)) {
            (Shape::Leaf(one), Shape::Leaf(other)) if one == other => {}
            (Shape::Null, Shape::Null) => {}
            (Shape::Items(ones), Shape::Items(others)) if ones.len() == others.len() => {
                pending.extend(ones.iter().zip(others));
            }
            (Shape::Option(one), Shape::Option(other))
            | (Shape::Vec(one), Shape::Vec(other))
            | (Shape::Set(one), Shape::Set(other)) => pending.push((one, other)),
            (Shape::Map(key, held), Shape::Map(other_key, other_held)) => {
                pending.extend([(&**key, &**other_key), (&**held, &**other_held)]);
            }
            (Shape::Type(one, before), Shape::Type(other, now)) => {
                let (one, other) = ((one.as_str(), *before), (other.as_str(), *now));
                if !seen.insert((one, other)) {
                    continue;
                }
                let (Some(before), Some(now)) = (locked.get(one), declared.get(other)) else {
                    return false;
                };
                if !pair_kinds(&before.kind, &now.kind, &mut pending) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}

/// Whether two lists of fields have the same names; what they hold is then to be compared.
fn pair_fields<'s>(one: &'s [Field], other: &'s [Field], pending: &mut Pending<'s>) -> bool {
    one.len() == other.len()
        && one.iter().all(|field| {
            let same = named(other, &field.name);
            pending.extend(same.map(|other| (&field.shape, &other.shape)));
            same.is_some()
        })
}

/// The same of what two variants hold.
fn pair_contents<'s>(one: &'s Content, other: &'s Content, pending: &mut Pending<'s>) -> bool {
    match (one, other) {
        (Content::Fields(one), Content::Fields(other)) => pair_fields(one, other, pending),
        (Content::Value(one), Content::Value(other)) => {
            pending.push((one, other));
            true
        }
        (Content::Nothing, Content::Nothing) => true,
        _ => false,
    }
}

/// Whether two types may be the same, as far as it is seen in them; what they hold is then to be compared.
fn pair_kinds<'s>(one: &'s Kind, other: &'s Kind, pending: &mut Pending<'s>) -> bool {
    match (one, other) {
        (
            Kind::Newtype(one, _) | Kind::Own { wire: one, .. },
            Kind::Newtype(other, _) | Kind::Own { wire: other, .. },
        ) => {
            pending.push((one, other));
            true
        }
        (Kind::Fields(one), Kind::Fields(other)) => pair_fields(one, other, pending),
        (Kind::Symbols(one), Kind::Symbols(other)) => {
            one.len() == other.len()
                && one.iter().all(|symbol| {
                    let mut others = other.iter();
                    others.any(|other| is_read_as(&symbol.name, &other.name, &other.was))
                })
        }
        (Kind::Union(one), Kind::Union(other)) => {
            one.len() == other.len()
                && one.iter().all(|variant| {
                    let mut others = other.iter();
                    let other =
                        others.find(|other| is_read_as(&variant.name, &other.name, &other.was));
                    other.is_some_and(|other| {
                        pair_contents(&variant.content, &other.content, pending)
                    })
                })
        }
        _ => false,
    }
}

/// Says which events hold a type.
pub(super) struct Users<'h> {
    /// The types and events that hold each type themselves.
    holders: HashMap<Versioned<'h>, Vec<Holder<'h>>>,
    left: usize,
}

#[derive(Clone, Copy)]
enum Holder<'h> {
    Type(Versioned<'h>),
    Event(&'h str, u16),
}

/// So many steps are made in all to find out who uses what: enough for what people write.
const BUDGET: usize = 2_000_000;

/// So many users are named.
const NAMED: usize = 8;

impl<'h> Users<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        let mut users = Self {
            holders: HashMap::new(),
            left: BUDGET,
        };
        for ty in &history.types {
            for version in &ty.versions {
                let holder = Holder::Type((&ty.name, version.number));
                shapes_in(&version.kind)
                    .into_iter()
                    .for_each(|shape| users.add(shape, holder));
            }
        }
        for event in history.aggregates.iter().flat_map(|it| &it.events) {
            let Some(newest) = event.versions.last() else {
                continue;
            };
            let holder = Holder::Event(&event.name, newest.number);
            let fields = newest.fields.iter().flatten();
            fields.for_each(|field| users.add(&field.shape, holder));
        }
        users
    }

    fn add(&mut self, shape: &'h Shape, holder: Holder<'h>) {
        match shape {
            Shape::Leaf(_) | Shape::Null => {}
            Shape::Items(items) => items.iter().for_each(|item| self.add(item, holder)),
            Shape::Option(held) | Shape::Vec(held) | Shape::Set(held) => self.add(held, holder),
            Shape::Map(key, held) => {
                self.add(key, holder);
                self.add(held, holder);
            }
            Shape::Type(name, number) => {
                let holders = self.holders.entry((name, *number)).or_default();
                holders.push(holder);
            }
        }
    }

    /// The events whose newest version holds a type, as a message goes on with them.
    pub(super) fn said(&mut self, ty: Versioned<'h>) -> String {
        let (mut open, mut seen, mut users) = (vec![ty], HashSet::from([ty]), Vec::new());
        while let Some(ty) = open.pop() {
            for holder in self.holders.get(&ty).map_or(&[][..], Vec::as_slice) {
                let Some(left) = self.left.checked_sub(1) else {
                    return String::new();
                };
                self.left = left;
                match holder {
                    Holder::Event(name, number) => users.push((*name, *number)),
                    Holder::Type(ty) if seen.insert(*ty) => open.push(*ty),
                    Holder::Type(_) => {}
                }
            }
        }
        users.sort_unstable();
        users.dedup();
        let named = users.iter().take(NAMED);
        let named: Vec<String> = named
            .map(|(name, number)| format!("`{name}` v{number}"))
            .collect();
        let more = match users.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        match named.as_slice() {
            [] => String::new(),
            named => format!(", used by {}{more}", named.join(", ")),
        }
    }
}
