//! Rust types in the leaves.

use super::{check_complexity, place, syntax_error};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    model::{Int, Type, TypeId},
    source::{Source, Span, Spanned},
};
use std::collections::HashMap;
use syn::spanned::Spanned as _;

/// Reads a type; what is none is reported, and [`Type::Mistaken`] stands in its place.
pub(crate) fn parse_type(
    cx: &mut Diagnostics,
    source: &Source,
    declared: &HashMap<String, TypeId>,
    text: &Spanned<String>,
) -> Type {
    // Most types are a single name, which needs no parser.
    if let Some(ty) = simple(text.value.trim())
        .or_else(|| declared.get(text.value.trim()).copied().map(Type::Declared))
    {
        return ty;
    }
    // A parser for each of many mistakes that nobody is told would take longer than all the rest.
    if cx.leaves_some_untold() || check_complexity(cx, text).is_none() {
        return Type::Mistaken;
    }
    match syn::parse_str::<syn::Type>(&text.value) {
        Ok(ty) => Reading {
            cx,
            source,
            declared,
            text,
        }
        .of(&ty),
        Err(error) => {
            let error = syntax_error(source, text, &error, "a type");
            cx.report(error.maybe_hint(instead_of_mark(&text.value)));
            Type::Mistaken
        }
    }
}

/// Reads the path of a type of the user's own.
pub(crate) fn parse_path(
    cx: &mut Diagnostics,
    source: &Source,
    text: &Spanned<String>,
) -> Option<syn::Path> {
    check_complexity(cx, text)?;
    match syn::parse_str::<syn::Path>(&text.value).and_then(named) {
        Ok(path) => Some(path),
        Err(error) => {
            cx.report(syntax_error(source, text, &error, "the path of a type"));
            None
        }
    }
}

/// A path that ends in a name; `Self` and the modules around are none.
fn named(path: syn::Path) -> syn::Result<syn::Path> {
    let is_word = |segment: &&syn::PathSegment| {
        ["Self", "self", "super", "crate"].contains(&segment.ident.to_string().as_str())
    };
    let around = path.segments.iter().find(|s| s.ident == "Self");
    match around.or_else(|| path.segments.last().filter(is_word)) {
        Some(segment) => Err(syn::Error::new(
            segment.ident.span(),
            format!("`{}` is not the name of a type", segment.ident),
        )),
        None => Ok(path),
    }
}

struct Reading<'r> {
    cx: &'r mut Diagnostics,
    source: &'r Source,
    declared: &'r HashMap<String, TypeId>,
    text: &'r Spanned<String>,
}

