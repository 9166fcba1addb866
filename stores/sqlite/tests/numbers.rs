//! Numbers that no test can reach by appending: a stream and a log that have come far, planted behind the store's back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use common::*;
use es_runtime::{
    CommitNumber, Conflict, Direction, EventName, EventStore, Expected, NewEvent, Query, Slice,
    StoreError, Tag, Version,
};

/// Version, position and commit of the planted event, each beyond what a narrower number holds.
const VERSION: u64 = (1 << 31) + 5;
const POSITION: u64 = (1 << 32) + 7;
const COMMIT: u64 = (1 << 53) + 1;

/// A store whose stream `a` has come far; its first event stands at 1 and carries the tag, the planted one does too.
async fn planted() -> Fixture {
    let fixture = Fixture::new();
    let first = vec![tagged("paid", &["t:1"])];
    let first = commit(vec![write("a", Expected::Missing, first)]);
    fixture.store.append(first).await.unwrap();
    let database = rusqlite::Connection::open(fixture.path()).unwrap();
    let numbers = [POSITION, VERSION, COMMIT].map(u64::cast_signed);
    database
        .execute(
            "insert into event select ?1, category, key, ?2, type, shape, ?3, randomblob(16),
                occurred_at, recorded_at, metadata, body from event",
            numbers,
        )
        .unwrap();
    database
        .execute(
            "insert into tag select tag, type, ?1 from tag",
            [POSITION.cast_signed()],
        )
        .unwrap();
    drop(database);
    fixture.reopened()
}

fn version(number: u64) -> Option<Version> {
    Version::new(number)
}

#[tokio::test]
async fn a_stream_beyond_31_bits_goes_on_from_where_it_stands() {
    let mut fixture = planted().await;
    // Cold, and warm.
    for round in 0..2 {
        for wrong in [1, 5, VERSION - 1 + round, VERSION + 1 + round] {
            let answer = fixture.store.append(one("a", at(wrong))).await;
            let expected = Conflict {
                stream: stream("a"),
                expected: at(wrong),
                actual: version(VERSION + round),
            };
            assert!(
                matches!(&answer, Err(StoreError::Conflict(conflict)) if *conflict == expected),
                "{answer:?}"
            );
        }
        let mut asking = one("a", at(VERSION + round));
        asking.command = Some(command(&round.to_string(), "x"));
        let receipt = fixture.store.append(asking.clone()).await.unwrap();
        let told = &receipt.streams[0];
        assert_eq!(told.before, version(VERSION + round));
        assert_eq!(told.after, version(VERSION + round + 1));
        assert_eq!(receipt.last_position(), position(POSITION + round + 1));
        assert_eq!(receipt.commit, CommitNumber::new(COMMIT + round + 1));
        if round == 1 {
            fixture = fixture.reopened();
        }
        let again = fixture.store.append(asking).await.unwrap();
        assert_eq!(again, receipt.again());
    }
    let stands = read(&fixture.store, "a").await;
    let expected = [1, VERSION, VERSION + 1, VERSION + 2];
    assert_eq!(versions(&stands), expected);
    let commits: Vec<_> = stands.iter().map(|event| event.commit().get()).collect();
    assert_eq!(commits, [1, COMMIT, COMMIT + 1, COMMIT + 2]);
}

#[tokio::test]
async fn slices_beyond_31_and_32_bits_are_cut_where_they_say() {
    let fixture = planted().await;
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    for (after, until, expected) in [
        (VERSION - 1, u64::MAX, vec![VERSION, VERSION + 1]),
        (VERSION, u64::MAX, vec![VERSION + 1]),
        (VERSION + 1, u64::MAX, vec![]),
        (1, VERSION, vec![VERSION]),
        (1, VERSION - 1, vec![]),
        // What is left of the version in 31 bits.
        (4, 6, vec![]),
    ] {
        let mut slice = Slice::after(version(after), 9);
        slice.until = version(until);
        let page = fixture.store.read_stream(stream("a"), slice).await.unwrap();
        assert_eq!(versions(&page), expected, "{slice:?}");
    }
    let of_tag = Query::tags([Tag::from("t:1")]);
    let of_type = Query::types([(CATEGORY, EventName::from_static("paid"))]);
    for query in [
        Query::all(),
        of_tag.clone(),
        of_type.clone(),
        of_tag.or(of_type),
    ] {
        for (after, until, expected) in [
            (POSITION - 1, POSITION, vec![POSITION]),
            (1, POSITION - 1, vec![]),
            (6, 8, vec![]),
        ] {
            for direction in [Direction::Forwards, Direction::Backwards] {
                let mut slice = Slice::after(position(after), 9);
                (slice.until, slice.direction) = (position(until), direction);
                let page = fixture.store.read_log(query.clone(), slice).await.unwrap();
                assert_eq!(positions(&page.events), expected, "{query:?} {slice:?}");
            }
        }
    }
    assert_eq!(fixture.store.head().await.unwrap(), position(POSITION + 1));
    let nothing_new = fixture.store.changed(position(POSITION + 1));
    let waited = std::time::Duration::from_millis(100);
    assert!(tokio::time::timeout(waited, nothing_new).await.is_err());
    fixture.store.changed(position(POSITION)).await.unwrap();
}

#[tokio::test]
async fn a_guard_beyond_32_bits_sees_what_stands_behind_it() {
    let fixture = planted().await;
    let guarded = |after| {
        let mut guarded = one("b", Expected::Any);
        guarded.guard = Some(es_runtime::Guard {
            query: Query::tags([Tag::from("t:1")]),
            after: position(after),
        });
        guarded
    };
    for (after, found) in [(1, POSITION), (7, POSITION), (POSITION - 1, POSITION)] {
        let answer = fixture.store.append(guarded(after)).await;
        assert!(
            matches!(answer, Err(StoreError::Guarded { position: told, .. }) if told.get() == found),
            "{answer:?}"
        );
    }
    fixture.store.append(guarded(POSITION)).await.unwrap();
    let known = NewEvent {
        id: read(&fixture.store, "a").await.last().unwrap().id(),
        ..event("paid")
    };
    let again = commit(vec![write("b", Expected::Any, vec![known.clone()])]);
    assert!(matches!(
        fixture.store.append(again).await,
        Err(StoreError::DuplicateEvent { id }) if id == known.id
    ));
}
