//! Reads the attributes of the derives into plain data. A mistake in one key does not hide those in the next.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{
    AngleBracketedGenericArguments, Attribute, Error, Expr, GenericArgument, Ident, LitInt, LitStr,
    Meta, Path, Result, Token, Type, braced, bracketed, parenthesized,
};

use crate::errors::{Errors, error};
use crate::suggest;

/// What may be said about an event of an aggregate.
pub(crate) const EVENT_MARKS: &[&str] = &["create", "retired", "split"];
/// What may be said about a command of an aggregate.
pub(crate) const COMMAND_MARKS: &[&str] = &["new", "any", "existing"];
/// What may be said about an event of a projection.
pub(crate) const CHANGE_MARKS: &[&str] = &["insert", "update", "upsert", "delete", "rows"];

/// `#[aggregate(..)]`, as written.
#[derive(Default)]
pub(crate) struct AggregateAttr {
    pub(crate) found: Found,
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<LitStr>,
    pub(crate) id: Option<Type>,
    pub(crate) error: Option<Type>,
    pub(crate) events: Option<Vec<Entry>>,
    pub(crate) commands: Vec<Entry>,
    pub(crate) snapshot: Option<SnapshotAttr>,
    pub(crate) revision: Option<LitInt>,
    pub(crate) rules: Option<LitStr>,
}

/// `snapshot(every = 100)`
#[derive(Default)]
pub(crate) struct SnapshotAttr {
    pub(crate) every: Option<LitInt>,
}

/// `AccountOpened: create`: a type, and what is said about it.
pub(crate) struct Entry {
    pub(crate) path: Path,
    pub(crate) mark: Option<Ident>,
}

impl AggregateAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "aggregate",
            example: "name = \"..\", id = .., events(..), commands(..), error = ..",
            keys: &[
                "name", "id", "events", "commands", "error", "snapshot", "revision", "rules",
                "crate",
            ],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(cx, key, input, "\"account\"")?),
                "id" => attr.id = Some(type_value(cx, key, input, "AccountId")),
                "error" => attr.error = Some(type_value(cx, key, input, "AccountError")),
                "crate" => attr.krate = Some(module(cx, key, input)?),
                "snapshot" => attr.snapshot = Some(snapshot(cx, key, input)?),
                "revision" => attr.revision = Some(value(cx, key, input, "2")?),
                "rules" => attr.rules = Some(value(cx, key, input, "\"9b1f…\"")?),
                "events" => {
                    attr.events = Some(list(cx, key, input, "AccountOpened: create", event)?);
                }
                _ => attr.commands = list(cx, key, input, "OpenAccount: new", command)?,
            }
            Ok(())
        });
        attr
    }
}

/// `#[event(..)]`, as written.
#[derive(Default)]
pub(crate) struct EventAttr {
    pub(crate) found: Found,
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) from: Option<Path>,
    pub(crate) split: Option<Path>,
    pub(crate) was: Vec<LitStr>,
    pub(crate) reads_as: Option<LitInt>,
    pub(crate) tags: Vec<TagEntry>,
}

/// `carrier`, or `day = event.shipped_at.date_utc()`.
pub(crate) struct TagEntry {
    pub(crate) name: TagName,
    pub(crate) value: Option<Expr>,
}

/// The name of a tag: of a field, or any text.
pub(crate) enum TagName {
    Field(Ident),
    Text(LitStr),
}

impl EventAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "event",
            example: "name = \"..\"",
            keys: &[
                "name", "version", "from", "earlier", "split", "was", "reads_as", "tags", "crate",
            ],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(cx, key, input, "\"AccountOpened\"")?),
                "crate" => attr.krate = Some(module(cx, key, input)?),
                "version" => attr.version = Some(value(cx, key, input, "2")?),
                "reads_as" => attr.reads_as = Some(value(cx, key, input, "1")?),
                "from" => attr.from = Some(shape_before(cx, key, input)?),
                "split" => attr.split = Some(shape_before(cx, key, input)?),
                "was" => {
                    attr.was = list(cx, key, input, "\"AccountMade\"", |_, input| input.parse())?;
                }
                "earlier" => {
                    let way = "write `earlier`: the rule asks for them, as in `cx.earlier_of::<AccountOpened>()`";
                    alone(key, input, way)?;
                }
                _ => attr.tags = list(cx, key, input, "field, name = expression", tag)?,
            }
            Ok(())
        });
        attr.found.tell(cx);
        attr
    }
}

