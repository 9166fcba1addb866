//! Changes: what a shape was before each of them follows from what it is after it.

use super::{FieldNames, Lower, aggregate::Scope};
use crate::{
    diagnostic::{Code, Diagnostic, shown},
    leaf::{self, Leaf},
    model::{
        Assignment, Conversion, Event, Field, FieldId, Hop, OlderShape, Origin, Source, SplitPart,
        Type, TypeDef, TypeId, TypeKind,
    },
    names::Case,
    read::{ByHand, OneOrMany, Row, Table, Text, raw},
    source::Span,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where the values of the shape after a change come from.
pub(super) enum Sources {
    /// One for each field.
    Fields(Vec<Source>),
    ByHand,
}

/// What a step says of a field of the shape after it.
enum Claim {
    Added(Leaf),
    Renamed(Text),
    Retyped(Type, Span, Option<Leaf>),
    Nested(Vec<(Field, Text)>),
    Part(Text, Type, FieldId),
    Mapped(Vec<(String, String)>),
}

/// What the steps of a change say of the shape after it.
struct Claims<'c> {
    names: FieldNames<'c>,
    of: Vec<Option<(Claim, Span)>>,
    by_hand: bool,
}

/// How many changes of each type were followed on the way back.
#[derive(Default)]
pub(super) struct Passed(BTreeMap<TypeId, usize>);

impl Passed {
    pub(super) fn pass(&mut self, followed: &BTreeSet<TypeId>) {
        followed
            .iter()
            .for_each(|id| *self.0.entry(*id).or_default() += 1);
    }

    /// A type that is called by its name, as it was then.
    fn then(&self, types: &[TypeDef], ty: &Type) -> Type {
        let inner = |ty: &Type| Box::new(self.then(types, ty));
        match ty {
            Type::Option(ty) => Type::Option(inner(ty)),
            Type::Vec(ty) => Type::Vec(inner(ty)),
            Type::Set(ty) => Type::Set(inner(ty)),
            Type::Box(ty) => Type::Box(inner(ty)),
            Type::Map(key, value) => Type::Map(inner(key), inner(value)),
            Type::Declared(id) => {
                let steps = self.0.get(id).copied().unwrap_or_default();
                let then = (0..steps).fold(*id, |id, _| types[id.0].older.unwrap_or(id));
                Type::Declared(then)
            }
            other => other.clone(),
        }
    }
}

