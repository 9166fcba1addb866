//! Appending: what is stored, what is refused, and what a group does to its members.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use std::collections::BTreeSet;

use common::*;
use es_runtime::{
    Category, Codec, Commit, EventId, EventName, EventStore, Expected, Guard, Metadata, NewEvent,
    Query, Receipt, SchemaVersion, Slice, StoreError, StreamId, StreamWrite, Tag, Timestamp, Uuid,
};

#[tokio::test]
async fn every_field_of_the_envelope_comes_back_as_it_went_in() {
    let fixture = Fixture::new();
    let given = NewEvent {
        id: EventId::from(Uuid::from_u128(7)),
        name: EventName::from("T10 Determine é / e\u{301} \0 \u{202e}"),
        schema: SchemaVersion::new(u16::MAX),
        reads_as: SchemaVersion::new(3),
        codec: Codec::Json,
        occurred_at: "1969-12-31T23:59:59.9999999Z".parse().unwrap(),
        tags: vec![Tag::new("tenant", 7), Tag::new("tenant", 7)],
        body: vec![0, 255, b'{', 0],
    };
    let metadata = Metadata::new()
        .actor("ada")
        .correlation("c-1")
        .causation("x")
        .header("a", "\0ü");
    let stream = StreamId::new(Category::from("k\0"), "ключ\0");
    let mut sent = commit(vec![StreamWrite {
        stream: stream.clone(),
        expected: Expected::Missing,
        events: vec![given.clone()],
    }]);
    sent.metadata = metadata.clone();
    let receipt = fixture.store.append(sent).await.unwrap();

    let fixture = fixture.reopened();
    let page = fixture
        .store
        .read_stream(stream.clone(), Slice::after(None, 10))
        .await
        .unwrap();
    let stored = page.last().unwrap();
    assert_eq!(stored.id(), given.id);
    assert_eq!(stored.name(), &given.name);
    assert_eq!(stored.schema(), given.schema);
    assert_eq!(stored.reads_as(), given.reads_as);
    assert_eq!(stored.codec(), Codec::Json.number());
    assert_eq!(
        stored.occurred_at(),
        given.occurred_at.to_micros_precision()
    );
    assert_eq!(stored.recorded_at(), receipt.recorded_at);
    assert_eq!(stored.stream(), &stream);
    assert_eq!(stored.version().get(), 1);
    assert_eq!(stored.position().get(), 1);
    assert_eq!(Some(stored.commit()), receipt.commit);
    assert_eq!(stored.metadata().unwrap(), metadata);
    assert_eq!(stored.body(), given.body);
}

#[tokio::test]
async fn absent_metadata_is_absent() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let stored = log(&fixture.store).await;
    assert!(stored.last().unwrap().metadata().unwrap().is_empty());
    let database = rusqlite::Connection::open(fixture.path()).unwrap();
    let is_null: bool = database
        .query_row("select metadata is null from event", [], |row| row.get(0))
        .unwrap();
    assert!(is_null);
}

#[tokio::test]
async fn a_receipt_tells_versions_and_positions() {
    let fixture = Fixture::new();
    fixture
        .store
        .append(one("a", Expected::Missing))
        .await
        .unwrap();
    let receipt = fixture
        .store
        .append(commit(vec![
            write("a", at(1), vec![event("x"), event("y")]),
            write("b", Expected::Missing, vec![event("z")]),
            write("c", Expected::Missing, vec![]),
        ]))
        .await
        .unwrap();
    let positions = receipt.positions.unwrap();
    assert_eq!((positions.first.get(), positions.last.get()), (2, 4));
    assert_eq!(receipt.commit.unwrap().get(), 2);
    let streams: Vec<_> = receipt
        .streams
        .iter()
        .map(|s| {
            (
                s.stream.key().to_owned(),
                s.before.map(|v| v.get()),
                s.after.map(|v| v.get()),
            )
        })
        .collect();
    assert_eq!(
        streams,
        [
            ("a".to_owned(), Some(1), Some(3)),
            ("b".to_owned(), None, Some(1)),
            ("c".to_owned(), None, None)
        ]
    );
}

