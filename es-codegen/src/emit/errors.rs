//! The error of an aggregate: everything that its commands can be refused with, and the words for it.

use super::{
    docs,
    scope::Scope,
    text::{Text, VARIANT_WIDTH, columns, fresh, quoted},
    types::Kind,
};
use crate::model::{Aggregate, MessagePart, Rejection, Type, TypeKind};

/// The enum and its impls.
pub(super) fn errors(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate) {
    declaration(text, scope, aggregate);
    display(text, scope, aggregate);
    text.item();
    text.line(&format!(
        "impl std::error::Error for {} {{}}",
        name(aggregate)
    ));
}

/// What the error of an aggregate is called.
pub(super) fn name(aggregate: &Aggregate) -> String {
    format!("{}Error", aggregate.name.rust.plain())
}

fn declaration(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate) {
    text.item();
    text.doc(&format!(
        "Why {} refuses a command.",
        docs::code(aggregate.name.rust.plain())
    ));
    text.line("#[derive(Debug, Clone, PartialEq)]");
    text.line("#[non_exhaustive]");
    let name = name(aggregate);
    if aggregate.rejections.is_empty() && !has_wrong_status(aggregate) {
        return text.line(&format!("pub enum {name} {{}}"));
    }
    text.open(&format!("pub enum {name} {{"));
    for rejection in &aggregate.rejections {
        let details = rejection.details.iter();
        let details =
            details.map(|detail| format!("{}: {}", detail.name.rust, scope.ty(&detail.ty)));
        text.doc(&docs::sentence(&words(rejection, docs::plain, docs::code)));
        variant(
            text,
            rejection.name.rust.as_str(),
            &details.collect::<Vec<_>>(),
        );
    }
    if let Some(lifecycle) = aggregate
        .lifecycle
        .as_ref()
        .filter(|_| has_wrong_status(aggregate))
    {
        let status = format!("status: {}", scope.declared(lifecycle.ty));
        text.doc("The command is not allowed in this status.");
        variant(
            text,
            "WrongStatus",
            &["command: &'static str".to_owned(), status],
        );
    }
    text.close("}");
}

fn variant(text: &mut Text, name: &str, details: &[String]) {
    let line = details.join(", ");
    if details.is_empty() {
        text.line(&format!("{name},"));
    } else if columns(&line) <= VARIANT_WIDTH {
        text.line(&format!("{name} {{ {line} }},"));
    } else {
        text.open(&format!("{name} {{"));
        details
            .iter()
            .for_each(|detail| text.line(&format!("{detail},")));
        text.close("},");
    }
}

/// Whether a command of the aggregate is allowed in some statuses only.
fn has_wrong_status(aggregate: &Aggregate) -> bool {
    aggregate
        .commands
        .iter()
        .any(|command| command.allowed.is_some())
}

/// The words for a rejection: its message, else its name.
fn words(
    rejection: &Rejection,
    text: impl Fn(&str) -> String,
    detail: impl Fn(&str) -> String,
) -> String {
    let Some(message) = &rejection.message else {
        return docs::words(rejection.name.rust.plain());
    };
    let parts = message.parts.iter().map(|part| match part {
        MessagePart::Text(part) => text(part),
        MessagePart::Detail(place) => detail(rejection.details[*place].name.rust.plain()),
    });
    parts.collect()
}

fn display(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate) {
    let mut arms: Vec<_> = aggregate
        .rejections
        .iter()
        .map(|rejection| arm(scope, rejection))
        .collect();
    if has_wrong_status(aggregate) {
        let subject = docs::words(aggregate.name.rust.plain());
        let message = format!("`{{command}}` is not allowed while the {subject} is {{status}}");
        arms.push(Arm {
            pattern: "Self::WrongStatus { command, status }".to_owned(),
            body: format!("write!(f, {})", quoted(&message)),
        });
    }
    text.item();
    text.open(&format!(
        "impl std::fmt::Display for {} {{",
        name(aggregate)
    ));
    let f = if arms.is_empty() { "_f" } else { "f" };
    text.open(&format!(
        "fn fmt(&self, {f}: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{"
    ));
    if arms.is_empty() {
        text.line("match *self {}");
    } else {
        text.open("match self {");
        arms.iter().for_each(|arm| arm.write(text));
        text.close("}");
    }
    text.close("}");
    text.close("}");
}