impl Lower<'_> {
    /// The shapes that an event had before, the oldest first; where there is a mistake, as far as it lets see.
    pub(super) fn older_shapes(
        &mut self,
        scope: &Scope<'_>,
        events: &[Event],
        event: &Event,
        changes: &raw::Changes,
    ) -> Vec<OlderShape> {
        let mut older: Vec<OlderShape> = Vec::with_capacity(changes.changes.len());
        let mut passed = Passed::default();
        for (change, span) in changes.changes.iter().rev() {
            let after = older.last().map_or(&event.fields, |after| &after.fields);
            let after = after.clone();
            if !self.has_room(after.len(), *span) {
                break;
            }
            let before = change.as_ref().and_then(|change| {
                self.event_before(scope, events, &after, change, *span, &mut passed)
            });
            let Some(before) = before else { break };
            older.push(before);
        }
        older.reverse();
        older
    }

    fn event_before(
        &mut self,
        scope: &Scope<'_>,
        events: &[Event],
        after: &[Field],
        change: &raw::Change,
        span: Span,
        passed: &mut Passed,
    ) -> Option<OlderShape> {
        let earlier = change.earlier.as_ref().is_some_and(|flag| flag.value);
        if change.present.contains(&"split") {
            self.refuse_beside(change, "split", span);
            let split = change.split.as_ref()?;
            let fields = self.fields_of_then(&scope.model.types, split.from.as_ref(), passed);
            let parts = self.split_parts(scope, events, &fields, split.into.as_ref()?);
            let hop = Hop::Split(parts);
            return Some(OlderShape { fields, hop, span });
        }
        let (fields, sources) =
            self.fields_before(&scope.model.types, after, change, span, None, passed)?;
        let hop = match sources {
            Sources::ByHand => Hop::ByHand { earlier },
            Sources::Fields(sources) => Hop::Fields(sources),
        };
        if let (Some(flag), Hop::Fields(_)) = (&change.earlier, &hop) {
            self.contradiction(
                flag.span,
                "`earlier` is for a change by hand",
                "an expression may say `cx.earlier()` without it",
            );
        }
        Some(OlderShape { fields, hop, span })
    }

    /// The fields before a change, and where those after it come from.
    pub(super) fn fields_before(
        &mut self,
        types: &[TypeDef],
        after: &[Field],
        change: &raw::Change,
        span: Span,
        // A type that holds itself follows itself.
        itself: Option<TypeId>,
        passed: &mut Passed,
    ) -> Option<(Vec<Field>, Sources)> {
        if change.present.contains(&"by hand") {
            self.refuse_beside(change, "by hand", span);
            let fields = self.fields_of_then(types, Some(change.by_hand.as_ref()?), passed);
            return Some((fields, Sources::ByHand));
        }
        if change.present.is_empty() {
            let error = Diagnostic::new(Code::BrokenChange, span, "this change says nothing");
            self.cx
                .report(error.hint("say what has changed: `add`, `remove`, `rename`, `retype`, …"));
            return None;
        }
        let mut claims = Claims {
            names: FieldNames::of(after),
            of: after.iter().map(|_| None).collect(),
            by_hand: false,
        };
        let mut followed = self.followed(types, after, change);
        followed.extend(itself);
        passed.pass(&followed);
        self.claim_added(&mut claims, change);
        self.claim_renamed(&mut claims, change);
        self.claim_retyped(&mut claims, types, change, passed);
        self.claim_wrapped(&mut claims, change);
        self.claim_nested(&mut claims, types, change);
        self.claim_flattened(&mut claims, types, change, passed);
        self.claim_mapped(&mut claims, types, change);
        let by_hand = claims.by_hand;
        let (mut fields, sources) = self.shape_before(types, after, claims, &followed)?;
        fields.extend(self.fields_of_then(types, change.remove.as_ref(), passed));
        self.refuse_twice(&fields, after, span)?;
        let sources = if by_hand {
            Sources::ByHand
        } else {
            Sources::Fields(sources)
        };
        Some((fields, sources))
    }

    /// Fields as a change names them: of the types that there were then.
    fn fields_of_then(
        &mut self,
        types: &[TypeDef],
        table: Option<&Table<raw::FieldSpec>>,
        passed: &Passed,
    ) -> Vec<Field> {
        self.calling_older_types(|lower| {
            let mut fields = lower.fields(table);
            for field in &mut fields {
                field.ty = passed.then(types, &field.ty);
            }
            fields
        })
    }

    fn type_of_then(&mut self, types: &[TypeDef], text: &Text, passed: &Passed) -> Type {
        self.calling_older_types(|lower| passed.then(types, &lower.ty(text)))
    }

    /// Does something while older types can be called by their names, `AddressV1` say.
    fn calling_older_types<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        std::mem::swap(&mut self.declared, &mut self.declared_ever);
        let done = work(self);
        std::mem::swap(&mut self.declared, &mut self.declared_ever);
        done
    }

    fn refuse_beside(&mut self, change: &raw::Change, key: &str, span: Span) {
        let others = change.present.iter();
        if others
            .into_iter()
            .any(|other| *other != key && *other != "earlier")
        {
            self.contradiction(
                span,
                format!("`{key}` says the whole change, and there is another step beside it"),
                "make it an entry of its own, in the order in which they were released",
            );
        }
    }

    fn claim_added(&mut self, claims: &mut Claims<'_>, change: &raw::Change) {
        let rows = match &change.add {
            Some(raw::AddSpec::Fields(table)) => &table.entries,
            Some(raw::AddSpec::Symbols(names)) => {
                for name in names {
                    let error = Diagnostic::new(
                        Code::BrokenChange,
                        name.span,
                        format!(
                            "nothing says what `{}` is where it was not there",
                            shown(&name.value)
                        ),
                    );
                    let hint = format!("give its value: `add: {{ {}: … }}`", shown(&name.value));
                    self.cx.report(error.hint(hint));
                    // It is a step nevertheless.
                    if let Some(place) = claims.names.place(&name.value) {
                        let leaf = Leaf::mistaken(name.span);
                        claims.of[place] = Some((Claim::Added(leaf), name.span));
                    }
                }
                return;
            }
            None => return,
        };
        for row in rows {
            let leaf = row
                .value
                .as_ref()
                .and_then(|text| leaf::expression(self.cx, self.source, text));
            let leaf = leaf.unwrap_or_else(|| Leaf::mistaken(row.name.span));
            self.claim(claims, "add", &row.name, Claim::Added(leaf));
        }
    }

    fn claim_renamed(&mut self, claims: &mut Claims<'_>, change: &raw::Change) {
        let rows = change.rename.as_ref();
        for row in rows.map_or(&[][..], |rows| &rows.entries) {
            if let Some(new) = &row.value {
                self.claim(claims, "rename", new, Claim::Renamed(row.name.clone()));
            }
        }
    }

    fn claim_retyped(
        &mut self,
        claims: &mut Claims<'_>,
        types: &[TypeDef],
        change: &raw::Change,
        passed: &Passed,
    ) {
        let rows = change.retype.as_ref();
        for row in rows.map_or(&[][..], |rows| &rows.entries) {
            let Some(spec) = row.value.as_ref().map(|spec| &spec.0) else {
                continue;
            };
            let from = spec.from.as_ref();
            let ty = from.map_or(Type::Mistaken, |text| {
                self.type_of_then(types, text, passed)
            });
            let span = from.map_or(row.name.span, |text| text.span);
            let with = match &spec.with {
                Some(ByHand::ByHand(_)) => {
                    claims.by_hand = true;
                    None
                }
                Some(ByHand::Given(text)) => Some(
                    leaf::expression(self.cx, self.source, text)
                        .unwrap_or_else(|| Leaf::mistaken(text.span)),
                ),
                None if spec.present.contains(&"with") => Some(Leaf::mistaken(span)),
                None => None,
            };
            self.claim(claims, "retype", &row.name, Claim::Retyped(ty, span, with));
        }
    }

    fn claim_wrapped(&mut self, claims: &mut Claims<'_>, change: &raw::Change) {
        let names = change.wrap.as_ref();
        for name in names.map_or(&[][..], |OneOrMany(names)| names) {
            let field = claims.names.place(&name.value);
            let field = field.map(|place| &claims.names.fields[place]);
            let inner = match field.map(|field| &field.ty) {
                Some(Type::Option(inner) | Type::Vec(inner) | Type::Set(inner)) => {
                    (**inner).clone()
                }
                Some(Type::Mistaken) | None => Type::Mistaken,
                Some(_) => {
                    let error = Diagnostic::new(
                        Code::BrokenChange,
                        name.span,
                        format!(
                            "`{}` holds neither an option nor a list after this change",
                            shown(&name.value)
                        ),
                    );
                    self.cx
                        .report(error.hint("where its type has changed otherwise, say `retype`"));
                    Type::Mistaken
                }
            };
            self.claim(claims, "wrap", name, Claim::Retyped(inner, name.span, None));
        }
    }

    fn claim_nested(&mut self, claims: &mut Claims<'_>, types: &[TypeDef], change: &raw::Change) {
        let rows = change.nest.as_ref();
        for row in rows.map_or(&[][..], |rows| &rows.entries) {
            let Some(spec) = &row.value else { continue };
            let field = claims.names.place(&row.name.value);
            let field = field.map(|place| &claims.names.fields[place]);
            let Some(field) = field else {
                self.claim(claims, "nest", &row.name, Claim::Nested(Vec::new()));
                continue;
            };
            let Some(parts) = object(types, &field.ty) else {
                self.no_object(&row.name);
                continue;
            };
            let names = FieldNames::of(parts);
            let mut given: Vec<Option<&Text>> = vec![None; parts.len()];
            for (part, was) in &spec.parts {
                match names.place(&part.value) {
                    Some(place) => given[place] = Some(was),
                    None => self.unknown(
                        Code::BrokenChange,
                        part,
                        "the value object has no field",
                        names.keys(),
                    ),
                }
            }
            let mut nested = Vec::with_capacity(parts.len());
            for (part, was) in parts.iter().zip(given) {
                match was {
                    Some(was) => nested.push((part.clone(), was.clone())),
                    None => {
                        let error = Diagnostic::new(
                            Code::BrokenChange,
                            row.name.span,
                            format!(
                                "the `{}` of `{}` comes from nowhere",
                                shown(&part.name.stored),
                                shown(&row.name.value)
                            ),
                        );
                        self.cx.report(
                            error.hint(
                                "name the field that it was, or say `add` with the whole value",
                            ),
                        );
                    }
                }
            }
            // What comes from nowhere is reported; the rest says nothing more.
            if nested.len() == parts.len() {
                self.claim(claims, "nest", &row.name, Claim::Nested(nested));
            }
        }
    }

    fn claim_flattened(
        &mut self,
        claims: &mut Claims<'_>,
        types: &[TypeDef],
        change: &raw::Change,
        passed: &Passed,
    ) {
        let rows = change.flatten.as_ref();
        for row in rows.map_or(&[][..], |rows| &rows.entries) {
            let Some(text) = &row.value else { continue };
            let ty = self.type_of_then(types, text, passed);
            let Some(parts) = object(types, &ty) else {
                if ty != Type::Mistaken {
                    self.no_object(&row.name);
                }
                continue;
            };
            for (place, part) in parts.iter().enumerate() {
                let name = Text {
                    value: part.name.stored.clone(),
                    span: row.name.span,
                };
                let field = claims.names.place(&part.name.stored);
                let field = field.map(|place| &claims.names.fields[place]);
                if let Some(field) = field.filter(|field| field.ty != part.ty) {
                    let message = format!(
                        "the `{}` of `{}` is of another type than the field",
                        shown(&part.name.stored),
                        shown(&row.name.value)
                    );
                    let error = Diagnostic::new(Code::BrokenChange, row.name.span, message);
                    self.cx.report(
                        error
                            .other(field.ty_span, "the field after it")
                            .hint("let its type change in an entry of its own, by `retype`"),
                    );
                }
                let claim = Claim::Part(row.name.clone(), ty.clone(), FieldId(place));
                self.claim(claims, "flatten", &name, claim);
            }
        }
    }

    fn claim_mapped(&mut self, claims: &mut Claims<'_>, types: &[TypeDef], change: &raw::Change) {
        let Some(map) = &change.map else { return };
        for (name, _) in &map.symbols {
            let error = Diagnostic::new(
                Code::BrokenChange,
                name.span,
                "`map` of a field says which of its values have become others",
            );
            let hint = format!("write `map: {{ {}: {{ old: new }} }}`", shown(&name.value));
            self.cx.report(error.hint(hint));
        }
        for (name, values) in &map.fields {
            let field = claims.names.place(&name.value);
            let field = field.map(|place| &claims.names.fields[place]);
            let symbols = field.map(|field| symbols(types, &field.ty));
            if let Some(Mappable::Nothing) = symbols {
                let error = Diagnostic::new(
                    Code::BrokenChange,
                    name.span,
                    format!("`{}` is neither an enum nor text", shown(&name.value)),
                );
                self.cx
                    .report(error.hint("say how its values change: `retype: { … with: … }`"));
            }
            let mut pairs = Vec::with_capacity(values.entries.len());
            for Row { name: old, value } in &values.entries {
                let Some(new) = value else { continue };
                if let Some(Mappable::Symbols(known)) = &symbols {
                    for text in [old, new] {
                        if !known.contains(&text.value.as_str()) {
                            self.unknown(
                                Code::UnknownSymbol,
                                text,
                                "the enum has no symbol",
                                known.iter().copied(),
                            );
                        }
                    }
                }
                pairs.push((old.value.clone(), new.value.clone()));
            }
            self.claim(claims, "map", name, Claim::Mapped(pairs));
        }
    }

    fn no_object(&mut self, name: &Text) {
        let error = Diagnostic::new(
            Code::BrokenChange,
            name.span,
            format!("`{}` is no value object", shown(&name.value)),
        );
        self.cx
            .report(error.hint("declare one under `types`: `Address: { street: String }`"));
    }

    /// Says what a field after the change comes from, once.
    fn claim(&mut self, claims: &mut Claims<'_>, step: &str, name: &Text, claim: Claim) {
        let Some(place) = claims.names.place(&name.value) else {
            let what = format!("`{step}` leads to a field that is not there after it:");
            let keys: Vec<&str> = claims.names.keys().collect();
            self.unknown(Code::BrokenChange, name, &what, keys);
            return;
        };
        if let Some((_, first)) = &claims.of[place] {
            let error = Diagnostic::new(
                Code::BrokenChange,
                name.span,
                format!("two steps of one change are about `{}`", shown(&name.value)),
            );
            self.cx.report(
                error.other(*first, "the other one").hint(
                    "make them entries of their own, in the order in which they were released",
                ),
            );
            return;
        }
        claims.of[place] = Some((claim, name.span));
    }

    /// The types that have made a change of their own with this one.
    pub(super) fn followed(
        &mut self,
        types: &[TypeDef],
        after: &[Field],
        change: &raw::Change,
    ) -> BTreeSet<TypeId> {
        let mut followed = BTreeSet::new();
        let names = change.follows.as_ref();
        for name in names.map_or(&[][..], |OneOrMany(names)| names) {
            let Some(id) = self.declared.get(&name.value).copied() else {
                let known = types.iter().filter(|def| def.past.is_none());
                let known = known.map(|def| def.name.rust.plain());
                self.unknown(Code::UnknownType, name, "there is no type", known);
                continue;
            };
            let in_use: BTreeSet<TypeId> = after
                .iter()
                .flat_map(|field| versions_of(types, id, &field.ty))
                .collect();
            let has_older = in_use.iter().any(|id| types[id.0].older.is_some());
            if has_older {
                followed.insert(id);
                continue;
            }
            let shown = shown(&name.value);
            let (message, hint) = if in_use.is_empty() {
                (
                    format!("nothing here is of the type `{shown}`"),
                    "take the entry away",
                )
            } else {
                (
                    format!("`{shown}` has made no change that is left to follow"),
                    "each change of a type is followed once: take the entry away, or add the change to the type",
                )
            };
            self.cx
                .report(Diagnostic::new(Code::BrokenChange, name.span, message).hint(hint));
        }
        followed
    }

    /// Puts the shape before a change together from what its steps say.
    fn shape_before(
        &mut self,
        types: &[TypeDef],
        after: &[Field],
        claims: Claims<'_>,
        followed: &BTreeSet<TypeId>,
    ) -> Option<(Vec<Field>, Vec<Source>)> {
        let mut fields: Vec<Field> = Vec::with_capacity(after.len());
        let mut sources = Vec::with_capacity(after.len());
        let mut flattened: Vec<(String, FieldId)> = Vec::new();
        for (field, claim) in after.iter().zip(claims.of) {
            let next = FieldId(fields.len());
            let source = match claim.map(|(claim, _)| claim) {
                None => {
                    fields.push(Field {
                        ty: before(types, followed, &field.ty),
                        ..field.clone()
                    });
                    Source::Field(next)
                }
                Some(Claim::Added(leaf)) => Source::Added(leaf),
                Some(Claim::Renamed(was)) => {
                    fields.push(self.field_before(&was, field.ty.clone(), field));
                    Source::Field(next)
                }
                Some(Claim::Retyped(ty, span, with)) => {
                    if with.is_none() && !claims.by_hand {
                        self.refuse_lossy(types, &ty, field, span);
                    }
                    fields.push(Field {
                        ty,
                        ty_span: span,
                        ..field.clone()
                    });
                    match with {
                        Some(leaf) => Source::Converted(next, leaf),
                        None => Source::Field(next),
                    }
                }
                Some(Claim::Nested(parts)) => {
                    let mut places = Vec::with_capacity(parts.len());
                    for (part, was) in parts {
                        places.push(FieldId(fields.len()));
                        fields.push(self.field_before(&was, part.ty.clone(), &part));
                    }
                    Source::Nested(places)
                }
                Some(Claim::Part(was, ty, part)) => {
                    let known = flattened.iter().find(|(name, _)| *name == was.value);
                    let whole = match known {
                        Some((_, whole)) => *whole,
                        None => {
                            fields.push(self.field_before(&was, ty, field));
                            flattened.push((was.value, next));
                            next
                        }
                    };
                    Source::Part(whole, part)
                }
                Some(Claim::Mapped(values)) => {
                    fields.push(field.clone());
                    Source::Mapped(next, values)
                }
            };
            sources.push(source);
        }
        Some((fields, sources))
    }

    /// A field under the name that it had.
    fn field_before(&mut self, was: &Text, ty: Type, like: &Field) -> Field {
        let name = self.name(
            was,
            None,
            Case::Snake,
            "Rust cannot say this name: let the change be by hand",
        );
        Field {
            name,
            wire: None,
            ty,
            ty_span: was.span,
            doc: like.doc.clone(),
        }
    }

    fn refuse_lossy(&mut self, types: &[TypeDef], from: &Type, to: &Field, span: Span) {
        if Conversion::between(types, from, &to.ty).is_none() {
            let message = format!(
                "not every `{}` is a `{}`, which `{}` is after this",
                shown(self.source.slice(span)),
                shown(self.source.slice(to.ty_span)),
                shown(&to.name.stored)
            );
            let error = Diagnostic::new(Code::NoConversion, span, message);
            self.cx.report(error.hint(
                "say what it becomes: `{ from: Type, with: expression }`, or `with: by hand`",
            ));
        }
    }

    fn refuse_twice(&mut self, before: &[Field], after: &[Field], span: Span) -> Option<()> {
        let mut is_once = true;
        for (place, field) in before.iter().enumerate() {
            let is_twice = before[..place].iter().any(|other| {
                other.stored_name() == field.stored_name()
                    || other.name.rust == field.name.rust && !field.name.rust.is_mistaken()
            });
            if !is_twice {
                continue;
            }
            is_once = false;
            let is_left = FieldNames::of(after).place(&field.name.stored).is_some();
            let hint = if is_left {
                "it is still there after the change: where its type has changed, say `retype`"
            } else {
                "each field of the shape before is named once"
            };
            let message = format!(
                "before this change there would be two fields `{}`",
                shown(&field.name.stored)
            );
            self.cx
                .report(Diagnostic::new(Code::BrokenChange, span, message).hint(hint));
        }
        is_once.then_some(())
    }

    /// The events that an event has become, each with where its fields come from.
    fn split_parts(
        &mut self,
        scope: &Scope<'_>,
        events: &[Event],
        fields: &[Field],
        into: &raw::Emissions,
    ) -> Vec<SplitPart> {
        let names = FieldNames::of(fields);
        let mut parts = Vec::with_capacity(into.emissions.len());
        for row in &into.emissions {
            let Some(id) = self.event_id(scope, &row.name) else {
                continue;
            };
            let target = scope.event(events, id.value);
            let rows = row.value.as_ref().map_or(&[][..], |table| &table.entries);
            if !self.has_room(target.fields.len(), row.name.span) {
                break;
            }
            let mut given = self.given(
                rows,
                &FieldNames::of(&target.fields),
                Code::UnknownField,
                "the event has no field",
            );
            let mut assignments = Vec::with_capacity(target.fields.len());
            for (place, field) in target.fields.iter().enumerate() {
                let from = match given[place].take() {
                    Some(given) => given.origin(),
                    None => names
                        .carried(field)
                        .map(|place| Origin::Event(FieldId(place))),
                };
                assignments.extend(from.map(|from| Assignment {
                    field: FieldId(place),
                    from,
                }));
            }
            parts.push(SplitPart {
                event: id,
                assignments,
            });
        }
        parts
    }
}

