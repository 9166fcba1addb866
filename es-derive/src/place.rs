//! Where the compiler tells what it finds wrong with the code that is written here.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The place of a token of the user's, for code that is not: the compiler points there, and lints stay away.
pub(crate) fn at(token: Span) -> Span {
    Span::call_site().located_at(token)
}

/// The name by which an expression of the user's speaks of something, as it is written there: names that a macro is given
/// are others than those that it writes itself.
pub(crate) fn spoken_of(name: &str, expression: impl ToTokens) -> Ident {
    find(name, expression.into_token_stream())
        .unwrap_or_else(|| Ident::new(name, Span::call_site()))
}

fn find(name: &str, tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident == name).then_some(ident),
        TokenTree::Group(group) => find(name, group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// The same tokens at another place. The compiler points at all of an expression, so all of it has to stand there.
pub(crate) fn moved(tokens: impl ToTokens, place: Span) -> TokenStream {
    let tokens = tokens.into_token_stream().into_iter();
    tokens
        .map(|mut token: TokenTree| {
            token.set_span(place);
            token
        })
        .collect()
}
