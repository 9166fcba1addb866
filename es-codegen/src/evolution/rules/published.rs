//! What was published once and is another thing now.

use super::{
    super::{
        diff::{Change, Comparison, Owner as Compared, Pair, listed, named},
        finding::{Finding, Owner},
        fingerprint::frozen,
        history::{
            EventHistory, Field, History, Hop, Kind, Step, TypeHistory, TypeVersion, Version,
        },
        repair::{Repair, What},
        types::Users,
    },
    BothAggregates, BothEvents,
    come_and_go::Known,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    source::Span,
};
use std::collections::HashMap;

/// Every published version of an event is declared as it was published. Says whether its `changes` are.
pub(super) fn check_event<'h>(
    findings: &mut Vec<Finding>,
    types: &mut Comparison<'h>,
    known: &Known<'h>,
    both: &BothEvents<'h>,
) -> bool {
    let thing = Thing {
        owner: both.owner,
        name: &both.declared.name,
        place: both.declared.place,
        locked: both.locked.place,
    };
    let hops = |event: &'h EventHistory| {
        let hops = event
            .versions
            .iter()
            .map(|version| (version.hop.as_ref(), version.place));
        hops.collect::<Vec<_>>()
    };
    if !check_hops(findings, thing, &hops(both.locked), &hops(both.declared)) {
        return false;
    }
    let mut pairs = both
        .locked
        .versions
        .iter()
        .zip(&both.declared.versions)
        .rev();
    // Older shapes follow from the newest: where that one differs, there is nothing to be said of the others.
    if pairs.next().is_some_and(|(locked, declared)| {
        check_newest(findings, types, known, both, locked, declared)
    }) {
        return true;
    }
    for (locked, declared) in pairs {
        let is_same = match (&locked.fields, &declared.fields) {
            // Where the types of the fields are the same, what differs is told where they stand.
            (Some(locked), Some(declared)) => {
                is_same_by_name(locked, declared) || types.equal_fields(locked, declared)
            }
            (locked, declared) => locked.is_none() == declared.is_none(),
        };
        if !is_same {
            findings.push(rewritten(
                thing,
                locked.number,
                declared.place,
                locked.place,
            ));
            return true;
        }
    }
    true
}

/// Whether the fields are called the same, and are of types that are called the same.
fn is_same_by_name(locked: &[Field], declared: &[Field]) -> bool {
    locked.len() == declared.len()
        && locked.iter().all(|field| {
            let mut all = declared.iter();
            all.any(|other| other.name == field.name && other.shape == field.shape)
        })
}

/// Something with versions.
#[derive(Clone, Copy)]
struct Thing<'h> {
    owner: Owner,
    name: &'h str,
    place: Span,
    locked: Span,
}

/// What leads to a version, and where it stands.
type Way<'h> = (Option<&'h Hop>, Span);