/// Which values a `map` can be about.
enum Mappable<'t> {
    Symbols(Vec<&'t str>),
    Text,
    Nothing,
}

fn symbols<'t>(types: &'t [TypeDef], ty: &Type) -> Mappable<'t> {
    match ty {
        Type::String | Type::Mistaken => Mappable::Text,
        Type::Declared(id) => match &types[id.0].kind {
            TypeKind::Enum(symbols) => Mappable::Symbols(
                symbols
                    .iter()
                    .map(|symbol| symbol.name.stored.as_str())
                    .collect(),
            ),
            TypeKind::Mistaken => Mappable::Text,
            _ => Mappable::Nothing,
        },
        _ => Mappable::Nothing,
    }
}

fn object<'t>(types: &'t [TypeDef], ty: &Type) -> Option<&'t [Field]> {
    match ty {
        Type::Declared(id) => match &types[id.0].kind {
            TypeKind::Object(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// The versions of a declared type that stand in another type.
fn versions_of(types: &[TypeDef], id: TypeId, ty: &Type) -> Vec<TypeId> {
    match ty {
        Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
            versions_of(types, id, inner)
        }
        Type::Map(key, value) => {
            let mut found = versions_of(types, id, key);
            found.extend(versions_of(types, id, value));
            found
        }
        Type::Declared(used) if whole(types, *used) == id => vec![*used],
        _ => Vec::new(),
    }
}

/// The type that this one is a version of.
fn whole(types: &[TypeDef], id: TypeId) -> TypeId {
    types[id.0].past.as_ref().map_or(id, |past| past.of)
}

/// A type as it was before the last change of those that are followed.
pub(super) fn before(types: &[TypeDef], followed: &BTreeSet<TypeId>, ty: &Type) -> Type {
    let inner = |ty: &Type| Box::new(before(types, followed, ty));
    match ty {
        Type::Option(ty) => Type::Option(inner(ty)),
        Type::Vec(ty) => Type::Vec(inner(ty)),
        Type::Set(ty) => Type::Set(inner(ty)),
        Type::Box(ty) => Type::Box(inner(ty)),
        Type::Map(key, value) => Type::Map(inner(key), inner(value)),
        Type::Declared(id) if followed.contains(&whole(types, *id)) => {
            Type::Declared(types[id.0].older.unwrap_or(*id))
        }
        other => other.clone(),
    }
}
