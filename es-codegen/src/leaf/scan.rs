//! What a leaf mentions, found in its tokens, so that macros hide nothing.

use super::{FieldUse, Leaf, Mention, Root, place};
use crate::{
    names::is_keyword,
    source::{Source, Spanned},
};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

pub(super) fn scan(source: &Source, text: &Spanned<String>, tokens: TokenStream) -> Leaf {
    let mut scan = Scan {
        source,
        text,
        mentions: Vec::new(),
        bound: Vec::new(),
        has_keyword: false,
    };
    let is_path = scan.tokens(tokens.clone());
    let Scan {
        mut mentions,
        bound,
        has_keyword,
        ..
    } = scan;
    mentions.retain(|mention| !bound.contains(&mention.root));
    Leaf {
        text: text.value.clone(),
        tokens,
        is_path: is_path && !has_keyword && !mentions.is_empty(),
        mentions,
        span: text.span,
    }
}

struct Scan<'s> {
    source: &'s Source,
    text: &'s Spanned<String>,
    mentions: Vec<Mention>,
    /// Names that the leaf itself binds, in a closure or a pattern, and that therefore mean something else in it.
    bound: Vec<Root>,
    /// Whether a field is called like a word of Rust, and not written `r#…`: that is no path.
    has_keyword: bool,
}

