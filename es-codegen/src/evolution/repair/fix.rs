//! Writes what repairs findings into the schema, where it is certain what has to be written.

use super::{
    super::{finding::Owner, findings, history::History, lock::Lock},
    Repair, Step, What,
    edit::{is_flow, tree, under_key, value, value_at, with_item, with_key},
    entry, plain,
};
use crate::{
    checked,
    diagnostic::Diagnostics,
    evolution::declared,
    source::{File, Source, Span},
};

/// So often what was repaired is looked at again: a type that has a new version is followed by what holds it.
const ROUNDS: usize = 8;

/// A schema file with repairs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fixed {
    /// The path of the file.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The files of a schema that repairs change. What would not be read again, or not be a repair, is left out.
#[must_use]
pub fn fix(source: &Source, lock: &Lock) -> Vec<Fixed> {
    let mut current = Texts::of(source);
    for _ in 0..ROUNDS {
        let Some(next) = round(&current, lock) else {
            break;
        };
        current = next;
    }
    let files = source.files().iter().zip(current.files);
    let changed = files.filter(|(file, (_, text))| file.text() != text);
    changed
        .map(|(_, (name, text))| Fixed { name, text })
        .collect()
}

/// A schema as texts that can be changed.
#[derive(Clone)]
struct Texts {
    name: String,
    files: Vec<(String, String)>,
}

impl Texts {
    fn of(source: &Source) -> Self {
        let files = source.files().iter();
        Self {
            name: source.name().to_owned(),
            files: files
                .map(|file| (file.name().to_owned(), file.text().to_owned()))
                .collect(),
        }
    }

    fn source(&self) -> Option<Source> {
        Source::from_texts(self.name.clone(), self.files.clone()).ok()
    }
}

/// What a schema declares, and the repairs of what is found in it; nothing where it cannot be read.
fn look(source: &Source, lock: &Lock) -> Option<(History, Vec<Repair>)> {
    let mut cx = Diagnostics::new();
    let model = checked(&mut cx, source)?;
    if cx.has_errors() {
        return None;
    }
    let declared = declared(&model);
    let found = findings(&mut cx, &declared, Some(lock), &model.levels);
    let repairs = found.into_iter().filter_map(|finding| finding.repair);
    Some((declared, repairs.collect()))
}

/// The texts with the repairs that can be made at once: those of types first, so that what holds several of them follows
/// all in one entry.
fn round(texts: &Texts, lock: &Lock) -> Option<Texts> {
    let source = texts.source()?;
    let (declared, repairs) = look(&source, lock)?;
    let is_of_type = |repair: &Repair| matches!(repair.owner, Owner::Type(_));
    let (of_types, others): (Vec<_>, Vec<_>) = repairs.into_iter().partition(is_of_type);
    repaired(texts, lock, &declared, &of_types)
        .or_else(|| repaired(texts, lock, &declared, &others))
}

/// The texts with those of the repairs that can be made.
fn repaired(texts: &Texts, lock: &Lock, declared: &History, repairs: &[Repair]) -> Option<Texts> {
    let mut owners: Vec<Owner> = Vec::new();
    let mut current: Option<Texts> = None;
    for repair in repairs {
        if owners.contains(&repair.owner) {
            continue;
        }
        owners.push(repair.owner);
        let of_owner: Vec<&Repair> = repairs
            .iter()
            .filter(|other| other.owner == repair.owner)
            .collect();
        let before = current.as_ref().unwrap_or(texts);
        // Edits move what stands behind them.
        let source = before.source()?;
        let now = if current.is_some() {
            look(&source, lock)?.0
        } else {
            declared.clone()
        };
        let Some(place) = place(&now, repair.owner) else {
            continue;
        };
        let edited = source
            .file(place.file)
            .and_then(|file| edit(file, place, &of_owner));
        let Some(edited) = edited else { continue };
        let mut after = before.clone();
        if let Some((_, text)) = after.files.get_mut(place.file.0 as usize) {
            *text = edited;
        }
        let is_repaired = after
            .source()
            .and_then(|source| look(&source, lock))
            .is_some_and(|(_, left)| {
                let is_left = |repair: &&Repair| left.contains(repair);
                !of_owner.iter().any(is_left)
            });
        if is_repaired {
            current = Some(after);
        }
    }
    current
}

/// Where the name stands under which something is to be written.
fn place(declared: &History, owner: Owner) -> Option<Span> {
    match owner {
        Owner::Domain => None,
        Owner::Aggregate(a) => Some(declared.aggregates.get(a)?.place),
        Owner::Event(a, e) => Some(declared.aggregates.get(a)?.events.get(e)?.place),
        Owner::Type(t) => Some(declared.types.get(t)?.place),
    }
}

/// The text of a file with repairs under the key at a place.
fn edit(file: &File, place: Span, repairs: &[&Repair]) -> Option<String> {
    let mut text = file.text().to_owned();
    let mut steps: Vec<Step> = Vec::new();
    for repair in repairs {
        match &repair.what {
            What::Step(step) if steps.contains(step) => {}
            What::Step(step) => steps.push(step.clone()),
            What::Was(name) => text = listed(file, &text, place, "was", &plain(name))?,
            What::Retired(name, fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(field, ty)| format!("{}: {}", plain(field), plain(ty)))
                    .collect();
                let fields = match fields.as_slice() {
                    [] => String::new(),
                    fields => format!(", fields: {{ {} }}", fields.join(", ")),
                };
                let root = read(file, &text)?;
                let events = value(value_at(&root, place)?, "events")?;
                text = with_key(
                    &text,
                    events,
                    &plain(name),
                    &format!("{{ retired: true{fields} }}"),
                )?;
            }
        }
    }
    if steps.is_empty() {
        return Some(text);
    }
    if let Owner::Type(_) = repairs.first()?.owner {
        text = in_long_form(file, &text, place)?;
    }
    listed(file, &text, place, "changes", &entry(&steps))
}

fn read(file: &File, text: &str) -> Option<crate::yaml::Node> {
    let file = File::without_mark(file.name().to_owned(), text.to_owned(), file.id()).ok()?;
    tree(&file)
}

/// A type in the form that can say more than what it is.
fn in_long_form(file: &File, text: &str, place: Span) -> Option<String> {
    let root = read(file, text)?;
    let node = value_at(&root, place)?;
    if ["fields", "enum", "union", "rust"]
        .iter()
        .any(|key| value(node, key).is_some())
    {
        return Some(text.to_owned());
    }
    let is_list = matches!(node.kind, crate::yaml::Kind::Sequence(_));
    under_key(text, node, if is_list { "enum" } else { "fields" })
}

/// The text with an item more in the list under a key of what stands at a place.
fn listed(file: &File, text: &str, place: Span, key: &str, item: &str) -> Option<String> {
    let root = read(file, text)?;
    let node = value_at(&root, place)?;
    match value(node, key) {
        Some(list) => with_item(text, list, item),
        None if is_flow(text, node) || key == "was" => {
            with_key(text, node, key, &format!("[{item}]"))
        }
        None => with_key(text, node, key, &format!("[ {item} ]")),
    }
}