#[tokio::test]
async fn expectations_let_in_what_they_should_and_nothing_else() {
    // Warm: the writer knows the stream. Cold: it has to look.
    for is_cold in [false, true] {
        for (expected, on_missing, on_existing) in [
            (Expected::Any, true, true),
            (Expected::Missing, true, false),
            (Expected::Exists, false, true),
            (at(1), false, true),
            (at(2), false, false),
        ] {
            let mut fixture = Fixture::new();
            fixture
                .store
                .append(one("there", Expected::Any))
                .await
                .unwrap();
            if is_cold {
                fixture = fixture.reopened();
            }
            for (key, should_hold, actual) in [
                ("missing", on_missing, None),
                ("there", on_existing, Some(1)),
            ] {
                let answer = fixture.store.append(one(key, expected)).await;
                match answer {
                    Ok(_) => assert!(should_hold, "{key} {expected} was let in"),
                    Err(StoreError::Conflict(conflict)) => {
                        assert!(!should_hold, "{key} {expected} was refused");
                        assert_eq!(conflict.expected, expected);
                        assert_eq!(conflict.actual.map(|version| version.get()), actual);
                        assert_eq!(conflict.stream, stream(key));
                    }
                    Err(error) => panic!("{error}"),
                }
                let stands = read(&fixture.store, key).await.len() as u64;
                assert_eq!(stands, actual.unwrap_or(0) + u64::from(should_hold));
            }
        }
    }
}

#[tokio::test]
async fn several_streams_are_written_together_or_not_at_all() {
    let fixture = Fixture::new();
    fixture.store.append(one("b", Expected::Any)).await.unwrap();
    let refused = commit(vec![
        write("a", Expected::Missing, vec![event("x")]),
        write("b", Expected::Missing, vec![event("x")]),
    ]);
    assert!(matches!(
        fixture.store.append(refused).await,
        Err(StoreError::Conflict(_))
    ));
    assert!(read(&fixture.store, "a").await.is_empty());
    // The row that was prepared for `a` is not a stream.
    assert!(matches!(
        fixture.store.append(one("a", Expected::Exists)).await,
        Err(StoreError::Conflict(conflict)) if conflict.actual.is_none()
    ));
    fixture
        .store
        .append(one("a", Expected::Missing))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_write_without_events_is_a_read_that_must_still_hold() {
    let fixture = Fixture::new();
    fixture
        .store
        .append(one("read", Expected::Any))
        .await
        .unwrap();
    let deciding = |expected| {
        commit(vec![
            write("read", expected, vec![]),
            write("written", Expected::Any, vec![event("x")]),
        ])
    };
    fixture.store.append(deciding(at(1))).await.unwrap();
    fixture
        .store
        .append(one("read", Expected::Any))
        .await
        .unwrap();
    assert!(matches!(
        fixture.store.append(deciding(at(1))).await,
        Err(StoreError::Conflict(_))
    ));
    assert_eq!(read(&fixture.store, "written").await.len(), 1);
}

#[tokio::test]
async fn a_chain_stops_at_its_first_refusal_though_a_foreign_event_makes_a_later_expectation_true()
{
    let fixture = Fixture::new();
    fixture
        .store
        .append(one("a", Expected::Missing))
        .await
        .unwrap();
    // Decided on version 1, while a foreign event already stands at version 2.
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let answers = fixture
        .store
        .append_chain(vec![
            one("b", Expected::Missing),
            one("a", at(1)),
            one("a", at(2)),
            one("c", Expected::Any),
        ])
        .await;
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(StoreError::Conflict(_))));
    assert!(matches!(answers[2], Err(StoreError::Behind)));
    assert!(matches!(answers[3], Err(StoreError::Behind)));
    assert_eq!(read(&fixture.store, "a").await.len(), 2);
    assert!(read(&fixture.store, "c").await.is_empty());
}

#[tokio::test]
async fn a_chain_stops_at_what_the_limits_refuse() {
    let fixture = Fixture::new();
    let too_long = one(&"k".repeat(256), Expected::Any);
    let answers = fixture
        .store
        .append_chain(vec![
            one("a", Expected::Any),
            too_long,
            one("b", Expected::Any),
        ])
        .await;
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(StoreError::Refused { .. })));
    assert!(matches!(answers[2], Err(StoreError::Behind)));
    assert_eq!(log(&fixture.store).await.len(), 1);
    assert!(fixture.store.append_chain(vec![]).await.is_empty());
}

