//! Appending: what is let in, what is refused, and what is told about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::failure::{Failure, Verdict, conflict, holds, refused, same};
use super::make::{
    at, commit, event, events, given, many, of_types, one, record, stream, wish, write,
};
use super::stage::{Opened, Seen, Stage, ids, positions, versions};
use crate::commit::{Commit, Expected, Query};
use crate::id::{Position, Version};
use crate::store::StoreError;
use crate::time::{Clock, Timestamp};

/// A commit without writes gives no number and no position, and moves nothing.
pub(super) fn an_empty_commit_stores_nothing(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let first = store.append(one("a", Expected::Missing))?;
    let receipt = store.append(Commit::default())?;
    same("the number of an empty commit", receipt.commit, None)?;
    same("positions of an empty commit", receipt.positions, None)?;
    same("streams of an empty commit", receipt.streams, vec![])?;
    same("the head behind it", store.head()?, first.last_position())?;
    same("events in the log", store.log(&Query::all())?.len(), 1)
}

/// A stream has its events in the order in which they were given, and they stand in the log in the same order.
pub(super) fn events_keep_the_order_they_were_given_in(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let [first, second, third] = [events(30), events(1), events(30)];
    let expected: Vec<_> = [&first, &second, &third]
        .into_iter()
        .flatten()
        .map(|event| event.id)
        .collect();
    for part in [first, second, third] {
        store.append(commit(vec![
            write("a", Expected::Any, part),
            write("b", Expected::Any, events(2)),
        ]))?;
    }
    let seen = store.stream("a")?;
    same("ids of the events of a stream", ids(&seen), expected)?;
    same("their versions", versions(&seen), (1..=61).collect())?;
    let of_stream = |log: Vec<_>| {
        let mine = |event: &Seen| event.stream == stream("a");
        log.into_iter().filter(mine).collect::<Vec<_>>()
    };
    same(
        "the same in the log",
        of_stream(store.log(&Query::all())?),
        seen,
    )
}

/// Any, missing, existing and exact expectations, each on a stream that is missing and on one that stands at 2; also
/// where the store was opened again and has to look.
pub(super) fn an_expectation_lets_in_what_it_should_and_nothing_else(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for (number, _) in EXPECTATIONS.iter().enumerate() {
        for round in ["warm", "cold"] {
            store.append(many(&there(round, number), Expected::Missing, 2))?;
        }
    }
    check_expectations(&store, "warm")?;
    match stage.reopened(store)? {
        Some(store) => check_expectations(&store, "cold"),
        None => Ok(()),
    }
}

/// What is let in on a stream that is missing, and on one that stands at 2.
const EXPECTATIONS: &[(Expected, bool, bool)] = &[
    (Expected::Any, true, true),
    (Expected::Missing, true, false),
    (Expected::Exists, false, true),
    (Expected::At(Version::FIRST), false, false),
    (Expected::At(Version::FIRST.next()), false, true),
    (Expected::At(Version::FIRST.next().next()), false, false),
];

/// The key of the stream that is there for one of the expectations.
fn there(round: &str, number: usize) -> String {
    format!("{round} {number}")
}

fn check_expectations(store: &Opened, round: &str) -> Verdict {
    for (number, (expected, on_missing, on_existing)) in EXPECTATIONS.iter().enumerate() {
        let key = there(round, number);
        let missing = format!("missing {key}");
        for (key, is_let_in, actual) in [(missing, on_missing, 0), (key, on_existing, 2)] {
            let answer = store.append(one(&key, *expected));
            if *is_let_in {
                let version = answer?.version_of(&stream(&key));
                same("the version behind it", version, Version::new(actual + 1))?;
            } else {
                conflict(answer, &key, *expected, actual)?;
            }
            let events = actual + u64::from(*is_let_in);
            let stands = versions(&store.stream(&key)?);
            same("versions of the stream", stands, (1..=events).collect())?;
        }
    }
    Ok(())
}

