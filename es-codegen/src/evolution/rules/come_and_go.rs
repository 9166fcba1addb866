//! Aggregates and events that are new, gone, or called otherwise.

use super::{
    super::{
        diff::{Comparison, is_read_as, listed, named},
        finding::{Finding, Owner},
        history::{AggregateHistory, EventHistory, Field, History, Retired},
        repair::{Repair, What},
    },
    BothAggregates, BothEvents,
};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, Severity},
    source::Span,
};
use std::collections::{HashMap, HashSet};

/// What was published and is declared, and what is only one of both.
pub(super) struct Known<'h> {
    pub(super) aggregates: Vec<BothAggregates<'h>>,
    pub(super) events: Vec<BothEvents<'h>>,
    /// Events that were not published, each with the place of its aggregate and its own.
    pub(super) new: Vec<(usize, usize, &'h EventHistory)>,
    /// The category and the name of each event that was published and is declared.
    kept: HashSet<(&'h str, &'h str)>,
    locked: &'h History,
    declared: &'h History,
}

/// So many pairs of events that are gone and events that are new are looked at: where there are more, nobody has renamed
/// this or split that.
const LOOKED_AT: usize = 10_000;

impl<'h> Known<'h> {
    /// Finds out what belongs together: aggregates by their categories, events by the names they are read under.
    pub(super) fn of(locked: &'h History, declared: &'h History) -> Self {
        let mut known = Self {
            aggregates: Vec::new(),
            events: Vec::new(),
            new: Vec::new(),
            kept: HashSet::new(),
            locked,
            declared,
        };
        let categories: HashMap<&str, &AggregateHistory> = locked
            .aggregates
            .iter()
            .map(|aggregate| (aggregate.category.as_str(), aggregate))
            .collect();
        for (a, now) in declared.aggregates.iter().enumerate() {
            let before = categories.get(now.category.as_str()).copied();
            if let Some(before) = before {
                known.aggregates.push(BothAggregates {
                    locked: before,
                    declared: now,
                    owner: Owner::Aggregate(a),
                });
            }
            let events = before.map_or(&[][..], |before| &before.events).iter();
            let events = events.map(|event| (event.name.as_str(), event)).collect();
            for (e, event) in now.events.iter().enumerate() {
                match published(&events, event) {
                    Some(before) => {
                        known.kept.insert((&now.category, &before.name));
                        known.events.push(BothEvents {
                            locked: before,
                            declared: event,
                            aggregate: a,
                            owner: Owner::Event(a, e),
                        });
                    }
                    None => known.new.push((a, e, event)),
                }
            }
        }
        known
    }

    /// The events of an aggregate that were not published.
    fn new_in(&self, aggregate: usize) -> impl Iterator<Item = (usize, &'h EventHistory)> + '_ {
        let new = self.new.iter().filter(move |(of, ..)| *of == aggregate);
        new.map(|(_, place, event)| (*place, *event))
    }
}

/// The event as it was published: under its name, else under one that it had.
fn published<'h>(
    events: &HashMap<&str, &'h EventHistory>,
    event: &EventHistory,
) -> Option<&'h EventHistory> {
    let mut names = std::iter::once(&event.name).chain(&event.was);
    names.find_map(|name| events.get(name.as_str()).copied())
}

/// The fields of the newest version of an event.
fn newest(event: &EventHistory) -> &[Field] {
    let newest = event.versions.last();
    newest
        .and_then(|version| version.fields.as_deref())
        .unwrap_or_default()
}

