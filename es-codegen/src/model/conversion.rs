//! Conversions: how a value of one type becomes one of another without losing anything, where that needs no words.

use super::{Int, Model, Past, SymbolId, Type, TypeDef, TypeHop, TypeId, TypeKind};
use std::collections::{BTreeSet, HashMap};

/// How a value of one type becomes one of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversion {
    /// It is one.
    Same,
    /// It is of the version before.
    Upcast,
    /// It is a smaller number, by `From`.
    Widened,
    /// It is what a newtype is made over, once it is converted itself.
    Wrapped(Box<Conversion>),
    /// It is written out.
    Text,
    /// It becomes the content of an option.
    Some(Box<Conversion>),
    /// It becomes the one element of a list.
    One(Box<Conversion>),
    /// It becomes the one element of a set.
    OneOfSet(Box<Conversion>),
    /// It is an option, and its content is converted.
    Option(Box<Conversion>),
    /// It is a list or a set, and its elements are converted.
    Each(Box<Conversion>),
    /// It is a map, and its keys and values are converted.
    EachPair(Box<Conversion>, Box<Conversion>),
    /// It is in a box.
    Boxed(Box<Conversion>),
}

/// How deep types are looked into.
const DEPTH_LIMIT: usize = 64;

impl Conversion {
    /// The conversion from one type to another; nothing where only the user can say it.
    #[must_use]
    pub fn between(types: &[TypeDef], from: &Type, to: &Type) -> Option<Self> {
        Self::within(types, from, to, DEPTH_LIMIT)
    }

    fn within(types: &[TypeDef], from: &Type, to: &Type, depth: usize) -> Option<Self> {
        // Newtypes that are over themselves are refused elsewhere.
        let depth = depth.checked_sub(1)?;
        let inner = |from: &Type, to: &Type| Self::within(types, from, to, depth).map(Box::new);
        if from == to {
            return Some(Self::Same);
        }
        match (from, to) {
            (Type::Mistaken, _) | (_, Type::Mistaken) => Some(Self::Same),
            (Type::Declared(before), Type::Declared(after))
                if types[before.0]
                    .past
                    .as_ref()
                    .is_some_and(|past| past.next == *after) =>
            {
                Some(Self::Upcast)
            }
            (Type::Option(from), Type::Option(to)) => inner(from, to).map(Self::Option),
            (Type::Vec(from), Type::Vec(to)) | (Type::Set(from), Type::Set(to)) => {
                inner(from, to).map(Self::Each)
            }
            (Type::Map(from_key, from), Type::Map(to_key, to)) => {
                Some(Self::EachPair(inner(from_key, to_key)?, inner(from, to)?))
            }
            (Type::Box(from), Type::Box(to)) => inner(from, to).map(Self::Boxed),
            (_, Type::Option(to)) => inner(from, to).map(Self::Some),
            (_, Type::Vec(to)) => inner(from, to).map(Self::One),
            (_, Type::Set(to)) => inner(from, to).map(Self::OneOfSet),
            (Type::Int(from), Type::Int(to)) if is_wider(*from, *to) => Some(Self::Widened),
            (Type::Int(from), Type::Decimal) if bits(*from) <= 64 => Some(Self::Widened),
            (Type::Int(from), Type::F64) if bits(*from) <= 32 => Some(Self::Widened),
            (
                Type::Bool
                | Type::Int(_)
                | Type::Decimal
                | Type::Uuid
                | Type::Timestamp
                | Type::Date
                | Type::Duration,
                Type::String,
            ) => Some(Self::Text),
            (_, Type::Declared(to)) => match &types[to.0].kind {
                TypeKind::Newtype(over) => inner(from, over).map(Self::Wrapped),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Symbols of an enum that become one, where they are keys of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergedKeys<'t> {
    /// The enum, before they did.
    pub ty: TypeId,
    /// The stored names of two of them.
    pub symbols: [&'t str; 2],
}

impl Conversion {
    /// The first keys of a map, if any, that become one where a value of the type `from` is converted.
    #[must_use]
    pub fn merged_keys<'t>(&self, types: &'t [TypeDef], from: &Type) -> Option<MergedKeys<'t>> {
        match (self, from) {
            (Self::EachPair(key, value), Type::Map(from_key, from)) => key
                .merged(types, from_key)
                .or_else(|| value.merged_keys(types, from)),
            _ => self
                .inside(from)
                .and_then(|(inner, from)| inner.merged_keys(types, from)),
        }
    }

    /// The symbols that become one.
    fn merged<'t>(&self, types: &'t [TypeDef], from: &Type) -> Option<MergedKeys<'t>> {
        let (Self::Upcast, Type::Declared(ty)) = (self, from) else {
            let (inner, from) = self.inside(from)?;
            return inner.merged(types, from);
        };
        let TypeDef { kind, past, .. } = &types[ty.0];
        let (TypeKind::Enum(symbols), Some(TypeHop::Symbols(becomes))) =
            (kind, past.as_ref().map(|past| &past.hop))
        else {
            return None;
        };
        let mut seen: HashMap<SymbolId, &str> = HashMap::new();
        symbols.iter().zip(becomes).find_map(|(symbol, becomes)| {
            let name = symbol.name.stored.as_str();
            let first = seen.insert(*becomes, name)?;
            Some(MergedKeys {
                ty: *ty,
                symbols: [first, name],
            })
        })
    }