/// Every published entry of `changes` is still there, and says what it said. Says whether it is so.
fn check_hops(
    findings: &mut Vec<Finding>,
    thing: Thing<'_>,
    locked: &[Way<'_>],
    declared: &[Way<'_>],
) -> bool {
    let Thing {
        owner, name, place, ..
    } = thing;
    if declared.len() < locked.len() {
        let message = format!(
            "`{name}` was published in version {}, and is declared in version {}",
            locked.len(),
            declared.len()
        );
        let diagnostic = Diagnostic::new(Code::VersionDecreased, place, message)
            .label("stored events of newer versions could not be read")
            .other(
                thing.locked,
                format!("published with {} versions", locked.len()),
            )
            .hint("write its `changes` again as they were; what is to be undone is a change more");
        findings.push(Finding::new(owner, diagnostic));
        return false;
    }
    let steps =
        |hop: Option<&Hop>| hop.map_or_else(Vec::new, |hop| hop.steps.iter().map(frozen).collect());
    for (place, ((before, locked_place), (now, declared_place))) in
        locked.iter().zip(declared).enumerate()
    {
        let version = place + 1;
        let (before, now) = (steps(*before), steps(*now));
        if is_permutation(&before, &now) {
            continue;
        }
        let shapes = |steps: &[Step]| steps.iter().map(without_value).collect::<Vec<_>>();
        let diagnostic = if is_permutation(&shapes(&before), &shapes(&now)) {
            let message = format!(
                "what leads to version {version} of `{name}` gives older events another value"
            );
            Diagnostic::new(Code::UpcastDefaultChanged, *declared_place, message)
                .label("stored events would mean something else than yesterday")
                .other(*locked_place, "published with another value")
                .hint("write the published value again; a change more may give it another one, by `retype`")
        } else {
            let rest: Vec<Vec<Step>> = declared[place..]
                .iter()
                .map(|(hop, _)| steps(*hop))
                .collect();
            let is_inserted = rest
                .iter()
                .skip(1)
                .any(|later| is_permutation(later, &before));
            let what = if is_inserted {
                "an entry was inserted before it"
            } else {
                "its entry was edited"
            };
            let message = format!("version {version} of `{name}` is published, and {what}");
            Diagnostic::new(Code::HistoryRewritten, *declared_place, message)
                .label("events are stored in the published shape, and would be misread")
                .other(*locked_place, format!("published as version {version}"))
                .hint("write the entry again as it was; a new one goes behind all others")
        };
        findings.push(Finding::new(owner, diagnostic));
        return false;
    }
    true
}

/// Whether both hold the same steps, in whatever order: an entry is done all at once.
fn is_permutation(one: &[Step], other: &[Step]) -> bool {
    one.len() == other.len() && one.iter().all(|step| other.contains(step))
}

/// A step without the expression that gives a value.
fn without_value(step: &Step) -> Step {
    match step {
        Step::Add { field, .. } => Step::Add {
            field: field.clone(),
            value: String::new(),
        },
        Step::Retype { field, with } => Step::Retype {
            field: field.clone(),
            with: with.as_ref().map(|_| String::new()),
        },
        Step::Map { field, .. } => Step::Map {
            field: field.clone(),
            values: Vec::new(),
        },
        step => step.clone(),
    }
}

fn rewritten(thing: Thing<'_>, version: u16, place: Span, locked: Span) -> Finding {
    let message = format!(
        "version {version} of `{}` is published, and another one is declared",
        thing.name
    );
    let diagnostic = Diagnostic::new(Code::HistoryRewritten, place, message)
        .label("events are stored in the published shape, and would be misread")
        .other(locked, format!("published as version {version}"))
        .hint("write the `changes` again as they were: a type that is said there is that of a stored field");
    Finding::new(thing.owner, diagnostic)
}

/// The newest published version is declared as it was published. Says whether it is not.
fn check_newest<'h>(
    findings: &mut Vec<Finding>,
    types: &mut Comparison<'h>,
    known: &Known<'h>,
    both: &BothEvents<'h>,
    locked: &'h Version,
    declared: &'h Version,
) -> bool {
    let thing = Thing {
        owner: both.owner,
        name: &both.declared.name,
        place: both.declared.place,
        locked: locked.place,
    };
    let (before, now) = match (&locked.fields, &declared.fields) {
        (Some(before), Some(now)) => (before, now),
        (None, None) => return false,
        _ => {
            findings.push(rewritten(
                thing,
                locked.number,
                declared.place,
                locked.place,
            ));
            return true;
        }
    };
    let reserved = reserved(both.locked);
    let compared = Compared {
        name: thing.name,
        place: thing.place,
        locked: locked.place,
        reserved: &reserved,
    };
    let mut changes = types.event(compared, before, now);
    find_split(findings, types, known, both, before, &mut changes);
    let is_changed = !changes.is_empty();
    for change in changes {
        findings.push(undeclared(both.owner, locked.number, change, ""));
    }
    is_changed
}

/// The names of fields that were published and removed.
fn reserved(event: &EventHistory) -> Vec<&str> {
    let steps = event
        .versions
        .iter()
        .filter_map(|version| version.hop.as_ref());
    let removed = steps
        .flat_map(|hop| &hop.steps)
        .filter_map(|step| match step {
            Step::Remove { field } => Some(field.as_str()),
            _ => None,
        });
    removed.collect()
}

/// Fields that are gone, and stand in a new event.
fn find_split(
    findings: &mut Vec<Finding>,
    types: &Comparison<'_>,
    known: &Known<'_>,
    both: &BothEvents<'_>,
    before: &[Field],
    changes: &mut Vec<Change>,
) {
    let gone: Vec<&Field> = before
        .iter()
        .filter(|field| changes.iter().any(|change| change.removes(&field.name)))
        .collect();
    let Some(part) = known.new.iter().find(|(a, _, event)| {
        let fields = event
            .versions
            .last()
            .and_then(|version| version.fields.as_deref())
            .unwrap_or_default();
        let has = |field: &&Field| {
            named(fields, &field.name).is_some_and(|now| types.equal(&field.shape, &now.shape))
        };
        *a == both.aggregate && !gone.is_empty() && gone.iter().all(has)
    }) else {
        return;
    };
    changes.retain(|change| change.rule != Code::FieldRemoved);
    let names: Vec<String> = gone.iter().map(|field| field.name.clone()).collect();
    let (name, place) = (&both.declared.name, both.declared.place);
    let message = format!(
        "{} of `{name}` became an event of its own, `{}`",
        listed(&names),
        part.2.name
    );
    let diagnostic = Diagnostic::new(Code::EventSplit, place, message)
        .label("stored events have both in one, and half of it would not be read")
        .other(both.locked.place, "published as one event")
        .other(part.2.place, "the other half")
        .hint(format!("write `split` under the `changes` of `{name}`"));
    let unbumped = u16::try_from(both.locked.versions.len()).ok();
    findings.push(Finding {
        unbumped,
        ..Finding::new(both.owner, diagnostic)
    });
}

/// A shape that has changed, and no entry says so.
fn undeclared(owner: Owner, version: u16, change: Change, users: &str) -> Finding {
    let message = change.message + users;
    let diagnostic = Diagnostic::new(change.rule, change.place, message)
        .label(change.effect)
        .other(change.locked, format!("published as version {version}"))
        .maybe_hint(Some(change.hint).filter(|hint| !hint.is_empty()));
    Finding {
        unbumped: change.is_shape.then_some(version),
        repair: change.step.map(|step| Repair {
            owner,
            what: What::Step(step),
        }),
        ..Finding::new(owner, diagnostic)
    }
}

/// Every type that published events use is declared as it was published.
pub(super) fn check_types(
    findings: &mut Vec<Finding>,
    types: &Comparison<'_>,
    locked: &History,
    declared: &History,
) {
    let mut users = Users::of(locked);
    let published: HashMap<&str, &TypeHistory> = locked
        .types
        .iter()
        .map(|ty| (ty.name.as_str(), ty))
        .collect();
    let mut pairs: HashMap<&str, Vec<&Pair<'_>>> = HashMap::new();
    for pair in types.pairs() {
        pairs.entry(pair.name()).or_default().push(pair);
    }
    for (t, now) in declared.types.iter().enumerate() {
        // What no published event is of any more may be another type of the same name.
        let known = published.get(now.name.as_str());
        let (Some(before), Some(pairs)) = (known, pairs.get(now.name.as_str())) else {
            continue;
        };
        let owner = Owner::Type(t);
        let thing = Thing {
            owner,
            name: &now.name,
            place: now.place,
            locked: before.place,
        };
        let names = renamed(now);
        let (before, now) = (hops(&before.versions, &names), hops(&now.versions, &names));
        if !check_hops(findings, thing, &ways(&before), &ways(&now)) {
            continue;
        }
        for pair in pairs.iter().filter(|pair| !pair.changes.is_empty()) {
            let said = users.said(pair.published());
            for change in &pair.changes {
                let number = pair.published().1;
                findings.push(undeclared(owner, number, change.clone(), &said));
            }
        }
    }
}

/// Each name that a symbol has, with the one it had first: whatever it is called, it is the same.
fn renamed(ty: &TypeHistory) -> Vec<(&str, &str)> {
    let versions = ty.versions.iter().flat_map(|version| match &version.kind {
        Kind::Symbols(symbols) => symbols
            .iter()
            .map(|it| (&it.name, &it.was))
            .collect::<Vec<_>>(),
        Kind::Union(variants) => variants.iter().map(|it| (&it.name, &it.was)).collect(),
        _ => Vec::new(),
    });
    let names = versions.flat_map(|(name, was)| {
        let oldest = was.first().unwrap_or(name).as_str();
        std::iter::once(name)
            .chain(was)
            .map(move |name| (name.as_str(), oldest))
    });
    names.collect()
}

/// What leads to each version, symbols by the names that they had first.
fn hops(versions: &[TypeVersion], names: &[(&str, &str)]) -> Vec<(Option<Hop>, Span)> {
    let oldest = |name: &String| {
        let found = names.iter().find(|(known, _)| known == name);
        found.map_or_else(|| name.clone(), |(_, oldest)| (*oldest).to_owned())
    };
    let step = |step: &Step| match step {
        Step::AddSymbols(symbols) => Step::AddSymbols(symbols.iter().map(oldest).collect()),
        Step::Map {
            field: None,
            values,
        } => Step::Map {
            field: None,
            values: values
                .iter()
                .map(|(was, is)| (oldest(was), oldest(is)))
                .collect(),
        },
        step => step.clone(),
    };
    let hops = versions.iter().map(|version| {
        let hop = version.hop.as_ref().map(|hop| Hop {
            steps: hop.steps.iter().map(step).collect(),
        });
        (hop, version.place)
    });
    hops.collect()
}

fn ways(hops: &[(Option<Hop>, Span)]) -> Vec<Way<'_>> {
    hops.iter()
        .map(|(hop, place)| (hop.as_ref(), *place))
        .collect()
}

/// The identity of an aggregate is stored as it was.
pub(super) fn check_id<'h>(
    findings: &mut Vec<Finding>,
    types: &mut Comparison<'h>,
    both: &BothAggregates<'h>,
) {
    let (before, now) = (&both.locked.id, &both.declared.id);
    if types.equal(before, now) {
        return;
    }
    let message = format!(
        "the identity of `{}` is stored otherwise",
        both.declared.name
    );
    let diagnostic = Diagnostic::new(Code::AggregateIdChanged, both.declared.place, message)
        .label("the streams that there are would not be found under new identities")
        .other(both.locked.place, format!("published with `{}`", before.to_rust()))
        .hint("keep it; another identity takes another aggregate, and a program of your own that copies the streams");
    findings.push(Finding::new(both.owner, diagnostic));
}
