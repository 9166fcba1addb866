//! What can be said about types: which traits they can have, which positions they can stand in, and whether anything in
//! them is checked.

use super::{Aggregate, Int, Model, Type, TypeDef, TypeId, TypeKind};

/// The traits that a type can have beside those that every type has (`Debug`, `Clone`, `PartialEq`), and whether all its
/// values are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// `Copy`
    pub copy: bool,
    /// `Eq`, `Ord` and `Hash`: everything but `f64`, what holds one, and what is the user's own, of which nothing is known.
    pub total: bool,
    /// `PartialOrd`: everything but what is the user's own.
    pub ordered: bool,
    /// No `check` stands at the type or at anything in it.
    pub unchecked: bool,
}

impl Facts {
    const TEXT: Self = Self {
        copy: false,
        total: true,
        ordered: true,
        unchecked: true,
    };
    const PLAIN: Self = Self {
        copy: true,
        total: true,
        ordered: true,
        unchecked: true,
    };
    const FLOAT: Self = Self {
        copy: true,
        total: false,
        ordered: true,
        unchecked: true,
    };
    const OWN: Self = Self {
        copy: false,
        total: false,
        ordered: false,
        unchecked: true,
    };

    fn and(self, other: Self) -> Self {
        Self {
            copy: self.copy && other.copy,
            total: self.total && other.total,
            ordered: self.ordered && other.ordered,
            unchecked: self.unchecked && other.unchecked,
        }
    }

    fn without_copy(self) -> Self {
        Self {
            copy: false,
            ..self
        }
    }
}

impl Model {
    /// The type with this id.
    #[must_use]
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0]
    }

    /// What can be said about a type.
    #[must_use]
    pub fn facts(&self, ty: &Type) -> Facts {
        facts(ty, &self.facts)
    }

    /// Whether values of the type are copied rather than moved.
    #[must_use]
    pub fn is_copy(&self, ty: &Type) -> bool {
        self.facts(ty).copy
    }

    /// Whether a value of the type can be one that a `check` does not allow.
    #[must_use]
    pub fn is_checked(&self, ty: &Type) -> bool {
        !self.facts(ty).unchecked
    }

    /// The type as it is written in a schema.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        let name = |ty: &Type| self.type_name(ty);
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Int(int) => int.name().to_owned(),
            Type::F64 => "f64".to_owned(),
            Type::String => "String".to_owned(),
            Type::Decimal => "Decimal".to_owned(),
            Type::Uuid => "Uuid".to_owned(),
            Type::Timestamp => "Timestamp".to_owned(),
            Type::Date => "Date".to_owned(),
            Type::Duration => "Duration".to_owned(),
            Type::Bytes => "Bytes".to_owned(),
            Type::Option(inner) => format!("Option<{}>", name(inner)),
            Type::Vec(inner) => format!("Vec<{}>", name(inner)),
            Type::Map(key, value) => format!("BTreeMap<{}, {}>", name(key), name(value)),
            Type::Set(inner) => format!("BTreeSet<{}>", name(inner)),
            Type::Box(inner) => format!("Box<{}>", name(inner)),
            Type::Declared(id) => self.type_def(*id).name.rust.plain().to_owned(),
            Type::Mistaken => "_".to_owned(),
        }
    }

    /// Whether a value of the type is one piece of text or number on the wire, so that it can be a key of a JSON object.
    #[must_use]
    pub fn is_key(&self, ty: &Type) -> bool {
        match ty {
            Type::Bool
            | Type::Int(_)
            | Type::String
            | Type::Decimal
            | Type::Uuid
            | Type::Timestamp
            | Type::Date
            | Type::Duration => true,
            Type::Bytes | Type::Mistaken => true,
            Type::Box(inner) => self.is_key(inner),
            Type::F64 | Type::Option(_) | Type::Vec(_) | Type::Map(..) | Type::Set(_) => false,
            Type::Declared(id) => match &self.type_def(*id).kind {
                TypeKind::Newtype(inner) | TypeKind::Own { wire: inner, .. } => self.is_key(inner),
                TypeKind::Enum(_) | TypeKind::Mistaken => true,
                TypeKind::Object(_) | TypeKind::Union(_) => false,
            },
        }
    }

    /// Whether the declared type is the identity of an aggregate.
    #[must_use]
    pub fn is_id(&self, id: TypeId) -> bool {
        self.aggregates
            .iter()
            .any(|aggregate| aggregate.id.value == Type::Declared(id))
    }

    /// The symbols of the lifecycle of an aggregate; none where it has no lifecycle.
    #[must_use]
    pub fn statuses(&self, aggregate: &Aggregate) -> &[super::Symbol] {
        match aggregate
            .lifecycle
            .as_ref()
            .map(|lifecycle| &self.type_def(lifecycle.ty).kind)
        {
            Some(TypeKind::Enum(symbols)) => symbols,
            _ => &[],
        }
    }
}

