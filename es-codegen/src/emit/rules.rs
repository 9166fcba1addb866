//! Leaves as they stand in rules: verbatim, but for what their place asks of them.

use super::scope::Scope;
use crate::leaf::Leaf;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, parse::Parser};

/// A leaf where any expression can stand.
pub(super) fn expression(scope: &Scope<'_>, leaf: &Leaf) -> TokenStream {
    scope.names_in(leaf);
    without_parentheses(leaf.tokens.clone())
}

/// A leaf as the condition of an `if`.
pub(super) fn condition(scope: &Scope<'_>, leaf: &Leaf) -> TokenStream {
    let tokens = expression(scope, leaf);
    // `if a == B { c: 1 } { .. }` is not Rust: a struct literal needs parentheses there.
    let stands_alone = !has_braces(&tokens)
        || Parser::parse2(Expr::parse_without_eager_brace, tokens.clone()).is_ok();
    if stands_alone {
        tokens
    } else {
        quote!((#tokens))
    }
}

/// A leaf as a statement.
pub(super) fn statement(scope: &Scope<'_>, leaf: &Leaf) -> TokenStream {
    scope.names_in(leaf);
    let mut trees: Vec<_> = leaf.tokens.clone().into_iter().collect();
    while matches!(trees.last(), Some(TokenTree::Punct(last)) if last.as_char() == ';') {
        trees.pop();
    }
    let begins_block = match trees.first() {
        Some(TokenTree::Ident(word)) => {
            ["if", "match", "for", "while", "loop"].contains(&word.to_string().as_str())
        }
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    let tokens: TokenStream = trees.into_iter().collect();
    if begins_block && is_block(tokens.clone()) {
        tokens
    } else {
        quote!(#tokens;)
    }
}

fn is_block(tokens: TokenStream) -> bool {
    matches!(
        syn::parse2(tokens),
        Ok(Expr::If(_)
            | Expr::Match(_)
            | Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::Block(_))
    )
}

/// The tokens without parentheses around all of them, which rustc would warn of.
fn without_parentheses(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens;
    loop {
        let mut trees = tokens.clone().into_iter();
        match (trees.next(), trees.next()) {
            (Some(TokenTree::Group(group)), None) if is_plain_group(&group) => {
                tokens = group.stream();
            }
            _ => return tokens,
        }
    }
}

/// Whether a group is parentheses around one expression: not `()`, not a tuple.
fn is_plain_group(group: &proc_macro2::Group) -> bool {
    let is_comma =
        |tree: TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    group.delimiter() == Delimiter::Parenthesis
        && !group.stream().is_empty()
        && !group.stream().into_iter().any(is_comma)
}

fn has_braces(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(
        |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    )
}
