//! Where the compiler tells what it finds wrong with the code that is written here.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The place of a token of the user's, for code that is not: the compiler points there, and lints stay away.
pub(crate) fn at(token: Span) -> Span {
    Span::call_site().located_at(token)
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
