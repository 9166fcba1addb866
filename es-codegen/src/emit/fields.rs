//! Fields of structs and variants, with what serde and our derives have to be told about them.

use super::{
    scope::Scope,
    text::{Text, VARIANT_WIDTH, columns, quoted},
};
use crate::{
    model::{Field, Type},
    names::Name,
    source::Spanned,
};

/// What the checked fields of a struct are marked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    Command,
    Id,
    Value,
    /// An event or a state, in which nothing is checked.
    None,
}

/// The derives of a struct that is stored, the one of es-runtime behind the standard ones.
pub(super) fn derive(text: &mut Text, scope: &Scope<'_>, ours: &str) {
    let derives = [
        "Debug".to_owned(),
        "Clone".to_owned(),
        "PartialEq".to_owned(),
        scope.serde("Serialize"),
        scope.serde("Deserialize"),
        scope.runtime(ours),
    ];
    text.row("#[derive(", &derives, ")]");
}

/// A struct with public fields; `head` is what stands up to its name.
pub(super) fn structure(
    text: &mut Text,
    scope: &Scope<'_>,
    head: &str,
    fields: &[Field],
    marks: Marks,
) {
    if fields.is_empty() {
        // Braces also here: `{}` on the wire, where a unit would be `null`.
        return text.line(&format!("{head} {{}}"));
    }
    text.open(&format!("{head} {{"));
    declarations(text, scope, fields, "pub ", marks);
    text.close("}");
}

/// A struct of some fields of what is stored, which is only read.
pub(super) fn part(text: &mut Text, scope: &Scope<'_>, head: &str, fields: &[Field]) {
    if fields.is_empty() {
        return text.line(&format!("{head} {{}}"));
    }
    text.open(&format!("{head} {{"));
    for field in fields {
        tell(text, &told_to_read(field));
        declaration(text, scope, field, "pub ");
    }
    text.close("}");
}

/// A variant with fields; on one line if they are few and there is nothing to say about them.
pub(super) fn variant(text: &mut Text, scope: &Scope<'_>, name: &str, fields: &[Field]) {
    let plain = |field: &Field| {
        field.doc.is_none()
            && told(scope, field).is_empty()
            && mark(scope, &field.ty, Marks::Value).is_none()
    };
    let line: Vec<_> = fields
        .iter()
        .map(|field| format!("{}: {}", field.name.rust, scope.ty(&field.ty)))
        .collect();
    let line = line.join(", ");
    if fields.is_empty() {
        text.line(&format!("{name} {{}},"));
    } else if fields.iter().all(plain) && columns(&line) <= VARIANT_WIDTH {
        text.line(&format!("{name} {{ {line} }},"));
    } else {
        text.open(&format!("{name} {{"));
        declarations(text, scope, fields, "", Marks::Value);
        text.close("},");
    }
}

/// `#[serde(rename = "..")]` where the stored name is not the Rust name, and `alias` for those that it had before.
pub(super) fn rename(text: &mut Text, name: &Name, was: &[Spanned<String>]) {
    let is_other = name.stored != name.rust.plain();
    let rename = is_other.then(|| format!("rename = {}", quoted(&name.stored)));
    let aliases = was
        .iter()
        .map(|was| format!("alias = {}", quoted(&was.value)));
    let told: Vec<_> = rename.into_iter().chain(aliases).collect();
    if !told.is_empty() {
        text.column("#[serde(", &told, ")]");
    }
}

/// The mark of a field or of the inside of a newtype, where something in it is checked.
pub(super) fn mark(scope: &Scope<'_>, ty: &Type, marks: Marks) -> Option<&'static str> {
    let mark = match marks {
        Marks::Command => "#[command(check)]",
        Marks::Id => "#[id(check)]",
        Marks::Value => "#[value(check)]",
        Marks::None => return None,
    };
    scope.model().is_checked(ty).then_some(mark)
}

fn declarations(
    text: &mut Text,
    scope: &Scope<'_>,
    fields: &[Field],
    visibility: &str,
    marks: Marks,
) {
    for field in fields {
        if let Some(doc) = &field.doc {
            text.doc(doc);
        }
        if let Some(mark) = mark(scope, &field.ty, marks) {
            text.line(mark);
        }
        tell(text, &told(scope, field));
        declaration(text, scope, field, visibility);
    }
}

fn declaration(text: &mut Text, scope: &Scope<'_>, field: &Field, visibility: &str) {
    let ty = scope.ty(&field.ty);
    text.line(&format!("{visibility}{}: {ty},", field.name.rust));
}

fn tell(text: &mut Text, told: &[String]) {
    if !told.is_empty() {
        text.column("#[serde(", told, ")]");
    }
}

/// What serde has to be told about a field.
fn told(scope: &Scope<'_>, field: &Field) -> Vec<String> {
    let is_none = format!("{}::is_none", scope.prelude("Option"));
    told_with(field, Some(format!("skip_serializing_if = \"{is_none}\"")))
}

/// The same where it is only read.
fn told_to_read(field: &Field) -> Vec<String> {
    told_with(field, None)
}

fn told_with(field: &Field, skip: Option<String>) -> Vec<String> {
    let mut told = Vec::new();
    let stored = field.stored_name();
    // serde itself takes the `r#` away.
    if stored != field.name.rust.plain() {
        told.push(format!("rename = {}", quoted(stored)));
    }
    if let Type::Option(inner) = &field.ty {
        if matches!(**inner, Type::Option(_)) {
            // Left out, `null` and given are three things.
            told.push("default".to_owned());
            told.extend(skip);
            told.push("with = \"es_runtime::double_option\"".to_owned());
        } else {
            told.extend(skip);
        }
    }
    told
}
