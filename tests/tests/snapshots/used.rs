//! That a snapshot is really used: it stands for events that are gone, and spares their reading.

use std::path::Path;

use es_runtime::prelude::*;
use es_runtime::{LoadError, MemoryStore, SnapshotPoint};
use es_tests::ledger::first::Ledger;
use es_tests::stores::Watched;
use rusqlite::Connection;

use super::{enter, id, on_sqlite, replayed, unchecked, version, with_entries};

/// Deletes events of the ledger in a copy of the file, past the guards of the log.
fn without(file: &Path, copy: &Path, which: &str) {
    std::fs::copy(file, copy).unwrap();
    let connection = Connection::open(copy).unwrap();
    connection
        .execute_batch(&format!(
            "drop trigger event_is_not_deleted; delete from event where {which};"
        ))
        .unwrap();
}

#[tokio::test]
async fn a_copied_file_without_the_events_below_a_snapshot_still_loads_with_it_and_not_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let store = on_sqlite(&file);
    let app = App::with_options(store.clone(), unchecked());
    with_entries(&app, 0..24).await;
    let expected = replayed(&store).await;
    drop((app, store));

    // The last snapshot is that of version 20.
    for (name, which) in [("below.db", "version < 20"), ("up_to.db", "version <= 20")] {
        let copy = folder.path().join(name);
        without(&file, &copy, which);
        let store = on_sqlite(&copy);
        // As every build behaves that is not told otherwise.
        let app = App::new(store.clone());
        let loaded = app.load::<Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.version, Some(version(25)));
        assert_eq!(loaded.state, expected);
        enter(&app, &[5]).await.unwrap();

        // What was known at a moment is told by the events alone, and where they are gone nobody knows.
        let unknown = app.load_as_of::<Ledger>(&id(), Timestamp::EPOCH).await;
        assert!(matches!(unknown, Err(LoadError::Read(_))), "{unknown:?}");

        let without = App::with_options(store, AppOptions::default().without_snapshots());
        let error = without.load::<Ledger>(&id()).await.unwrap_err();
        let first = if name == "below.db" { 20 } else { 21 };
        assert!(matches!(error, LoadError::Read(_)));
        assert_eq!(
            error.to_string(),
            format!(
                "event `entered` (schema version 1) at version {first} of ledger/a: the events before it are missing: \
                 version 1 was expected"
            )
        );
    }
}

#[tokio::test]
async fn only_what_stands_behind_a_snapshot_is_read() {
    let store = Watched::new(MemoryStore::new());
    let every_500 = |at: &SnapshotPoint<'_>| at.events_since() >= 500;
    let app = App::with_options(store.clone(), unchecked().snapshots(every_500));
    with_entries(&app, 0..3_000).await;
    let reads = |options: AppOptions| {
        let (store, before) = (store.clone(), store.reads());
        async move {
            let app = App::with_options(store.clone(), options);
            app.load::<Ledger>(&id()).await.unwrap();
            store.reads() - before
        }
    };
    assert_eq!(reads(unchecked()).await, 1);
    assert!(reads(unchecked().without_snapshots()).await > 10);
}

#[tokio::test]
async fn what_stood_before_a_snapshot_is_seen_as_ever() {
    let store = MemoryStore::new();
    let app = App::with_options(store.clone(), unchecked());
    with_entries(&app, 1..=24).await;
    for number in [1, 9, 10, 11, 19, 20, 21, 25] {
        let loaded = app.load_at::<Ledger>(&id(), version(number)).await.unwrap();
        assert_eq!(loaded.version, Some(version(number)));
        assert_eq!(loaded.state.unwrap().entries, number - 1);
    }
}

#[tokio::test]
async fn what_was_known_before_a_snapshot_is_seen_as_ever() {
    let clock = es_runtime::testing::ManualClock::at("2026-01-05T12:00:00Z".parse().unwrap());
    let store = MemoryStore::with_clock(std::sync::Arc::new(clock.clone()));
    let app = App::with_options(store, unchecked());
    with_entries(&app, []).await;
    for _ in 0..24 {
        clock.advance(Duration::from_minutes(1));
        enter(&app, &[1]).await.unwrap();
    }
    for minute in [0, 8, 9, 10, 18, 19, 20, 24] {
        let moment: Timestamp = format!("2026-01-05T12:{minute:02}:30Z").parse().unwrap();
        let loaded = app.load_as_of::<Ledger>(&id(), moment).await.unwrap();
        assert_eq!(loaded.state.unwrap().entries, minute);
    }
}