impl Int {
    /// The name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::Isize => "isize",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::Usize => "usize",
        }
    }
}

/// Finds what can be said about each type.
///
/// Everything is assumed to hold until a part of the type says otherwise, so that a type that contains itself is judged
/// by its other parts.
pub(crate) fn of_types(types: &[TypeDef]) -> Vec<Facts> {
    let mut known = vec![Facts::PLAIN; types.len()];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    for (place, def) in types.iter().enumerate() {
        def.kind.for_each_type(&mut |id| users[id.0].push(place));
    }
    // Only who uses a type has to be looked at again where less is true of it than was assumed.
    let mut open: Vec<usize> = (0..types.len()).collect();
    while let Some(place) = open.pop() {
        let facts = facts_of_type(&types[place], &known);
        if facts != known[place] {
            known[place] = facts;
            open.extend(&users[place]);
        }
    }
    known
}

impl TypeKind {
    /// Visits each declared type that is mentioned in it.
    fn for_each_type(&self, visit: &mut impl FnMut(TypeId)) {
        match self {
            Self::Newtype(ty) | Self::Own { wire: ty, .. } => ty.for_each_type(visit),
            Self::Object(fields) => fields
                .iter()
                .for_each(|field| field.ty.for_each_type(visit)),
            Self::Union(variants) => variants
                .iter()
                .flat_map(|variant| &variant.fields)
                .for_each(|field| field.ty.for_each_type(visit)),
            Self::Enum(_) | Self::Mistaken => {}
        }
    }
}

impl Type {
    fn for_each_type(&self, visit: &mut impl FnMut(TypeId)) {
        match self {
            Self::Option(inner) | Self::Vec(inner) | Self::Set(inner) | Self::Box(inner) => {
                inner.for_each_type(visit);
            }
            Self::Map(key, value) => {
                key.for_each_type(visit);
                value.for_each_type(visit);
            }
            Self::Declared(id) => visit(*id),
            _ => {}
        }
    }
}

fn facts_of_type(def: &TypeDef, known: &[Facts]) -> Facts {
    let facts = facts_of_kind(&def.kind, known);
    Facts {
        unchecked: facts.unchecked && def.check.is_none(),
        ..facts
    }
}

fn facts_of_kind(kind: &TypeKind, known: &[Facts]) -> Facts {
    let all = |fields: &[super::Field]| {
        fields
            .iter()
            .fold(Facts::PLAIN, |sum, field| sum.and(facts(&field.ty, known)))
    };
    match kind {
        TypeKind::Newtype(inner) => facts(inner, known),
        TypeKind::Enum(_) | TypeKind::Mistaken => Facts::PLAIN,
        TypeKind::Object(fields) => all(fields).without_copy(),
        TypeKind::Union(variants) => variants
            .iter()
            .fold(Facts::TEXT, |sum, variant| sum.and(all(&variant.fields))),
        TypeKind::Own { .. } => Facts::OWN,
    }
}

fn facts(ty: &Type, known: &[Facts]) -> Facts {
    match ty {
        Type::Bool
        | Type::Int(_)
        | Type::Decimal
        | Type::Uuid
        | Type::Timestamp
        | Type::Date
        | Type::Duration
        | Type::Mistaken => Facts::PLAIN,
        Type::F64 => Facts::FLOAT,
        Type::String | Type::Bytes => Facts::TEXT,
        Type::Option(inner) => facts(inner, known),
        Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
            facts(inner, known).without_copy()
        }
        Type::Map(key, value) => facts(key, known).and(facts(value, known)).without_copy(),
        Type::Declared(id) => known[id.0],
    }
}
