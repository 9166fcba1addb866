//! Publication: drafts are put behind what was published, and no shape that was published is touched.

use super::{
    diff::is_read_as,
    history::{
        AggregateHistory, EventHistory, History, Kind, Shape, Symbol, TypeHistory, TypeVersion,
        Variant,
    },
    lock::Lock,
    types::{Types, are_alike},
};
use std::collections::{HashMap, HashSet};

/// What a publication makes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Publication {
    /// The text of the lock.
    pub lock: String,
    /// The versions that were not published before.
    pub published: Vec<Published>,
    /// The history that the lock holds then.
    pub history: History,
}

/// A version of an event that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The category of its aggregate.
    pub category: String,
    /// The stored name of the event.
    pub event: String,
    /// The version.
    pub version: u16,
}

impl Publication {
    /// What the lock becomes once everything that is declared is published.
    #[must_use]
    pub fn of(declared: &History, lock: Option<&Lock>) -> Self {
        let nothing = History::default();
        let locked = lock.map_or(&nothing, |lock| &lock.history);
        let mut published = Vec::new();
        let known = locked.aggregates.iter().map(|before| {
            let now = declared
                .aggregates
                .iter()
                .find(|now| now.category == before.category);
            match now {
                Some(now) => aggregate(&mut published, &before.events, now),
                None => before.clone(),
            }
        });
        let mut aggregates: Vec<AggregateHistory> = known.collect();
        let is_known = |now: &AggregateHistory| {
            locked
                .aggregates
                .iter()
                .any(|before| before.category == now.category)
        };
        for now in declared.aggregates.iter().filter(|now| !is_known(now)) {
            aggregates.push(aggregate(&mut published, &[], now));
        }
        let mut history = History {
            domain: declared.domain.clone(),
            aggregates,
            types: types(locked, declared),
            projections: declared.projections.clone(),
        };
        keep_stored(&mut history);
        Self {
            lock: Lock::write(&history),
            published,
            history,
        }
    }
}

/// An aggregate: the events that were published in their order, and new ones behind them.
fn aggregate(
    published: &mut Vec<Published>,
    locked: &[EventHistory],
    now: &AggregateHistory,
) -> AggregateHistory {
    // By each name that an event is read under; its own comes first.
    let own = now.events.iter().map(|event| event.name.as_str()).zip(0..);
    let mut readers: HashMap<&str, usize> = own.collect();
    for (place, event) in now.events.iter().enumerate() {
        for was in &event.was {
            readers.entry(was).or_insert(place);
        }
    }
    let mut taken = HashSet::new();
    let mut events = Vec::with_capacity(now.events.len());
    for before in locked {
        let place = readers.get(before.name.as_str()).copied();
        events.push(match place.filter(|place| taken.insert(*place)) {
            Some(place) => event(published, &now.category, before, &now.events[place]),
            None => before.clone(),
        });
    }
    for (place, event) in now.events.iter().enumerate() {
        if !taken.contains(&place) {
            say(published, &now.category, event, 0);
            events.push(event.clone());
        }
    }
    AggregateHistory {
        events,
        ..now.clone()
    }
}

/// An event: the versions that were published, and new ones behind them.
fn event(
    published: &mut Vec<Published>,
    category: &str,
    before: &EventHistory,
    now: &EventHistory,
) -> EventHistory {
    let known = before.versions.len();
    say(published, category, now, known);
    let new = now.versions.get(known..).unwrap_or_default();
    EventHistory {
        was: names((&before.was, &before.name), (&now.was, &now.name)),
        versions: before.versions.iter().chain(new).cloned().collect(),
        ..now.clone()
    }
}

/// The names that something had before, in the order in which it had them: the first is that of its sample, for ever.
fn names((was, before): (&[String], &str), (older, now): (&[String], &str)) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let all = was.iter().map(String::as_str).chain([before]);
    for name in all.chain(older.iter().map(String::as_str)) {
        if name != now && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn say(published: &mut Vec<Published>, category: &str, event: &EventHistory, known: usize) {
    let new = event.versions.get(known..).unwrap_or_default().iter();
    published.extend(new.map(|version| Published {
        category: category.to_owned(),
        event: event.name.clone(),
        version: version.number,
    }));
}

/// The types that were published in their order, and new ones behind them.
fn types(locked: &History, declared: &History) -> Vec<TypeHistory> {
    let by_name = |history: &'_ History| -> HashMap<String, usize> {
        let names = history.types.iter().map(|ty| ty.name.clone());
        names.zip(0..).collect()
    };
    let (published, new) = (by_name(locked), by_name(declared));
    let known = locked.types.iter().map(|was| match new.get(&was.name) {
        Some(place) => ty(was, &declared.types[*place]),
        None => was.clone(),
    });
    let new = declared.types.iter();
    let new = new.filter(|now| !published.contains_key(&now.name));
    known.chain(new.cloned()).collect()
}

