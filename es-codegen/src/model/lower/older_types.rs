//! What types were before: each older shape of one is a type itself, which nobody can name.

use super::{
    Lower,
    change::{Passed, Sources, before},
};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    model::{Field, Past, Symbol, SymbolId, TypeDef, TypeHop, TypeId, TypeKind, Variant},
    names::{Case, Name, RustName},
    read::{
        Row, Text,
        raw::{self, AddSpec, Change, TypeSpec},
    },
    source::Span,
};
use std::collections::HashMap;

/// One type has no more changes than this.
const CHANGE_LIMIT: usize = 10_000;

impl Lower<'_> {
    /// Puts what types were before behind the types.
    pub(super) fn older_types(&mut self, types: &mut Vec<TypeDef>, rows: &[Row<TypeSpec>]) {
        let changed: Vec<(TypeId, &raw::Changes)> = rows
            .iter()
            .enumerate()
            .filter_map(|(place, row)| Some((TypeId(place), changes(row.value.as_ref()?)?)))
            .collect();
        // Their places first, so that each can speak of all others.
        for (id, changes) in &changed {
            let (name, count) = (types[id.0].name.clone(), changes.changes.len());
            if count > CHANGE_LIMIT {
                let message = format!("more than {CHANGE_LIMIT} changes of one type");
                self.room.refuse(self.cx, name.span, message);
                return;
            }
            for (at, (_, span)) in changes.changes.iter().enumerate() {
                let this = TypeId(types.len());
                let older = (at > 0).then(|| TypeId(this.0 - 1));
                let is_last = at + 1 == count;
                let next = if is_last { *id } else { TypeId(this.0 + 1) };
                types.push(past(&name, *id, at, next, older, *span));
            }
            types[id.0].older = (count > 0).then(|| TypeId(types.len() - 1));
        }
        self.declared_ever = self.declared.clone();
        let past = types
            .iter()
            .enumerate()
            .filter(|(_, def)| def.past.is_some());
        for (place, def) in past {
            let name = def.name.rust.plain().to_owned();
            self.declared_ever.entry(name).or_insert(TypeId(place));
        }
        for (id, changes) in changed {
            self.look_back_at(types, id, changes);
        }
    }

    fn look_back_at(&mut self, types: &mut [TypeDef], id: TypeId, changes: &raw::Changes) {
        let mut after = id;
        let mut passed = Passed::default();
        for (change, span) in changes.changes.iter().rev() {
            let (Some(change), Some(before)) = (change, types[after.0].older) else {
                return;
            };
            let Some((kind, hop)) = self.kind_before(types, id, after, change, *span, &mut passed)
            else {
                return;
            };
            types[before.0].kind = kind;
            if let Some(past) = &mut types[before.0].past {
                past.hop = hop;
            }
            after = before;
        }
    }

    fn kind_before(
        &mut self,
        types: &[TypeDef],
        id: TypeId,
        after: TypeId,
        change: &Change,
        span: Span,
        passed: &mut Passed,
    ) -> Option<(TypeKind, TypeHop)> {
        if let Some(split) = change.present.iter().find(|key| **key == "split") {
            self.refuse_step(types, id, split, span, "only an event can become several");
            return None;
        }
        match &types[after.0].kind {
            TypeKind::Object(fields) => self.object_before(types, id, fields, change, span, passed),
            TypeKind::Enum(symbols) => self.symbols_before(types, id, symbols, change, span),
            TypeKind::Union(variants) => self.variants_before(types, id, variants, change, span),
            TypeKind::Newtype(_) | TypeKind::Own { .. } => {
                let hint = "declare another type, and say `retype` where this one was used";
                self.refuse_step(types, id, "changes", span, hint);
                None
            }
            TypeKind::Mistaken => None,
        }
    }

    fn object_before(
        &mut self,
        types: &[TypeDef],
        id: TypeId,
        fields: &[Field],
        change: &Change,
        span: Span,
        passed: &mut Passed,
    ) -> Option<(TypeKind, TypeHop)> {
        if !self.has_room(fields.len(), span) {
            return None;
        }
        let (fields, sources) =
            self.fields_before(types, fields, change, span, Some(id), passed)?;
        let hop = match sources {
            Sources::Fields(sources) => TypeHop::Fields(sources),
            Sources::ByHand => TypeHop::ByHand,
        };
        Some((TypeKind::Object(fields), hop))
    }

    fn symbols_before(
        &mut self,
        types: &[TypeDef],
        id: TypeId,
        after: &[Symbol],
        change: &Change,
        span: Span,
    ) -> Option<(TypeKind, TypeHop)> {
        let hint = "an enum has `add` for new symbols, and `map` for those that are gone";
        self.refuse_others(types, id, change, &["add", "map"], span, hint)?;
        let names: Vec<&str> = after.iter().map(|it| it.name.stored.as_str()).collect();
        let places: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let added = self.added(change, &names, &places, "symbol")?;
        let mut symbols = Vec::with_capacity(after.len());
        let mut becomes = Vec::with_capacity(after.len());
        for (place, symbol) in after.iter().enumerate() {
            if !added.contains(&place) {
                symbols.push(symbol.clone());
                becomes.push(SymbolId(place));
            }
        }
        let map = change.map.as_ref();
        if let Some((name, _)) = map.and_then(|map| map.fields.first()) {
            self.refuse_step(types, id, "map", name.span, hint);
            return None;
        }
        for (old, new) in map.map_or(&[][..], |map| &map.symbols) {
            let Some(place) = places.get(new.value.as_str()) else {
                let known = names.iter().copied();
                self.unknown(Code::UnknownSymbol, new, "the enum has no symbol", known);
                return None;
            };
            if places.contains_key(old.value.as_str()) {
                let error = Diagnostic::new(
                    Code::BrokenChange,
                    old.span,
                    format!("`{}` is not gone", shown(&old.value)),
                );
                self.cx
                    .report(error.hint("take it out of the symbols, or the entry away"));
                return None;
            }
            let name = self.name(old, None, Case::Upper, "no older symbol can be called so");
            symbols.push(Symbol {
                name,
                doc: None,
                was: Vec::new(),
            });
            becomes.push(SymbolId(*place));
        }
        Some((TypeKind::Enum(symbols), TypeHop::Symbols(becomes)))
    }

    fn variants_before(
        &mut self,
        types: &[TypeDef],
        id: TypeId,
        after: &[Variant],
        change: &Change,
        span: Span,
    ) -> Option<(TypeKind, TypeHop)> {
        let hint = "a union has `add` for new variants, and `follows` for the types in it; for all else declare another type, and say `retype` where this one was used";
        self.refuse_others(types, id, change, &["add", "follows"], span, hint)?;
        let names: Vec<&str> = after.iter().map(|it| it.name.stored.as_str()).collect();
        let places: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let added = self.added(change, &names, &places, "variant")?;
        let fields: Vec<Field> = after
            .iter()
            .flat_map(|variant| variant.fields.clone())
            .collect();
        let mut followed = self.followed(types, &fields, change);
        // One that holds itself follows itself.
        followed.insert(id);
        let kept = after
            .iter()
            .enumerate()
            .filter(|(place, _)| !added.contains(place));
        let (becomes, variants) = kept
            .map(|(place, variant)| {
                let fields = variant.fields.iter().map(|field| Field {
                    ty: before(types, &followed, &field.ty),
                    ..field.clone()
                });
                let fields = fields.collect();
                let variant = Variant {
                    fields,
                    ..variant.clone()
                };
                (SymbolId(place), variant)
            })
            .unzip();
        Some((TypeKind::Union(variants), TypeHop::Symbols(becomes)))
    }

    /// The places of the symbols or variants that a change has added.
    fn added(
        &mut self,
        change: &Change,
        names: &[&str],
        places: &HashMap<&str, usize>,
        what: &str,
    ) -> Option<Vec<usize>> {
        let news: &[Text] = match &change.add {
            Some(AddSpec::Symbols(added)) => added,
            Some(AddSpec::Fields(table)) => {
                let span = table.entries.first().map(|row| row.name.span);
                let message = format!("a {what} is added by its name alone");
                let error = Diagnostic::new(Code::BrokenChange, span.unwrap_or_default(), message);
                self.cx.report(error.hint("write `add: [name]`"));
                return None;
            }
            None => &[],
        };
        let mut added = Vec::with_capacity(news.len());
        for name in news {
            match places.get(name.value.as_str()) {
                Some(place) => added.push(*place),
                None => {
                    let what = format!("`add` leads to a {what} that is not there after it:");
                    let known = names.iter().copied();
                    self.unknown(Code::BrokenChange, name, &what, known);
                    return None;
                }
            }
        }
        Some(added)
    }

    fn refuse_others(
        &mut self,
        types: &[TypeDef],
        id: TypeId,
        change: &Change,
        known: &[&str],
        span: Span,
        hint: &str,
    ) -> Option<()> {
        match change.present.iter().find(|key| !known.contains(key)) {
            Some(other) => {
                self.refuse_step(types, id, other, span, hint);
                None
            }
            None => Some(()),
        }
    }

    fn refuse_step(&mut self, types: &[TypeDef], id: TypeId, step: &str, span: Span, hint: &str) {
        let message = format!(
            "`{}` cannot have `{step}`",
            shown(types[id.0].name.rust.plain())
        );
        self.cx
            .report(Diagnostic::new(Code::BrokenChange, span, message).hint(hint));
    }
}

/// The changes of a type; only the long form has some.
fn changes(spec: &TypeSpec) -> Option<&raw::Changes> {
    match spec {
        TypeSpec::Long(long) => long.changes.as_ref(),
        TypeSpec::Newtype(_) | TypeSpec::Enum(_) | TypeSpec::Object(_) => None,
    }
}

/// The place of what a type was before its change at `at`.
fn past(
    name: &Name,
    of: TypeId,
    at: usize,
    next: TypeId,
    older: Option<TypeId>,
    span: Span,
) -> TypeDef {
    let version = u16::try_from(at + 1).unwrap_or(u16::MAX);
    let rust = RustName::given(&name.rust.followed_by(&format!("V{version}")));
    TypeDef {
        name: Name {
            stored: format!("{} version {version}", name.stored),
            rust: rust.unwrap_or_else(RustName::mistaken),
            span,
        },
        doc: None,
        kind: TypeKind::Mistaken,
        check: None,
        older,
        past: Some(Past {
            of,
            version,
            next,
            hop: TypeHop::Mistaken,
        }),
        sample: None,
        allow: Vec::new(),
    }
}
