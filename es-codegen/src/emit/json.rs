//! Values of scenarios as JSON: how a type of the user's own is given, of which only the wire form is known.

use crate::model::{Field, FieldValue, Model, TypeKind, Value, ValueKind};
use std::fmt::Write;

/// A value as it stands on the wire.
pub(super) fn json(model: &Model, value: &Value) -> String {
    match &value.kind {
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Int(digits) => digits.clone(),
        ValueKind::F64(number) => format!("{number:?}"),
        ValueKind::String(text)
        | ValueKind::Decimal(text)
        | ValueKind::Uuid(text)
        | ValueKind::Timestamp(text)
        | ValueKind::Date(text)
        | ValueKind::Duration(text)
        | ValueKind::Bytes(text) => string(text),
        ValueKind::None => "null".to_owned(),
        ValueKind::Some(inner)
        | ValueKind::Box(inner)
        | ValueKind::Newtype(_, inner)
        | ValueKind::Own(_, inner) => json(model, inner),
        ValueKind::Vec(values) | ValueKind::Set(values) => {
            let values: Vec<_> = values.iter().map(|value| json(model, value)).collect();
            format!("[{}]", values.join(","))
        }
        ValueKind::Map(entries) => object(entries.iter().map(|(key, value)| {
            let key = json(model, key);
            // Numbers are keys too, and keys are text.
            let key = if key.starts_with('"') {
                key
            } else {
                string(&key)
            };
            (key, json(model, value))
        })),
        ValueKind::Symbol(id, symbol) => match &model.type_def(*id).kind {
            TypeKind::Enum(symbols) => string(&symbols[symbol.0].name.stored),
            _ => String::new(),
        },
        ValueKind::Object(id, values) => match &model.type_def(*id).kind {
            TypeKind::Object(parts) => fields(model, parts, values),
            _ => String::new(),
        },
        ValueKind::Variant(id, variant, values) => match &model.type_def(*id).kind {
            TypeKind::Union(variants) => {
                let variant = &variants[variant.0];
                let body = fields(model, &variant.fields, values);
                object([(string(&variant.name.stored), body)])
            }
            _ => String::new(),
        },
    }
}

fn fields(model: &Model, parts: &[Field], values: &[FieldValue]) -> String {
    let given = values
        .iter()
        .filter(|given| !matches!(given.value.kind, ValueKind::None));
    object(given.map(|given| {
        let name = string(parts[given.field.0].stored_name());
        (name, json(model, &given.value))
    }))
}

fn object(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| format!("{key}:{value}"))
        .collect();
    format!("{{{}}}", entries.join(","))
}

fn string(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
