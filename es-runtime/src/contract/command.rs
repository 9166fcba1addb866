//! Commands: carried out once, however often they are sent.

use super::failure::{Failure, Verdict, holds, refused, same};
use super::make::{commit, events, given, many, one, record, wish, write};
use super::stage::{Opened, Stage, race};
use crate::commit::{Commit, Expected, Fingerprint, Query, Receipt};
use crate::store::StoreError;

/// Also behind other commits, and whatever it expects by then; and the receipt can be asked for.
pub(super) fn a_repeated_command_gives_the_first_receipt(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    same(
        "a receipt of nothing",
        store.receipt("once", wish("once"))?,
        None,
    )?;
    let first = store.append(asking())?;
    check_first(&first)?;
    check_repeated(&store, &first, 1)?;
    for _ in 0..5 {
        store.append(many("a", Expected::Any, 2))?;
    }
    check_repeated(&store, &first, 11)?;
    let other = store.append(one("a", Expected::Any).by(record("other", wish("once"))))?;
    holds("another id is another command", !other.repeated)
}

/// The receipt is as durable as the events are.
pub(super) fn a_repeated_command_gives_the_first_receipt_after_a_restart(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let first = store.append(asking())?;
    check_first(&first)?;
    store.append(many("a", Expected::Any, 3))?;
    match stage.reopened(store)? {
        Some(store) => check_repeated(&store, &first, 4),
        None => Ok(()),
    }
}

/// A command over three streams: one that it makes, one that it only reads, one that stands already.
fn asking() -> Commit {
    commit(vec![
        write("a", Expected::Missing, events(1)),
        write("read", Expected::Missing, vec![]),
        write("b", Expected::Any, events(3)),
    ])
    .by(record("once", wish("once")))
}

fn check_first(first: &Receipt) -> Verdict {
    holds("it is carried out the first time", !first.repeated)?;
    same("its streams", first.streams.len(), 3)?;
    holds("it has a number", first.commit.is_some())?;
    holds("it has positions", first.positions.is_some())
}

fn check_repeated(store: &Opened, first: &Receipt, count: usize) -> Verdict {
    let again = first.clone().again();
    same(
        "the receipt of a repeated command",
        store.append(asking())?,
        again.clone(),
    )?;
    let asked = store.receipt("once", wish("once"))?;
    same("the receipt that was asked for", asked, Some(again))?;
    same("events of `a`", store.stream("a")?.len(), count)?;
    same("events of `b`", store.stream("b")?.len(), 3)
}

/// Another wish under the same id is refused, when it is appended and when it is asked for; all 64 bits of a
/// fingerprint count.
pub(super) fn the_id_of_a_command_stands_for_it_alone(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let number = 0x8000_0000_0000_0001;
    let mine = Fingerprint::from_number(number);
    let first = store.append(one("a", Expected::Any).by(record("once", mine)))?;
    for bit in [0, 1, 31, 32, 53, 62, 63] {
        let other = Fingerprint::from_number(number ^ (1 << bit));
        let is_reused = |error: &StoreError| matches!(error, StoreError::CommandReused { id } if *id == record("once", mine).id);
        let told = "CommandReused with that id";
        let answer = store.append(one("b", Expected::Any).by(record("once", other)));
        refused("another command under a known id", answer, told, is_reused)?;
        let answer = store.receipt("once", other);
        refused("asking for another command", answer, told, is_reused)?;
    }
    same("events of the second", store.stream("b")?.len(), 0)?;
    let asked = store.receipt("once", mine)?;
    same("the first receipt", asked, Some(first.again()))
}

/// A command that led to nothing was carried out as well; so was one that only read.
pub(super) fn an_empty_commit_with_a_command_is_remembered(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("read", Expected::Missing))?;
    let read = || commit(vec![write("read", Expected::Exists, vec![])]);
    let empty = || Commit::default().by(record("empty", wish("empty")));
    let reading = || read().by(record("reading", wish("reading")));
    let receipts = [store.append(empty())?, store.append(reading())?];
    for receipt in &receipts {
        let told = (receipt.commit, receipt.positions, receipt.repeated);
        same(
            "number, positions, whether it is repeated",
            told,
            (None, None, false),
        )?;
    }
    let check = |store: &Opened| {
        for (commit, first) in [empty(), reading()].into_iter().zip(&receipts) {
            same(
                "the first receipt",
                store.append(commit)?,
                first.clone().again(),
            )?;
        }
        same("events in the log", store.log(&Query::all())?.len(), 1)
    };
    check(&store)?;
    match stage.reopened(store)? {
        Some(store) => check(&store),
        None => Ok(()),
    }
}

/// It may be tried again under its id, and is decided anew.
pub(super) fn a_refused_command_is_not_remembered(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let asking = || one("a", Expected::Exists).by(record("once", wish("once")));
    refused(
        "a command that cannot be",
        store.append(asking()),
        "a conflict",
        |error| matches!(error, StoreError::Conflict(_)),
    )?;
    same("its receipt", store.receipt("once", wish("once"))?, None)?;
    store.append(one("a", Expected::Missing))?;
    holds("it is carried out now", !store.append(asking())?.repeated)?;
    same("events of the stream", store.stream("a")?.len(), 2)
}

/// Nobody knows which of them came first; all of them get the one receipt.
pub(super) fn racers_with_one_command_carry_it_out_once(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for round in 0..10 {
        let name = round.to_string();
        let racer = |_| {
            || {
                let commit = given(&name, Expected::Missing, events(2));
                store.append(commit.by(record(&name, wish(&name))))
            }
        };
        let receipts: Result<Vec<_>, _> = race((0..8).map(racer)).into_iter().collect();
        let receipts = receipts.map_err(Failure::from)?;
        let firsts = receipts.iter().filter(|receipt| !receipt.repeated);
        same("racers that carried it out", firsts.count(), 1)?;
        for receipt in &receipts {
            let same_again = (receipt.clone().again(), receipts[0].clone().again());
            same("what they are told", same_again.0, same_again.1)?;
        }
        same("events of the stream", store.stream(&name)?.len(), 2)?;
    }
    Ok(())
}