/// A type: the versions that were published, and new ones behind them.
fn ty(before: &TypeHistory, now: &TypeHistory) -> TypeHistory {
    let known = before
        .versions
        .iter()
        .enumerate()
        .map(|(place, version)| TypeVersion {
            kind: match now.versions.get(place) {
                Some(now) if are_alike(&version.kind, &now.kind) => {
                    renewed(&version.kind, &now.kind)
                }
                _ => version.kind.clone(),
            },
            ..version.clone()
        });
    let new = now
        .versions
        .get(before.versions.len()..)
        .unwrap_or_default();
    TypeHistory {
        versions: known.chain(new.iter().cloned()).collect(),
        ..now.clone()
    }
}

/// What was published, with what may change about it without a version: names that are still read, and what is not stored.
fn renewed(before: &Kind, now: &Kind) -> Kind {
    match (before, now) {
        (Kind::Newtype(shape, _), Kind::Newtype(_, check)) => {
            Kind::Newtype(shape.clone(), check.clone())
        }
        (Kind::Own { wire, .. }, Kind::Own { rust, sample, .. }) => Kind::Own {
            rust: rust.clone(),
            wire: wire.clone(),
            sample: sample.clone(),
        },
        (Kind::Symbols(before), Kind::Symbols(now)) => {
            let symbols = before.iter().map(|symbol| {
                let mut all = now.iter();
                let now = all.find(|now| is_read_as(&symbol.name, &now.name, &now.was));
                let now = now.unwrap_or(symbol);
                Symbol {
                    name: now.name.clone(),
                    was: names((&symbol.was, &symbol.name), (&now.was, &now.name)),
                }
            });
            Kind::Symbols(symbols.collect())
        }
        (Kind::Union(before), Kind::Union(now)) => {
            let variants = before.iter().map(|variant| {
                let mut all = now.iter();
                let now = all.find(|now| is_read_as(&variant.name, &now.name, &now.was));
                let now = now.unwrap_or(variant);
                Variant {
                    name: now.name.clone(),
                    was: names((&variant.was, &variant.name), (&now.was, &now.name)),
                    content: variant.content.clone(),
                }
            });
            Kind::Union(variants.collect())
        }
        (before, _) => before.clone(),
    }
}

/// Takes the types away that no event holds.
fn keep_stored(history: &mut History) {
    let types = Types::of(history);
    let mut met = HashSet::new();
    let events = history.aggregates.iter().flat_map(|it| &it.events);
    let versions = events.flat_map(|event| &event.versions);
    let fields = versions.flat_map(|version| version.fields.iter().flatten());
    let ids = history.aggregates.iter().map(|aggregate| &aggregate.id);
    types.collect(fields.map(|field| &field.shape).chain(ids), &mut met);
    // With a version, all those before it: none may be missing.
    let versions = history.types.iter().flat_map(|ty| {
        let versions = ty.versions.iter();
        versions.map(|version| Shape::Type(ty.name.clone(), version.number))
    });
    let versions: Vec<Shape> = versions.collect();
    loop {
        let newest = newest_of(&met);
        let before = versions.iter().filter(|shape| match shape {
            Shape::Type(name, number) => newest.get(name).is_some_and(|newest| number < newest),
            _ => false,
        });
        let count = met.len();
        types.collect(before, &mut met);
        if met.len() == count {
            break;
        }
    }
    let newest = newest_of(&met);
    history.types.retain_mut(|ty| {
        let newest = newest.get(&ty.name).copied().unwrap_or(0);
        ty.versions.retain(|version| version.number <= newest);
        !ty.versions.is_empty()
    });
}

/// The newest version of each type that was met.
fn newest_of(met: &HashSet<(&str, u16)>) -> HashMap<String, u16> {
    let mut newest = HashMap::new();
    for (name, number) in met {
        let known = newest.entry((*name).to_owned()).or_insert(0);
        *known = (*known).max(*number);
    }
    newest
}