/// Every aggregate that was published is still there, under the category of its streams.
pub(super) fn check_aggregates(findings: &mut Vec<Finding>, known: &Known<'_>) {
    for both in known
        .aggregates
        .iter()
        .filter(|both| both.locked.name != both.declared.name)
    {
        let (before, now) = (&both.locked.name, &both.declared.name);
        let diagnostic = Diagnostic::new(
            Code::AggregateRenamed,
            both.declared.place,
            format!("the aggregate `{before}` is called `{now}` now"),
        )
        .severity(Severity::Info)
        .label(format!(
            "its streams stay where they are, under `{}`",
            both.declared.category
        ))
        .other(both.locked.place, "published under its former name");
        findings.push(Finding::new(both.owner, diagnostic));
    }
    let is_new = |aggregate: &AggregateHistory| {
        known
            .aggregates
            .iter()
            .all(|both| !std::ptr::eq(both.declared, aggregate))
    };
    for before in &known.locked.aggregates {
        if known
            .aggregates
            .iter()
            .any(|both| std::ptr::eq(both.locked, before))
        {
            continue;
        }
        let has = |now: &AggregateHistory, event: &EventHistory| {
            now.events
                .iter()
                .any(|now| is_read_as(&event.name, &now.name, &now.was))
        };
        let successor = known
            .declared
            .aggregates
            .iter()
            .enumerate()
            .find(|(_, now)| {
                let shared = before.events.iter().filter(|event| has(now, event)).count();
                is_new(now) && shared * 2 >= before.events.len().max(1)
            });
        findings.push(match successor {
            Some((a, now)) => {
                let message = format!(
                    "the aggregate `{}` is called `{}`, and nothing says so",
                    before.name, now.name
                );
                let diagnostic = Diagnostic::new(Code::AggregateRenamed, now.place, message)
                    .label(format!(
                        "the streams under `{}` would not be found",
                        before.category
                    ))
                    .other(before.place, "published as this")
                    .hint(format!(
                        "write `was: [{}]` under `{}`",
                        before.name, now.name
                    ));
                Finding {
                    repair: Some(Repair {
                        owner: Owner::Aggregate(a),
                        what: What::Was(before.name.clone()),
                    }),
                    ..Finding::new(Owner::Aggregate(a), diagnostic)
                }
            }
            None => {
                let message = format!("the aggregate `{}` is there no more", before.name);
                let diagnostic = Diagnostic::new(Code::AggregateRemoved, before.place, message)
                    .label(format!(
                        "nobody could read the streams under `{}`",
                        before.category
                    ))
                    .hint("keep it, with `retired: true` on each of its events and no command");
                Finding::new(Owner::Domain, diagnostic)
            }
        });
    }
}

/// Every event that was published is still read, in the aggregate whose streams it is in.
pub(super) fn check_events(findings: &mut Vec<Finding>, known: &Known<'_>) {
    let types = Comparison::new(known.locked, known.declared);
    for both in &known.aggregates {
        let Owner::Aggregate(a) = both.owner else {
            continue;
        };
        let gone: Vec<&EventHistory> = both
            .locked
            .events
            .iter()
            .filter(|event| {
                let key = (both.locked.category.as_str(), event.name.as_str());
                !known.kept.contains(&key)
            })
            .collect();
        if gone.len().saturating_mul(known.new_in(a).count()) > LOOKED_AT {
            findings.extend(gone.iter().map(|event| removed(both, event)));
            continue;
        }
        let merged = find_merged(findings, known, &types, a, &gone);
        for event in gone
            .iter()
            .filter(|event| !merged.iter().any(|merged| std::ptr::eq(*merged, **event)))
        {
            let finding = moved(known, both.owner, event)
                .or_else(|| renamed(known, &types, a, event))
                .or_else(|| split(known, &types, a, event))
                .unwrap_or_else(|| removed(both, event));
            findings.push(finding);
        }
    }
    check_names(findings, known);
}

/// Several events that are gone, and whose fields stand together in a new one.
fn find_merged<'h>(
    findings: &mut Vec<Finding>,
    known: &Known<'h>,
    types: &Comparison<'_>,
    a: usize,
    gone: &[&'h EventHistory],
) -> Vec<&'h EventHistory> {
    for (e, event) in known.new_in(a) {
        let is_in = |gone: &EventHistory| {
            let fields = newest(gone);
            let has = |field: &Field| {
                named(newest(event), &field.name)
                    .is_some_and(|now| types.equal(&field.shape, &now.shape))
            };
            !fields.is_empty() && fields.len() < newest(event).len() && fields.iter().all(has)
        };
        let merged: Vec<&EventHistory> = gone.iter().copied().filter(|gone| is_in(gone)).collect();
        if merged.len() < 2 {
            continue;
        }
        let names: Vec<String> = merged.iter().map(|event| event.name.clone()).collect();
        let mut diagnostic = Diagnostic::new(
            Code::EventMerged,
            event.place,
            format!("{} became `{}`", listed(&names), event.name),
        )
        .label(
            "what is stored as several events cannot be read as one: others may stand between them",
        )
        .hint("keep them with `retired: true`, and add the new one beside them");
        for event in &merged {
            diagnostic = diagnostic.other(event.place, "published as an event of its own");
        }
        findings.push(Finding::new(Owner::Event(a, e), diagnostic));
        return merged;
    }
    Vec::new()
}

