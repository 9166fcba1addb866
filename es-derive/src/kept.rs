//! The rules by which what is stored comes back as it was, whatever serde is told.

use proc_macro2::Span;
use syn::Member;
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::model::{Aggregate, Event, Projection, Value};
use crate::parts::{Parts, Place, Shape, Style, VariantParts};
use crate::stored::{Omitted, Symbol, Tagging};

/// A body is an object, to which fields can be added later.
pub(crate) fn event(cx: &mut Errors, event: &Event<'_>) {
    let Shape::Struct(parts) = &event.shape else {
        return;
    };
    if !event.item.has_named_fields() {
        return;
    }
    if parts.is_converted() || parts.style == Style::Whole {
        cx.error(
            event.item.ident.span(),
            "an event is stored as its fields are",
            "take the attribute of serde away that stores it as something else",
        );
    }
    check_parts_come_back(cx, parts);
}

/// A snapshot is the whole state, in the form that its types give.
pub(crate) fn state(cx: &mut Errors, aggregate: &Aggregate<'_>) {
    let (Some(snapshots), Shape::Struct(parts)) = (&aggregate.snapshots, &aggregate.shape) else {
        return;
    };
    if parts.is_converted() {
        cx.error(
            snapshots.place,
            "a snapshot keeps the state as its fields are",
            "take the attribute of serde away that stores it as something else",
        );
    }
    for part in &parts.parts {
        if part.storage.is_skipped {
            cx.error(
                part.ty.span(),
                "a snapshot would come back without this field",
                "take `#[serde(skip)]` away, or `snapshot(..)`",
            );
        } else if part.storage.is_flat || part.storage.is_converted {
            cx.error(
                part.ty.span(),
                "nothing tells in which form a snapshot would hold this field",
                "give it a type of its own that implements `Describe`, without attributes of serde here",
            );
        }
    }
    check_parts_come_back(cx, parts);
}

/// A row is stored and found by its columns, each in the form that its type gives.
pub(crate) fn row(cx: &mut Errors, projection: &Projection<'_>) {
    let Shape::Struct(parts) = &projection.shape else {
        return;
    };
    if !projection.item.has_named_fields() {
        return;
    }
    if parts.is_converted() || parts.is_tagged() || parts.style == Style::Whole {
        cx.error(
            projection.place,
            "a row is stored as its fields are",
            "take the attribute of serde away that stores it as something else",
        );
    }
    for part in &parts.parts {
        if part.storage.is_skipped {
            cx.error(
                part.ty.span(),
                "a row would come back without this column",
                "take `#[serde(skip)]` away, or the column",
            );
        } else if part.storage.is_flat || part.storage.is_converted {
            cx.error(
                part.ty.span(),
                "nothing tells in which form a row would hold this column",
                "give it a type of its own that implements `Describe`, without attributes of serde here",
            );
        } else if part.storage.omitted == Omitted::ByRule {
            cx.error(
                part.ty.span(),
                "a row always has all of its columns",
                "take `skip_serializing_if` away; a column that may be nothing is an `Option`",
            );
        }
    }
    check_parts_come_back(cx, parts);
}

pub(crate) fn value(cx: &mut Errors, value: &Value<'_>) {
    match &value.shape {
        Shape::Struct(parts) => check_parts_come_back(cx, parts),
        Shape::Enum(variants) => {
            check_variants_can_be_told(cx, variants);
            for variant in variants {
                check_parts_come_back(cx, &variant.parts);
            }
        }
        Shape::Unknown => {}
    }
}

fn check_parts_come_back(cx: &mut Errors, parts: &Parts<'_>) {
    let mut named = Vec::new();
    for part in parts.stored() {
        if part.storage.is_forgotten {
            cx.error(
                part.ty.span(),
                "this field is stored and never read",
                "take `#[serde(skip_deserializing)]` away, or skip the field altogether",
            );
        } else if let (Place::Field(stored), Member::Named(ident)) = (&part.place, &part.member) {
            check_read_back(cx, part.ty.span(), stored);
            named.push((ident.to_string(), ident.span(), stored));
        }
    }
    check_names_differ(cx, &named);
}

fn check_variants_can_be_told(cx: &mut Errors, variants: &[VariantParts<'_>]) {
    let mut named = Vec::new();
    let mut without_a_name = variants
        .iter()
        .filter(|variant| variant.tagging == Tagging::None && variant.parts.style == Style::Unit);
    if let (Some(first), Some(second)) = (without_a_name.next(), without_a_name.next()) {
        cx.error(
            second.ident.span(),
            format_args!("`{}` is stored as `null` as well", first.ident),
            "take `#[serde(untagged)]` away, so that their names are stored",
        );
    }
    for variant in variants {
        if variant.tagging != Tagging::None {
            check_read_back(cx, variant.ident.span(), &variant.stored);
            named.push((
                variant.ident.to_string(),
                variant.ident.span(),
                &variant.stored,
            ));
        }
    }
    check_names_differ(cx, &named);
}

fn check_read_back(cx: &mut Errors, place: Span, stored: &Symbol) {
    let Symbol {
        written, also_read, ..
    } = stored;
    if let (false, Some(read)) = (stored.is_read_back, also_read.last()) {
        cx.error(
            place,
            format_args!("this is stored as `{written}`, and read as `{read}` alone"),
            format_args!("give both one name, or add `#[serde(alias = \"{written}\")]`"),
        );
    }
}

/// Of two that are read from one text, the first is what the other comes back as.
fn check_names_differ(cx: &mut Errors, named: &[(String, Span, &Symbol)]) {
    for (at, (_, place, stored)) in named.iter().enumerate() {
        let earlier = &named[..at];
        if let Some((other, ..)) = earlier
            .iter()
            .find(|(.., earlier)| earlier.written == stored.written)
        {
            cx.error(
                *place,
                format_args!("`{other}` is stored as `{}` already", stored.written),
                "give one of the two another `#[serde(rename = \"..\")]`",
            );
            continue;
        }
        let is_read =
            |text: &String, of: &Symbol| of.written == *text || of.also_read.contains(text);
        let twice = earlier.iter().find_map(|(other, _, earlier)| {
            let mut all = std::iter::once(&stored.written).chain(&stored.also_read);
            Some((other, all.find(|text| is_read(text, earlier))?))
        });
        if let Some((other, text)) = twice {
            cx.error(
                *place,
                format_args!("`{text}` is read as `{other}` already"),
                "keep the `#[serde(alias = \"..\")]` of one of the two",
            );
        }
    }
}
