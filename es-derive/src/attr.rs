//! Reads the attributes of the derives into plain data. A mistake in one key does not hide those in the next.

use proc_macro2::{Span, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{
    AngleBracketedGenericArguments, Attribute, Expr, Ident, LitInt, LitStr, Path, Result, Token,
    Type, parenthesized,
};

use crate::errors::{Errors, error};
use crate::suggest;

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
                "name" => attr.name = Some(value(key, input, "\"account\"")?),
                "id" => attr.id = Some(type_value(cx, key, input, "AccountId")),
                "error" => attr.error = Some(type_value(cx, key, input, "AccountError")),
                "crate" => attr.krate = Some(module(key, input)?),
                "snapshot" => attr.snapshot = Some(snapshot(cx, key, input)?),
                "revision" => attr.revision = Some(value(key, input, "2")?),
                "rules" => attr.rules = Some(value(key, input, "\"9b1f…\"")?),
                "events" => {
                    attr.events = Some(list(cx, key, input, "AccountOpened: create", entry)?);
                }
                _ => attr.commands = list(cx, key, input, "OpenAccount: new", entry)?,
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
            keys: &[
                "name", "version", "from", "earlier", "split", "was", "reads_as", "tags", "crate",
            ],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(key, input, "\"AccountOpened\"")?),
                "crate" => attr.krate = Some(module(key, input)?),
                "version" => attr.version = Some(value(key, input, "2")?),
                "reads_as" => attr.reads_as = Some(value(key, input, "1")?),
                "from" => attr.from = Some(shape_before(key, input)?),
                "split" => attr.split = Some(shape_before(key, input)?),
                "was" => {
                    attr.was = list(cx, key, input, "\"AccountMade\"", |input| input.parse())?;
                }
                "earlier" => {}
                _ => attr.tags = list(cx, key, input, "field, name = expression", tag)?,
            }
            Ok(())
        });
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
            keys: &["name", "emits", "crate"],
            later: &["reads", "after"],
            repeated: &[],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(key, input, "\"OpenAccount\"")?),
                "crate" => attr.krate = Some(module(key, input)?),
                _ => attr.emits = Some(list(cx, key, input, "AccountOpened", concrete_path)?),
            }
            Ok(())
        });
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
    pub(crate) key: Option<Result<Vec<Ident>>>,
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
            keys: &[
                "name", "key", "index", "events", "on_error", "revision", "rules", "crate",
            ],
            later: &[],
            repeated: &["index"],
        };
        let mut attr = Self::default();
        attr.found = GRAMMAR.read(cx, attributes, |cx, key, input| {
            match key.to_string().as_str() {
                "name" => attr.name = Some(value(key, input, "\"OrderSummary\"")?),
                "crate" => attr.krate = Some(module(key, input)?),
                "revision" => attr.revision = Some(value(key, input, "2")?),
                "rules" => attr.rules = Some(value(key, input, "\"9b1f…\"")?),
                "on_error" => attr.on_error = Some(on_error(key, input)?),
                "key" => {
                    let columns = list(cx, key, input, "order", Ident::parse_any);
                    if columns.is_err() {
                        skip_entry(input);
                    }
                    attr.key = Some(columns);
                }
                "index" => {
                    let columns = list(cx, key, input, "status, shipped_at", Ident::parse_any)?;
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
            keys: &["check", "crate"],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        GRAMMAR.read(cx, attributes, |_, key, input| {
            match key.to_string().as_str() {
                "check" => attr.check = Some(rule(key, input)?),
                _ => attr.krate = Some(module(key, input)?),
            }
            Ok(())
        });
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
            keys: &["number", "text", "check", "crate"],
            later: &[],
            repeated: &[],
        };
        let mut attr = Self::default();
        GRAMMAR.read(cx, attributes, |_, key, input| {
            match key.to_string().as_str() {
                "number" => attr.number = Some(key.clone()),
                "text" => attr.text = Some(key.clone()),
                "check" => attr.check = Some(rule(key, input)?),
                _ => attr.krate = Some(module(key, input)?),
            }
            Ok(())
        });
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
        Ok(())
    });
    found.key("check").is_some()
}

/// Where the attribute and its keys stand, those included whose values are mistaken.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) attribute: Option<Span>,
    keys: Vec<Ident>,
}

impl Found {
    /// Where a key stands, if it is there.
    pub(crate) fn key(&self, name: &str) -> Option<Span> {
        let key = self.keys.iter().find(|key| *key == name);
        key.map(Ident::span)
    }
}

/// What may stand in an attribute.
struct Grammar {
    attribute: &'static str,
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
            let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
                entries(cx, input, |cx, input| {
                    let written = input.call(Ident::parse_any)?;
                    let key = self.key(cx, &written, &found)?;
                    found.keys.push(key.clone());
                    read(cx, &key, input)
                });
                Ok(())
            });
            if let Err(error) = parsed {
                cx.push(error);
            }
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

