//! Leaves as they stand in rules: verbatim, but for what their place asks of them.

use super::scope::Scope;
use crate::leaf::{Leaf, Root};
use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::{Block, Expr, ExprIf, Stmt, StmtMacro, parse::Parser};

/// A leaf where any expression can stand.
pub(super) fn expression(scope: &Scope<'_>, leaf: &Leaf) -> String {
    scope.names_in(leaf);
    let mut text = verbatim(leaf);
    let mut tokens = leaf.tokens.clone();
    // rustc would warn of parentheses around all of it.
    while let Some(inner) = inside_parentheses(&tokens) {
        let Some(shorter) = text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
        else {
            break;
        };
        text = shorter.trim().to_owned();
        tokens = inner;
    }
    with_line_end(text)
}

/// A leaf as the condition of an `if`.
pub(super) fn condition(scope: &Scope<'_>, leaf: &Leaf) -> String {
    let text = expression(scope, leaf);
    // `if a == B { c: 1 } { .. }` is not Rust, nor is `if return { .. }`: what takes the braces behind it for its own needs
    // parentheses.
    let stands_alone = syn::parse_str::<ExprIf>(&format!("if {text} {{}}")).is_ok();
    if stands_alone {
        text
    } else {
        format!("({text})")
    }
}

/// A value where it is the last expression of a block.
pub(super) fn in_last_place(value: &str) -> String {
    // Some is read otherwise at the beginning of a line: `match a { .. } + 1` as two statements, `let` as one.
    let lines = Parser::parse_str(Block::parse_within, value);
    match lines.as_deref() {
        Ok([Stmt::Expr(_, None)]) => value.to_owned(),
        Ok(
            [
                Stmt::Macro(StmtMacro {
                    semi_token: None, ..
                }),
            ],
        ) => value.to_owned(),
        _ => format!("({value})"),
    }
}

/// A leaf as a statement.
pub(super) fn statement(scope: &Scope<'_>, leaf: &Leaf) -> String {
    scope.names_in(leaf);
    let text = verbatim(leaf);
    if text.ends_with(';') || begins_block(leaf) && is_block(leaf.tokens.clone()) {
        text
    } else {
        with_line_end(text) + ";"
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
pub(super) fn allowances(leaves: &[&Leaf], may_clone_copy: bool) -> Vec<String> {
    let mut allowances = Vec::new();
    let is_unsure = |root: &Root| {
        let meanings = leaves.iter().map(|leaf| meaning(leaf, *root));
        meanings.max() == Some(Meaning::Unsure)
    };
    if Root::ALL.iter().any(is_unsure) {
        let reason = "the rule may only speak of names of its own";
        allowances.push(format!("#[allow(unused_variables, reason = \"{reason}\")]"));
    }
    if may_clone_copy {
        let reason = "a type of your own may or may not be `Copy`";
        allowances.push(format!(
            "#[allow(clippy::clone_on_copy, reason = \"{reason}\")]"
        ));
    }
    allowances
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

/// The text of a leaf, so that its lines can be indented.
fn verbatim(leaf: &Leaf) -> String {
    let text = leaf.text.trim();
    if text.contains('\n') && has_long_text(leaf.tokens.clone()) {
        // Indenting would change the literal, so its line ends are written as escapes.
        return on_one_line(leaf.tokens.clone()).to_string();
    }
    text.to_owned()
}

/// The text with a line end behind a comment that would swallow what follows.
fn with_line_end(text: String) -> String {
    let last = text.lines().last().unwrap_or_default();
    if last.contains("//") {
        text + "\n"
    } else {
        text
    }
}

fn has_long_text(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_long_text(group.stream()),
        TokenTree::Literal(literal) => literal.to_string().contains('\n'),
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
}

/// The same tokens with text literals that hold no line ends.
fn on_one_line(tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            Group::new(group.delimiter(), on_one_line(group.stream())).into()
        }
        TokenTree::Literal(literal) => match syn::Lit::new(literal.clone()) {
            syn::Lit::Str(text) => Literal::string(&text.value()).into(),
            syn::Lit::ByteStr(bytes) => Literal::byte_string(&bytes.value()).into(),
            _ => literal.into(),
        },
        other => other,
    });
    tokens.collect()
}

/// What stands in parentheses around all of the tokens: not `()`, not a tuple.
fn inside_parentheses(tokens: &TokenStream) -> Option<TokenStream> {
    let mut trees = tokens.clone().into_iter();
    let (Some(TokenTree::Group(group)), None) = (trees.next(), trees.next()) else {
        return None;
    };
    let is_comma =
        |tree: TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    let is_plain = group.delimiter() == Delimiter::Parenthesis
        && !group.stream().is_empty()
        && !group.stream().into_iter().any(is_comma);
    is_plain.then(|| group.stream())
}

fn begins_block(leaf: &Leaf) -> bool {
    match leaf.tokens.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => {
            ["if", "match", "for", "while", "loop"].contains(&word.to_string().as_str())
        }
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
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
