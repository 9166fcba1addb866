//! Declared types.

use super::{Lower, accepted, doc};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    leaf,
    model::{Field, Symbol, Type, TypeDef, TypeId, TypeKind, Variant},
    names::Case,
    read::{
        Row, Table, Text,
        raw::{LongType, Symbols, TypeSpec, VariantSpec},
    },
    yaml,
};
use std::collections::{HashMap, HashSet};

impl Lower<'_> {
    /// All declared types: first their names, so that each can use all others.
    pub(super) fn types(&mut self, rows: &[Row<TypeSpec>]) -> Vec<TypeDef> {
        let mut types: Vec<TypeDef> = rows.iter().map(|row| self.declare(&row.name)).collect();
        for (place, def) in types.iter().enumerate() {
            for name in [def.name.rust.plain(), def.name.stored.as_str()] {
                self.declared
                    .entry(name.to_owned())
                    .or_insert(TypeId(place));
            }
        }
        for (def, row) in types.iter_mut().zip(rows) {
            if let Some(spec) = &row.value {
                def.kind = self.kind(&row.name, spec);
                if let TypeSpec::Long(long) = spec {
                    def.doc = doc(long.doc.as_ref());
                    def.allow = accepted(long.allow.as_ref());
                    def.sample = self.sample(long);
                    let check = long.check.as_ref();
                    def.check =
                        check.and_then(|check| leaf::expression(self.cx, self.source, check));
                }
            }
        }
        self.older_types(&mut types, rows);
        refuse_infinite(self.cx, &mut types);
        types
    }

    fn declare(&mut self, key: &Text) -> TypeDef {
        let name = self.name(
            key,
            None,
            Case::Upper,
            "the name of a type is not stored: choose another one",
        );
        if leaf::is_built_in(name.rust.plain()) {
            let error = Diagnostic::new(
                Code::NameCollision,
                key.span,
                format!("`{}` is a type of the language", name.rust.plain()),
            );
            self.cx
                .report(error.hint("the name of a type is not stored: choose another one"));
        }
        TypeDef {
            name,
            doc: None,
            kind: TypeKind::Mistaken,
            check: None,
            older: None,
            past: None,
            sample: None,
            allow: Vec::new(),
        }
    }

    fn kind(&mut self, name: &Text, spec: &TypeSpec) -> TypeKind {
        match spec {
            TypeSpec::Newtype(text) => self.newtype(text),
            TypeSpec::Enum(symbols) => TypeKind::Enum(self.symbols(symbols)),
            TypeSpec::Object(fields) => TypeKind::Object(self.fields(Some(fields))),
            TypeSpec::Long(long) => self.long(name, long),
        }
    }

    fn sample(&mut self, long: &LongType) -> Option<String> {
        let sample = long.sample.as_ref()?;
        if long.wire.is_none() {
            self.contradiction(
                sample.span,
                "`sample` belongs to a type of your own",
                "samples of all other types follow from what they are",
            );
        }
        Some(sample.value.clone())
    }

    fn newtype(&mut self, text: &Text) -> TypeKind {
        match self.ty(text) {
            Type::Mistaken => TypeKind::Mistaken,
            ty => TypeKind::Newtype(ty),
        }
    }

    fn long(&mut self, name: &Text, long: &LongType) -> TypeKind {
        let LongType {
            rust,
            wire,
            union,
            symbols,
            fields,
            check: _,
            doc: _,
            changes: _,
            sample: _,
            allow: _,
            present: _,
        } = long;
        let forms = [
            rust.is_some(),
            union.is_some(),
            symbols.is_some(),
            fields.is_some(),
        ];
        if forms.iter().filter(|given| **given).count() > 1 {
            let message = format!("`{}` is several kinds of type at once", shown(&name.value));
            self.contradiction(
                name.span,
                message,
                "keep one of `rust`, `union`, `enum` and `fields`",
            );
            return TypeKind::Mistaken;
        }
        match (rust, wire) {
            (None, Some(wire)) => self.contradiction(
                wire.span,
                "`as` belongs to a type of your own",
                "name that type by `rust: crate::Name`",
            ),
            (Some(path), Some(wire)) => {
                let wire = self.ty(wire);
                return match leaf::parse_path(self.cx, self.source, path) {
                    Some(path) => TypeKind::Own { path, wire },
                    None => TypeKind::Mistaken,
                };
            }
            (Some(ty), None) => return self.newtype(ty),
            (None, None) => {}
        }
        if let Some(symbols) = symbols {
            TypeKind::Enum(self.symbols(symbols))
        } else if let Some(variants) = union {
            TypeKind::Union(self.variants(variants))
        } else if fields.is_some() {
            TypeKind::Object(self.fields(fields.as_ref()))
        } else {
            TypeKind::Mistaken
        }
    }

    fn symbols(&mut self, symbols: &Symbols) -> Vec<Symbol> {
        let mut known: HashMap<&str, &Text> = HashMap::new();
        let mut result = Vec::with_capacity(symbols.symbols.len());
        for (name, details) in &symbols.symbols {
            if let Some(first) = known.get(name.value.as_str()) {
                let error = Diagnostic::new(
                    Code::DuplicateKey,
                    name.span,
                    format!("the symbol `{}` stands here twice", shown(&name.value)),
                );
                self.cx.report(
                    error
                        .label("again here")
                        .other(first.span, "first defined here"),
                );
                continue;
            }
            known.insert(&name.value, name);
            let way_out = format!(
                "give it one: `{}: {{ rust: Name }}`",
                yaml::quoted(&name.value)
            );
            result.push(Symbol {
                name: self.name(name, details.rust.as_ref(), Case::Upper, &way_out),
                doc: doc(details.doc.as_ref()),
                was: self.names_before(details.was.as_ref()),
            });
        }
        result
    }

    fn variants(&mut self, variants: &Table<VariantSpec>) -> Vec<Variant> {
        let rows = variants.entries.iter();
        rows.map(|row| {
            let long = row.value.as_ref().map(|spec| &spec.0);
            let name = self.stored_name(
                &row.name,
                long.and_then(|long| long.rust.as_ref()),
                Case::Upper,
            );
            let fields = self.fields(long.and_then(|long| long.fields.as_ref()));
            Variant {
                name,
                doc: long.and_then(|long| doc(long.doc.as_ref())),
                was: self.names_before(long.and_then(|long| long.was.as_ref())),
                fields,
            }
        })
        .collect()
    }
}

