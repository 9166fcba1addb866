//! Rust in the leaves of a schema: types become [`Type`](crate::model::Type), expressions and statements keep their tokens and say what they mention.

mod compact;
mod scan;
mod types;

pub(crate) use compact::compact;
pub(crate) use types::{is_built_in, parse_path, parse_type};

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    names::RustName,
    source::{Source, Span, Spanned},
    yaml,
};
use proc_macro2::TokenStream;
use std::ops::Range;
use syn::visit::Visit;

/// The longest leaf, in bytes.
pub(crate) const LENGTH_LIMIT: usize = 4096;

/// The most Rust in expressions and statements of a schema, in bytes: what its tokens take up in memory is eighty times as much.
const SUM_LIMIT: usize = 1536 * 1024;

/// What a leaf costs beside its bytes.
const LEAF_COST: usize = 16;

/// How deep a leaf may be nested: brackets, and within a statement the operators and keywords behind which an expression
/// or a type begins again; a `<` counts threefold.
///
/// A parser of Rust calls itself for each, and takes up some 30 KiB of stack for it in a build without optimization.
const DEPTH_LIMIT: usize = 40;

/// An expression or a statement, as it was written.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The text, as it stands in the schema once YAML's own quoting is taken away.
    pub text: String,
    /// The same as tokens, verbatim.
    pub tokens: TokenStream,
    /// What it mentions, in the order of the text, also inside macros.
    pub mentions: Vec<Mention>,
    /// Whether it is nothing but one mention, `event.item` say: such a leaf may have to be cloned.
    pub is_path: bool,
    /// Where it stands.
    pub span: Span,
}

/// One use of a name in scope, with the fields that are reached through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub root: Root,
    /// The fields behind it, outermost first: `item`, `price` in `command.item.price`.
    pub fields: Vec<FieldUse>,
    /// The method that is called on it, `is_empty` in `state.items.is_empty()`.
    pub method: Option<String>,
    /// Where the name stands.
    pub span: Span,
}

/// A field in a [`Mention`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldUse {
    /// Its Rust name, without `r#`.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// The names that a leaf may find in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The aggregate as it is.
    State,
    /// The command that is being decided.
    Command,
    /// The event that is being applied.
    Event,
    /// Time, ids and metadata.
    Cx,
    /// The value under a `check`.
    Value,
    /// The row of a projection.
    Row,
}

impl Root {
    /// Every name, in the order in which messages list them.
    pub const ALL: [Self; 6] = [
        Self::State,
        Self::Command,
        Self::Event,
        Self::Cx,
        Self::Value,
        Self::Row,
    ];

    /// The name as it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Command => "command",
            Self::Event => "event",
            Self::Cx => "cx",
            Self::Value => "value",
            Self::Row => "row",
        }
    }
}

impl Leaf {
    /// Stands where a mistake was reported.
    pub(crate) fn mistaken(span: Span) -> Self {
        Self {
            text: String::new(),
            tokens: TokenStream::new(),
            mentions: Vec::new(),
            is_path: false,
            span,
        }
    }

    /// The leaf that is nothing but this path.
    pub(crate) fn path(root: Root, fields: &[&RustName]) -> Self {
        let mut text = root.name().to_owned();
        for field in fields {
            text.push('.');
            text.push_str(field.as_str());
        }
        let fields = fields.iter().map(|field| FieldUse {
            name: field.plain().to_owned(),
            span: Span::default(),
        });
        Self {
            // Names and dots are tokens.
            tokens: text.parse().unwrap_or_default(),
            text,
            mentions: vec![Mention {
                root,
                fields: fields.collect(),
                method: None,
                span: Span::default(),
            }],
            is_path: true,
            span: Span::default(),
        }
    }

    /// Whether the leaf mentions `root` at all.
    #[must_use]
    pub fn uses(&self, root: Root) -> bool {
        self.mentions.iter().any(|mention| mention.root == root)
    }

    /// The mention that the whole leaf is, where it is nothing else.
    #[must_use]
    pub fn as_path(&self) -> Option<&Mention> {
        self.mentions.first().filter(|_| self.is_path)
    }
}

/// Reads an expression; `None` where it is none, which is then reported.
pub(crate) fn expression(
    cx: &mut Diagnostics,
    source: &Source,
    text: &Spanned<String>,
) -> Option<Leaf> {
    let tokens = tokens(cx, source, text)?;
    let leaf = scan::scan(source, text, tokens);
    // Most leaves are paths, and the scan has already seen that they are in order.
    if leaf.is_path {
        return Some(leaf);
    }
    let parsed = syn::parse2::<syn::Expr>(leaf.tokens.clone());
    match parsed.and_then(|expression| check_keywords(&expression)) {
        Ok(()) => Some(leaf),
        Err(error) => {
            cx.report(syntax_error(source, text, &error, "an expression"));
            None
        }
    }
}