impl Scan<'_> {
    /// Scans tokens of one level; says whether they are nothing but one mention with its fields.
    fn tokens(&mut self, tokens: TokenStream) -> bool {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        self.bindings(&trees);
        let mut at = 0;
        let mut is_path = false;
        while at < trees.len() {
            match &trees[at] {
                TokenTree::Ident(ident) => match root(ident).filter(|_| is_in_scope(&trees, at)) {
                    Some(root) => {
                        let end = self.mention(root, ident, &trees, at);
                        is_path = at == 0
                            && end == trees.len()
                            && self
                                .mentions
                                .last()
                                .is_some_and(|mention| mention.method.is_none());
                        at = end;
                        continue;
                    }
                    None => at += 1,
                },
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    at += 1;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
            }
        }
        is_path
    }

    /// Takes in the mention that begins at `at`; says where it ends.
    fn mention(&mut self, root: Root, ident: &Ident, trees: &[TokenTree], at: usize) -> usize {
        let mut mention = Mention {
            root,
            fields: Vec::new(),
            method: None,
            span: place(self.source, self.text, ident.span().byte_range()),
        };
        let mut end = at + 1;
        while let (Some(dot), Some(TokenTree::Ident(field))) = (trees.get(end), trees.get(end + 1))
        {
            if !is_punct(dot, '.') {
                break;
            }
            end += 2;
            let name = field.to_string();
            // `gen` is one in some editions only.
            self.has_keyword |= name != "gen" && is_keyword(&name);
            let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
            if is_call(trees, end) {
                mention.method = Some(name);
                break;
            }
            mention.fields.push(FieldUse {
                name,
                span: place(self.source, self.text, field.span().byte_range()),
            });
        }
        self.mentions.push(mention);
        end
    }

    /// Finds the names that closures and patterns of this level bind.
    fn bindings(&mut self, trees: &[TokenTree]) {
        for (at, tree) in trees.iter().enumerate() {
            match tree {
                TokenTree::Punct(bar) if bar.as_char() == '|' && begins_closure(trees, at) => {
                    let end = trees[at + 1..]
                        .iter()
                        .position(|tree| is_punct(tree, '|'))
                        .map_or(trees.len(), |end| at + 1 + end);
                    self.pattern(&trees[at + 1..end]);
                }
                TokenTree::Ident(word) if *word == "let" || *word == "for" => {
                    let end = trees[at + 1..].iter().position(|tree| {
                        is_punct(tree, '=')
                            || matches!(tree, TokenTree::Ident(word) if word == "in")
                    });
                    self.pattern(&trees[at + 1..end.map_or(trees.len(), |end| at + 1 + end)]);
                }
                TokenTree::Punct(equals)
                    if equals.as_char() == '='
                        && trees.get(at + 1).is_some_and(|next| is_punct(next, '>')) =>
                {
                    let is_end = |tree: &TokenTree| {
                        is_punct(tree, ',')
                            || matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
                    };
                    let start = trees[..at]
                        .iter()
                        .rposition(is_end)
                        .map_or(0, |start| start + 1);
                    self.pattern(&trees[start..at]);
                }
                TokenTree::Ident(name) if *name == "matches" => {
                    if let (Some(bang), Some(TokenTree::Group(group))) =
                        (trees.get(at + 1), trees.get(at + 2))
                        && is_punct(bang, '!')
                    {
                        let arguments: Vec<TokenTree> = group.stream().into_iter().collect();
                        let comma = arguments
                            .iter()
                            .position(|tree| is_punct(tree, ','))
                            .unwrap_or(arguments.len());
                        self.pattern(&arguments[comma..]);
                    }
                }
                _ => {}
            }
        }
    }

    fn pattern(&mut self, trees: &[TokenTree]) {
        for (at, tree) in trees.iter().enumerate() {
            match tree {
                TokenTree::Ident(ident) => {
                    let is_binding = is_in_scope(trees, at)
                        && !is_call(trees, at + 1)
                        && !trees.get(at + 1).is_some_and(|next| is_punct(next, '.'));
                    self.bound.extend(root(ident).filter(|_| is_binding));
                }
                TokenTree::Group(group) => {
                    self.pattern(&group.stream().into_iter().collect::<Vec<_>>())
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

fn root(ident: &Ident) -> Option<Root> {
    Root::ALL.into_iter().find(|root| ident == root.name())
}

/// Whether the name at `at` is a variable: not a field, part of a path, or the name of a field that is set.
fn is_in_scope(trees: &[TokenTree], at: usize) -> bool {
    let before = |back: usize, c: char| {
        at.checked_sub(back)
            .is_some_and(|place| is_punct(&trees[place], c))
    };
    let after = |ahead: usize, c: char| trees.get(at + ahead).is_some_and(|tree| is_punct(tree, c));
    let is_field = before(1, '.') && !before(2, '.');
    let is_in_path = before(1, ':') && before(2, ':') || after(1, ':');
    !is_field && !is_in_path
}

/// Whether arguments, or type arguments and then arguments, stand at `at`.
fn is_call(trees: &[TokenTree], at: usize) -> bool {
    match trees.get(at) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(tree) => {
            is_punct(tree, ':') && trees.get(at + 1).is_some_and(|next| is_punct(next, ':'))
        }
        None => false,
    }
}

fn begins_closure(trees: &[TokenTree], at: usize) -> bool {
    match at.checked_sub(1).map(|before| &trees[before]) {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() != '|',
        Some(TokenTree::Ident(word)) => word == "move" || word == "return",
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    }
}

fn is_punct(tree: &TokenTree, c: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Diagnostics, leaf};

    /// What a leaf mentions, and whether it is only a path.
    fn mentions(text: &str) -> (Vec<String>, bool) {
        let source = Source::from_text("leaf", text).unwrap();
        let leaf = leaf::expression(
            &mut Diagnostics::new(),
            &source,
            &Spanned {
                value: text.to_owned(),
                span: crate::source::Span::default().part(0..text.len()),
            },
        )
        .unwrap();
        let shown = leaf.mentions.iter().map(|mention| {
            let fields = mention
                .fields
                .iter()
                .map(|field| format!(".{}", field.name));
            let method = mention.method.iter().map(|method| format!(".{method}()"));
            std::iter::once(mention.root.name().to_owned())
                .chain(fields)
                .chain(method)
                .collect()
        });
        (shown.collect(), leaf.is_path)
    }

    #[test]
    fn a_path_is_one_mention_and_nothing_else() {
        assert_eq!(
            mentions("command.item.price"),
            (vec!["command.item.price".to_owned()], true)
        );
        assert_eq!(
            mentions("event.r#type"),
            (vec!["event.type".to_owned()], true)
        );
        assert!(!mentions("command.item.clone()").1);
        assert!(!mentions("&command.item").1);
        assert!(!mentions("(command.item)").1);
    }

    #[test]
    fn macros_and_blocks_hide_nothing() {
        assert_eq!(
            mentions("matches!(state.status, Status::Open if command.late)").0,
            ["state.status", "command.late"]
        );
        assert_eq!(
            mentions("vec![event.a, { let b = event.b.len(); b }]").0,
            ["event.a", "event.b.len()"]
        );
        assert_eq!(
            mentions("state.items.iter::<u8>()").0,
            ["state.items.iter()"]
        );
    }

    #[test]
    fn what_only_looks_like_a_name_in_scope_is_none() {
        assert!(mentions("Foo { state: 1, event: 2 }").0.is_empty());
        assert!(
            mentions("x.state.y + crate::event::z() + self::state()")
                .0
                .is_empty()
        );
        assert!(mentions("\"state.x\"").0.is_empty());
        assert_eq!(mentions("0..state.n").0, ["state.n"]);
    }

    #[test]
    fn what_a_leaf_binds_itself_is_its_own() {
        assert_eq!(
            mentions("state.items.iter().any(|event| event.sku == command.sku)").0,
            ["state.items.iter()", "command.sku"]
        );
        assert!(
            mentions("match x { Some(state) => state.y, None => 0 }")
                .0
                .is_empty()
        );
        assert!(
            mentions("if let Some(command) = x { command.y } else { 0 }")
                .0
                .is_empty()
        );
        assert_eq!(mentions("state.a | state.b").0, ["state.a", "state.b"]);
    }
}