/// Refuses types that contain themselves other than through a `Box`, a `Vec`, a map or a set, and those of which no value
/// has an end although a `Box` is in between.
///
/// This is done here, before anything follows types to their ends.
pub(in crate::model) fn refuse_infinite(cx: &mut Diagnostics, types: &mut [TypeDef]) {
    refuse_endless_names(cx, types);
    let contained: Vec<Vec<TypeId>> = types.iter().map(|def| contained(&def.kind)).collect();
    let mut state = vec![Visit::Never; types.len()];
    for start in 0..types.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if state[start] == Visit::Never {
            state[start] = Visit::Open;
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            let Some(inner) = contained[*at].get(*next).map(|id| id.0) else {
                state[*at] = Visit::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match state[inner] {
                Visit::Never => {
                    state[inner] = Visit::Open;
                    path.push((inner, 0));
                }
                Visit::Open => {
                    let hint =
                        "put an `Option<Box<{0}>>` or a `Vec<{0}>` in between: either can be empty";
                    let hint = hint.replace("{0}", types[inner].name.rust.plain());
                    refuse_endless(cx, &mut types[inner], "contains itself", &hint);
                }
                Visit::Done => {}
            }
        }
    }
    refuse_valueless(cx, types);
}

/// What has to have a value so that a type has one: all types of one of these lists.
fn alternatives(kind: &TypeKind) -> Vec<Vec<TypeId>> {
    // An option, a list, a map or a set can be empty.
    fn needed(ty: &Type) -> Option<TypeId> {
        match ty {
            Type::Declared(id) => Some(*id),
            Type::Box(inner) => needed(inner),
            _ => None,
        }
    }
    let all = |fields: &[Field]| {
        fields
            .iter()
            .filter_map(|field| needed(&field.ty))
            .collect()
    };
    match kind {
        TypeKind::Newtype(inner) | TypeKind::Own { wire: inner, .. } => {
            vec![needed(inner).into_iter().collect()]
        }
        TypeKind::Object(fields) => vec![all(fields)],
        // That there is no variant at all is said elsewhere.
        TypeKind::Union(variants) if !variants.is_empty() => {
            let variants = variants.iter();
            variants.map(|variant| all(&variant.fields)).collect()
        }
        TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::Mistaken => vec![Vec::new()],
    }
}

/// The types that are known to have a value with an end.
struct Finite {
    is: Vec<bool>,
    /// Of each type, how many of those that each alternative needs are still unknown.
    unknown: Vec<Vec<usize>>,
    /// The types that need each type, with the alternative.
    users: Vec<Vec<(usize, usize)>>,
}

impl Finite {
    fn of(alternatives: &[Vec<Vec<TypeId>>]) -> Self {
        let mut finite = Self {
            is: vec![false; alternatives.len()],
            unknown: Vec::with_capacity(alternatives.len()),
            users: vec![Vec::new(); alternatives.len()],
        };
        for (at, lists) in alternatives.iter().enumerate() {
            finite.unknown.push(lists.iter().map(Vec::len).collect());
            for (list, needed) in lists.iter().enumerate() {
                for id in needed {
                    finite.users[id.0].push((at, list));
                }
            }
        }
        for (at, lists) in alternatives.iter().enumerate() {
            if lists.iter().any(Vec::is_empty) {
                finite.learn(at);
            }
        }
        finite
    }

    /// Takes in that a type has such a value, and what follows from that.
    fn learn(&mut self, at: usize) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut self.is[at], true) {
                continue;
            }
            for (user, list) in std::mem::take(&mut self.users[at]) {
                let unknown = &mut self.unknown[user][list];
                *unknown -= 1;
                if *unknown == 0 {
                    open.push(user);
                }
            }
        }
    }
}

