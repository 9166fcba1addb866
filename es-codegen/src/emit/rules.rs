//! Leaves as they stand in rules: verbatim, but for what their place asks of them.

use super::scope::Scope;
use crate::leaf::{Leaf, Root};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeSet;
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

/// Whether a leaf may mean what stands in scope under this name.
///
/// Where it has a name of its own that is called the same, in a closure or a pattern, only rustc can tell the two apart.
pub(super) fn says(leaf: &Leaf, root: Root) -> bool {
    leaf.uses(root) || leaf.text.contains(root.name()) && free_names(leaf).contains(root.name())
}

/// What has to be allowed of a rule because the schema does not know enough to write it without.
pub(super) fn allowances(leaves: &[&Leaf], may_clone_copy: bool) -> TokenStream {
    let is_unsure = |root: &Root| {
        leaves.iter().any(|leaf| says(leaf, *root)) && !leaves.iter().any(|leaf| leaf.uses(*root))
    };
    let unused = Root::ALL.iter().any(is_unsure).then(|| {
        quote!(#[allow(unused_variables, reason = "the rule may only speak of names of its own")])
    });
    let copy = may_clone_copy.then(|| {
        quote!(#[allow(clippy::clone_on_copy, reason = "a type of your own may or may not be `Copy`")])
    });
    quote!(#unused #copy)
}

/// The identifiers that a leaf looks up in the scope: not those behind a dot or a path separator.
pub(super) fn free_names(leaf: &Leaf) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect_names(leaf.tokens.clone(), &mut names);
    names
}

fn collect_names(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut before = String::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => before.push(punct.as_char()),
            TokenTree::Ident(ident) => {
                let is_field = before.ends_with('.') && !before.ends_with("..");
                if !is_field && !before.ends_with("::") {
                    names.insert(ident.to_string());
                }
                before.clear();
            }
            TokenTree::Group(group) => {
                collect_names(group.stream(), names);
                before.clear();
            }
            TokenTree::Literal(_) => before.clear(),
        }
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
