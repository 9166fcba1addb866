//! Chains: commits that were decided one on top of the other.

use super::failure::{Verdict, behind, conflict, holds, refused, same};
use super::make::{at, event, given, many, of_types, one, record, tagged, wish};
use super::stage::{Stage, ids};
use crate::commit::{Expected, Query};
use crate::store::StoreError;

/// Each commit of a chain is stored, in order, and answered in order; an empty chain has no answers.
pub(super) fn a_chain_is_stored_in_order(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    same(
        "answers to an empty chain",
        store.append_chain(vec![])?.len(),
        0,
    )?;
    let chain = vec![
        many("a", Expected::Missing, 1),
        many("b", Expected::Missing, 2),
        many("a", at(1), 3),
        many("a", at(4), 1),
    ];
    let expected: Vec<_> = chain
        .iter()
        .flat_map(|commit| &commit.writes)
        .flat_map(|write| &write.events)
        .map(|event| event.id)
        .collect();
    let mut last = None;
    for answer in store.append_chain(chain)? {
        let receipt = answer?;
        let positions = receipt.positions;
        let follows = positions.map(|told| told.first) > last;
        holds("each commit stands behind the one before it", follows)?;
        last = receipt.last_position();
    }
    same(
        "events in the log",
        ids(&store.log(&Query::all())?),
        expected,
    )
}

/// A chain was decided on the states that its own commits make. Where a foreign event stands in the place of one of
/// them, a later expectation can be true of a state on which nothing was decided.
pub(super) fn a_chain_stops_at_its_first_refusal_though_a_foreign_event_makes_a_later_expectation_true(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    store.append(one("a", Expected::Missing))?;
    // Decided on version 1, while a foreign event stands at version 2 by now.
    store.append(one("a", at(1)))?;
    let mut answers = store
        .append_chain(vec![
            one("before", Expected::Missing),
            one("a", at(1)),
            one("a", at(2)),
            one("behind", Expected::Any),
        ])?
        .into_iter();
    holds("the first is stored", matches!(answers.next(), Some(Ok(_))))?;
    if let Some(answer) = answers.next() {
        conflict(answer, "a", at(1), 2)?;
    }
    behind(answers.next())?;
    behind(answers.next())?;
    for (key, count) in [("before", 1), ("a", 2), ("behind", 0)] {
        same(
            format!("events of `{key}`"),
            store.stream(key)?.len(),
            count,
        )?;
    }
    Ok(())
}

/// Not only a conflict stops it: a guard, an event id, a limit, the id of another command do, too.
pub(super) fn a_chain_stops_at_whatever_is_refused(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let known = event();
    let first = given("known", Expected::Missing, vec![known.clone()]);
    store.append(first.by(record("known", wish("known"))))?;
    let too_long = "k".repeat(stage.limits().name_bytes + 1);
    for (number, refusal) in [
        one("x", Expected::Exists),
        one("x", Expected::Any).unless(Query::all(), None),
        given("x", Expected::Any, vec![event(), known]),
        one(&too_long, Expected::Any),
        one("x", Expected::Any).by(record("known", wish("another"))),
    ]
    .into_iter()
    .enumerate()
    {
        let chain = vec![
            one("a", Expected::Any),
            refusal,
            one("behind", Expected::Any),
        ];
        let mut answers = store.append_chain(chain)?.into_iter();
        holds("the first is stored", matches!(answers.next(), Some(Ok(_))))?;
        if let Some(answer) = answers.next() {
            let own = |error: &StoreError| !matches!(error, StoreError::Behind);
            refused("the one that cannot be", answer, "a reason of its own", own)?;
        }
        behind(answers.next())?;
        for (key, count) in [("a", number + 1), ("x", 0), ("behind", 0)] {
            same(
                format!("events of `{key}`"),
                store.stream(key)?.len(),
                count,
            )?;
        }
    }
    Ok(())
}

/// Behind a command that was carried out before, commits were decided on its events standing there a second time.
pub(super) fn a_chain_stops_behind_a_repeated_command(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("a", Expected::Missing))?;
    let asking = |version| one("a", at(version)).by(record("once", wish("once")));
    let first = store.append(asking(1))?;
    // "Once" decided again on version 2; a foreign event makes true what was decided on it.
    store.append(one("a", at(2)))?;
    let too_long = "k".repeat(stage.limits().name_bytes + 1);
    for last in [one("a", at(3)), one(&too_long, Expected::Any)] {
        let mut answers = store.append_chain(vec![asking(2), last])?.into_iter();
        if let Some(answer) = answers.next() {
            same("the first receipt", answer?, first.clone().again())?;
        }
        behind(answers.next())?;
    }
    same("events of the stream", store.stream("a")?.len(), 3)
}

/// What a chain has stored so far counts for its later commits: expectations, guards, event ids, commands.
pub(super) fn a_commit_of_a_chain_is_checked_against_those_before_it(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let known = event();
    let paid = || given("paid", Expected::Any, vec![tagged("paid", &["t:1"])]);
    let before = store.append(one("a", Expected::Missing))?.last_position();
    let asking = one("c", Expected::Any).by(record("once", wish("once")));
    for (first, second) in [
        (one("b", Expected::Missing), one("b", Expected::Missing)),
        (
            paid(),
            one("b", Expected::Any).unless(of_types(&["paid"]), before),
        ),
        (
            given("known", Expected::Any, vec![known.clone()]),
            given("b", Expected::Any, vec![known]),
        ),
        (
            asking.clone(),
            one("b", Expected::Any).by(record("once", wish("another"))),
        ),
    ] {
        let mut answers = store.append_chain(vec![first, second])?.into_iter();
        holds("the first is stored", matches!(answers.next(), Some(Ok(_))))?;
        if let Some(answer) = answers.next() {
            refused("the second", answer, "a reason of its own", |error| {
                !matches!(error, StoreError::Behind)
            })?;
        }
    }
    same("events of `b`", store.stream("b")?.len(), 1)?;
    let mut answers = store
        .append_chain(vec![asking.clone(), asking])?
        .into_iter();
    let is_repeated = matches!(answers.next(), Some(Ok(receipt)) if receipt.repeated);
    holds("a command is repeated", is_repeated)?;
    behind(answers.next())?;
    same("events of `c`", store.stream("c")?.len(), 1)
}