/// `#[command(..)]`, as written.
#[derive(Default)]
pub(crate) struct CommandAttr {
    pub(crate) found: Found,
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<LitStr>,
    pub(crate) emits: Option<Vec<Path>>,
}

impl CommandAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "command",
            example: "emits(..)",
            keys: &["name", "emits", "crate"],
            later: &["reads", "after"],
            repeated: &[],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(cx, key, input, "\"OpenAccount\"")?),
                "crate" => attr.krate = Some(module(cx, key, input)?),
                _ => attr.emits = Some(list(cx, key, input, "AccountOpened", concrete_path)?),
            }
            Ok(())
        });
        attr.found.tell(cx);
        attr
    }
}

/// `#[projection(..)]`, as written.
#[derive(Default)]
pub(crate) struct ProjectionAttr {
    pub(crate) found: Found,
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<LitStr>,
    /// Why it could not be read, where it is mistaken.
    pub(crate) key: Option<Result<Vec<Result<Ident>>>>,
    pub(crate) indexes: Vec<IndexAttr>,
    pub(crate) events: Option<Vec<ProjectedEntry>>,
    pub(crate) on_error: Option<OnErrorAttr>,
    pub(crate) revision: Option<LitInt>,
    pub(crate) rules: Option<LitStr>,
}

/// `index(status, shipped_at)`
pub(crate) struct IndexAttr {
    pub(crate) key: Ident,
    pub(crate) columns: Vec<Ident>,
}

/// `on_error(retry(3))`
pub(crate) struct OnErrorAttr {
    pub(crate) word: Ident,
    pub(crate) times: Option<LitInt>,
}

/// `OrderShipped as Shipment in Order: update(at)`
pub(crate) struct ProjectedEntry {
    pub(crate) path: Path,
    pub(crate) read_as: Option<Path>,
    pub(crate) aggregate: Option<Path>,
    pub(crate) mark: Option<Ident>,
    /// What stands in parentheses behind the mark.
    pub(crate) rule: Option<Ident>,
}

impl ProjectionAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "projection",
            example: "name = \"..\", key(..), events(..)",
            keys: &[
                "name", "key", "index", "events", "on_error", "revision", "rules", "crate",
            ],
            later: &[],
            repeated: &["index"],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(cx, key, input, "\"OrderSummary\"")?),
                "crate" => attr.krate = Some(module(cx, key, input)?),
                "revision" => attr.revision = Some(value(cx, key, input, "2")?),
                "rules" => attr.rules = Some(value(cx, key, input, "\"9b1f…\"")?),
                "on_error" => attr.on_error = Some(on_error(key, input)?),
                "key" => {
                    // A mistake stands in the place of the column.
                    let columns = list(cx, key, input, "order", |cx, input| {
                        let column = column(cx, input);
                        if column.is_err() {
                            skip_entry(input);
                        }
                        Ok(column)
                    });
                    if columns.is_err() {
                        skip_entry(input);
                    }
                    attr.key = Some(columns);
                }
                "index" => {
                    let columns = list(cx, key, input, "status, shipped_at", column)?;
                    let key = key.clone();
                    attr.indexes.push(IndexAttr { key, columns });
                }
                _ => {
                    let example = "OrderPlaced: insert, OrderShipped";
                    attr.events = Some(list(cx, key, input, example, projected)?);
                }
            }
            Ok(())
        });
        attr
    }
}

