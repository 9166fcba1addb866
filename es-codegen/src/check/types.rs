//! Types: every value can be written as JSON and read back.

use super::names::field_lists;
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    model::{Model, TagValue, Type, TypeKind},
    source::Span,
};

/// An enum has a symbol, and a union a variant.
pub(super) fn check_not_empty(cx: &mut Diagnostics, model: &Model) {
    for def in &model.types {
        let (what, hint) = match &def.kind {
            TypeKind::Enum(symbols) if symbols.is_empty() => {
                ("symbol", "name them: `[open, closed]`")
            }
            TypeKind::Union(variants) if variants.is_empty() => (
                "variant",
                "name them, each with its fields: `{ Cash: {}, Card: { last4: String } }`",
            ),
            _ => continue,
        };
        let message = format!(
            "`{}` has no {what}, so that no value of it exists",
            shown(&def.name.stored)
        );
        cx.report(Diagnostic::new(Code::NoSymbols, def.name.span, message).hint(hint));
    }
}

/// A `check` speaks of the one value that a newtype is over.
pub(super) fn check_checks(cx: &mut Diagnostics, model: &Model) {
    for def in &model.types {
        let is_newtype = matches!(def.kind, TypeKind::Newtype(_) | TypeKind::Mistaken);
        if let Some(check) = def.check.as_ref().filter(|_| !is_newtype) {
            let error = Diagnostic::new(
                Code::Contradiction,
                check.span,
                "`check` belongs to a newtype",
            );
            cx.report(error.hint("give the value that it is about a type of its own, such as `Money: { rust: Decimal, check: .. }`"));
        }
    }
}

/// An option in an option can only be told from a simple one where it is directly a field.
pub(super) fn check_options(cx: &mut Diagnostics, model: &Model) {
    for_each_type(model, |ty, place| {
        let inner = match ty {
            Type::Option(inner) if place.is_field && matches!(**inner, Type::Option(_)) => inner,
            _ => ty,
        };
        if has_nested_option(model, inner) {
            let error = Diagnostic::new(
                Code::NestedOption,
                place.span,
                "an `Option` in an `Option` can only stand directly as a field",
            );
            cx.report(error.hint(
                "in JSON the two are the same anywhere else: declare a union that names the cases",
            ));
        }
    });
}

/// The keys of a map are text or numbers, as the keys of a JSON object have to be.
pub(super) fn check_map_keys(cx: &mut Diagnostics, model: &Model) {
    for_each_type(model, |ty, place| {
        walk(ty, &mut |part| {
            if let Type::Map(key, _) = part
                && !model.is_key(key)
                && !has_float(model, key)
            {
                let error = Diagnostic::new(
                    Code::BadMapKey,
                    place.span,
                    format!(
                        "`{}` cannot be the key of a map: JSON has only text there",
                        model.type_name(key)
                    ),
                );
                cx.report(error.hint("use a `Vec` of a value object that holds both"));
            }
        });
    });
}

/// The keys of maps and the elements of sets have an order.
pub(super) fn check_order(cx: &mut Diagnostics, model: &Model) {
    for_each_type(model, |ty, place| {
        walk(ty, &mut |part| {
            let (key, what) = match part {
                Type::Map(key, _) => (key, "a map"),
                Type::Set(element) => (element, "a set"),
                _ => return,
            };
            if has_float(model, key) {
                let error = Diagnostic::new(
                    Code::Unordered,
                    place.span,
                    format!(
                        "`{}` has no total order, which {what} needs",
                        model.type_name(key)
                    ),
                );
                cx.report(
                    error.hint("a `f64` can be no number at all: use a `Decimal`, or a `Vec`"),
                );
            }
        });
    });
}

