//! Guards: a commit rests on what was read across streams, and is refused where that no longer holds.

use super::counter::{Counter, Move, TooFew};
use super::failure::{Failure, Verdict, conflict, holds, refused, same};
use super::make::{commit, event, given, of_both, of_tags, of_types, one, stream, tagged, write};
use super::stage::{Opened, Stage, nth, positions, race, winners};
use crate::app::{App, AppOptions, ExecuteError};
use crate::commit::{Commit, Expected, Query, Receipt, StreamWrite};
use crate::id::{Position, StreamId};
use crate::name::{Category, Tag};
use crate::store::StoreError;

/// 1 opened {t:1, u:1} · 2 paid {t:2} · 3 paid {t:1} · 4 paid {t:1} of another category; what stands there.
fn seated(stage: &Stage) -> Result<(Opened, Vec<Position>), Failure> {
    let store = stage.open()?;
    let stored = vec![
        tagged("opened", &["t:1", "u:1"]),
        tagged("paid", &["t:2"]),
        tagged("paid", &["t:1"]),
    ];
    let other = StreamWrite {
        stream: StreamId::new(Category::from_static("other"), "a"),
        ..write("a", Expected::Missing, vec![tagged("paid", &["t:1"])])
    };
    store.append(given("a", Expected::Missing, stored))?;
    store.append(commit(vec![other]))?;
    let all = positions(&store.log(&Query::all())?);
    same("events stored", all.len(), 4)?;
    Ok((store, all))
}

/// Makes sure that a guard lets a commit in, or finds the first event that it forbids.
fn check(
    store: &Opened,
    query: &Query,
    after: Option<Position>,
    forbidden: Option<Position>,
) -> Verdict {
    let guarded = Commit::default().unless(query.clone(), after);
    let answer = store.append(guarded);
    let what = format!("{query:?} behind {after:?}");
    match forbidden {
        None => answer
            .map(drop)
            .map_err(|error| Failure::new(what, "to be let in", error)),
        Some(first) => {
            let expected = format!("Guarded at {first} behind {after:?}");
            refused(
                what,
                answer,
                &expected,
                |error| matches!(error, StoreError::Guarded { position, after: told } if *position == first && *told == after),
            )
        }
    }
}

/// A guard forbids what its query means: one of the types, all of the tags, any of the items.
pub(super) fn a_guard_means_types_or_tags_and_items_or(stage: &Stage) -> Verdict {
    let (store, all) = seated(stage)?;
    for (query, after, forbidden) in [
        (Query::default(), 0, 0),
        (of_types(&["opened"]), 0, 1),
        (of_types(&["never"]), 0, 0),
        (of_types(&["never", "paid"]), 0, 2),
        (of_types(&["opened", "paid"]), 1, 2),
        (of_tags(&["t:1"]), 1, 3),
        (of_tags(&["t:1", "u:1"]), 0, 1),
        (of_tags(&["t:1", "u:1"]), 1, 0),
        (of_tags(&["t:2", "u:1"]), 0, 0),
        (of_tags(&["t:1", "never"]), 0, 0),
        (of_both(&["paid"], &["t:1"]), 0, 3),
        (of_both(&["opened"], &["t:2"]), 0, 0),
        (of_both(&["opened", "paid"], &["t:2"]), 0, 2),
        (of_types(&["never"]).or(of_types(&["paid"])), 1, 2),
        (of_both(&["paid"], &["t:1"]).or(of_tags(&["t:2"])), 0, 2),
        (of_tags(&["never"]).or(of_both(&["paid"], &["t:1"])), 2, 3),
        (of_tags(&["never"]).or(Query::all()), 3, 4),
    ] {
        check(&store, &query, nth(&all, after), nth(&all, forbidden))?;
    }
    Ok(())
}

