//! Conversions as Rust: how a value of an older shape becomes one of the shape after it.

use super::{scope::Scope, text::columns, types::Kind};
use crate::model::{Conversion, Type, TypeKind};

/// The expression that converts `value` into the type `to`.
pub(super) fn convert(
    scope: &Scope<'_>,
    conversion: &Conversion,
    value: &str,
    to: &Type,
) -> String {
    match conversion {
        Conversion::Same => value.to_owned(),
        Conversion::Upcast => {
            // By the name of the type, unless the domain has taken that of the trait, which is then not in scope.
            match scope.runtime("Upcast").as_str() {
                "Upcast" => format!("{}::upcast({value}, cx)", scope.ty(to)),
                upcast => format!("{upcast}::upcast({value}, cx)"),
            }
        }
        Conversion::Text => format!("{value}.to_string()"),
        Conversion::Widened => format!("{}::from({value})", scope.ty(to)),
        Conversion::Wrapped(inner) => {
            let inner = convert(scope, inner, value, over(scope, to));
            format!("{}({inner})", constructor(scope, to))
        }
        Conversion::Some(inner) => {
            let inner = convert(scope, inner, value, element(to));
            format!("{}({inner})", scope.prelude("Some"))
        }
        Conversion::One(inner) => format!("vec![{}]", convert(scope, inner, value, element(to))),
        Conversion::OneOfSet(inner) => {
            let inner = convert(scope, inner, value, element(to));
            format!("{}::from([{inner}])", scope.collection("BTreeSet"))
        }
        Conversion::Option(inner) => {
            format!("{value}.map({})", function(scope, inner, element(to)))
        }
        Conversion::Each(inner) => each(value, &function(scope, inner, element(to))),
        Conversion::EachPair(key, inner) => {
            let (to_key, to) = match to {
                Type::Map(key, value) => (&**key, &**value),
                other => (other, other),
            };
            let key = convert(scope, key, "key", to_key);
            let inner = convert(scope, inner, "value", to);
            each(value, &format!("|(key, value)| ({key}, {inner})"))
        }
        Conversion::Boxed(inner) => {
            let inner = convert(scope, inner, &format!("*{value}"), element(to));
            format!("{}::new({inner})", scope.prelude("Box"))
        }
    }
}

/// The width up to which a chain of calls stands on one line.
const CHAIN_WIDTH: usize = 60;

/// What converts each of several.
fn each(value: &str, function: &str) -> String {
    let line = format!("{value}.into_iter().map({function}).collect()");
    match value.split_once('.') {
        Some((root, field)) if columns(&line) > CHAIN_WIDTH => {
            format!("{root}\n    .{field}\n    .into_iter()\n    .map({function})\n    .collect()")
        }
        _ => line,
    }
}

/// Whether a conversion asks for what stands beside the event.
pub(super) fn says_cx(conversion: &Conversion) -> bool {
    match conversion {
        Conversion::Upcast => true,
        Conversion::Same | Conversion::Widened | Conversion::Text => false,
        Conversion::Wrapped(inner)
        | Conversion::Some(inner)
        | Conversion::One(inner)
        | Conversion::OneOfSet(inner)
        | Conversion::Option(inner)
        | Conversion::Each(inner)
        | Conversion::Boxed(inner) => says_cx(inner),
        Conversion::EachPair(key, value) => says_cx(key) || says_cx(value),
    }
}

/// The function that converts one value: by its name where it has one.
fn function(scope: &Scope<'_>, conversion: &Conversion, to: &Type) -> String {
    match conversion {
        Conversion::Widened => format!("{}::from", scope.ty(to)),
        Conversion::Wrapped(inner) if **inner == Conversion::Same => constructor(scope, to),
        Conversion::Some(inner) if **inner == Conversion::Same => scope.prelude("Some"),
        _ => format!("|value| {}", convert(scope, conversion, "value", to)),
    }
}

/// What makes a newtype of what is inside it.
fn constructor(scope: &Scope<'_>, ty: &Type) -> String {
    let is_open = match ty {
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Newtype(inner) => !scope.model().is_id(*id) && Kind::of(inner) == Kind::Plain,
            _ => false,
        },
        _ => false,
    };
    let name = scope.ty(ty);
    if is_open {
        name
    } else {
        format!("{name}::from")
    }
}

/// What a newtype is made over.
fn over<'t>(scope: &'t Scope<'_>, ty: &'t Type) -> &'t Type {
    match ty {
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Newtype(inner) => inner,
            _ => ty,
        },
        _ => ty,
    }
}

/// What an option, a list, a set or a box holds.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => inner,
        other => other,
    }
}