/// Reads an expression whose value is kept: a text in quotes is made one that somebody owns.
pub(crate) fn owned(cx: &mut Diagnostics, source: &Source, text: &Spanned<String>) -> Option<Leaf> {
    let leaf = expression(cx, source, text)?;
    if syn::parse2::<syn::LitStr>(leaf.tokens.clone()).is_err() {
        return Some(leaf);
    }
    let owned = Spanned {
        value: format!("{}.to_owned()", text.value.trim()),
        span: text.span,
    };
    expression(cx, source, &owned)
}

/// `crate.x`: the parser lets it pass where an expression stands alone, and refuses it at the beginning of a line.
fn check_keywords(expression: &syn::Expr) -> syn::Result<()> {
    struct Lone(syn::Result<()>);
    impl<'ast> Visit<'ast> for Lone {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            if let Some(word) = path.path.get_ident()
                && (word == "crate" || word == "super")
            {
                let message = format!("`{word}` begins a path: `::` follows it");
                self.0 = Err(syn::Error::new(word.span(), message));
            }
        }
    }
    let mut lone = Lone(Ok(()));
    lone.visit_expr(expression);
    lone.0
}

/// Reads one statement or several; a semicolon at the end is taken off.
pub(crate) fn statements(
    cx: &mut Diagnostics,
    source: &Source,
    text: &Spanned<String>,
) -> Option<Leaf> {
    let mut leaf = scan::scan(source, text, tokens(cx, source, text)?);
    if let Err(error) = syn::parse::Parser::parse2(syn::Block::parse_within, leaf.tokens.clone()) {
        cx.report(syntax_error(source, text, &error, "a statement"));
        return None;
    }
    if leaf.tokens.is_empty() {
        cx.report(
            Diagnostic::new(
                Code::RustSyntax,
                text.span,
                "a statement belongs here, and this is empty",
            )
            .hint("`[]` in place of the statements changes nothing, on purpose"),
        );
        return None;
    }
    if leaf.text.trim_end().ends_with(';') {
        let mut trees: Vec<_> = leaf.tokens.into_iter().collect();
        trees.truncate(trees.len().saturating_sub(1));
        leaf.tokens = trees.into_iter().collect();
    }
    Some(leaf)
}

/// Whether a text is an expression of Rust.
pub(crate) fn is_expression(text: &str) -> bool {
    text.len() <= LENGTH_LIMIT
        && depth(text) <= DEPTH_LIMIT
        && syn::parse_str::<syn::Expr>(text).is_ok()
}

fn tokens(cx: &mut Diagnostics, source: &Source, text: &Spanned<String>) -> Option<TokenStream> {
    check_complexity(cx, text)?;
    check_sum(cx, text)?;
    match text.value.parse::<TokenStream>() {
        Ok(tokens) => Some(tokens),
        Err(error) => {
            if let Some(whole) = cut_off(source, text) {
                let error = Diagnostic::new(
                    Code::Quoting,
                    whole,
                    "YAML reads what follows ` #` as a comment",
                );
                let quoted = yaml::quoted(source.slice(whole));
                cx.report(error.hint(format!("quote it: {}", shown(&quoted))));
                return None;
            }
            let range = error.span().byte_range();
            let span = if range.is_empty() {
                text.span
            } else {
                place(source, text, range)
            };
            let error = Diagnostic::new(Code::RustSyntax, span, "this is not Rust");
            cx.report(error.label("a bracket or a quote without its counterpart, or a character that Rust does not have"));
            None
        }
    }
}

/// The leaf up to the end of its line, where a ` #` in it has cut it off.
fn cut_off(source: &Source, text: &Spanned<String>) -> Option<Span> {
    let file = source.file(text.span.file)?;
    let is_plain = !file.slice(text.span).starts_with(['"', '\'', '|', '>']);
    let line = file
        .line_from(text.span.end as usize, LENGTH_LIMIT)
        .trim_end();
    (is_plain && line.trim_start().starts_with('#') && line.starts_with(' ')).then(|| {
        let length = (text.span.end - text.span.start) as usize;
        text.span.part(0..length + line.len())
    })
}

/// Stops what would overflow the stack of a parser.
pub(super) fn check_complexity(cx: &mut Diagnostics, text: &Spanned<String>) -> Option<()> {
    let problem = if text.value.len() > LENGTH_LIMIT {
        format!("longer than {LENGTH_LIMIT} bytes")
    } else if depth(&text.value) > DEPTH_LIMIT {
        format!("nested deeper than {DEPTH_LIMIT} brackets and operators")
    } else {
        return Some(());
    };
    cx.report(
        Diagnostic::new(
            Code::LeafTooComplex,
            text.span,
            format!("this leaf is {problem}"),
        )
        .hint("write a function, and call it here"),
    );
    None
}

/// Stops parsing where all leaves together are too much Rust.
fn check_sum(cx: &mut Diagnostics, text: &Spanned<String>) -> Option<()> {
    let before = cx.rust;
    cx.rust += text.value.len() + LEAF_COST;
    if cx.rust <= SUM_LIMIT {
        return Some(());
    }
    if before <= SUM_LIMIT {
        let message = format!(
            "with this, there are more than {} KiB of Rust in the schema",
            SUM_LIMIT / 1024
        );
        let error = Diagnostic::new(Code::TooLarge, text.span, message);
        cx.report(error.hint("write functions, and call them"));
    }
    None
}