#[tokio::test]
async fn an_empty_commit_stores_nothing() {
    let fixture = Fixture::new();
    let receipt = fixture.store.append(commit(vec![])).await.unwrap();
    assert_eq!((receipt.commit, receipt.positions), (None, None));
    assert_eq!(fixture.store.head().await.unwrap(), None);
}

#[tokio::test]
async fn a_known_event_id_is_refused_with_nothing_stored() {
    let fixture = Fixture::new();
    let known = event("x");
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, vec![known.clone()])]))
        .await
        .unwrap();
    let again = commit(vec![write(
        "b",
        Expected::Any,
        vec![event("y"), known.clone()],
    )]);
    assert!(matches!(
        fixture.store.append(again).await,
        Err(StoreError::DuplicateEvent { id }) if id == known.id
    ));
    let twice = event("z");
    let twice = commit(vec![write("b", Expected::Any, vec![twice.clone(), twice])]);
    assert!(matches!(
        fixture.store.append(twice).await,
        Err(StoreError::DuplicateEvent { .. })
    ));
    assert!(read(&fixture.store, "b").await.is_empty());
}

#[tokio::test]
async fn a_duplicate_event_in_a_group_refuses_only_its_own_commit() {
    let fixture = Fixture::new();
    let known = event("x");
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, vec![known.clone()])]))
        .await
        .unwrap();
    let duplicate = commit(vec![write("b", Expected::Any, vec![event("y"), known])]);
    // One chain is one group.
    let answers = fixture
        .store
        .append_chain(vec![
            one("c", Expected::Missing),
            one("c", at(1)),
            duplicate,
            one("d", Expected::Any),
        ])
        .await;
    assert!(answers[0].is_ok() && answers[1].is_ok());
    assert!(matches!(answers[2], Err(StoreError::DuplicateEvent { .. })));
    assert!(matches!(answers[3], Err(StoreError::Behind)));
    assert_eq!(positions(&log(&fixture.store).await), [1, 2, 3]);
    assert_eq!(
        fixture
            .store
            .append(one("c", at(2)))
            .await
            .unwrap()
            .last_position(),
        position(4)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_with_duplicates_among_them_get_their_own_answers() {
    let fixture = Fixture::new();
    let known = event("x");
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, vec![known.clone()])]))
        .await
        .unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (store, known) = (fixture.store.clone(), known.clone());
            tokio::spawn(async move {
                let event = if number % 7 == 0 { known } else { event("y") };
                store
                    .append(commit(vec![write(
                        &format!("s{number}"),
                        Expected::Missing,
                        vec![event],
                    )]))
                    .await
            })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(_) => assert_ne!(number % 7, 0),
            Err(StoreError::DuplicateEvent { .. }) => assert_eq!(number % 7, 0),
            Err(error) => panic!("{error}"),
        }
    }
    let events = log(&fixture.store).await;
    assert_eq!(
        positions(&events),
        (1..=events.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(events.len(), 1 + 200 - 29);
}

#[tokio::test]
async fn a_command_is_carried_out_once() {
    let fixture = Fixture::new();
    let asking = |fingerprint: &str| {
        let mut commit = one("a", Expected::Missing);
        commit.command = Some(command("c-1", fingerprint));
        commit
    };
    let record = command("c-1", "x");
    assert_eq!(
        fixture
            .store
            .receipt(record.id, record.fingerprint)
            .await
            .unwrap(),
        None
    );
    let first = fixture.store.append(asking("x")).await.unwrap();
    assert!(!first.repeated);
    for number in 0..5 {
        fixture
            .store
            .append(one(&format!("other{number}"), Expected::Any))
            .await
            .unwrap();
    }
    let fixture = fixture.reopened();
    let again = fixture.store.append(asking("x")).await.unwrap();
    assert_eq!(again, first.clone().again());
    assert_eq!(
        fixture
            .store
            .receipt(record.id, record.fingerprint)
            .await
            .unwrap(),
        Some(again)
    );
    assert_eq!(read(&fixture.store, "a").await.len(), 1);

    assert!(matches!(
        fixture.store.append(asking("y")).await,
        Err(StoreError::CommandReused { .. })
    ));
    let other = command("c-1", "y");
    assert!(matches!(
        fixture.store.receipt(other.id, other.fingerprint).await,
        Err(StoreError::CommandReused { .. })
    ));
}

#[tokio::test]
async fn a_command_is_carried_out_once_within_one_group_whatever_it_expects() {
    for expected in [Expected::Any, Expected::Missing] {
        let fixture = Fixture::new();
        let mut asking = one("a", expected);
        asking.command = Some(command("c-1", "x"));
        let mut other = one("b", Expected::Any);
        other.command = Some(command("c-1", "y"));
        let mut again = asking.clone();
        again.writes[0].events = vec![event("deposited")];
        let answers = in_one_group(&fixture, [asking, again, other]).await;
        let first = answers[0].as_ref().unwrap().clone();
        assert_eq!(answers[1].as_ref().unwrap(), &first.again());
        assert!(matches!(answers[2], Err(StoreError::CommandReused { .. })));
        assert_eq!(read(&fixture.store, "a").await.len(), 1);
        assert!(read_is_empty(&fixture, "b").await);
    }
}

/// Appends commits that certainly share a transaction: while the writer waits for a lock they gather behind it.
async fn in_one_group(
    fixture: &Fixture,
    commits: impl IntoIterator<Item = Commit>,
) -> Vec<Result<Receipt, StoreError>> {
    let holder = rusqlite::Connection::open(fixture.path()).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    let mut tasks = Vec::new();
    for commit in std::iter::once(commit(vec![])).chain(commits) {
        let store = fixture.store.clone();
        tasks.push(tokio::spawn(async move { store.append(commit).await }));
        tokio::task::yield_now().await;
        if tasks.len() == 1 {
            // The writer takes the first one alone.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
    holder.execute_batch("rollback").unwrap();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.split_off(1)
}

#[tokio::test]
async fn in_a_group_each_commit_has_its_own_fate() {
    let fixture = Fixture::new();
    let known = event("x");
    let stored = commit(vec![write("a", Expected::Any, vec![known.clone()])]);
    fixture.store.append(stored).await.unwrap();
    let duplicate = commit(vec![write("b", Expected::Any, vec![event("y"), known])]);
    let answers = in_one_group(
        &fixture,
        [
            one("c", Expected::Missing),
            one("c", Expected::Missing),
            duplicate.clone(),
            one("c", at(1)),
            duplicate,
            one("d", Expected::Any),
        ],
    )
    .await;
    assert!(answers[0].is_ok() && answers[3].is_ok() && answers[5].is_ok());
    assert!(matches!(answers[1], Err(StoreError::Conflict(_))));
    assert!(matches!(answers[2], Err(StoreError::DuplicateEvent { .. })));
    assert!(matches!(answers[4], Err(StoreError::DuplicateEvent { .. })));
    assert_eq!(positions(&log(&fixture.store).await), [1, 2, 3, 4]);
    assert_eq!(versions(&read(&fixture.store, "c").await), [1, 2]);
    assert!(read_is_empty(&fixture, "b").await);
}

#[tokio::test]
async fn a_chain_stops_behind_a_command_that_is_repeated() {
    let fixture = Fixture::new();
    let mut asking = one("a", Expected::Any);
    asking.command = Some(command("c-1", "x"));
    fixture.store.append(asking.clone()).await.unwrap();
    let too_long = one(&"k".repeat(256), Expected::Any);
    for last in [one("b", Expected::Any), too_long] {
        let answers = fixture.store.append_chain(vec![asking.clone(), last]).await;
        assert!(answers[0].as_ref().unwrap().repeated);
        assert!(matches!(answers[1], Err(StoreError::Behind)));
    }
    assert_eq!(log(&fixture.store).await.len(), 1);
}

#[tokio::test]
async fn an_empty_commit_with_a_command_is_remembered() {
    let fixture = Fixture::new();
    let mut asking = commit(vec![]);
    asking.command = Some(command("c-1", "x"));
    let first = fixture.store.append(asking.clone()).await.unwrap();
    assert_eq!(first.commit, None);
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.append(asking).await.unwrap(), first.again());
}

#[tokio::test]
async fn a_refused_command_is_not_remembered() {
    let fixture = Fixture::new();
    let mut asking = one("a", Expected::Exists);
    asking.command = Some(command("c-1", "x"));
    assert!(fixture.store.append(asking.clone()).await.is_err());
    fixture
        .store
        .append(one("a", Expected::Missing))
        .await
        .unwrap();
    assert!(!fixture.store.append(asking).await.unwrap().repeated);
}

#[tokio::test]
async fn a_guard_refuses_what_it_has_not_seen() {
    let ty = |name: &'static str| Query::types([(CATEGORY, EventName::from_static(name))]);
    let tags = |tags: &[&'static str]| Query::tags(tags.iter().map(|tag| Tag::from(*tag)));
    let mut both = tags(&["t:1"]);
    both.items[0].types = ty("paid").items[0].types.clone();

    // Stored before: 1 opened {t:1, u:1}, 2 paid {t:2}, 3 paid {t:1}.
    for (query, after, refused_at) in [
        (Query::all(), Some(2), Some(3)),
        (Query::all(), Some(3), None),
        (Query::default(), None, None),
        (ty("opened"), None, Some(1)),
        (ty("opened"), Some(1), None),
        (ty("never"), None, None),
        (ty("never").or(ty("paid")), Some(1), Some(2)),
        (tags(&["t:1"]), None, Some(1)),
        (tags(&["t:1"]), Some(1), Some(3)),
        (tags(&["t:1"]), Some(3), None),
        (tags(&["t:1", "u:1"]), None, Some(1)),
        (tags(&["t:1", "u:1"]), Some(1), None),
        (tags(&["t:2", "u:1"]), None, None),
        (tags(&["t:1", "never"]), None, None),
        (both.clone(), None, Some(3)),
        (both.or(tags(&["t:2"])), None, Some(2)),
    ] {
        let fixture = Fixture::new();
        let stored = vec![
            tagged("opened", &["t:1", "u:1"]),
            tagged("paid", &["t:2"]),
            tagged("paid", &["t:1"]),
        ];
        fixture
            .store
            .append(commit(vec![write("a", Expected::Any, stored)]))
            .await
            .unwrap();
        let mut guarded = one("b", Expected::Any);
        let after = after.and_then(position);
        guarded.guard = Some(Guard {
            query: query.clone(),
            after,
        });
        match fixture.store.append(guarded).await {
            Ok(_) => assert_eq!(refused_at, None, "{query:?} {after:?}"),
            Err(StoreError::Guarded {
                position: found,
                after: read,
            }) => {
                assert_eq!(Some(found.get()), refused_at, "{query:?} {after:?}");
                assert_eq!(read, after);
                assert!(read_is_empty(&fixture, "b").await);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn read_is_empty(fixture: &Fixture, key: &str) -> bool {
    read(&fixture.store, key).await.is_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racers_behind_overlapping_guards_one_wins() {
    let fixture = Fixture::new();
    for round in 0..50 {
        let read_up_to = fixture.store.head().await.unwrap();
        let racers: Vec<_> = (0..16)
            .map(|racer| {
                let store = fixture.store.clone();
                tokio::spawn(async move {
                    let mut guarded = commit(vec![write(
                        &format!("r{round}-{racer}"),
                        Expected::Missing,
                        vec![tagged("taken", &["seat:1", &format!("by:{racer}")])],
                    )]);
                    let query = Query::tags([Tag::from("seat:1")]);
                    guarded.guard = Some(Guard {
                        query,
                        after: read_up_to,
                    });
                    store.append(guarded).await.is_ok()
                })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_racers_for_one_version_one_wins() {
    let fixture = Fixture::new();
    let racers: Vec<_> = (0..64)
        .map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.append(one("a", Expected::Missing)).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => winners += 1,
            Err(StoreError::Conflict(conflict)) => {
                assert_eq!(conflict.actual.map(|version| version.get()), Some(1));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(read(&fixture.store, "a").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_whose_futures_are_dropped_strand_nobody() {
    let fixture = Fixture::new();
    for number in 0..50 {
        let append = fixture
            .store
            .append(one(&format!("s{number}"), Expected::Missing));
        tokio::select! {
            biased;
            () = std::future::ready(()), if number % 2 == 0 => {}
            _ = append => {}
        }
        let store = fixture.store.clone();
        let task = tokio::spawn(async move { store.append(one("dropped", Expected::Any)).await });
        tokio::task::yield_now().await;
        task.abort();
    }
    fixture
        .store
        .append(one("last", Expected::Missing))
        .await
        .unwrap();
    let events = log(&fixture.store).await;
    assert_eq!(
        positions(&events),
        (1..=events.len() as u64).collect::<Vec<_>>()
    );
    let dropped = read(&fixture.store, "dropped").await;
    assert_eq!(
        versions(&dropped),
        (1..=dropped.len() as u64).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_was_asked_for_is_written_before_the_last_handle_is_gone() {
    let fixture = Fixture::new();
    let path = fixture.path();
    for _ in 0..100 {
        let mut append = Box::pin(fixture.store.append(one("a", Expected::Any)));
        // Polled once, so that it stands in the queue, and dropped then.
        assert!(futures_poll_once(append.as_mut()).await.is_none());
    }
    let Fixture { store, folder } = fixture;
    drop(store);
    let store = es_sqlite::SqliteStore::open(path).unwrap();
    assert_eq!(read(&store, "a").await.len(), 100);
    drop(folder);
}

/// Polls a future once; gives nothing where it is not ready.
async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn recorded_at_never_goes_back_though_the_clock_does() {
    struct Backwards(std::sync::atomic::AtomicI64);
    impl es_runtime::Clock for Backwards {
        fn now(&self) -> Timestamp {
            let micros = self
                .0
                .fetch_sub(1_000_000, std::sync::atomic::Ordering::Relaxed);
            Timestamp::from_micros(micros).unwrap()
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    for start in [2_000_000_000, 1_000_000_000] {
        let clock = std::sync::Arc::new(Backwards(start.into()));
        let store = es_sqlite::SqliteStore::options()
            .clock(clock)
            .open(&path)
            .unwrap();
        for _ in 0..3 {
            store.append(one("a", Expected::Any)).await.unwrap();
        }
        let times: BTreeSet<_> = log(&store)
            .await
            .iter()
            .map(|event| event.recorded_at().micros())
            .collect();
        assert_eq!(times, BTreeSet::from([2_000_000_000]));
    }
}

#[tokio::test]
async fn a_clock_that_panics_harms_one_append_only() {
    struct Broken(std::sync::atomic::AtomicBool);
    impl es_runtime::Clock for Broken {
        fn now(&self) -> Timestamp {
            assert!(
                self.0.swap(true, std::sync::atomic::Ordering::Relaxed),
                "the clock is broken"
            );
            Timestamp::EPOCH
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let clock = std::sync::Arc::new(Broken(false.into()));
    let store = es_sqlite::SqliteStore::options()
        .clock(clock)
        .open(folder.path().join("app.db"))
        .unwrap();
    assert!(matches!(
        store.append(one("a", Expected::Any)).await,
        Err(StoreError::OutcomeUnknown { .. })
    ));
    store.append(one("a", Expected::Missing)).await.unwrap();
}

#[tokio::test]
async fn large_bodies_and_many_events_go_in_whole() {
    let fixture = Fixture::new();
    let large = NewEvent {
        body: vec![7; 1024 * 1024],
        ..event("large")
    };
    let many: Vec<_> = (0..1_000).map(|_| event("small")).collect();
    let sent = commit(vec![
        write("a", Expected::Missing, vec![large]),
        write("b", Expected::Missing, many),
    ]);
    fixture.store.append(sent).await.unwrap();
    assert_eq!(
        read(&fixture.store, "a").await.last().unwrap().body().len(),
        1024 * 1024
    );
    assert_eq!(read(&fixture.store, "b").await.len(), 1_000);
}
