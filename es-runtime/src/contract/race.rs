//! Writers at the same time: one wins where only one may, and nobody is lost where all may.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::failure::{Failure, Verdict, holds, same};
use super::make::{at, commit, events, given, many, one, stream, write};
use super::stage::{Opened, Stage, ids, race, versions, winners};
use crate::commit::{Expected, Query};
use crate::id::Version;
use crate::store::{Conflict, EventStore, StoreError};

/// All expect the stream where it stands. The winner's events stand together, and the others are told what was found.
pub(super) fn of_five_racers_with_ten_events_each_one_wins(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for round in 0..20 {
        let before = round * 10;
        let racers: Vec<_> = (0..5).map(|_| events(10)).collect();
        let answers = race(racers.iter().map(|events| {
            let commit = given("a", at(before), events.clone());
            || store.append(commit)
        }));
        let mut won = vec![];
        for (answer, events) in answers.into_iter().zip(&racers) {
            match answer {
                Ok(_) => won.extend(events.iter().map(|event| event.id)),
                Err(StoreError::Conflict(Conflict { actual, .. })) => {
                    same("what the others find", actual, Version::new(before + 10))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        same("events of winners", won.len(), 10)?;
        let stands = store.stream("a")?;
        let last = stands.iter().skip(usize::try_from(before).unwrap_or(0));
        same(
            "the winner's events",
            last.map(|event| event.id).collect(),
            won,
        )?;
    }
    Ok(())
}

/// Each is stored, exactly where its receipt says.
pub(super) fn racers_that_expect_nothing_all_succeed(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let answers = race((0..8).map(|_| {
        || -> Result<Vec<_>, StoreError> {
            (0..10)
                .map(|_| {
                    let commit = many("a", Expected::Any, 2);
                    let ids: Vec<_> = commit.writes[0].events.iter().map(|new| new.id).collect();
                    Ok((ids, store.append(commit)?))
                })
                .collect()
        }
    }));
    let stands = store.stream("a")?;
    same(
        "versions of the stream",
        versions(&stands),
        (1..=160).collect(),
    )?;
    for answer in answers {
        for (ids, receipt) in answer? {
            let told = receipt
                .streams
                .first()
                .map(|told| (told.before, told.after));
            let mine: Vec<_> = stands
                .iter()
                .filter(|event| Some(event.commit) == receipt.commit)
                .collect();
            same(
                "its events",
                mine.iter().map(|event| event.id).collect(),
                ids,
            )?;
            let before = mine
                .first()
                .and_then(|event| Version::new(event.version.get() - 1));
            let after = mine.last().map(|event| event.version);
            same(
                "where the stream stood and stands",
                told,
                Some((before, after)),
            )?;
            let last = mine.last().map(|event| event.position);
            same("its last position", last, receipt.last_position())?;
        }
    }
    Ok(())
}

/// Whatever order they name their streams in, one wins and the others are told at once.
pub(super) fn racers_over_the_same_streams_in_any_order_do_not_block_each_other(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    for round in 0..20 {
        let answers = race((0..6).map(|turn| {
            let mut writes = ["a", "b", "c"].map(|key| write(key, at(round), events(1)));
            writes.rotate_left(turn % 3);
            || store.append(commit(writes.into()))
        }));
        let won = winners(answers, |error| matches!(error, StoreError::Conflict(_)))?;
        same("winners", won.len(), 1)?;
    }
    for key in ["a", "b", "c"] {
        same(
            "versions of each",
            versions(&store.stream(key)?),
            (1..=20).collect(),
        )?;
    }
    Ok(())
}

/// As two processes would: what one remembers of a stream is not what the other has made of it.
pub(super) fn racers_through_two_openings_do_not_overwrite_each_other(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("a", Expected::Missing))?;
    same("events stored", store.stream("a")?.len(), 1)?;
    let Some(other) = stage.beside(&store)? else {
        return Ok(());
    };
    let raise = |store: &Opened| -> Result<u64, Failure> {
        let mut won = 0;
        while won < 20 {
            let stands = store.stream("a")?;
            let last = stands.last().map(|event| event.version);
            match store.append(one("a", Expected::as_loaded(last))) {
                Ok(receipt) => {
                    let next = Some(Version::after(last));
                    let version = receipt.version_of(&stream("a"));
                    same("the version behind its own", version, next)?;
                    won += 1;
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(won)
    };
    for won in race([&store, &other, &store, &other].map(|store| move || raise(store))) {
        won?;
    }
    same(
        "versions in one",
        versions(&store.stream("a")?),
        (1..=81).collect(),
    )?;
    same(
        "the log in the other",
        other.log(&Query::all())?,
        store.stream("a")?,
    )
}

/// Its commit may be stored or not, but whole; whoever comes next is served.
pub(super) fn an_append_whose_future_is_dropped_harms_nobody(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let port = store.store();
    let mut dropped = vec![];
    for number in 0..20 {
        let commit = many("dropped", Expected::Any, 2);
        dropped.extend(commit.writes[0].events.iter().map(|event| event.id));
        store.wait(async {
            let mut append = pin!(port.append(commit));
            // Polled once, or never.
            poll_fn(|cx| {
                if number % 2 == 0 {
                    let _ = append.as_mut().poll(cx);
                }
                Poll::Ready(())
            })
            .await;
        })?;
        store.append(one("kept", at(number)))?;
    }
    let stands = store.stream("dropped")?;
    let is_whole = stands.chunks(2).all(|pair| match pair {
        [first, second] => first.commit == second.commit,
        _ => false,
    });
    holds("what is stored is stored whole", is_whole)?;
    let all_known = ids(&stands).iter().all(|id| dropped.contains(id));
    holds("nothing else is stored", all_known)?;
    let kept = versions(&store.stream("kept")?);
    same("versions of those who waited", kept, (1..=20).collect())
}
