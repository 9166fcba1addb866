//! Several files become one schema, as if everything stood in one.

use super::{Row, Table, Text, raw};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    source::Span,
};
use std::collections::HashMap;

/// Puts together what the files say; `None` where there are none.
///
/// The domain is named in at least one of them, and by the same name in all that do. All else is said once.
pub(super) fn merge(cx: &mut Diagnostics, schemas: Vec<raw::Schema>) -> Option<raw::Schema> {
    let of_several = schemas.len() > 1;
    let mut schemas = schemas.into_iter();
    let mut whole = schemas.next()?;
    for schema in schemas {
        whole.domain = domain(cx, whole.domain, schema.domain);
        whole.doc = doc(cx, whole.doc, schema.doc);
        whole.types = joined(whole.types, schema.types);
        whole.aggregates = joined(whole.aggregates, schema.aggregates);
        whole.projections = joined(whole.projections, schema.projections);
        whole.levels = joined(whole.levels, schema.levels);
        whole.present.extend(schema.present);
    }
    if of_several {
        refuse_twice(cx, "type", whole.types.as_mut());
        refuse_twice(cx, "aggregate", whole.aggregates.as_mut());
        refuse_twice(cx, "projection", whole.projections.as_mut());
        refuse_twice(cx, "level of", whole.levels.as_mut());
    }
    if !whole.present.contains(&"domain") {
        let (what, hint) = if of_several {
            (
                "no file of the schema has the key `domain`",
                "write `domain: name` into one of them",
            )
        } else {
            (
                "a schema needs the key `domain`",
                "it begins with `domain: name`",
            )
        };
        cx.report(Diagnostic::new(Code::MissingKey, Span::default(), what).hint(hint));
    }
    Some(whole)
}

fn domain(cx: &mut Diagnostics, first: Option<Text>, second: Option<Text>) -> Option<Text> {
    if let (Some(first), Some(second)) = (&first, &second)
        && first.value != second.value
    {
        let message = format!(
            "the domain is `{}` here and `{}` elsewhere",
            shown(&second.value),
            shown(&first.value)
        );
        let error = Diagnostic::new(Code::Contradiction, second.span, message)
            .other(first.span, "named here");
        cx.report(error.hint("the files of a folder describe one domain"));
    }
    first.or(second)
}

fn doc(cx: &mut Diagnostics, first: Option<Text>, second: Option<Text>) -> Option<Text> {
    if let (Some(first), Some(second)) = (&first, &second) {
        twice(
            cx,
            "the `doc` of the domain stands in two files",
            second,
            first,
        );
    }
    first.or(second)
}

fn joined<T>(first: Option<Table<T>>, second: Option<Table<T>>) -> Option<Table<T>> {
    match (first, second) {
        (Some(mut first), Some(second)) => {
            first.entries.extend(second.entries);
            Some(first)
        }
        (first, second) => first.or(second),
    }
}

/// Reports names that stand in two files, and keeps the first of each; within a file the reader has done so already.
fn refuse_twice<T>(cx: &mut Diagnostics, what: &str, table: Option<&mut Table<T>>) {
    let Some(table) = table else { return };
    let mut firsts: HashMap<String, Text> = HashMap::with_capacity(table.entries.len());
    table.entries.retain(|Row { name, .. }| {
        let Some(first) = firsts.get(&name.value) else {
            firsts.insert(name.value.clone(), name.clone());
            return true;
        };
        let message = format!(
            "the {what} `{}` is defined in two files",
            shown(&name.value)
        );
        twice(cx, &message, name, first);
        false
    });
}

fn twice(cx: &mut Diagnostics, message: &str, again: &Text, first: &Text) {
    let error = Diagnostic::new(Code::DuplicateKey, again.span, message).label("again here");
    cx.report(error.other(first.span, "first defined here"));
}