/// `#[id(..)]`, as written.
#[derive(Default)]
pub(crate) struct IdAttr {
    pub(crate) krate: Option<Path>,
    pub(crate) check: Option<Rule>,
}

impl IdAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "id",
            example: "check = ..",
            keys: &["check", "crate"],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        let found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "check" => attr.check = Some(rule(key, input)?),
                _ => attr.krate = Some(module(cx, key, input)?),
            }
            Ok(())
        });
        found.tell(cx);
        attr
    }
}

/// `#[value(..)]`, as written.
#[derive(Default)]
pub(crate) struct ValueAttr {
    pub(crate) krate: Option<Path>,
    pub(crate) number: Option<Ident>,
    pub(crate) text: Option<Ident>,
    pub(crate) check: Option<Rule>,
}

/// `check = value.scale() <= 2`: which values of a newtype are valid.
pub(crate) struct Rule {
    pub(crate) key: Ident,
    pub(crate) condition: Expr,
}

impl ValueAttr {
    pub(crate) fn read(cx: &mut Errors, attributes: &[Attribute]) -> Self {
        const GRAMMAR: Grammar = Grammar {
            attribute: "value",
            example: "check = ..",
            keys: &["number", "text", "check", "crate"],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        let found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "number" | "text" => {
                    let kind = match key == "text" {
                        true => &mut attr.text,
                        false => &mut attr.number,
                    };
                    *kind = Some(key.clone());
                    alone(key, input, format_args!("write `{key}`"))?;
                }
                "check" => attr.check = Some(rule(key, input)?),
                _ => attr.krate = Some(module(cx, key, input)?),
            }
            Ok(())
        });
        found.tell(cx);
        attr
    }
}

/// Whether a field is marked `check`: `#[value(check)]`, or `#[command(check)]` in a command.
pub(crate) fn is_marked_check(
    cx: &mut Errors,
    attribute: &'static str,
    attributes: &[Attribute],
) -> bool {
    let grammar = Grammar {
        attribute,
        example: "check",
        keys: &["check"],
        later: &[],
        repeated: &[],
    };
    let found = grammar.read(cx, attributes, |_, key, input| {
        if attribute == "aggregate" {
            return Err(error(
                key.span(),
                "a state is never checked: it is what its events have made of it",
                "mark the field of the command that leads to them: `#[command(check)]`",
            ));
        }
        if attribute == "projection" {
            return Err(error(
                key.span(),
                "a row is never checked: it is what its events have made of it",
                "mark the field of the command that leads to them: `#[command(check)]`",
            ));
        }
        if attribute == "event" {
            return Err(error(
                key.span(),
                "an event is never checked: what is stored is read",
                "mark the field of the command that leads to it: `#[command(check)]`",
            ));
        }
        if input.peek(Token![=]) {
            return Err(error(
                key.span(),
                "a field takes no rule of its own",
                "write the rule on a newtype, `#[value(check = ..)] struct Name(Type);`, and mark the field `check`",
            ));
        }
        alone(key, input, "write `check`")
    });
    found.tell(cx);
    found.key("check").is_some()
}

/// Where the attribute and its keys stand, those included whose values are mistaken.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) attribute: Option<Span>,
    /// Why no key could be read, where there are no parentheses. The derive tells it, in the place of what is missing.
    pub(crate) unreadable: Option<Error>,
    keys: Vec<Ident>,
    mistaken: Vec<Ident>,
}

impl Found {
    /// Where a key stands, if it is there.
    pub(crate) fn key(&self, name: &str) -> Option<Span> {
        let key = self.keys.iter().find(|key| *key == name);
        key.map(Ident::span)
    }

    /// Whether a mistake was told inside of the key, so that what it holds may not be all that was meant.
    pub(crate) fn is_mistaken(&self, name: &str) -> bool {
        self.mistaken.iter().any(|key| key == name)
    }

