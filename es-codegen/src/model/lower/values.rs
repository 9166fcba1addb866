//! Values of scenarios, read by the types that they are for.

use super::{FieldNames, Room};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    model::{
        Field, FieldId, FieldValue, Int, Model, SymbolId, Type, TypeId, TypeKind, Value, ValueKind,
    },
    source::Span,
    yaml::{Entry, Kind, Node},
};

/// What reading values needs beside them.
pub(super) struct Reading<'r> {
    pub(super) cx: &'r mut Diagnostics,
    pub(super) model: &'r Model,
    pub(super) room: &'r mut Room,
}

/// So many of the values that are missing are named.
const NAMED: usize = 8;

/// So many symbols are looked through for what one field costs elsewhere.
const SYMBOLS_A_FIELD: usize = 16;

impl Reading<'_> {
    /// The values of all fields; what may be left out becomes `None`, what may not is reported at `owner`.
    pub(super) fn all(
        &mut self,
        what: &str,
        fields: &[Field],
        entries: &[Entry],
        owner: Span,
    ) -> Vec<FieldValue> {
        if !self.room.take(self.cx, fields.len(), owner) {
            return Vec::new();
        }
        let mut found = self.by_field(what, fields, entries);
        let mut values = Vec::with_capacity(fields.len());
        let mut missing = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            match found[place].take() {
                Some(Some(value)) => values.push(FieldValue {
                    field: FieldId(place),
                    value,
                }),
                Some(None) => {}
                // What its type was meant to be is not known: it may be one that can be left out.
                None if matches!(field.ty, Type::Mistaken) => {}
                None if matches!(field.ty, Type::Option(_)) => values.push(FieldValue {
                    field: FieldId(place),
                    value: Value::none(owner),
                }),
                None => missing.push(format!("`{}`", shown(&field.name.stored))),
            }
        }
        if missing.len() > NAMED {
            let more = missing.len() - NAMED;
            missing.truncate(NAMED);
            missing.push(format!("{more} more"));
        }
        if !missing.is_empty() {
            self.cx.report(Diagnostic::new(
                Code::MissingValue,
                owner,
                format!("{what} has no value for {}", missing.join(", ")),
            ));
        }
        values
    }

    /// The values of the fields that are given.
    pub(super) fn given(
        &mut self,
        what: &str,
        fields: &[Field],
        entries: &[Entry],
        owner: Span,
    ) -> Vec<FieldValue> {
        if !self.room.take(self.cx, fields.len(), owner) {
            return Vec::new();
        }
        let found = self.by_field(what, fields, entries).into_iter().enumerate();
        found
            .filter_map(|(place, value)| {
                Some(FieldValue {
                    field: FieldId(place),
                    value: value.flatten()?,
                })
            })
            .collect()
    }

    /// For each field its value: nothing where it is not given, `None` where it is and is a mistake.
    fn by_field(
        &mut self,
        what: &str,
        fields: &[Field],
        entries: &[Entry],
    ) -> Vec<Option<Option<Value>>> {
        let names = FieldNames::of(fields);
        let mut found: Vec<Option<Option<Value>>> = fields.iter().map(|_| None).collect();
        for entry in entries {
            match names.place(&entry.key) {
                Some(place) => found[place] = Some(self.value(&fields[place].ty, &entry.value)),
                None => {
                    let hint = self.cx.did_you_mean(&entry.key, names.keys());
                    let error = Diagnostic::new(
                        Code::UnknownField,
                        entry.key_span,
                        format!("{what} has no field `{}`", shown(&entry.key)),
                    );
                    self.cx.report(error.maybe_hint(hint));
                }
            }
        }
        found
    }

    fn value(&mut self, ty: &Type, node: &Node) -> Option<Value> {
        let kind = match ty {
            Type::Option(inner) => match &node.kind {
                Kind::Null => ValueKind::None,
                Kind::Scalar(text)
                    if text == "null" && node.span.end - node.span.start == 4
                        || text == "~" && node.span.end - node.span.start == 1 =>
                {
                    ValueKind::None
                }
                _ => ValueKind::Some(Box::new(self.value(inner, node)?)),
            },
            Type::Box(inner) => ValueKind::Box(Box::new(self.value(inner, node)?)),
            Type::Vec(inner) => ValueKind::Vec(self.items(inner, node)?),
            Type::Set(inner) => ValueKind::Set(self.items(inner, node)?),
            Type::Map(key, value) => ValueKind::Map(self.map(key, value, node)?),
            Type::Declared(id) => self.declared(*id, node)?,
            Type::Mistaken => return None,
            simple => self.simple(simple, node)?,
        };
        Some(Value {
            kind,
            span: node.span,
        })
    }

    fn items(&mut self, ty: &Type, node: &Node) -> Option<Vec<Value>> {
        let Kind::Sequence(items) = &node.kind else {
            return self.wrong(node, "a sequence");
        };
        // All items are read, so that each mistake among them is seen.
        let values: Vec<Option<Value>> = items.iter().map(|item| self.value(ty, item)).collect();
        values.into_iter().collect()
    }

    fn map(&mut self, key: &Type, value: &Type, node: &Node) -> Option<Vec<(Value, Value)>> {
        let Kind::Mapping(entries) = &node.kind else {
            return self.wrong(node, "a mapping");
        };
        let pairs: Vec<Option<(Value, Value)>> = entries
            .iter()
            .map(|entry| {
                let key_node = Node {
                    span: entry.key_span,
                    kind: Kind::Scalar(entry.key.clone()),
                };
                let (key, value) = (self.value(key, &key_node), self.value(value, &entry.value));
                Some((key?, value?))
            })
            .collect();
        pairs.into_iter().collect()
    }

    fn declared(&mut self, id: TypeId, node: &Node) -> Option<ValueKind> {
        let def = self.model.type_def(id);
        match &def.kind {
            TypeKind::Newtype(inner) => {
                Some(ValueKind::Newtype(id, Box::new(self.value(inner, node)?)))
            }
            TypeKind::Own { wire, .. } => {
                Some(ValueKind::Own(id, Box::new(self.value(wire, node)?)))
            }
            TypeKind::Enum(symbols) => {
                let Kind::Scalar(text) = &node.kind else {
                    return self.wrong(node, "a symbol");
                };
                self.look_through(symbols.len(), node.span)?;
                let found = symbols
                    .iter()
                    .position(|symbol| symbol.name.stored == *text);
                if found.is_none() {
                    let hint = self.cx.did_you_mean(
                        text,
                        symbols.iter().map(|symbol| symbol.name.stored.as_str()),
                    );
                    let message = format!(
                        "`{}` has no symbol `{}`",
                        def.name.rust.plain(),
                        shown(text)
                    );
                    self.cx.report(
                        Diagnostic::new(Code::UnknownSymbol, node.span, message).maybe_hint(hint),
                    );
                }
                found.map(|place| ValueKind::Symbol(id, SymbolId(place)))
            }
            TypeKind::Object(fields) => {
                let Kind::Mapping(entries) = &node.kind else {
                    return self.wrong(node, "a mapping of fields to values");
                };
                let what = format!("`{}`", def.name.rust.plain());
                let values = self.all(&what, fields, entries, node.span);
                Some(ValueKind::Object(id, values))
            }
            TypeKind::Union(variants) => {
                let (name, span, entries) = match &node.kind {
                    Kind::Mapping(entries) if entries.len() == 1 => match &entries[0].value.kind {
                        Kind::Mapping(fields) => {
                            (&entries[0].key, entries[0].key_span, fields.as_slice())
                        }
                        Kind::Null => (&entries[0].key, entries[0].key_span, &[][..]),
                        _ => return self.wrong(&entries[0].value, "a mapping of fields to values"),
                    },
                    Kind::Scalar(name) => (name, node.span, &[][..]),
                    _ => return self.wrong(node, "one variant with its fields"),
                };
                self.look_through(variants.len(), node.span)?;
                let Some(place) = variants
                    .iter()
                    .position(|variant| variant.name.stored == *name)
                else {
                    let hint = self.cx.did_you_mean(
                        name,
                        variants.iter().map(|variant| variant.name.stored.as_str()),
                    );
                    let message = format!(
                        "`{}` has no variant `{}`",
                        def.name.rust.plain(),
                        shown(name)
                    );
                    self.cx.report(
                        Diagnostic::new(Code::UnknownSymbol, span, message).maybe_hint(hint),
                    );
                    return None;
                };
                let what = format!("the variant `{}`", shown(name));
                let values = self.all(&what, &variants[place].fields, entries, span);
                Some(ValueKind::Variant(id, SymbolId(place), values))
            }
            TypeKind::Mistaken => None,
        }
    }

    fn look_through(&mut self, count: usize, span: Span) -> Option<()> {
        let cost = count / SYMBOLS_A_FIELD;
        self.room.take(self.cx, cost, span).then_some(())
    }

    fn simple(&mut self, ty: &Type, node: &Node) -> Option<ValueKind> {
        let Kind::Scalar(text) = &node.kind else {
            return self.wrong(node, expected(ty).0);
        };
        let kind = simple_value(ty, text);
        if kind.is_none() {
            let (what, example) = expected(ty);
            let error = Diagnostic::new(
                Code::BadValue,
                node.span,
                format!("`{}` is not {what}", shown(text)),
            );
            self.cx
                .report(error.hint(format!("write it like `{example}`")));
        }
        kind
    }

    fn wrong<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        let found = match node.kind {
            Kind::Scalar(_) => "text",
            Kind::Null => "nothing",
            Kind::Sequence(_) => "a sequence",
            Kind::Mapping(_) => "a mapping",
            Kind::Mistaken => return None,
        };
        self.cx.report(
            Diagnostic::new(
                Code::BadValue,
                node.span,
                format!("{expected} belongs here"),
            )
            .label(format!("this is {found}")),
        );
        None
    }
}