/// The identity of an aggregate is a newtype of its own over text, a number or a UUID.
pub(super) fn check_ids(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        let name = aggregate.name.rust.plain();
        let hint = match &aggregate.id.value {
            Type::Mistaken => continue,
            Type::Declared(id) => match &model.type_def(*id).kind {
                TypeKind::Mistaken => continue,
                TypeKind::Newtype(Type::String | Type::Uuid | Type::Int(_) | Type::Mistaken) => {
                    continue;
                }
                _ => "make it a newtype over `Uuid`, `String` or an integer".to_owned(),
            },
            ty => format!(
                "declare it under `types`: `{name}Id: {}`",
                if model.is_key(ty) {
                    model.type_name(ty)
                } else {
                    "Uuid".to_owned()
                }
            ),
        };
        let message = format!(
            "the id of `{}` is not a newtype that can be one",
            shown(&aggregate.name.stored)
        );
        cx.report(Diagnostic::new(Code::BadId, aggregate.id.span, message).hint(hint));
    }
}

/// The value of a tag is one piece of text or number.
pub(super) fn check_tags(cx: &mut Diagnostics, model: &Model) {
    for event in model
        .aggregates
        .iter()
        .flat_map(|aggregate| &aggregate.events)
    {
        for tag in &event.tags {
            if let TagValue::Field(field) = &tag.value
                && !model.is_key(&event.field(*field).ty)
            {
                let ty = model.type_name(&event.field(*field).ty);
                let error = Diagnostic::new(
                    Code::BadTag,
                    tag.name.span,
                    format!(
                        "a tag is one text, and `{}` is `{ty}`",
                        shown(&tag.name.value)
                    ),
                );
                cx.report(error.hint("give the text to find it by: `name: expression`"));
            }
        }
    }
}

/// A row is found by text, numbers and the like.
pub(super) fn check_row_keys(cx: &mut Diagnostics, model: &Model) {
    for projection in &model.projections {
        for column in projection.key_columns() {
            let ty = model.type_name(&column.ty);
            let (code, message, hint) = if has_float(model, &column.ty) {
                let message = format!("`{ty}` has no total order, which the key of a row needs");
                let hint = "a `f64` can be no number at all: use a `Decimal`";
                (Code::Unordered, message, hint)
            } else if !model.is_key(&column.ty) {
                let message = format!("`{ty}` cannot be a column of a key");
                let hint = "a key is made of text, numbers, dates, ids and enums: take several columns for what has several parts";
                (Code::BadRowKey, message, hint)
            } else {
                continue;
            };
            cx.report(Diagnostic::new(code, column.ty_span, message).hint(hint));
        }
    }
}

/// Where a type stands.
struct TypePlace {
    span: Span,
    is_field: bool,
}

fn for_each_type(model: &Model, mut visit: impl FnMut(&Type, &TypePlace)) {
    for def in &model.types {
        if let TypeKind::Newtype(ty) | TypeKind::Own { wire: ty, .. } = &def.kind {
            visit(
                ty,
                &TypePlace {
                    span: def.name.span,
                    is_field: false,
                },
            );
        }
    }
    for field in field_lists(model).flatten() {
        visit(
            &field.ty,
            &TypePlace {
                span: field.ty_span,
                is_field: true,
            },
        );
    }
}

fn walk(ty: &Type, visit: &mut impl FnMut(&Type)) {
    visit(ty);
    match ty {
        Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
            walk(inner, visit)
        }
        Type::Map(key, value) => {
            walk(key, visit);
            walk(value, visit);
        }
        _ => {}
    }
}

/// Whether an option lies directly in an option somewhere in the type; a newtype over one counts, since it leaves no trace in JSON.
fn has_nested_option(model: &Model, ty: &Type) -> bool {
    let mut found = false;
    walk(
        ty,
        &mut |part| found |= matches!(part, Type::Option(inner) if is_option(model, inner)),
    );
    found
}

fn is_option(model: &Model, ty: &Type) -> bool {
    match ty {
        Type::Option(_) => true,
        Type::Box(inner) => is_option(model, inner),
        Type::Declared(id) => match &model.type_def(*id).kind {
            TypeKind::Newtype(inner) | TypeKind::Own { wire: inner, .. } => is_option(model, inner),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a type has no total order for a reason that is known: types of the user's own are left to rustc.
fn has_float(model: &Model, ty: &Type) -> bool {
    !model.facts(ty).total && model.facts(ty).ordered
}