    /// Whether there is an attribute with keys.
    pub(crate) fn is_readable(&self) -> bool {
        self.attribute.is_some() && self.unreadable.is_none()
    }

    /// Tells why no key could be read.
    fn tell(&self, cx: &mut Errors) {
        if let Some(error) = &self.unreadable {
            cx.push(error.clone());
        }
    }
}

/// What may stand in an attribute.
struct Grammar {
    attribute: &'static str,
    /// What it may hold, for hints.
    example: &'static str,
    keys: &'static [&'static str],
    /// Keys of the language that come later: refused, never ignored.
    later: &'static [&'static str],
    /// Keys that may be given any number of times.
    repeated: &'static [&'static str],
}

impl Grammar {
    /// Hands each key with its input to `read`, and returns where they stand.
    fn read(
        &self,
        cx: &mut Errors,
        attributes: &[Attribute],
        mut read: impl FnMut(&mut Errors, &Ident, ParseStream<'_>) -> Result<()>,
    ) -> Found {
        let mut found = Found::default();
        for attribute in attributes {
            let Some(name) = attribute.path().get_ident() else {
                continue;
            };
            if name != self.attribute {
                continue;
            }
            found.attribute.get_or_insert(name.span());
            if !matches!(attribute.meta, Meta::List(_)) {
                let (attribute, example) = (self.attribute, self.example);
                found.unreadable = Some(error(
                    name.span(),
                    format_args!("what `{attribute}` says stands in parentheses"),
                    format_args!("write `#[{attribute}({example})]`"),
                ));
                continue;
            }
            let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
                entries(cx, input, starts_key, |cx, input| {
                    let written = input.call(Ident::parse_any)?;
                    let key = self.key(cx, &written, &found)?;
                    found.keys.push(key.clone());
                    let before = cx.count();
                    let result = read(cx, &key, input);
                    if result.is_err() || cx.count() > before {
                        found.mistaken.push(key);
                    }
                    result
                });
                Ok(())
            });
            if let Err(error) = parsed {
                cx.push(error);
            }
        }
        // Another one with keys is there, so nothing is missing for this one.
        if !found.keys.is_empty()
            && let Some(error) = found.unreadable.take()
        {
            cx.push(error);
        }
        found
    }

    /// The key that is meant by what is written. A key that is misspelt is read all the same, lest it be missing too.
    fn key(&self, cx: &mut Errors, written: &Ident, found: &Found) -> Result<Ident> {
        let attribute = self.attribute;
        let text = written.to_string();
        if self.later.contains(&text.as_str()) {
            return Err(error(
                written.span(),
                format_args!("`{text}` is not supported yet"),
                "leave it out until then: it would be ignored",
            ));
        }
        if !self.is_free(written, found) {
            return Err(error(
                written.span(),
                format_args!("`{text}` is given twice"),
                "keep one of the two",
            ));
        }
        if self.keys.contains(&text.as_str()) {
            return Ok(written.clone());
        }
        let unknown = error(
            written.span(),
            format_args!("`{attribute}` has no key `{text}`"),
            suggest::hint(&text, self.keys),
        );
        match suggest::nearest(&text, self.keys).map(|key| Ident::new(key, written.span())) {
            Some(meant) if self.is_free(&meant, found) => {
                cx.push(unknown);
                Ok(meant)
            }
            _ => Err(unknown),
        }
    }

    /// Whether the key may still be given.
    fn is_free(&self, key: &Ident, found: &Found) -> bool {
        !found.keys.contains(key) || self.repeated.iter().any(|repeated| key == repeated)
    }
}

