//! Leaves as they stand in rules: verbatim, but for what their place asks of them.

use super::scope::Scope;
use crate::leaf::{Leaf, Root};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeMap;
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
    meaning(leaf, root) != Meaning::Nothing
}

/// What a leaf means by a name in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// It does not say it.
    Nothing,
    /// What stands in scope, or a name of its own.
    Unsure,
    /// What stands in scope.
    Scope,
}

fn meaning(leaf: &Leaf, root: Root) -> Meaning {
    if leaf.uses(root) {
        return Meaning::Scope;
    }
    // Most leaves are done with by a look at their text.
    if !leaf.text.contains(root.name()) {
        return Meaning::Nothing;
    }
    match free_names(leaf).get(root.name()) {
        None => Meaning::Nothing,
        // Nothing can be reached through a name before it is bound.
        Some(Use::Reached) => Meaning::Scope,
        Some(Use::Named) => Meaning::Unsure,
    }
}

/// What has to be allowed of a rule because the schema does not know enough to write it without.
pub(super) fn allowances(leaves: &[&Leaf], may_clone_copy: bool) -> TokenStream {
    let is_unsure = |root: &Root| {
        let meanings = leaves.iter().map(|leaf| meaning(leaf, *root));
        meanings.max() == Some(Meaning::Unsure)
    };
    let unused = Root::ALL.iter().any(is_unsure).then(|| {
        quote!(#[allow(unused_variables, reason = "the rule may only speak of names of its own")])
    });
    let copy = may_clone_copy.then(|| {
        quote!(#[allow(clippy::clone_on_copy, reason = "a type of your own may or may not be `Copy`")])
    });
    quote!(#unused #copy)
}

/// How a name stands where it stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// With a dot behind it.
    Reached,
    /// In any other way.
    Named,
}

/// The identifiers that a leaf looks up in the scope: not those behind a dot or a path separator.
pub(super) fn free_names(leaf: &Leaf) -> BTreeMap<String, Use> {
    let mut names = BTreeMap::new();
    collect_names(leaf.tokens.clone(), &mut names);
    names
}

fn collect_names(tokens: TokenStream, names: &mut BTreeMap<String, Use>) {
    let mut before = String::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) => before.push(punct.as_char()),
            TokenTree::Ident(ident) => {
                let is_field = before.ends_with('.') && !before.ends_with("..");
                if !is_field && !before.ends_with("::") {
                    let is_dot = |next: &TokenTree| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '.');
                    let reached = tokens.peek().is_some_and(is_dot);
                    let how = if reached { Use::Reached } else { Use::Named };
                    names.entry(ident.to_string()).or_insert(how);
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