/// Whatever a commit is refused for, nothing of it is there: no event, no stream, no event id, no command.
pub(super) fn a_refused_append_leaves_nothing(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let known = event();
    let kept = given("kept", Expected::Missing, vec![known.clone()]);
    store.append(kept.by(record("kept", wish("kept"))))?;
    let before = store.log(&Query::all())?;
    same("events stored at first", before.len(), 1)?;

    let asking = record("refused", wish("refused"));
    let fresh = write("fresh", Expected::Missing, events(2));
    let beside = |other| commit(vec![fresh.clone(), other]).by(asking.clone());
    let too_long = "k".repeat(stage.limits().name_bytes + 1);
    let all = || given("fresh", Expected::Missing, fresh.events.clone()).by(asking.clone());
    for refusal in [
        beside(write("kept", at(2), events(1))),
        beside(write("other", Expected::Exists, vec![])),
        beside(write("other", Expected::Any, vec![event(), known])),
        beside(write(&too_long, Expected::Any, events(1))),
        all().unless(of_types(&["deposited"]), None),
        all().by(record("kept", wish("another"))),
    ] {
        let answer = store.append(refusal);
        let is_refusal = |error: &StoreError| {
            !matches!(
                error,
                StoreError::Transient { .. }
                    | StoreError::Permanent { .. }
                    | StoreError::OutcomeUnknown { .. }
            )
        };
        refused("a commit that cannot be", answer, "a refusal", is_refusal)?;
        same(
            "the log behind a refusal",
            store.log(&Query::all())?,
            before.clone(),
        )?;
        for key in ["fresh", "other"] {
            same("events of a refused stream", store.stream(key)?, vec![])?;
            let answer = store.append(commit(vec![write(key, Expected::Exists, vec![])]));
            conflict(answer, key, Expected::Exists, 0)?;
        }
        let receipt = store.receipt("refused", wish("refused"))?;
        same("a receipt of a refused command", receipt, None)?;
    }
    // The same events, ids included, under the same command.
    let receipt = store.append(all())?;
    holds("it is carried out now", !receipt.repeated)?;
    same(
        "events stored in the end",
        store.log(&Query::all())?.len(),
        3,
    )
}

/// An event id that is stored, or stands twice in a commit, is refused with everything around it.
pub(super) fn an_event_id_is_stored_once(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let known = event();
    let is_known =
        |error: &StoreError| matches!(error, StoreError::DuplicateEvent { id } if *id == known.id);
    let twice = |store: &Opened, commit| {
        let answer = store.append(commit);
        refused(
            "a known event id",
            answer,
            "DuplicateEvent with that id",
            is_known,
        )
    };
    let both = vec![known.clone(), event(), known.clone()];
    twice(&store, given("a", Expected::Any, both))?;
    store.append(given("a", Expected::Missing, vec![known.clone()]))?;
    for key in ["a", "b"] {
        twice(
            &store,
            given(key, Expected::Any, vec![event(), known.clone()]),
        )?;
        twice(
            &store,
            given(key, Expected::Any, vec![known.clone(), event()]),
        )?;
    }
    // What the refused commit would have stored before it is no stream that stands in its way.
    let behind_another = vec![event(), known.clone()];
    twice(&store, given("b", Expected::Missing, behind_another))?;
    let ids_of = |store: &Opened| Ok::<_, Failure>(ids(&store.log(&Query::all())?));
    same("ids in the log", ids_of(&store)?, vec![known.id])?;
    store.append(one("b", Expected::Missing))?;
    if let Some(store) = stage.reopened(store)? {
        twice(&store, given("c", Expected::Any, vec![known.clone()]))?;
        same("events in the log", ids_of(&store)?.len(), 2)?;
    }
    Ok(())
}

/// Where each stream stood and stands, in the order of the writes; first and last position; the number of the commit.
pub(super) fn a_receipt_tells_versions_and_positions(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let first = store.append(one("a", Expected::Missing))?;
    let receipt = store.append(commit(vec![
        write("b", Expected::Missing, events(1)),
        write("a", at(1), events(2)),
        write("c", Expected::Missing, vec![]),
    ]))?;
    let told: Vec<_> = receipt
        .streams
        .iter()
        .map(|told| {
            (
                told.stream.key(),
                told.before.map(Version::get),
                told.after.map(Version::get),
            )
        })
        .collect();
    let expected = vec![
        ("b", None, Some(1)),
        ("a", Some(1), Some(3)),
        ("c", None, None),
    ];
    same("streams of a receipt", told, expected)?;
    holds("a receipt is not a repeated one", !receipt.repeated)?;
    holds(
        "commit numbers go up",
        first.commit.is_some() && first.commit < receipt.commit,
    )?;
    let is_later = first.recorded_at <= receipt.recorded_at;
    holds("commits are recorded one after the other", is_later)?;

    let log = store.log(&Query::all())?;
    let of_commit: Vec<_> = log
        .iter()
        .filter(|event| Some(event.commit) == receipt.commit)
        .cloned()
        .collect();
    same("events of the commit", of_commit.len(), 3)?;
    for event in &of_commit {
        same(
            "when it was recorded",
            event.recorded_at,
            receipt.recorded_at,
        )?;
    }
    let told = receipt
        .positions
        .map(|told| (Some(told.first), Some(told.last)));
    let stands = positions(&of_commit);
    let expected = (stands.first().copied(), stands.last().copied());
    same("positions of a receipt", told, Some(expected))?;
    same("the head", store.head()?, receipt.last_position())
}