/// Reads what stands one comma apart. Behind a mistake it goes on at the next comma, or where another entry `starts`.
fn entries(
    cx: &mut Errors,
    input: ParseStream<'_>,
    starts: fn(ParseStream<'_>) -> bool,
    mut read: impl FnMut(&mut Errors, ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        match read(cx, input) {
            Err(error) => {
                cx.push(error);
                skip_entry(input);
            }
            Ok(()) if !at_end(input) => {
                let way = "one comma stands between an entry and the next";
                cx.error(input.span(), "expected `,`", way);
                if starts(input) {
                    continue;
                }
                skip_entry(input);
            }
            Ok(()) => {}
        }
        if input.peek(Token![;]) {
            cx.error(
                input.span(),
                "expected `,`",
                "write `,` in the place of `;`",
            );
            let _semicolon = input.parse::<Token![;]>();
        }
        let _comma = input.parse::<Option<Token![,]>>();
    }
}

/// Whether an entry ends here.
fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}

fn skip_entry(input: ParseStream<'_>) {
    while !at_end(input) {
        let _skipped = input.parse::<TokenTree>();
    }
}

/// Whether what stands here is a key, as far as can be told.
fn starts_key(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && (input.peek2(Token![=]) || input.peek2(syn::token::Paren))
}

/// Whether what stands here is an entry of a list, as far as can be told.
fn starts_entry(input: ParseStream<'_>) -> bool {
    input.peek(Ident) || input.peek(LitStr)
}

/// `key`, and nothing more.
fn alone(key: &Ident, input: ParseStream<'_>, way: impl std::fmt::Display) -> Result<()> {
    if at_end(input) {
        return Ok(());
    }
    let mistake = format_args!("`{key}` takes no value");
    Err(error(input.span(), mistake, way))
}

/// `key = Type`. A mistake stands in the place of the type.
fn type_value(cx: &mut Errors, key: &Ident, input: ParseStream<'_>, example: &str) -> Type {
    let mistake = match read_value(key, input, example) {
        Ok((ty, None)) => return ty,
        Ok((_, Some(mistake))) => mistake,
        Err(mistake) => mistake,
    };
    skip_entry(input);
    cx.missing_type(mistake)
}

/// `check = condition`.
fn rule(key: &Ident, input: ParseStream<'_>) -> Result<Rule> {
    equals(key, input, "value.len() <= 10")?;
    let condition = input.parse()?;
    let key = key.clone();
    Ok(Rule { key, condition })
}

/// `key = value`. Where it is plain what was meant that is told, and taken.
fn value<T: Written>(
    cx: &mut Errors,
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
) -> Result<T> {
    let (value, mistake) = read_value(key, input, example)?;
    if let Some(mistake) = mistake {
        cx.push(mistake);
    }
    Ok(value)
}

/// The value, and a mistake that could be seen through.
fn read_value<T: Written>(
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
) -> Result<(T, Option<Error>)> {
    equals(key, input, example)?;
    let fork = input.fork();
    if let Ok(value) = T::read(&fork) {
        input.advance_to(&fork);
        return Ok((value, None));
    }
    let place = input.span();
    let mistake = format_args!("`{key}` takes {}", T::WHAT);
    let Some((value, written)) = T::meant(input) else {
        let way = format_args!("write `{key} = {example}`");
        return Err(error(place, mistake, way));
    };
    let way = format_args!("write it {}: `{key} = {written}`", T::QUOTES);
    Ok((value, Some(error(place, mistake, way))))
}

/// What a key is given.
trait Written: Sized {
    /// What it is.
    const WHAT: &'static str;
    const QUOTES: &'static str = "without quotes";

    fn read(input: ParseStream<'_>) -> Result<Self>;

    /// What was meant where it cannot be read, and how that is written.
    fn meant(input: ParseStream<'_>) -> Option<(Self, String)> {
        let text: LitStr = input.parse().ok()?;
        let value = text.parse_with(Self::read).ok()?;
        Some((value, text.value()))
    }
}

impl Written for LitStr {
    const WHAT: &'static str = "text";
    const QUOTES: &'static str = "in quotes";

    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse()
    }