impl Reading<'_> {
    fn of(&mut self, ty: &syn::Type) -> Type {
        let syn::Type::Path(syn::TypePath {
            qself: None, path, ..
        }) = ty
        else {
            let (what, hint) = match ty {
                syn::Type::Reference(_) => (
                    "a reference",
                    "what is stored is owned: take the `&` away, and write `String` for `&str`",
                ),
                syn::Type::Tuple(_) => (
                    "a tuple",
                    "declare a value object under `types`, so that its parts have names",
                ),
                syn::Type::Array(_) | syn::Type::Slice(_) => {
                    ("an array", "write `Vec<T>`, or `Bytes` for bytes")
                }
                _ => (
                    "such a type",
                    "declare one of your own under `types`: `Name: { rust: crate::Name, as: String }`",
                ),
            };
            return self.refuse(
                Code::UnsupportedType,
                ty.span(),
                format!("{what} cannot stand in a schema"),
                Some(hint.to_owned()),
            );
        };
        let (Some(segment), 1, None) = (
            path.segments.last(),
            path.segments.len(),
            path.leading_colon,
        ) else {
            let hint = path
                .segments
                .last()
                .map(|segment| self.instead_of_path(segment));
            return self.refuse(
                Code::UnsupportedType,
                path.span(),
                "a path cannot stand here".to_owned(),
                hint,
            );
        };
        let name = segment.ident.to_string();
        let arguments: Vec<&syn::Type> = match &segment.arguments {
            syn::PathArguments::None => Vec::new(),
            syn::PathArguments::AngleBracketed(angle) => {
                let arguments = angle.args.iter().map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                });
                let Some(types) = arguments.collect() else {
                    return self.refuse(
                        Code::UnsupportedType,
                        path.span(),
                        format!("`{}` takes types and nothing else", shown(&name)),
                        None,
                    );
                };
                types
            }
            syn::PathArguments::Parenthesized(_) => {
                return self.refuse(
                    Code::UnsupportedType,
                    path.span(),
                    "a function cannot stand in a schema".to_owned(),
                    None,
                );
            }
        };
        match (name.as_str(), arguments.as_slice()) {
            ("Option", [inner]) => Type::Option(Box::new(self.of(inner))),
            ("Vec", [inner]) => Type::Vec(Box::new(self.of(inner))),
            ("Box", [inner]) => Type::Box(Box::new(self.of(inner))),
            ("BTreeSet", [inner]) => Type::Set(Box::new(self.of(inner))),
            ("BTreeMap", [key, value]) => {
                Type::Map(Box::new(self.of(key)), Box::new(self.of(value)))
            }
            ("Option" | "Vec" | "Box" | "BTreeSet", _) => self.refuse(
                Code::UnsupportedType,
                path.span(),
                format!("`{name}` takes one type"),
                Some(format!("write `{name}<T>`")),
            ),
            ("BTreeMap", _) => self.refuse(
                Code::UnsupportedType,
                path.span(),
                "`BTreeMap` takes two types".to_owned(),
                Some("write \"BTreeMap<K, V>\"".to_owned()),
            ),
            (plain, []) => match simple(plain)
                .or_else(|| self.declared.get(plain).copied().map(Type::Declared))
            {
                Some(ty) => ty,
                None => self.unknown(plain, segment.ident.span()),
            },
            (generic, _) => {
                let hint = instead_of(generic).or_else(|| instead_of_foreign(generic));
                let hint = hint.unwrap_or_else(|| "generic types of your own are declared under `types`: `Name: { rust: \"crate::Name<T>\", as: String }`".to_owned());
                self.refuse(
                    Code::UnsupportedType,
                    path.span(),
                    format!("`{}` cannot stand in a schema", shown(generic)),
                    Some(hint),
                )
            }
        }
    }

    /// The way out where a path stands that ends in this.
    fn instead_of_path(&self, last: &syn::PathSegment) -> String {
        let name = last.ident.to_string();
        if let Some(hint) = instead_of(&name) {
            return hint;
        }
        if self.declared.contains_key(&name) {
            return format!(
                "`{0}` is declared under `types`: write `{0}`; where that is what stands here, say beside `rust` what it is on the wire: `as: String`",
                shown(&name)
            );
        }
        if !is_built_in(&name) {
            return format!(
                "declare it under `types`: `{0}: {{ rust: {1}, as: String }}`, and write `{0}` here",
                shown(&name),
                shown(self.text.value.trim())
            );
        }
        let (start, end) = (last.ident.span().byte_range(), last.span().byte_range());
        let text = self.text.value.get(start.start..end.end);
        format!("write `{}`", shown(text.unwrap_or(&name)))
    }

    fn unknown(&mut self, name: &str, span: proc_macro2::Span) -> Type {
        if let Some(hint) = instead_of(name) {
            return self.refuse(
                Code::UnsupportedType,
                span,
                format!("`{name}` cannot stand in a schema"),
                Some(hint),
            );
        }
        let mut declared = self.declared.keys();
        if let Some(hint) = instead_of_foreign(name)
            && !declared.any(|declared| declared.eq_ignore_ascii_case(name))
        {
            return self.refuse(
                Code::UnknownType,
                span,
                format!("no type is called `{name}`"),
                Some(hint),
            );
        }
        let known = SIMPLE
            .iter()
            .map(|(name, _)| *name)
            .chain(self.declared.keys().map(String::as_str));
        let hint = self
            .cx
            .did_you_mean(name, known)
            .unwrap_or_else(|| format!("declare it under `types`: `{}: String`", shown(name)));
        self.refuse(
            Code::UnknownType,
            span,
            format!("no type is called `{}`", shown(name)),
            Some(hint),
        )
    }

    fn refuse(
        &mut self,
        code: Code,
        span: proc_macro2::Span,
        message: String,
        hint: Option<String>,
    ) -> Type {
        let span = self.place(span);
        self.cx
            .report(Diagnostic::new(code, span, message).maybe_hint(hint));
        Type::Mistaken
    }

    fn place(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        if range.is_empty() {
            self.text.span
        } else {
            place(self.source, self.text, range)
        }
    }
}