/// Reads what stands one comma apart. Behind a mistake it goes on at the next comma.
fn entries(
    cx: &mut Errors,
    input: ParseStream<'_>,
    mut read: impl FnMut(&mut Errors, ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        let result = read(cx, input).and_then(|()| {
            if input.is_empty() || input.peek(Token![,]) {
                return Ok(());
            }
            Err(input.error("expected `,`"))
        });
        if let Err(error) = result {
            cx.push(error);
            skip_entry(input);
        }
        let _comma = input.parse::<Option<Token![,]>>();
    }
}

fn skip_entry(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _skipped = input.parse::<TokenTree>();
    }
}

/// `key = Type`. A mistake stands in the place of the type.
fn type_value(cx: &mut Errors, key: &Ident, input: ParseStream<'_>, example: &str) -> Type {
    value(key, input, example).unwrap_or_else(|error| {
        skip_entry(input);
        cx.missing_type(error)
    })
}

/// `check = condition`.
fn rule(key: &Ident, input: ParseStream<'_>) -> Result<Rule> {
    let condition = value(key, input, "value.len() <= 10")?;
    let key = key.clone();
    Ok(Rule { key, condition })
}

/// `key = value`.
fn value<T: Parse>(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<T> {
    equals(key, input, example)?;
    input.parse()
}

/// `crate = path::to::es_runtime`.
fn module(key: &Ident, input: ParseStream<'_>) -> Result<Path> {
    equals(key, input, "::es_runtime")?;
    input.call(Path::parse_mod_style)
}

fn equals(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<()> {
    if !input.peek(Token![=]) {
        return Err(error(
            key.span(),
            format_args!("`{key}` takes a value"),
            format_args!("write `{key} = {example}`"),
        ));
    }
    input.parse::<Token![=]>()?;
    Ok(())
}

/// `key(entry, entry)`.
fn list<T>(
    cx: &mut Errors,
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
    read: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    if !input.peek(syn::token::Paren) {
        return Err(error(
            key.span(),
            format_args!("`{key}` takes a list"),
            format_args!("write `{key}({example})`"),
        ));
    }
    let content;
    parenthesized!(content in input);
    let mut found = Vec::new();
    entries(cx, &content, |_, input| {
        found.push(read(input)?);
        Ok(())
    });
    Ok(found)
}

/// `snapshot(every = 100)`
fn snapshot(cx: &mut Errors, key: &Ident, input: ParseStream<'_>) -> Result<SnapshotAttr> {
    let example = "every = 100";
    let mut snapshot = SnapshotAttr::default();
    let keys = list(cx, key, input, example, |input| {
        let key = input.call(Ident::parse_any)?;
        let every = value(&key, input, "100")?;
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
    if !input.peek(syn::token::Paren) {
        return Err(wanting());
    }
    let content;
    parenthesized!(content in input);
    if content.is_empty() {
        return Err(wanting());
    }
    let word = content.call(Ident::parse_any)?;
    let times = in_parentheses(&content, |input| input.parse())?;
    Ok(OnErrorAttr { word, times })
}

/// `OrderShipped in Order: update(at)`.
fn projected(input: ParseStream<'_>) -> Result<ProjectedEntry> {
    let path = concrete_path(input)?;
    let read_as = if input.peek(Token![as]) {
        input.parse::<Token![as]>()?;
        Some(concrete_path(input)?)
    } else {
        None
    };
    let aggregate = if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        Some(concrete_path(input)?)
    } else {
        None
    };
    let (mark, rule) = if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
        let mark = input.call(Ident::parse_any)?;
        (Some(mark), in_parentheses(input, Ident::parse_any)?)
    } else {
        (None, None)
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
    read: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if !input.peek(syn::token::Paren) {
        return Ok(None);
    }
    let content;
    parenthesized!(content in input);
    read(&content).map(Some)
}

/// `AccountOpened: create`.
fn entry(input: ParseStream<'_>) -> Result<Entry> {
    let path = concrete_path(input)?;
    let mark = if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
        Some(input.call(Ident::parse_any)?)
    } else {
        None
    };
    Ok(Entry { path, mark })
}

/// `from(AccountOpenedV1)`
fn shape_before(key: &Ident, input: ParseStream<'_>) -> Result<Path> {
    in_parentheses(input, concrete_path)?.ok_or_else(|| {
        error(
            key.span(),
            format_args!("`{key}` takes the type of the version before"),
            format_args!("write `{key}(AccountOpenedV1)`"),
        )
    })
}

/// The path of an event or a command.
fn concrete_path(input: ParseStream<'_>) -> Result<Path> {
    let path = input.call(Path::parse_mod_style)?;
    if input.peek(Token![<]) {
        let arguments: AngleBracketedGenericArguments = input.parse()?;
        return Err(error(
            arguments.lt_token.span,
            "events and commands are not generic",
            "one stored name means one type",
        ));
    }
    Ok(path)
}

/// `carrier`, or `day = event.shipped_at.date_utc()`.
fn tag(input: ParseStream<'_>) -> Result<TagEntry> {
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