/// Whoever has read nothing rests on there being nothing.
pub(super) fn a_guard_without_a_position_refuses_whatever_matches(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    check(&store, &Query::all(), None, None)?;
    drop(store);
    let (store, all) = seated(stage)?;
    check(&store, &Query::all(), None, all.first().copied())?;
    check(&store, &of_types(&["paid"]), None, all.get(1).copied())?;
    check(&store, &of_tags(&["t:1"]), None, all.first().copied())?;
    check(&store, &of_types(&["never"]), None, None)
}

/// What was read is no reason to decide again; what stands behind it is, from the very next position on.
pub(super) fn a_guard_ignores_what_stands_at_or_below_its_position(stage: &Stage) -> Verdict {
    let (store, all) = seated(stage)?;
    for query in [
        Query::all(),
        of_types(&["opened", "paid"]).or(of_tags(&["t:1"])),
    ] {
        for (index, position) in all.iter().enumerate() {
            check(&store, &query, Some(*position), all.get(index + 1).copied())?;
        }
        let beyond = all
            .last()
            .and_then(|last| Position::new(last.get() + 1_000));
        check(&store, &query, beyond, None)?;
    }
    for position in all.iter().skip(2) {
        check(&store, &of_types(&["paid"]), Some(*position), None)?;
    }
    Ok(())
}

/// "Nobody has that name yet" was read from events that are not there: the first one that comes refutes it.
pub(super) fn a_query_that_found_nothing_still_guards(stage: &Stage) -> Verdict {
    let (store, _) = seated(stage)?;
    let query = of_tags(&["name:ada"]);
    let read = store.log(&query)?;
    same("events read", read.len(), 0)?;
    let head = store.head()?;
    let claim = |key| {
        let claimed = tagged("claimed", &["name:ada"]);
        given(key, Expected::Missing, vec![claimed]).unless(query.clone(), head)
    };
    // The store has neither seen the tag nor the type before.
    let first = store.append(claim("first"))?.last_position();
    holds("the first one is let in", first > head)?;
    refused(
        "the second one",
        store.append(claim("second")),
        "Guarded",
        |error| matches!(error, StoreError::Guarded { position, .. } if Some(*position) == first),
    )?;
    same("events of the second", store.stream("second")?.len(), 0)
}

/// What matches no guard refuses nobody, however much of it comes in between.
pub(super) fn unrelated_appends_do_not_meet_a_guard(stage: &Stage) -> Verdict {
    let (store, _) = seated(stage)?;
    let query = of_both(&["paid"], &["t:1"]).or(of_tags(&["t:2", "u:1"]));
    let head = store.head()?;
    for (name, tags) in [
        ("paid", vec![]),
        ("paid", vec!["t:2"]),
        ("opened", vec!["t:1"]),
        ("opened", vec!["u:1"]),
        ("new", vec!["v:1"]),
    ] {
        store.append(given("b", Expected::Any, vec![tagged(name, &tags)]))?;
        let decided = given("c", Expected::Any, vec![event()]);
        store.append(decided.unless(query.clone(), head))?;
    }
    same("events let in", store.stream("c")?.len(), 5)?;
    let met = store.append(given("b", Expected::Any, vec![tagged("paid", &["t:1"])]))?;
    check(&store, &query, head, met.last_position())
}

/// Both must hold, in several streams; and a commit does not meet its own events.
pub(super) fn a_guard_stands_beside_the_expectations(stage: &Stage) -> Verdict {
    let (store, all) = seated(stage)?;
    let head = all.last().copied();
    let both = |expected, after| {
        commit(vec![
            write("b", Expected::Any, vec![tagged("paid", &["t:1"])]),
            write("c", expected, vec![tagged("paid", &["t:1"])]),
        ])
        .unless(of_tags(&["t:1"]), after)
    };
    let wrong = store.append(both(Expected::Exists, head));
    conflict(wrong, "c", Expected::Exists, 0)?;
    let wrong = store.append(both(Expected::Missing, all.get(1).copied()));
    refused("a guard that does not hold", wrong, "Guarded", |error| {
        matches!(error, StoreError::Guarded { .. })
    })?;
    for key in ["b", "c"] {
        same("events behind refusals", store.stream(key)?.len(), 0)?;
    }
    let receipt = store.append(both(Expected::Missing, head))?;
    let stands = receipt
        .version_of(&stream("c"))
        .map(|version| version.get());
    same("the version behind it", stands, Some(1))
}