/// How deep a text may be nested at most, if it is Rust.
fn depth(text: &str) -> usize {
    // For each open bracket, what was opened in it since the last semicolon.
    let mut open = vec![0_usize];
    let (mut now, mut deepest, mut word) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        let before = text[..at].trim_end();
        let is_prefix = !before.ends_with(|c: char| {
            c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '"' | '?')
        });
        let operator = match c {
            '!' | '-' | '*' | '&' | '|' | '\''
                if is_prefix || DEEPENING.contains(&last_word(before)) =>
            {
                1
            }
            '=' if !before.ends_with(['=', '!', '<', '>'])
                && !text[at + 1..].starts_with(['=', '>']) =>
            {
                1
            }
            '.' if text[at + 1..].starts_with('.') => 1,
            '<' => 3,
            _ => 0,
        };
        let is_word_end = !c.is_alphanumeric() && c != '_';
        let deeper = operator + usize::from(is_word_end && DEEPENING.contains(&&text[word..at]));
        if is_word_end {
            word = at + c.len_utf8();
        }
        if let Some(innermost) = open.last_mut() {
            *innermost += deeper;
            now += deeper;
        }
        match c {
            '(' | '[' | '{' => {
                open.push(1);
                now += 1;
            }
            ')' | ']' | '}' if open.len() > 1 => now -= open.pop().unwrap_or_default(),
            ';' => {
                if let Some(innermost) = open.last_mut() {
                    now -= std::mem::take(innermost);
                }
            }
            _ => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

fn last_word(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}

/// Keywords after which an expression or a type begins again.
const DEEPENING: [&str; 19] = [
    "as", "async", "await", "break", "const", "dyn", "else", "fn", "for", "if", "impl", "in",
    "let", "match", "move", "mut", "return", "unsafe", "yield",
];

pub(super) fn syntax_error(
    source: &Source,
    text: &Spanned<String>,
    error: &syn::Error,
    expected: &str,
) -> Diagnostic {
    let message = error.to_string();
    let range = error.span().byte_range();
    // The list of all that could follow helps nobody.
    let message = message
        .split(", expected one of")
        .next()
        .unwrap_or_default()
        .to_owned();
    // An error at the end of the text has no place of its own.
    let at_end = message.starts_with("unexpected end of input");
    let hint = raw_field(&text.value, range.clone());
    let span = if at_end || range.is_empty() {
        text.span
    } else {
        place(source, text, range)
    };
    Diagnostic::new(
        Code::RustSyntax,
        span,
        format!("this is not {expected} of Rust"),
    )
    .label(message)
    .maybe_hint(hint)
}

/// The way out where a field is called like a word of Rust: `state.r#type` for `state.type`.
fn raw_field(text: &str, range: Range<usize>) -> Option<String> {
    let word = text.get(range.clone())?;
    let raw = format!("r#{word}");
    if syn::parse_str::<syn::Ident>(word).is_ok() || syn::parse_str::<syn::Ident>(&raw).is_err() {
        return None;
    }
    let before = text.get(..range.start)?.strip_suffix('.')?;
    let is_of_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '#');
    let owner = &before[before.trim_end_matches(is_of_path).len()..];
    Some(format!(
        "`{word}` is a word of Rust: write `{}.{raw}`",
        shown(owner)
    ))
}

/// The place in the schema of a part of a leaf.
///
/// Where quotes, escapes and folded lines make the two texts differ, the two are walked along together; what cannot be
/// found that way has the place of the whole leaf.
pub(super) fn place(source: &Source, text: &Spanned<String>, part: Range<usize>) -> Span {
    let written = source.slice(text.span);
    let quote = usize::from(written.starts_with(['"', '\'']));
    let is_same = written
        .get(quote..)
        .is_some_and(|inner| inner.starts_with(&text.value));
    let offset = |at: usize| {
        if is_same {
            Some(quote + at)
        } else {
            walk(written, &text.value, at)
        }
    };
    // The end is that of the last character, since the texts may differ right behind it.
    let last = text
        .value
        .get(part.clone())
        .and_then(|part| part.char_indices().last());
    let end = last.and_then(|(at, c)| Some(offset(part.start + at)? + c.len_utf8()));
    match (offset(part.start), end) {
        (Some(start), Some(end)) => text.span.part(start..end),
        _ => text.span,
    }
}

/// The offset in `written` of the character at `at` in `value`.
fn walk(written: &str, value: &str, at: usize) -> Option<usize> {
    let mut rest = written.char_indices().peekable();
    for wanted in value.get(..at)?.chars().filter(|c| !c.is_whitespace()) {
        rest.find(|(_, c)| *c == wanted)?;
    }
    while rest
        .next_if(|(_, c)| c.is_whitespace() || matches!(c, '\\' | '|' | '>'))
        .is_some()
    {}
    rest.next()
        .map_or(Some(written.len()), |(offset, _)| Some(offset))
}