/// The types that are a single name.
const SIMPLE: [(&str, Type); 19] = [
    ("bool", Type::Bool),
    ("i8", Type::Int(Int::I8)),
    ("i16", Type::Int(Int::I16)),
    ("i32", Type::Int(Int::I32)),
    ("i64", Type::Int(Int::I64)),
    ("i128", Type::Int(Int::I128)),
    ("u8", Type::Int(Int::U8)),
    ("u16", Type::Int(Int::U16)),
    ("u32", Type::Int(Int::U32)),
    ("u64", Type::Int(Int::U64)),
    ("u128", Type::Int(Int::U128)),
    ("f64", Type::F64),
    ("String", Type::String),
    ("Decimal", Type::Decimal),
    ("Uuid", Type::Uuid),
    ("Timestamp", Type::Timestamp),
    ("Date", Type::Date),
    ("Duration", Type::Duration),
    ("Bytes", Type::Bytes),
];

fn simple(name: &str) -> Option<Type> {
    SIMPLE
        .iter()
        .find(|(simple, _)| *simple == name)
        .map(|(_, ty)| ty.clone())
}

/// Whether a name is that of a type that needs no declaration.
pub(crate) fn is_built_in(name: &str) -> bool {
    simple(name).is_some() || matches!(name, "Option" | "Vec" | "Box" | "BTreeMap" | "BTreeSet")
}

/// What to write instead of a type that other languages have.
fn instead_of_foreign(name: &str) -> Option<String> {
    let instead = match name.to_ascii_lowercase().as_str() {
        "int" | "integer" | "long" | "bigint" | "int64" => "`i64`",
        "int32" => "`i32`",
        "short" | "int16" => "`i16`",
        "uint" | "ulong" | "uint64" => "`u64`",
        "uint32" => "`u32`",
        "byte" => "`u8`",
        "float" | "double" | "real" => "`f64`",
        "number" | "numeric" => "`i64`, or `Decimal` for what has digits behind the point",
        "boolean" => "`bool`",
        "datetime" | "time" => "`Timestamp`",
        "text" | "varchar" => "`String`",
        "blob" | "binary" => "`Bytes`",
        "optional" | "nullable" | "maybe" => "`Option<T>`",
        "list" | "array" | "seq" | "sequence" => "`Vec<T>`",
        "map" | "dict" | "dictionary" => "`BTreeMap<K, V>`",
        "set" => "`BTreeSet<T>`",
        "any" | "object" | "json" => {
            "what it can be: a value object or a union under `types`, or `String` for a text that only others read"
        }
        _ => return None,
    };
    Some(format!("write {instead}"))
}

/// What to write instead of the marks by which other languages say that something may be missing, or is a list.
fn instead_of_mark(text: &str) -> Option<String> {
    let text = text.trim();
    let marks = [("?", "Option"), ("[]", "Vec")];
    marks.into_iter().find_map(|(mark, instead)| {
        let inner = text.strip_suffix(mark)?;
        syn::parse_str::<syn::Type>(inner).ok()?;
        Some(format!("write `{instead}<{}>`", shown(inner.trim())))
    })
}

/// What to write instead of a Rust type that is well known and still refused.
fn instead_of(name: &str) -> Option<String> {
    let (instead, reason) = match name {
        "usize" => ("u64", "its size differs from machine to machine"),
        "isize" => ("i64", "its size differs from machine to machine"),
        "f32" => ("f64", "it loses digits on the way through JSON"),
        "str" | "char" => ("String", "what is stored is owned text"),
        "HashMap" | "IndexMap" => ("BTreeMap<K, V>", "its order differs from run to run"),
        "HashSet" | "IndexSet" => ("BTreeSet<T>", "its order differs from run to run"),
        "VecDeque" | "LinkedList" => ("Vec<T>", "it is the same in what is stored"),
        "Rc" | "Arc" | "Cow" => ("T", "what is stored is owned"),
        "DateTime" | "SystemTime" | "Instant" | "OffsetDateTime" => {
            ("Timestamp", "it is the time that this language has")
        }
        "NaiveDate" => ("Date", "it is the date that this language has"),
        _ => return None,
    };
    Some(format!("{reason}: write `{instead}`"))
}