/// Each reads, and decides that it may take what all of them want; half of them through another opening.
pub(super) fn of_16_racers_behind_overlapping_guards_one_wins(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("start", Expected::Missing))?;
    let other = stage.beside(&store)?.unwrap_or_else(|| store.clone());
    for round in 0..200 {
        let after = store.head()?;
        let answers = race((0..16).map(|racer| {
            let (by, of_three) = (format!("by:{racer}"), format!("third:{}", racer % 3));
            let taken = tagged("taken", &["seat:1", &by, &of_three]);
            let mine = of_tags(&["seat:1"]).or(of_both(&["taken"], &[&of_three]));
            let key = format!("{round} {racer}");
            let commit = given(&key, Expected::Missing, vec![taken]).unless(mine, after);
            let store = if racer % 2 == 0 { &store } else { &other };
            move || store.append(commit)
        }));
        let won = winners(answers, |error| matches!(error, StoreError::Guarded { .. }))?;
        same("winners", won.len(), 1)?;
        let last = won.first().and_then(Receipt::last_position);
        same("the head behind a round", store.head()?, last)?;
    }
    same("seats taken", store.log(&of_tags(&["seat:1"]))?.len(), 200)
}

/// No decision is made twice only since others decide on something else at the same time.
pub(super) fn racers_behind_disjoint_guards_all_win(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for round in 0..20 {
        let answers = race((0..16).map(|racer| {
            let seat = format!("seat:{racer}");
            let of_seat = of_tags(&[&seat]);
            let store = &store;
            move || -> Result<_, Failure> {
                let read = store.log(&of_seat)?;
                let after = read.last().map(|event| event.position);
                let taken = given("a", Expected::Any, vec![tagged("taken", &[&seat, "seat"])]);
                Ok(store.append(taken.unless(of_seat, after))?)
            }
        }));
        for answer in answers {
            answer?;
        }
        let taken = store.log(&Query::tags([Tag::from("seat")]))?;
        same("seats taken", taken.len(), (round + 1) * 16)?;
    }
    Ok(())
}

/// One decision over three aggregates, decided again for whoever was overtaken.
pub(super) fn of_64_racers_for_ten_units_ten_win(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let options = AppOptions::default().attempts(1_000);
    let app = App::with_options(store.store(), options);
    let id = |name: &str| name.to_owned();
    let told = store.wait(app.execute(&id("stock"), Move { by: 10 }))?;
    told.map_err(|error| Failure::new("stocking", "ten units", error))?;
    let buy = || {
        app.transact(|mut tx| async move {
            tx.execute::<_, TooFew>(&id("stock"), Move { by: -1 })
                .await?;
            tx.execute(&id("shop"), Move { by: 1 }).await?;
            tx.execute(&id("till"), Move { by: 5 }).await
        })
    };
    let mut winners = 0;
    for answer in race((0..64).map(|_| || store.wait(buy()))) {
        match answer? {
            Ok(done) => {
                same("streams of one commit", done.receipt.streams.len(), 3)?;
                winners += 1;
            }
            Err(ExecuteError::Rejected(TooFew { units: 0 })) => {}
            Err(error) => return Err(Failure::new("buying", "a unit, or none left", error)),
        }
    }
    same("winners", winners, 10)?;
    for (name, units) in [("stock", 0), ("shop", 10), ("till", 50)] {
        let loaded = store.wait(app.load::<Counter>(&id(name)))?;
        let loaded = loaded.map_err(|error| Failure::new("loading", "a counter", error))?;
        let found = loaded.state.map(|counter| counter.units);
        same(format!("units of `{name}`"), found, Some(units))?;
    }
    Ok(())
}
