//! The history that descriptions tell, which the derives write: the same form as that of a schema.
//!
//! What the keys mean stands at `AggregateDescription::to_json` in es-runtime. A type has no versions there: what it was
//! is another type of the code, so that the versions of one name are counted by what was published of it.

use super::{
    history::{
        AggregateHistory, Content, EventHistory, Field, History, Hop, Kind, Made, Retired, Shape,
        Step, Symbol, TypeHistory, TypeVersion, Variant, Version,
    },
    types::{Types, are_equal},
};
use crate::{hash, source::Span};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What descriptions tell.
#[derive(Debug)]
#[non_exhaustive]
pub struct Described {
    /// The history.
    pub history: History,
    /// Everything in it by its name, a thing a line; the places in the history are those in this text.
    pub text: String,
}

/// The history that the descriptions of aggregates and projections tell, each as JSON; `locked` is what was published.
///
/// # Errors
/// Where a text is none of either.
pub fn described(
    descriptions: &[String],
    locked: Option<&History>,
) -> Result<Described, serde_json::Error> {
    let mut history = History::default();
    let nothing = History::default();
    let locked = locked.unwrap_or(&nothing);
    let mut types: BTreeMap<String, KindEntry> = BTreeMap::new();
    for text in descriptions {
        match serde_json::from_str(text)? {
            Description::Aggregate(aggregate) => {
                history.domain = locked.domain.clone();
                types.extend(aggregate.types.clone());
                history.aggregates.push(aggregate.history());
            }
            Description::Rows(rows) => history.projections.push(rows.made(text)),
        }
    }
    history.types = types.iter().map(|(name, kind)| first(name, kind)).collect();
    count_versions(&mut history, locked);
    let text = place(&mut history);
    Ok(Described { history, text })
}

/// Gives everything a place, in a text that is made for that.
fn place(history: &mut History) -> String {
    let mut text = String::new();
    let mut line = |depth: usize, said: &str| {
        text.push_str(&"  ".repeat(depth));
        let start = text.len();
        text.push_str(said);
        let span = Span::default().part(start..text.len());
        text.push('\n');
        span
    };
    for aggregate in &mut history.aggregates {
        aggregate.place = line(0, &aggregate.name);
        for event in &mut aggregate.events {
            event.place = line(1, &event.name);
            for version in &mut event.versions {
                version.place = line(2, &format!("version {}", version.number));
                for field in version.fields.iter_mut().flatten() {
                    field.place = line(3, &format!("{}: {}", field.name, field.shape.to_rust()));
                }
            }
        }
        for command in &mut aggregate.commands {
            command.place = line(1, &command.name);
        }
    }
    for ty in &mut history.types {
        ty.place = line(0, &ty.name);
        for version in &mut ty.versions {
            version.place = ty.place;
        }
    }
    for projection in &mut history.projections {
        projection.place = line(0, &projection.name);
    }
    text
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Description {
    Aggregate(AggregateEntry),
    Rows(RowsEntry),
}

#[derive(Deserialize)]
struct AggregateEntry {
    name: String,
    id: String,
    events: Vec<EventEntry>,
    commands: Vec<CommandEntry>,
    types: BTreeMap<String, KindEntry>,
}

#[derive(Deserialize)]
struct RowsEntry {
    projection: String,
}

#[derive(Deserialize)]
struct EventEntry {
    name: String,
    #[serde(default)]
    was: Vec<String>,
    role: Option<String>,
    version: u16,
    reads_as: Option<u16>,
    fields: Vec<FieldEntry>,
    #[serde(default)]
    older: Vec<OlderEntry>,
}

#[derive(Deserialize)]
struct OlderEntry {
    version: u16,
    reads_as: Option<u16>,
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize, serde::Serialize)]
struct CommandEntry {
    name: String,
    #[serde(rename = "for")]
    target: String,
    emits: Vec<String>,
    fields: Vec<FieldEntry>,
}

#[derive(Clone, Deserialize, serde::Serialize)]
struct FieldEntry {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Clone, Deserialize)]
struct KindEntry {
    symbols: Option<Vec<String>>,
    union: Option<Vec<VariantEntry>>,
    #[serde(default)]
    was: BTreeMap<String, String>,
    #[serde(flatten)]
    content: ContentEntry,
}

#[derive(Clone, Deserialize)]
struct VariantEntry {
    name: String,
    #[serde(flatten)]
    content: ContentEntry,
}

#[derive(Clone, Deserialize)]
struct ContentEntry {
    newtype: Option<String>,
    items: Option<Vec<String>>,
    fields: Option<Vec<FieldEntry>>,
}

impl AggregateEntry {
    fn history(self) -> AggregateHistory {
        let commands = self.commands.iter().map(|command| Made {
            name: command.name.clone(),
            // Text can always be written.
            fingerprint: hash::of(serde_json::to_string(command).unwrap_or_default().bytes()),
            place: Span::default(),
        });
        let commands = commands.collect();
        // What is split stands in front of the event of the same name, which tells all the shapes before its own.
        let is_whole = |at: usize| {
            let mut behind = self.events[at + 1..].iter();
            behind.all(|event| event.name != self.events[at].name)
        };
        let events = (0..self.events.len())
            .filter(|at| is_whole(*at))
            .map(|at| self.events[at].history());
        AggregateHistory {
            events: events.collect(),
            id: shape(&self.id),
            category: self.name.clone(),
            name: self.name,
            place: Span::default(),
            commands,
            // Its states are kept beside the samples.
            state: String::new(),
            allow: Vec::new(),
        }
    }
}