    fn meant(input: ParseStream<'_>) -> Option<(Self, String)> {
        let place = input.span();
        let mut text = String::new();
        while !at_end(input) {
            match input.parse().ok()? {
                TokenTree::Ident(word) => text.push_str(&word.to_string()),
                TokenTree::Punct(mark) if "-.".contains(mark.as_char()) => {
                    text.push(mark.as_char());
                }
                _ => return None,
            }
        }
        let written = format!("\"{text}\"");
        Some((Self::new(&text, place), written))
    }
}

impl Written for LitInt {
    const WHAT: &'static str = "a number";

    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse()
    }
}

impl Written for Type {
    const WHAT: &'static str = "a type";

    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse()
    }
}

impl Written for Path {
    const WHAT: &'static str = "a path";

    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.call(Self::parse_mod_style)
    }
}

/// `crate = path::to::es_runtime`.
fn module(cx: &mut Errors, key: &Ident, input: ParseStream<'_>) -> Result<Path> {
    value(cx, key, input, "::es_runtime")
}

fn equals(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<()> {
    let is_given = input.parse::<Option<Token![=]>>()?.is_some() && !at_end(input);
    if !is_given {
        return Err(error(
            key.span(),
            format_args!("`{key}` takes a value"),
            format_args!("write `{key} = {example}`"),
        ));
    }
    Ok(())
}

/// `key(entry, entry)`. What can be seen in something else than parentheses is taken all the same.
fn list<T>(
    cx: &mut Errors,
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
    read: impl Fn(&mut Errors, ParseStream<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let is_plain = input.peek(syn::token::Paren);
    let mistake = || {
        error(
            key.span(),
            format_args!("`{key}` takes a list"),
            format_args!("write `{key}({example})`"),
        )
    };
    if input.peek(Token![=]) || input.peek(Token![:]) {
        let _mistaken = input.parse::<TokenTree>();
    }
    let content;
    if input.peek(syn::token::Paren) {
        parenthesized!(content in input);
    } else if input.peek(syn::token::Bracket) {
        bracketed!(content in input);
    } else if input.peek(syn::token::Brace) {
        braced!(content in input);
    } else {
        let fork = input.fork();
        let alone = read(&mut Errors::default(), &fork);
        let entry = alone.map_err(|_| mistake())?;
        if !at_end(&fork) {
            return Err(mistake());
        }
        input.advance_to(&fork);
        cx.push(mistake());
        return Ok(vec![entry]);
    }
    if !is_plain {
        cx.push(mistake());
    }
    let mut found = Vec::new();
    entries(cx, &content, starts_entry, |cx, input| {
        found.push(read(cx, input)?);
        Ok(())
    });
    Ok(found)
}

/// The name of a field.
fn column(cx: &mut Errors, input: ParseStream<'_>) -> Result<Ident> {
    if !input.peek(LitStr) {
        let place = input.span();
        let way = "write the name of the field, as it is in the struct";
        return input
            .call(Ident::parse_any)
            .map_err(|_| error(place, "a column is a field", way));
    }
    let text: LitStr = input.parse()?;
    let mistake = "a column is a field, and no text";
    let Ok(field) = text.parse_with(Ident::parse_any) else {
        let way = "write the name of the field without quotes";
        return Err(error(text.span(), mistake, way));
    };
    let way = format_args!("write it without quotes: `{field}`");
    cx.error(text.span(), mistake, way);
    Ok(field)
}

/// `snapshot(every = 100)`
fn snapshot(cx: &mut Errors, key: &Ident, input: ParseStream<'_>) -> Result<SnapshotAttr> {
    let example = "every = 100";
    let mut snapshot = SnapshotAttr::default();
    let keys = list(cx, key, input, example, |cx, input| {
        if input.peek(LitInt) {
            let every: LitInt = input.parse()?;
            cx.error(
                every.span(),
                "`snapshot` takes its number by a key",
                format_args!("write `snapshot(every = {every})`"),
            );
            return Ok((Ident::new("every", every.span()), every));
        }
        let key = input.call(Ident::parse_any)?;
        let every = value(cx, &key, input, "100")?;
        Ok((key, every))
    })?;
    for (key, every) in keys {
        if key != "every" {
            // Read as if it were, lest that be missing too.
            cx.error(
                key.span(),
                format_args!("`snapshot` has no key `{key}`"),
                suggest::hint(&key.to_string(), &["every"]),
            );
        }
        if snapshot.every.replace(every).is_some() {
            cx.error(key.span(), "`every` is given twice", "keep one of the two");
        }
    }
    Ok(snapshot)
}

/// `on_error(park)`, `on_error(retry(3))`.
fn on_error(key: &Ident, input: ParseStream<'_>) -> Result<OnErrorAttr> {
    let wanting = || {
        error(
            key.span(),
            "`on_error` takes one word",
            "write `on_error(stop)`, `on_error(park)` or `on_error(retry(3))`",
        )
    };
    let read = in_parentheses(input, |content| {
        let word = content.call(Ident::parse_any).map_err(|_| wanting())?;
        let times = in_parentheses(content, |input| input.parse())?;
        Ok(OnErrorAttr { word, times })
    })?;
    read.ok_or_else(wanting)
}

/// `OrderShipped in Order: update(at)`.
fn projected(cx: &mut Errors, input: ParseStream<'_>) -> Result<ProjectedEntry> {
    let path = concrete_path(cx, input)?;
    let read_as = if input.peek(Token![as]) {
        input.parse::<Token![as]>()?;
        Some(concrete_path(cx, input)?)
    } else {
        None
    };
    let aggregate = if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        Some(concrete_path(cx, input)?)
    } else {
        None
    };
    let named = aggregate.as_ref().or(read_as.as_ref()).unwrap_or(&path);
    let mark = mark(cx, named, CHANGE_MARKS, input);
    let rule = if mark.is_some() {
        in_parentheses(input, Ident::parse_any)?
    } else {
        None
    };
    Ok(ProjectedEntry {
        path,
        read_as,
        aggregate,
        mark,
        rule,
    })
}

/// What stands in parentheses, if there are any.
fn in_parentheses<T>(
    input: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if !input.peek(syn::token::Paren) {
        return Ok(None);
    }
    let content;
    parenthesized!(content in input);
    let result = read(&content);
    if result.is_err() {
        // Or the rest would be told as well, as not expected.
        let _rest = content.parse::<TokenStream>();
    }
    result.map(Some)
}

/// `AccountOpened: create`.
fn event(cx: &mut Errors, input: ParseStream<'_>) -> Result<Entry> {
    entry(cx, EVENT_MARKS, input)
}

/// `OpenAccount: new`.
fn command(cx: &mut Errors, input: ParseStream<'_>) -> Result<Entry> {
    entry(cx, COMMAND_MARKS, input)
}

fn entry(cx: &mut Errors, marks: &[&str], input: ParseStream<'_>) -> Result<Entry> {
    let path = concrete_path(cx, input)?;
    let mark = mark(cx, &path, marks, input);
    if input.peek(Token![:]) {
        let way = "keep one of the two";
        cx.error(input.span(), "one word is said about a name", way);
        skip_entry(input);
    }
    Ok(Entry { path, mark })
}

/// `: create`, behind a name. The name counts, whatever is mistaken here.
fn mark(cx: &mut Errors, of: &Path, marks: &[&str], input: ParseStream<'_>) -> Option<Ident> {
    let place = input.span();
    let name = spelt(of);
    if input.peek(Token![:]) {
        let _colon = input.parse::<Token![:]>();
        let place = input.span();
        let fork = input.fork();
        if let Ok(mark) = fork.call(Ident::parse_any) {
            input.advance_to(&fork);
            return Some(mark);
        }
        let text = input.parse::<Option<LitStr>>().ok().flatten();
        let meant = text.and_then(|text| text.parse_with(Ident::parse_any).ok());
        let example = meant
            .as_ref()
            .map_or_else(|| marks[0].to_owned(), Ident::to_string);
        let way = format_args!("write `{name}: {example}`");
        cx.error(place, format_args!("a word says what `{name}` is"), way);
        skip_entry(input);
        return meant;
    }
    let fork = input.fork();
    let meant = if input.peek(syn::token::Paren) {
        in_parentheses(&fork, |content| {
            let mark = content.call(Ident::parse_any)?;
            let _rest = content.parse::<TokenStream>()?;
            Ok(mark)
        })
        .ok()??
    } else {
        let is_introduced = input.peek(Token![=]) || input.peek(Token![->]);
        while fork.peek(Token![=]) || fork.peek(Token![-]) || fork.peek(Token![>]) {
            let _introduction = fork.parse::<TokenTree>();
        }
        let mark = fork.call(Ident::parse_any).ok()?;
        if !is_introduced && marks.iter().all(|known| mark != known) {
            return None;
        }
        mark
    };
    input.advance_to(&fork);
    cx.error(
        place,
        format_args!("what is said about `{name}` stands behind a colon"),
        format_args!("write `{name}: {meant}`"),
    );
    Some(meant)
}

/// The path, as it is written.
pub(crate) fn spelt(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// `from(AccountOpenedV1)`
fn shape_before(cx: &mut Errors, key: &Ident, input: ParseStream<'_>) -> Result<Path> {
    in_parentheses(input, |input| concrete_path(cx, input))?.ok_or_else(|| {
        error(
            key.span(),
            format_args!("`{key}` takes the type of the version before"),
            format_args!("write `{key}(AccountOpenedV1)`"),
        )
    })
}

/// The path of an event or a command.
fn concrete_path(cx: &mut Errors, input: ParseStream<'_>) -> Result<Path> {
    if input.peek(LitStr) {
        return quoted_path(cx, &input.parse()?);
    }
    let path = input.call(Path::parse_mod_style)?;
    if input.peek(Token![<]) {
        let arguments: AngleBracketedGenericArguments = input.parse()?;
        let place = arguments.lt_token.span;
        let mistake = "events and commands are not generic";
        let Some(inner) = held(&path, arguments) else {
            return Err(error(place, mistake, "one stored name means one type"));
        };
        cx.error(place, mistake, format_args!("write `{}`", spelt(&inner)));
        return Ok(inner);
    }
    Ok(path)
}

/// A type in quotes.
fn quoted_path(cx: &mut Errors, text: &LitStr) -> Result<Path> {
    let mistake = "a type is named here, and no text";
    let path = text.parse_with(Path::parse_mod_style).ok();
    // What does not look like a type is one that nobody would find.
    let is_type = |path: &Path| {
        let name = path.segments.last().map(|last| last.ident.to_string());
        name.is_some_and(|name| name.starts_with(char::is_uppercase))
    };
    let Some(path) = path.filter(is_type) else {
        let way = "write the type, without quotes";
        return Err(error(text.span(), mistake, way));
    };
    let way = format_args!("write it without quotes: `{}`", text.value());
    cx.error(text.span(), mistake, way);
    Ok(path)
}

/// What is held by a type of std that holds one thing or some.
fn held(path: &Path, arguments: AngleBracketedGenericArguments) -> Option<Path> {
    let holder = &path.segments.last()?.ident;
    let holds = ["Vec", "Option", "Box"].iter().any(|known| holder == known);
    let mut arguments = arguments.args.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(Type::Path(ty))), None)
            if holds && ty.path.segments.iter().all(|s| s.arguments.is_none()) =>
        {
            Some(ty.path)
        }
        _ => None,
    }
}

/// `carrier`, or `day = event.shipped_at.date_utc()`.
fn tag(_: &mut Errors, input: ParseStream<'_>) -> Result<TagEntry> {
    let name = if input.peek(LitStr) {
        TagName::Text(input.parse()?)
    } else {
        TagName::Field(input.call(Ident::parse_any)?)
    };
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    Ok(TagEntry { name, value })
}