    /// The conversion of what is inside, and the type of that before.
    fn inside<'c>(&'c self, from: &'c Type) -> Option<(&'c Self, &'c Type)> {
        match (self, from) {
            (
                Self::Wrapped(inner) | Self::Some(inner) | Self::One(inner) | Self::OneOfSet(inner),
                from,
            ) => Some((inner, from)),
            (
                Self::Option(inner) | Self::Each(inner) | Self::Boxed(inner),
                Type::Option(from) | Type::Vec(from) | Type::Set(from) | Type::Box(from),
            ) => Some((inner, from)),
            _ => None,
        }
    }
}

impl Model {
    /// Whether code that knows only the first type can still read values of the second: something was added to it at most.
    pub(super) fn only_adds(
        &self,
        before: &Type,
        after: &Type,
        seen: &mut BTreeSet<(TypeId, TypeId)>,
    ) -> bool {
        let (one, other) = match (before, after) {
            (Type::Declared(one), Type::Declared(other)) if one != other => (*one, *other),
            (Type::Option(one), Type::Option(other))
            | (Type::Vec(one), Type::Vec(other))
            | (Type::Set(one), Type::Set(other))
            | (Type::Box(one), Type::Box(other)) => return self.only_adds(one, other, seen),
            (Type::Map(key, one), Type::Map(other_key, other)) => {
                return self.only_adds(key, other_key, seen) && self.only_adds(one, other, seen);
            }
            (one, other) => return one == other,
        };
        // A type that holds itself is looked at once.
        if !seen.insert((one, other)) {
            return true;
        }
        let (one, other) = (self.type_def(one), self.type_def(other));
        match (&one.kind, &other.kind, &one.past) {
            (
                TypeKind::Object(before),
                TypeKind::Object(after),
                Some(Past {
                    hop: TypeHop::Fields(sources),
                    ..
                }),
            ) => self.sources_only_add(before, after, sources, seen),
            _ => false,
        }
    }
}

/// Whether every value of one is one of the other.
fn is_wider(from: Int, to: Int) -> bool {
    match (is_signed(from), is_signed(to)) {
        (false, true) => bits(from) < bits(to),
        (true, false) => false,
        _ => bits(from) < bits(to),
    }
}

fn is_signed(int: Int) -> bool {
    matches!(
        int,
        Int::I8 | Int::I16 | Int::I32 | Int::I64 | Int::I128 | Int::Isize
    )
}

fn bits(int: Int) -> u32 {
    match int {
        Int::I8 | Int::U8 => 8,
        Int::I16 | Int::U16 => 16,
        Int::I32 | Int::U32 => 32,
        Int::I64 | Int::U64 => 64,
        // Their size differs from machine to machine, and they are never stored.
        Int::I128 | Int::U128 | Int::Isize | Int::Usize => 128,
    }
}