impl RowsEntry {
    fn made(self, text: &str) -> Made {
        Made {
            name: self.projection,
            fingerprint: hash::of(text.bytes()),
            place: Span::default(),
        }
    }
}

impl EventEntry {
    fn history(&self) -> EventHistory {
        let older = self.older.iter().rev();
        let older = older.map(|it| (it.version, it.reads_as, &it.fields));
        let all = older.chain([(self.version, self.reads_as, &self.fields)]);
        let mut versions: Vec<Version> = all
            .map(|(number, reads_as, parts)| Version {
                number,
                reads_as: reads_as.unwrap_or(number),
                fields: Some(fields(parts)),
                hop: hop(number),
                place: Span::default(),
            })
            .collect();
        let retired = match self.role.as_deref() {
            Some("retired") => Some(Retired::Ignored),
            Some("split") => Some(Retired::Split),
            _ => None,
        };
        if retired == Some(Retired::Split) {
            let number = self.version + 1;
            versions.push(Version {
                number,
                reads_as: number,
                fields: None,
                hop: hop(number),
                place: Span::default(),
            });
        }
        EventHistory {
            name: self.name.clone(),
            was: self.was.clone(),
            retired,
            place: Span::default(),
            versions,
            allow: Vec::new(),
        }
    }
}

/// What leads to a version is code.
fn hop(number: u16) -> Option<Hop> {
    (number > 1).then(|| Hop {
        steps: vec![Step::ByHand],
    })
}

fn fields(entries: &[FieldEntry]) -> Vec<Field> {
    let fields = entries.iter().map(|entry| Field {
        name: entry.name.clone(),
        shape: shape(&entry.ty),
        place: Span::default(),
    });
    fields.collect()
}

/// A type as it is written in a schema; what is no type of the language is one of the domain.
fn shape(text: &str) -> Shape {
    Shape::from_rust(text).unwrap_or_else(|| Shape::Type(text.to_owned(), 1))
}

fn first(name: &str, entry: &KindEntry) -> TypeHistory {
    TypeHistory {
        name: name.to_owned(),
        place: Span::default(),
        versions: vec![TypeVersion {
            number: 1,
            kind: entry.kind(),
            hop: None,
            place: Span::default(),
        }],
        allow: Vec::new(),
    }
}

impl KindEntry {
    fn kind(&self) -> Kind {
        let was = |name: &str| {
            let was = self.was.iter().filter(|(_, is)| *is == name);
            was.map(|(was, _)| was.clone()).collect()
        };
        if let Some(symbols) = &self.symbols {
            return Kind::Symbols(
                symbols
                    .iter()
                    .map(|name| Symbol {
                        name: name.clone(),
                        was: was(name),
                    })
                    .collect(),
            );
        }
        if let Some(variants) = &self.union {
            return Kind::Union(
                variants
                    .iter()
                    .map(|variant| Variant {
                        name: variant.name.clone(),
                        was: was(&variant.name),
                        content: variant.content.content(),
                    })
                    .collect(),
            );
        }
        match self.content.content() {
            Content::Fields(fields) => Kind::Fields(fields),
            Content::Value(shape) => Kind::Newtype(shape, None),
            Content::Nothing => Kind::Newtype(Shape::Null, None),
        }
    }
}

impl ContentEntry {
    fn content(&self) -> Content {
        if let Some(inner) = &self.newtype {
            Content::Value(shape(inner))
        } else if let Some(items) = &self.items {
            Content::Value(Shape::Items(items.iter().map(|item| shape(item)).collect()))
        } else if let Some(parts) = &self.fields {
            Content::Fields(fields(parts))
        } else {
            Content::Nothing
        }
    }
}

/// Gives each type the number of what was published of it, or the next one where it is something else now.
fn count_versions(history: &mut History, locked: &History) {
    let mut numbers: BTreeMap<String, u16> = BTreeMap::new();
    let described = history.clone();
    let (before, now) = (Types::of(locked), Types::of(&described));
    for ty in &mut history.types {
        let Some(published) = locked.types.iter().find(|it| it.name == ty.name) else {
            continue;
        };
        let newest = published.versions.len();
        let last = u16::try_from(newest).unwrap_or(u16::MAX);
        let of = |version| Shape::Type(ty.name.clone(), version);
        let is_same = are_equal((&before, &of(last)), (&now, &of(1)));
        let now = ty.versions.pop();
        ty.versions.clone_from(&published.versions);
        let number = if is_same {
            last
        } else {
            last.saturating_add(1)
        };
        if !is_same && let Some(now) = now {
            ty.versions.push(TypeVersion {
                number,
                hop: hop(number),
                ..now
            });
        }
        numbers.insert(ty.name.clone(), number);
    }
    let renumber = |shape: &mut Shape| shape.renumber(&numbers);
    for aggregate in &mut history.aggregates {
        renumber(&mut aggregate.id);
        let events = aggregate.events.iter_mut();
        let versions = events.flat_map(|event| &mut event.versions);
        for field in versions.filter_map(|it| it.fields.as_mut()).flatten() {
            renumber(&mut field.shape);
        }
    }
    for ty in &mut history.types {
        // What was published of it speaks of what was published.
        let published = locked.types.iter().find(|it| it.name == ty.name);
        let published = published.map_or(0, |it| it.versions.len());
        for version in ty.versions.iter_mut().skip(published) {
            version.kind.shapes_mut().into_iter().for_each(renumber);
        }
    }
}