/// The value of a simple type that a text is, if it is one.
pub(in crate::model) fn simple_value(ty: &Type, text: &str) -> Option<ValueKind> {
    match ty {
        Type::Bool => text.parse().ok().map(ValueKind::Bool),
        Type::Int(int) => is_int(*int, text).then(|| ValueKind::Int(text.to_owned())),
        Type::F64 => text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(ValueKind::F64),
        Type::String => Some(ValueKind::String(text.to_owned())),
        Type::Decimal => is_decimal(text).then(|| ValueKind::Decimal(text.to_owned())),
        Type::Uuid => is_uuid(text).then(|| ValueKind::Uuid(text.to_owned())),
        Type::Timestamp => is_timestamp(text).then(|| ValueKind::Timestamp(text.to_owned())),
        Type::Date => is_date(text).then(|| ValueKind::Date(text.to_owned())),
        Type::Duration => is_duration(text).then(|| ValueKind::Duration(text.to_owned())),
        Type::Bytes => is_base64(text).then(|| ValueKind::Bytes(text.to_owned())),
        _ => None,
    }
}

/// What a value of a simple type is called, and an example of one.
fn expected(ty: &Type) -> (&'static str, &'static str) {
    match ty {
        Type::Bool => ("a `bool`", "true"),
        Type::Int(Int::U8) => ("a number from 0 to 255", "7"),
        Type::Int(Int::U16) => ("a number from 0 to 65535", "7"),
        Type::Int(Int::U32) => ("a number from 0 to 4294967295", "7"),
        Type::Int(Int::U64 | Int::Usize) => ("a whole number of 64 bits, not negative", "7"),
        Type::Int(Int::U128) => ("a whole number of 128 bits, not negative", "7"),
        Type::Int(Int::I8) => ("a number from -128 to 127", "7"),
        Type::Int(Int::I16) => ("a number from -32768 to 32767", "7"),
        Type::Int(Int::I32) => ("a number from -2147483648 to 2147483647", "7"),
        Type::Int(Int::I64 | Int::Isize) => ("a whole number of 64 bits", "7"),
        Type::Int(Int::I128) => ("a whole number of 128 bits", "7"),
        Type::F64 => ("an `f64`", "1.5"),
        Type::Decimal => ("a decimal", "12.50"),
        Type::Uuid => ("a UUID", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
        Type::Timestamp => ("a timestamp", "2026-01-05T10:00:00Z"),
        Type::Date => ("a date", "2026-01-05"),
        Type::Duration => ("a duration", "PT1H30M"),
        Type::Bytes => ("Base64", "aGVsbG8="),
        _ => ("text", "some text"),
    }
}

fn is_int(int: Int, text: &str) -> bool {
    // `+7` is a number to the standard library, and none to rustc.
    !text.starts_with('+')
        && match int {
            Int::I8 => text.parse::<i8>().is_ok(),
            Int::I16 => text.parse::<i16>().is_ok(),
            Int::I32 => text.parse::<i32>().is_ok(),
            Int::I64 | Int::Isize => text.parse::<i64>().is_ok(),
            Int::I128 => text.parse::<i128>().is_ok(),
            Int::U8 => text.parse::<u8>().is_ok(),
            Int::U16 => text.parse::<u16>().is_ok(),
            Int::U32 => text.parse::<u32>().is_ok(),
            Int::U64 | Int::Usize => text.parse::<u64>().is_ok(),
            Int::U128 => text.parse::<u128>().is_ok(),
        }
}

/// At most 28 digits with a point among them, as many as every `Decimal` can hold.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && fraction.is_none_or(all_digits)
        && whole.len() + fraction.map_or(0, str::len) <= 28
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    year >= 1 && (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// By RFC 3339, with an upper-case `T` and, for UTC, an upper-case `Z`.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some(zone) = time.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = time.split_at(zone);
    let (clock, fraction) = time
        .split_once('.')
        .map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
    let in_range = |part: &str, limit: u32| digits(part, 2).is_some_and(|number| number < limit);
    let parts: Vec<&str> = clock.split(':').collect();
    let clock = matches!(parts.as_slice(), [hour, minute, second] if in_range(hour, 24) && in_range(minute, 60) && in_range(second, 60));
    let fraction = fraction.is_none_or(|fraction| {
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let zone = zone == "Z"
        || zone[1..]
            .split_once(':')
            .is_some_and(|(hours, minutes)| in_range(hours, 24) && in_range(minutes, 60));
    is_date(date) && clock && fraction && zone
}

/// By ISO 8601, without years and months, whose length depends on the calendar.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else {
        return false;
    };
    let (date, time) = rest
        .split_once('T')
        .map_or((rest, None), |(date, time)| (date, Some(time)));
    let days = date.is_empty() || is_amounts(date, "D");
    days && match time {
        Some(time) => is_amounts(time, "HMS"),
        None => !date.is_empty(),
    }
}

/// Whether the text is numbers, each with one of the units behind it, in the order of the units.
fn is_amounts(text: &str, units: &str) -> bool {
    let (mut rest, mut units) = (text, units);
    while let Some(end) = rest.find(|c: char| c.is_ascii_uppercase()) {
        let (number, unit) = (&rest[..end], &rest[end..=end]);
        let Some(place) = units.find(unit) else {
            return false;
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let all_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole)
            || !all_digits(fraction)
            || (number.contains('.') && (unit != "S" || fraction.len() > 9))
        {
            return false;
        }
        units = &units[place + 1..];
        rest = &rest[end + 1..];
    }
    rest.is_empty() && !text.is_empty()
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    // Bits of the last character that belong to no byte have to be zero.
    let lasts: &[u8] = match padding {
        0 => return text.len().is_multiple_of(4) && body.bytes().all(is_base64_character),
        1 => b"AEIMQUYcgkosw048",
        2 => b"AQgw",
        _ => return false,
    };
    text.len().is_multiple_of(4)
        && body.bytes().all(is_base64_character)
        && body
            .bytes()
            .next_back()
            .is_some_and(|last| lasts.contains(&last))
}

fn is_base64_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_to_their_types() {
        assert!(
            is_timestamp("2026-01-05T10:00:00Z")
                && is_timestamp("2024-02-29T23:59:59.123456789+01:30")
        );
        assert!(
            !is_timestamp("2026-02-29T10:00:00Z")
                && !is_timestamp("2026-01-05 10:00:00Z")
                && !is_timestamp("2026-01-05T24:00:00Z")
        );
        assert!(
            is_date("2000-02-29")
                && !is_date("1900-02-29")
                && !is_date("2026-1-5")
                && !is_date("0000-01-01")
        );
        assert!(
            is_decimal("-0.10")
                && is_decimal("12")
                && !is_decimal("1e5")
                && !is_decimal(".5")
                && !is_decimal("-")
        );
        assert!(
            is_uuid("67e55044-10b1-426f-9247-bb680e5fe0c8")
                && !is_uuid("67e5504410b1426f9247bb680e5fe0c8")
        );
        assert!(
            is_duration("PT1H30M")
                && is_duration("-P1DT0.5S")
                && !is_duration("P1M")
                && !is_duration("PT")
                && !is_duration("PT1M1H")
        );
        assert!(
            is_base64("aGVsbG8=") && is_base64("") && !is_base64("aGVsbG8") && !is_base64("a===")
        );
        assert!(
            is_base64("Zg==")
                && is_base64("aGVs")
                && !is_base64("Zh==")
                && !is_base64("aGVsbG9=")
                && !is_base64("aG=s")
        );
        assert!(
            is_int(Int::U8, "255")
                && !is_int(Int::U8, "256")
                && !is_int(Int::U8, "+1")
                && is_int(Int::I8, "-128")
        );
    }
}