/// An arm of the `match` that finds the words.
struct Arm {
    pattern: String,
    body: String,
}

impl Arm {
    fn write(&self, text: &mut Text) {
        let line = format!("{} => {},", self.pattern, self.body);
        if columns(&line) <= text.width() {
            text.line(&line);
        } else {
            text.open(&format!("{} => {{", self.pattern));
            text.line(&self.body);
            text.close("}");
        }
    }
}

fn arm(scope: &Scope<'_>, rejection: &Rejection) -> Arm {
    let name = &rejection.name.rust;
    let places = 0..rejection.details.len();
    let shown: Vec<_> = places.filter(|place| is_shown(rejection, *place)).collect();
    let mut bindings: Vec<_> = shown
        .iter()
        .map(|place| binding(rejection, *place))
        .collect();
    if bindings.len() < rejection.details.len() {
        bindings.push("..".to_owned());
    }
    let pattern = match bindings.as_slice() {
        [] => format!("Self::{name}"),
        bindings => format!("Self::{name} {{ {} }}", bindings.join(", ")),
    };
    let body = if shown.is_empty() {
        format!(
            "f.write_str({})",
            quoted(&words(rejection, str::to_owned, str::to_owned))
        )
    } else {
        format!("write!(f, {})", quoted(&template(scope, rejection)))
    };
    Arm { pattern, body }
}

/// The message as a format string; details are named in it as they are bound.
fn template(scope: &Scope<'_>, rejection: &Rejection) -> String {
    let parts = rejection.message.iter().flat_map(|message| &message.parts);
    parts
        .map(|part| match part {
            MessagePart::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            MessagePart::Detail(place) => {
                let has_display = has_display(scope, &rejection.details[*place].ty);
                let style = if has_display { "" } else { ":?" };
                format!("{{{}{style}}}", bound_name(rejection, *place))
            }
        })
        .collect()
}

fn binding(rejection: &Rejection, place: usize) -> String {
    let (name, bound) = (
        &rejection.details[place].name.rust,
        bound_name(rejection, place),
    );
    if name.as_str() == bound {
        bound
    } else {
        format!("{name}: {bound}")
    }
}

/// What a detail is called in a pattern: its name, unless that is the formatter's or cannot stand in a format string.
fn bound_name(rejection: &Rejection, place: usize) -> String {
    let own = &rejection.details[place].name.rust;
    let is_taken = |name: &str| {
        let mut others = rejection.details.iter();
        others.any(|other| other.name.rust.as_str() == name)
    };
    if own.as_str() == "f" || own.as_str().starts_with("r#") {
        fresh(&format!("{}_", own.plain()), is_taken)
    } else {
        own.as_str().to_owned()
    }
}

fn is_shown(rejection: &Rejection, place: usize) -> bool {
    let mut parts = rejection.message.iter().flat_map(|message| &message.parts);
    parts.any(|part| *part == MessagePart::Detail(place))
}

fn has_display(scope: &Scope<'_>, ty: &Type) -> bool {
    match ty {
        Type::Option(_) | Type::Vec(_) | Type::Map(..) | Type::Set(_) | Type::Mistaken => false,
        Type::Box(inner) => has_display(scope, inner),
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Newtype(_) if scope.model().is_id(*id) => true,
            TypeKind::Newtype(inner) => Kind::of(inner) != Kind::Plain,
            TypeKind::Enum(_) => true,
            TypeKind::Object(_)
            | TypeKind::Union(_)
            | TypeKind::Own { .. }
            | TypeKind::Mistaken => false,
        },
        _ => true,
    }
}
