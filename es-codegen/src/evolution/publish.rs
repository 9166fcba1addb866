//! Publication: drafts are put behind what was published, and no shape that was published is touched.

use super::{
    diff::{self, is_read_as},
    history::{
        AggregateHistory, EventHistory, Field, History, Kind, Symbol, TypeHistory, TypeVersion,
        Variant,
    },
    lock::Lock,
    shape::collect,
};

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
    let mut new: Vec<&EventHistory> = now.events.iter().collect();
    let mut events = Vec::with_capacity(new.len());
    for before in locked {
        let same = new.iter().position(|now| now.name == before.name);
        let place = same.or_else(|| {
            new.iter()
                .position(|now| is_read_as(&before.name, &now.name, &now.was))
        });
        events.push(match place {
            Some(place) => event(published, &now.category, before, new.remove(place)),
            None => before.clone(),
        });
    }
    for event in new {
        say(published, &now.category, event, 0);
        events.push(event.clone());
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
        versions: before.versions.iter().chain(new).cloned().collect(),
        ..now.clone()
    }
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
    let known = locked.types.iter().map(|before| {
        let now = declared.types.iter().find(|now| now.name == before.name);
        now.map_or_else(|| before.clone(), |now| ty(locked, before, declared, now))
    });
    let new = declared
        .types
        .iter()
        .filter(|now| locked.types.iter().all(|before| before.name != now.name));
    known.chain(new.cloned()).collect()
}

/// A type: the versions that were published, and new ones behind them.
fn ty(
    locked: &History,
    before: &TypeHistory,
    declared: &History,
    now: &TypeHistory,
) -> TypeHistory {
    let known = before
        .versions
        .iter()
        .enumerate()
        .map(|(place, version)| TypeVersion {
            kind: match now.versions.get(place) {
                Some(now) if diff::are_equal((locked, &version.kind), (declared, &now.kind)) => {
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
        (Kind::Symbols(before), Kind::Symbols(now)) => Kind::Symbols(
            before
                .iter()
                .map(|symbol| {
                    now.iter()
                        .find(|now| is_read_as(&symbol.name, &now.name, &now.was))
                        .unwrap_or(symbol)
                        .clone()
                })
                .collect::<Vec<Symbol>>(),
        ),
        (Kind::Union(before), Kind::Union(now)) => Kind::Union(
            before
                .iter()
                .map(|variant| {
                    let now = now
                        .iter()
                        .find(|now| is_read_as(&variant.name, &now.name, &now.was))
                        .unwrap_or(variant);
                    Variant {
                        fields: variant.fields.clone(),
                        ..now.clone()
                    }
                })
                .collect(),
        ),
        (before, _) => before.clone(),
    }
}

/// Takes the types away that no event holds.
fn keep_stored(history: &mut History) {
    let mut met = Vec::new();
    for aggregate in &history.aggregates {
        collect(history, &aggregate.id, &mut met);
        let versions = aggregate.events.iter().flat_map(|event| &event.versions);
        let fields: Vec<&Field> = versions
            .flat_map(|version| version.fields.iter().flatten())
            .collect();
        fields
            .iter()
            .for_each(|field| collect(history, &field.shape, &mut met));
    }
    // All versions up to the newest that is stored: none may be missing between two.
    let newest = |name: &str| {
        met.iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, number)| *number)
            .max()
    };
    let kept = history.types.iter().filter_map(|ty| {
        let newest = newest(&ty.name)?;
        let versions = ty
            .versions
            .iter()
            .filter(|version| version.number <= newest);
        Some(TypeHistory {
            versions: versions.cloned().collect(),
            ..ty.clone()
        })
    });
    history.types = kept.collect();
}