/// Refuses types each value of which holds another one of them, so that there is no first one.
fn refuse_valueless(cx: &mut Diagnostics, types: &mut [TypeDef]) {
    let alternatives: Vec<_> = types.iter().map(|def| alternatives(&def.kind)).collect();
    let mut finite = Finite::of(&alternatives);
    // What a type was before is not in its hands any more, and nothing that is new holds it.
    let is_new: Vec<bool> = types.iter().map(|def| def.past.is_none()).collect();
    for start in (0..types.len()).filter(|at| is_new[*at]) {
        while !finite.is[start] {
            // The way leads into a circle, since there is always another type that is needed.
            let (mut at, mut met) = (start, HashSet::new());
            while met.insert(at) {
                let mut needed = alternatives[at].iter().flatten();
                let Some(next) = needed.find(|id| !finite.is[id.0]) else {
                    break;
                };
                at = next.0;
            }
            let hint = "a `Box` always holds one: put an `Option<Box<{0}>>` or a `Vec<{0}>` in between, or give a union a variant without it";
            let hint = hint.replace("{0}", types[at].name.rust.plain());
            refuse_endless(cx, &mut types[at], "contains itself", &hint);
            finite.learn(at);
        }
    }
}

/// So many types may be names for each other, each `Option` and `Box` in between counted.
///
/// Whatever looks for what such a name stands for calls itself for each.
const NAMES_LIMIT: usize = 32;

/// Refuses types that are nothing but other names for themselves, also through an `Option` or a `Box`, and those behind
/// which there are too many names.
fn refuse_endless_names(cx: &mut Diagnostics, types: &mut [TypeDef]) {
    let meant: Vec<Option<(usize, usize)>> = types.iter().map(|def| meant(&def.kind)).collect();
    // How many names there are behind each type, once that is known.
    let mut known: Vec<Option<usize>> = vec![None; types.len()];
    for start in 0..types.len() {
        let mut path = Vec::new();
        let mut on_path = HashSet::new();
        let mut next = Some(start);
        let mut names = loop {
            match next {
                None => break 0,
                Some(at) if known[at].is_some() => break known[at].unwrap_or_default(),
                Some(at) if !on_path.insert(at) => {
                    let hint = "say what it holds: a type of the language, or fields";
                    refuse_endless(cx, &mut types[at], "is a name for itself", hint);
                    break 0;
                }
                Some(at) => {
                    path.push(at);
                    next = meant[at].map(|(inner, _)| inner);
                }
            }
        };
        for at in path.into_iter().rev() {
            names += meant[at].map_or(0, |(_, steps)| steps);
            if names > NAMES_LIMIT {
                let def = &mut types[at];
                let stored = shown(&def.name.stored);
                let message =
                    format!("`{stored}` is a name for a name, more than {NAMES_LIMIT} deep");
                let error = Diagnostic::new(Code::TooDeep, def.name.span, message);
                cx.report(error.hint("name what the last of them stands for"));
                def.kind = TypeKind::Mistaken;
                names = 0;
            }
            known[at] = Some(names);
        }
    }
}

fn refuse_endless(cx: &mut Diagnostics, def: &mut TypeDef, what: &str, hint: &str) {
    let message = format!("`{}` {what}, without an end", shown(&def.name.stored));
    let error = Diagnostic::new(Code::InfiniteType, def.name.span, message);
    cx.report(error.hint(hint));
    def.kind = TypeKind::Mistaken;
}

/// The declared type that a type is another name for, and how many steps away it is.
fn meant(kind: &TypeKind) -> Option<(usize, usize)> {
    let (TypeKind::Newtype(ty) | TypeKind::Own { wire: ty, .. }) = kind else {
        return None;
    };
    let (mut ty, mut steps) = (ty, 1);
    while let Type::Option(inner) | Type::Box(inner) = ty {
        (ty, steps) = (inner, steps + 1);
    }
    match ty {
        Type::Declared(id) => Some((id.0, steps)),
        _ => None,
    }
}

/// How far the search for types that contain themselves has come with one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Never,
    Open,
    Done,
}

/// The types whose values lie inside values of this kind.
fn contained(kind: &TypeKind) -> Vec<TypeId> {
    fn inside(ty: &Type) -> Option<TypeId> {
        match ty {
            Type::Declared(id) => Some(*id),
            Type::Option(inner) => inside(inner),
            _ => None,
        }
    }
    let all = |fields: &[Field]| {
        fields
            .iter()
            .filter_map(|field| inside(&field.ty))
            .collect::<Vec<_>>()
    };
    match kind {
        TypeKind::Newtype(inner) => inside(inner).into_iter().collect(),
        TypeKind::Object(fields) => all(fields),
        TypeKind::Union(variants) => variants
            .iter()
            .flat_map(|variant| all(&variant.fields))
            .collect(),
        // On the wire a type of the user's own is another one, which must not lead back to it either.
        TypeKind::Own { wire, .. } => inside(wire).into_iter().collect(),
        TypeKind::Enum(_) | TypeKind::Mistaken => Vec::new(),
    }
}