/// An event that is one of another aggregate now.
fn moved(known: &Known<'_>, owner: Owner, event: &EventHistory) -> Option<Finding> {
    let (a, _, now) = known
        .new
        .iter()
        .find(|(_, _, now)| now.name == event.name)?;
    let target = &known.declared.aggregates[*a].name;
    let message = format!("`{}` is an event of `{target}` now", event.name);
    let diagnostic = Diagnostic::new(Code::EventMoved, now.place, message)
        .label("stored events stay in the streams that they are in, where nobody would read them")
        .other(event.place, "published in another aggregate")
        .hint("keep it where it was with `retired: true`, and copy its streams to the other aggregate by a program of your own that appends to them");
    Some(Finding::new(owner, diagnostic))
}

/// An event that is gone while a new one has its fields and a similar name, or is the only one.
fn renamed(
    known: &Known<'_>,
    types: &Comparison<'_>,
    a: usize,
    event: &EventHistory,
) -> Option<Finding> {
    let same: Vec<(usize, &EventHistory)> = known
        .new_in(a)
        .filter(|(_, now)| types.equal_fields(newest(event), newest(now)))
        .collect();
    let names: Vec<&str> = same.iter().map(|(_, now)| now.name.as_str()).collect();
    let similar = Diagnostics::new().similar(&event.name, &names);
    let (e, now) = match (similar, same.as_slice()) {
        (Some(similar), _) => *same.iter().find(|(_, now)| now.name == similar)?,
        (None, [only]) if !newest(event).is_empty() => *only,
        _ => return None,
    };
    let message = format!(
        "`{}` is called `{}`, and nothing says so",
        event.name, now.name
    );
    let diagnostic = Diagnostic::new(Code::EventRenamed, now.place, message)
        .label(format!(
            "events that are stored as `{}` could not be read",
            event.name
        ))
        .other(event.place, "published as this")
        .hint(format!(
            "write `was: [{}]` under `{}`",
            event.name, now.name
        ));
    Some(Finding {
        repair: Some(Repair {
            owner: Owner::Event(a, e),
            what: What::Was(event.name.clone()),
        }),
        ..Finding::new(Owner::Event(a, e), diagnostic)
    })
}

/// An event that is gone while new ones have all its fields between them.
fn split(
    known: &Known<'_>,
    types: &Comparison<'_>,
    a: usize,
    event: &EventHistory,
) -> Option<Finding> {
    let has = |now: &EventHistory, field: &Field| {
        named(newest(now), &field.name).is_some_and(|now| types.equal(&field.shape, &now.shape))
    };
    let parts: Vec<(usize, &EventHistory)> = known
        .new_in(a)
        .filter(|(_, now)| newest(event).iter().any(|field| has(now, field)))
        .collect();
    let is_covered = newest(event)
        .iter()
        .all(|field| parts.iter().any(|(_, now)| has(now, field)));
    if parts.len() < 2 || !is_covered {
        return None;
    }
    let (e, first) = *parts.first()?;
    let names: Vec<String> = parts.iter().map(|(_, now)| now.name.clone()).collect();
    let message = format!("`{}` became {}", event.name, listed(&names));
    let mut diagnostic = Diagnostic::new(Code::EventSplit, first.place, message)
        .label(format!(
            "events that are stored as `{}` could not be read",
            event.name
        ))
        .other(event.place, "published as one event")
        .hint(format!(
            "keep `{}` with `retired: true`, and write `split` under its `changes`",
            event.name
        ));
    for (_, part) in &parts[1..] {
        diagnostic = diagnostic.other(part.place, "another part");
    }
    Some(Finding::new(Owner::Event(a, e), diagnostic))
}

