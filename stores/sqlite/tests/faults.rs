//! Faults: a lock held too long, a full disk, damage. Each is a typed error, and the store works afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use std::time::Duration;

use common::*;
use es_runtime::{EventStore, Expected, NewEvent, Query, Slice, StoreError, Version};
use es_sqlite::SqliteStore;
use rusqlite::Connection;

#[tokio::test]
async fn a_lock_held_too_long_is_transient_and_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::options()
        .busy_timeout(Duration::from_millis(50))
        .open(&path)
        .unwrap();
    store.append(one("a", Expected::Missing)).await.unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    for answer in store
        .append_chain(vec![one("a", at(1)), one("a", at(2))])
        .await
    {
        let error = answer.unwrap_err();
        assert!(matches!(error, StoreError::Transient { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("held the lock for longer than 50ms"),
            "{error}"
        );
    }
    // Readers do not care.
    assert_eq!(read(&store, "a").await.len(), 1);
    holder.execute_batch("rollback").unwrap();
    store.append(one("a", at(1))).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_an_error_with_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::options()
        .max_bytes(200 * 1024)
        .open(&path)
        .unwrap();
    let large = |key: &str| {
        let body = vec![b'x'; 20_000];
        let events = (0..3)
            .map(|_| NewEvent {
                body: body.clone(),
                ..tagged("large", &["t"])
            })
            .collect();
        let mut commit = commit(vec![write(key, Expected::Missing, events)]);
        commit.command = Some(command(key, "x"));
        commit
    };
    let mut stored = 0;
    let error = loop {
        match store.append(large(&format!("k{stored}"))).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10);
    };
    assert!(matches!(error, StoreError::Permanent { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert!(stored > 0);

    // One that does not fit refuses only itself, in a group too.
    let (fits, large_again, behind) = tokio::join!(
        store.append(one("small", Expected::Missing)),
        store.append(large("again")),
        store.append(one("behind", Expected::Missing)),
    );
    assert!(fits.is_ok() && behind.is_ok());
    assert!(matches!(large_again, Err(StoreError::Permanent { .. })));
    let events = log(&store).await;
    assert_eq!(events.len(), 3 * stored + 2);
    assert_eq!(
        positions(&events),
        (1..=events.len() as u64).collect::<Vec<_>>()
    );
    drop(store);

    let store = SqliteStore::open(&path).unwrap();
    assert!(!store.append(large("again")).await.unwrap().repeated);
    assert_sound(&path);
}

fn assert_sound(path: &std::path::Path) {
    let database = Connection::open(path).unwrap();
    let sound: String = database
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn damage_is_a_typed_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).unwrap();
    for _ in 0..20 {
        let events = (0..100)
            .map(|_| NewEvent {
                body: vec![b'x'; 200],
                ..event("x")
            })
            .collect();
        store
            .append(commit(vec![write("a", Expected::Any, events)]))
            .await
            .unwrap();
    }
    drop(store);
    let sound = std::fs::read(&path).unwrap();
    let mut is_noticed = false;
    for page in 0..sound.len() / 4096 {
        let mut bytes = sound.clone();
        // Of the first page, what says whose file it is stays; without it, it would be somebody else's.
        let start = if page == 0 { 100 } else { page * 4096 };
        bytes[start..(page + 1) * 4096].fill(0xa5);
        std::fs::write(&path, &bytes).unwrap();
        let store = match SqliteStore::open(&path) {
            Ok(store) => store,
            Err(error) => {
                assert_tells_of_damage(&error);
                continue;
            }
        };
        let all = Slice::after(None, 10_000);
        let log = store.read_log(Query::all(), all).await.map(drop);
        // Through the index of streams.
        let slice = Slice::after(None, 10_000);
        let stream = store.read_stream(stream("a"), slice).await.map(drop);
        let appended = store.append(one("b", Expected::Any)).await.map(drop);
        for answer in [log, stream, appended] {
            if let Err(error) = answer {
                is_noticed = true;
                assert_tells_of_damage(&error);
            }
        }
        // Whatever was met, the threads go on.
        let head = store.head().await;
        head.map_or_else(|error| assert_tells_of_damage(&error), drop);
    }
    assert!(is_noticed);
}

fn assert_tells_of_damage(error: &StoreError) {
    assert!(matches!(error, StoreError::Permanent { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("app.db") && text.contains("restore a backup"),
        "{text}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_moved_or_replaced_takes_no_more_until_it_is_back() {
    let fixture = Fixture::new();
    let (path, store) = (fixture.path(), &fixture.store);
    store.append(one("a", Expected::Missing)).await.unwrap();
    let elsewhere = fixture.folder.path().join("moved.db");
    std::fs::rename(&path, &elsewhere).unwrap();
    for is_replaced in [false, true] {
        if is_replaced {
            std::fs::write(&path, "").unwrap();
        }
        let error = store.append(one("b", Expected::Missing)).await.unwrap_err();
        assert!(matches!(error, StoreError::Permanent { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("moved or deleted") && text.contains("put it back"),
            "{text}"
        );
    }
    std::fs::rename(&elsewhere, &path).unwrap();
    store.append(one("b", Expected::Missing)).await.unwrap();
    let (a, b) = (read(store, "a").await.len(), read(store, "b").await.len());
    assert_eq!((a, b), (1, 1));
}

/// To SQLite a damaged frame is one that a power cut has torn: the log ends before it.
#[tokio::test]
async fn damage_in_the_log_beside_the_file_takes_the_last_commits_and_nothing_else() {
    let fixture = Fixture::new();
    for _ in 0..50 {
        let commit = one("a", Expected::Any);
        fixture.store.append(commit).await.unwrap();
    }
    let sound = std::fs::read(fixture.path()).unwrap();
    let beside = std::fs::read(fixture.folder.path().join("app.db-wal")).unwrap();
    let mut left = Vec::new();
    for place in (0..beside.len()).step_by(beside.len() / 40) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let mut damaged = beside.clone();
        damaged[place] ^= 0x40;
        std::fs::write(&path, &sound).unwrap();
        std::fs::write(folder.path().join("app.db-wal"), damaged).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let events = read(&store, "a").await.len();
        let last = Version::new(events as u64);
        let next = one("a", Expected::as_loaded(last));
        store.append(next).await.unwrap();
        assert_eq!(read(&store, "a").await.len(), events + 1);
        drop(store);
        assert_sound(&path);
        left.push(events);
    }
    assert!(
        left.is_sorted() && left[0] == 0 && left[39] > 40,
        "{left:?}"
    );
}

#[tokio::test]
async fn a_row_that_no_store_has_written_is_damage() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let database = Connection::open(fixture.path()).unwrap();
    database
        .execute_batch(
            "insert into event select 2, category, key, 2, type, shape, 0, x'00', 0, 0, null, body from event",
        )
        .unwrap();
    let error = fixture
        .store
        .read_log(Query::all(), Slice::after(None, 10))
        .await
        .map(drop)
        .unwrap_err();
    assert!(matches!(error, StoreError::Permanent { .. }), "{error}");
    // The readers go on.
    assert_eq!(fixture.store.head().await.unwrap(), position(2));
}

/// One bit of the number of a row: whoever reads on from the last position would be given the same events for ever.
#[tokio::test]
async fn a_position_out_of_its_order_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).unwrap();
    let events = (1..=300).map(|number| NewEvent {
        body: format!("{{\"number\":{number}}}").into_bytes(),
        ..event("x")
    });
    let commit = commit(vec![write("a", Expected::Any, events.collect())]);
    store.append(commit).await.unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let find = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).rposition(|at| at == text);
    let body = find(&bytes, b"{\"number\":200}").unwrap();
    // As SQLite writes 200 where each byte holds seven bits.
    let number = find(&bytes[..body], &[0x81, 0x48]).unwrap();
    bytes[number + 1] ^= 0x40;
    std::fs::write(&path, &bytes).unwrap();

    let store = SqliteStore::open(&path).unwrap();
    for slice in [Slice::after(None, 1_000), Slice::last(1_000)] {
        let error = store.read_log(Query::all(), slice).await.unwrap_err();
        assert_tells_of_damage(&error);
        assert!(error.to_string().contains("out of its order"), "{error}");
    }
    let events = store.read_log(Query::all(), Slice::after(None, 100)).await;
    assert_eq!(events.unwrap().events.len(), 100);
}

#[tokio::test]
async fn a_file_without_room_behind_its_last_position_is_damage() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let path = fixture.path();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(&format!(
        "drop trigger event_is_not_changed; update event set position = {}",
        i64::MAX
    ))
    .unwrap();
    drop(file);
    let fixture = fixture.reopened();
    for _ in 0..2 {
        let appended = fixture.store.append(one("b", Expected::Any)).await;
        assert_tells_of_damage(&appended.unwrap_err());
    }
}

/// An entry of an index that leads to an event of another place in the log.
#[tokio::test]
async fn a_stream_whose_positions_do_not_increase_is_damage() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        let commit = one("a", Expected::Any);
        fixture.store.append(commit).await.unwrap();
    }
    let file = Connection::open(fixture.path()).unwrap();
    file.execute_batch(
        "drop trigger event_is_not_changed; update event set position = position + 10 where version = 2",
    )
    .unwrap();
    let slice = Slice::after(None, 10);
    let error = fixture.store.read_stream(stream("a"), slice).await;
    let error = error.unwrap_err();
    assert_tells_of_damage(&error);
    assert!(error.to_string().contains("out of its order"), "{error}");
}

#[tokio::test]
async fn the_log_beside_the_file_stays_small_while_readers_read() {
    let fixture = Fixture::new();
    let body = vec![b'x'; 4_000];
    let reading = {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            loop {
                store
                    .read_log(Query::all(), Slice::after(None, 100))
                    .await
                    .unwrap();
            }
        })
    };
    for _ in 0..3_000 {
        let large = NewEvent {
            body: body.clone(),
            ..event("x")
        };
        fixture
            .store
            .append(commit(vec![write("a", Expected::Any, vec![large])]))
            .await
            .unwrap();
    }
    reading.abort();
    let log = fixture.folder.path().join("app.db-wal");
    let bytes = std::fs::metadata(log).unwrap().len();
    assert!(bytes < 16 * 1024 * 1024, "{bytes}");
}
