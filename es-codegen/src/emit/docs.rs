//! Documentation: what the schema says about a thing, else a sentence that follows from what it is.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::quote;

/// `///` lines of what the schema says; none where it says nothing.
pub(super) fn given(doc: Option<&str>) -> TokenStream {
    doc.map(lines).unwrap_or_default()
}

/// `///` lines of what the schema says, else of `otherwise`.
pub(super) fn given_or(doc: Option<&str>, otherwise: &str) -> TokenStream {
    lines(doc.unwrap_or(otherwise))
}

/// `///` lines of a text.
pub(super) fn lines(text: &str) -> TokenStream {
    text.trim()
        .lines()
        .map(|line| {
            let line = match line.trim_end() {
                "" => String::new(),
                line => format!(" {line}"),
            };
            quote!(#[doc = #line])
        })
        .collect()
}

/// A stored or Rust name as words: `nothing to ship` of `NothingToShip`.
pub(super) fn words(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}

/// A name in code quotes, whatever it holds.
pub(super) fn code(name: &str) -> String {
    if name.contains('`') {
        format!("`` {name} ``")
    } else {
        format!("`{name}`")
    }
}

/// A text as a sentence: a capital at its beginning, a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// `a` or `an`, as the word asks for.
pub(super) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    }
}