/// An event that is gone, and nothing stands in its place.
fn removed(both: &BothAggregates<'_>, event: &EventHistory) -> Finding {
    let message = format!(
        "the event `{}` of `{}` is there no more",
        event.name, both.declared.name
    );
    let diagnostic = Diagnostic::new(Code::EventRemoved, both.declared.place, message)
        .label(format!(
            "streams with a stored `{}` could not be read",
            event.name
        ))
        .other(event.place, "published as this")
        .hint("keep it with `retired: true`: it is still read then, and never produced");
    let fields = newest(event)
        .iter()
        .map(|field| (field.name.clone(), field.shape.to_rust()));
    // Of an event that has changed, more than the newest shape would have to come back.
    let repair = (event.versions.len() == 1).then(|| Repair {
        owner: both.owner,
        what: What::Retired(event.name.clone(), fields.collect()),
    });
    Finding {
        repair,
        ..Finding::new(both.owner, diagnostic)
    }
}

/// Every name that an event was stored under is still read.
fn check_names(findings: &mut Vec<Finding>, known: &Known<'_>) {
    for both in &known.events {
        let (before, now) = (both.locked, both.declared);
        if before.name != now.name {
            let message = format!("`{}` is called `{}` now", before.name, now.name);
            let diagnostic = Diagnostic::new(Code::EventRenamed, now.place, message)
                .severity(Severity::Info)
                .label(format!(
                    "`{}` is still read; a release before this one cannot read `{}`",
                    before.name, now.name
                ))
                .other(before.place, "published under its former name");
            findings.push(Finding::new(both.owner, diagnostic));
        }
        for lost in before
            .was
            .iter()
            .filter(|was| !is_read_as(was, &now.name, &now.was))
        {
            let message = format!(
                "`{lost}`, as `{}` was called before, is there no more",
                now.name
            );
            let diagnostic = Diagnostic::new(Code::EventRenamed, now.place, message)
                .label(format!(
                    "events that are stored as `{lost}` could not be read"
                ))
                .other(before.place, "published with this name under `was`")
                .hint(format!("write `{lost}` under its `was` again"));
            findings.push(Finding {
                repair: Some(Repair {
                    owner: both.owner,
                    what: What::Was(lost.clone()),
                }),
                ..Finding::new(both.owner, diagnostic)
            });
        }
    }
}

/// A new event in an aggregate whose streams a release before this one reads; unless it is told already what it was.
pub(super) fn check_new(findings: &mut Vec<Finding>, known: &Known<'_>) {
    let told: HashSet<Span> = findings
        .iter()
        .map(|finding| &finding.diagnostic)
        .filter(|found| found.severity == Severity::Error && is_origin(found.code))
        .flat_map(|found| {
            std::iter::once(found.span).chain(found.others.iter().map(|(place, _)| *place))
        })
        .collect();
    for (a, e, event) in &known.new {
        let mut aggregates = known.aggregates.iter();
        let both = aggregates.find(|both| both.owner == Owner::Aggregate(*a));
        let Some(both) = both.filter(|_| !told.contains(&event.place)) else {
            continue;
        };
        let diagnostic = Diagnostic::new(Code::EventAdded, event.place, format!("the event `{}` of `{}` is new", event.name, both.declared.name))
            .label("a release before this one cannot read streams that it is in")
            .other(both.locked.place, "published without it")
            .hint("bring out the release that reads it everywhere before one writes it; where that is so, accept it by `allow`");
        findings.push(Finding::new(Owner::Event(*a, *e), diagnostic));
    }
}

/// Whether a rule says what a new event was before.
fn is_origin(rule: Code) -> bool {
    matches!(
        rule,
        Code::EventRenamed | Code::EventSplit | Code::EventMerged | Code::EventMoved
    )
}

/// An event that is read as nothing, and was not when it was published.
pub(super) fn check_retirement(findings: &mut Vec<Finding>, known: &Known<'_>) {
    for both in &known.events {
        let is_ignored = |event: &EventHistory| event.retired == Some(Retired::Ignored);
        if is_ignored(both.locked) || !is_ignored(both.declared) {
            continue;
        }
        let diagnostic = Diagnostic::new(
            Code::EventIgnored,
            both.declared.place,
            format!(
                "`{}` is retired, and has no effect any more",
                both.declared.name
            ),
        )
        .label("stored events of it are read as nothing, and states may differ from what they were")
        .other(both.locked.place, "published with an effect")
        .hint("keep its effect beside `retired: true`, or accept that it has none by `allow`");
        findings.push(Finding::new(both.owner, diagnostic));
    }
}