/// A commit over several streams is stored in all of them, or, where one does not stand as expected, in none.
pub(super) fn several_streams_are_written_together_or_not_at_all(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(many("b", Expected::Missing, 3))?;
    let keys = ["a", "b", "c"];
    let with = |of_b| {
        keys.map(|key| {
            let expected = if key == "b" { of_b } else { Expected::Missing };
            write(key, expected, events(2))
        })
    };
    // The one that is wrong stands first, in the middle, last.
    for turn in 0..3 {
        let mut writes = with(at(2));
        writes.rotate_left(turn);
        conflict(store.append(commit(writes.into())), "b", at(2), 3)?;
        for (key, count) in [("a", 0), ("b", 3), ("c", 0)] {
            same("events behind a refusal", store.stream(key)?.len(), count)?;
        }
    }
    let receipt = store.append(commit(with(at(3)).into()))?;
    for (key, count) in [("a", 2), ("b", 5), ("c", 2)] {
        let seen = store.stream(key)?;
        same("events in the end", seen.len(), count)?;
        let commit = seen.last().map(|event| event.commit);
        same("the commit of the last one", commit, receipt.commit)?;
    }
    Ok(())
}

/// A write without events is a reading that must still hold; it undoes the commit, and writes nothing itself.
pub(super) fn a_stream_that_was_only_read_must_still_stand_where_it_was_read(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    store.append(one("read", Expected::Missing))?;
    let deciding = |expected| {
        commit(vec![
            write("written", Expected::Any, events(1)),
            write("read", expected, vec![]),
        ])
    };
    let receipt = store.append(deciding(at(1)))?;
    let told = receipt.version_of(&stream("read"));
    same(
        "where the stream that was read stands",
        told,
        Version::new(1),
    )?;
    store.append(one("read", at(1)))?;
    for wrong in [at(1), at(3), Expected::Missing] {
        conflict(store.append(deciding(wrong)), "read", wrong, 2)?;
    }
    same("events written", store.stream("written")?.len(), 1)?;
    same("events read", store.stream("read")?.len(), 2)
}

/// No store can be filled so far; but what is expected there is compared whole, and told whole.
pub(super) fn versions_beyond_31_and_53_bits_are_compared_whole(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("a", Expected::Missing))?;
    for far in [1 << 31, 1 << 32, 1 << 53, 1 << 63] {
        for expected in [at(far), at(far + 1), at(far | (far - 1))] {
            conflict(store.append(one("a", expected)), "a", expected, 1)?;
            conflict(store.append(one("b", expected)), "b", expected, 0)?;
        }
        // Whoever has read that far has read everything.
        let after = Position::new(far + 1);
        let guarded = one("c", Expected::Any).unless(Query::all(), after);
        store.append(guarded)?;
    }
    same("events of the stream", store.stream("a")?.len(), 1)?;
    same("events behind guards", store.stream("c")?.len(), 4)
}

/// Later positions are never recorded earlier, whatever the clock says, and whatever it says after a restart.
pub(super) fn recorded_at_never_goes_back_though_the_clock_does(stage: &Stage) -> Verdict {
    let clock = Arc::new(SetClock::default());
    let mut store = stage.open_with(clock.clone())?;
    let mut latest = 0;
    // The years 2004 and later, in hours since 1970; less is earlier.
    for (number, hours) in [300_005, 300_003, 300_007, 300_001].into_iter().enumerate() {
        clock.0.store(hours, Ordering::Relaxed);
        if number == 3 {
            match stage.reopened_with(store, clock.clone())? {
                Some(reopened) => store = reopened,
                None => return Ok(()),
            }
        }
        let receipt = store.append(one("a", Expected::Any))?;
        latest = hours.max(latest);
        let stored = store.stream("a")?;
        let stored: Vec<_> = stored.iter().map(|event| event.recorded_at).collect();
        same("events stored", stored.len(), number + 1)?;
        holds(format!("{stored:?} never goes back"), stored.is_sorted())?;
        let told = stored.last().copied();
        same(
            "recorded_at of event and receipt",
            told,
            Some(receipt.recorded_at),
        )?;
        let is_of_the_clock = receipt.recorded_at == at_hour(latest);
        let takes_a_clock = stage.abilities().takes_a_clock;
        same(
            "the time comes from the clock",
            is_of_the_clock,
            takes_a_clock,
        )?;
    }
    Ok(())
}

/// Shows the hour that it is set to.
#[derive(Default)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        at_hour(self.0.load(Ordering::Relaxed))
    }
}

fn at_hour(hours: i64) -> Timestamp {
    Timestamp::from_micros(hours * 3_600_000_000).unwrap_or(Timestamp::EPOCH)
}
