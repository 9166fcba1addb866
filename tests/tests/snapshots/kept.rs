//! When a snapshot is taken, and that nobody waits for it.

use std::future::pending;
use std::sync::{Arc, Mutex};

use es_runtime::prelude::*;
use es_runtime::{
    Fingerprint, MemoryStore, Slice, Snapshot, SnapshotPoint, StoreError, StreamId, Version,
};
use es_tests::ledger::first::{Begin, Enter, Ledger, Refuse};
use es_tests::ledger::{LedgerId, Refused, unwritable};

use super::{enter, id, kept, kept_version, stores, stream, unchecked, with_entries};

#[tokio::test]
async fn a_snapshot_is_taken_as_often_as_the_aggregate_declares() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::with_options(store.clone(), unchecked());
        with_entries(&app, 0..8).await;
        assert_eq!(kept_version(&store).await, None);
        for (entry, expected) in [(1, Some(10)), (2, Some(10))] {
            enter(&app, &[entry]).await.unwrap();
            assert_eq!(kept_version(&store).await, expected);
        }
        // Twelve events of one commit, over the boundary and beyond.
        enter(&app, &[7; 12]).await.unwrap();
        assert_eq!(kept_version(&store).await, Some(23));
        // The program starts again: what is known of the last one is found.
        let app = App::with_options(store.clone(), unchecked());
        enter(&app, &[7; 9]).await.unwrap();
        assert_eq!(kept_version(&store).await, Some(23));
        enter(&app, &[7]).await.unwrap();
        assert_eq!(kept_version(&store).await, Some(33));
    }
}

#[tokio::test]
async fn a_snapshot_holds_the_state_and_the_event_it_was_taken_at() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::with_options(store.clone(), unchecked());
        with_entries(&app, 1..10).await;
        let snapshot = kept(&store).await.unwrap();
        let last = store.read_stream(stream(), Slice::last(1)).await.unwrap();
        assert_eq!(snapshot.event, last.last().unwrap().id());
        let state = app.load::<Ledger>(&id()).await.unwrap().state.unwrap();
        assert_eq!(snapshot.body, serde_json::to_vec(&state).unwrap());
    }
}

#[tokio::test]
async fn a_refused_command_takes_no_snapshot_of_what_was_not_stored() {
    let store = MemoryStore::new();
    let app = App::with_options(store.clone(), unchecked());
    with_entries(&app, 0..8).await;
    let refused = app.execute(&id(), Refuse {}).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refused))));
    assert_eq!(kept_version(&store).await, None);
}

#[tokio::test]
async fn a_transaction_takes_the_snapshots_that_are_due() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::with_options(store.clone(), unchecked());
        let (a, b) = (id(), LedgerId::new("b"));
        for id in [&a, &b] {
            app.execute(id, Begin {}).await.unwrap();
        }
        app.transact(|mut transaction| {
            let (a, b) = (a.clone(), b.clone());
            async move {
                let amounts = vec![1; 9];
                transaction.execute(&a, Enter { amounts }).await?;
                transaction.load::<Ledger>(&b).await?;
                Ok::<_, ExecuteError<Refused>>(())
            }
        })
        .await
        .unwrap();
        assert_eq!(kept_version(&store).await, Some(10));
        let of_b = store.snapshot(Ledger::stream(&b), kept(&store).await.unwrap().fingerprint);
        assert_eq!(of_b.await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_policy_is_asked_where_the_aggregate_stands() {
    let asked = Arc::new(Mutex::new(vec![]));
    let seen = asked.clone();
    let policy = move |at: &SnapshotPoint<'_>| {
        let (last, every) = (at.last.map(Version::get), at.every.get());
        let shown = (at.category.to_string(), at.version.get(), last, every);
        seen.lock().unwrap().push(shown);
        at.version.get() == 2
    };
    let app = App::with_options(MemoryStore::new(), unchecked().snapshots(policy));
    with_entries(&app, 0..2).await;
    let expected = [(1, None), (2, None), (3, Some(2))];
    let expected = expected.map(|(version, last)| ("ledger".to_owned(), version, last, 10));
    assert_eq!(*asked.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_policy_that_panics_and_a_state_that_cannot_be_written_stop_nobody() {
    let policy = |_: &SnapshotPoint<'_>| panic!("no idea");
    let store = MemoryStore::new();
    let app = App::with_options(store.clone(), unchecked().snapshots(policy));
    with_entries(&app, 0..30).await;
    assert_eq!(kept_version(&store).await, None);

    let app = App::with_options(MemoryStore::new(), unchecked());
    app.execute(&id(), unwritable::Begin {}).await.unwrap();
    let amounts = vec![1; 30];
    app.execute(&id(), unwritable::Enter { amounts })
        .await
        .unwrap();
    let loaded = app.load::<unwritable::Ledger>(&id()).await.unwrap();
    assert_eq!(loaded.state.unwrap().entries, 30);
}

#[tokio::test]
async fn nobody_waits_for_a_store_that_takes_its_time_with_snapshots() {
    let app = App::with_options(
        NeverKeeps {
            inner: MemoryStore::new(),
        },
        unchecked(),
    );
    with_entries(&app, 0..30).await;
    let amounts = vec![1];
    app.transact(|mut transaction| {
        let amounts = amounts.clone();
        async move { transaction.execute(&id(), Enter { amounts }).await }
    })
    .await
    .map_err(|error: ExecuteError<Refused>| error)
    .unwrap();
    let loaded = app.load::<Ledger>(&id()).await.unwrap();
    assert_eq!(loaded.state.unwrap().entries, 31);
}

/// Whoever waits for it to keep a snapshot waits for ever.
struct NeverKeeps {
    inner: MemoryStore,
}

impl EventStore for NeverKeeps {
    async fn snapshot(&self, _: StreamId, _: Fingerprint) -> Result<Option<Snapshot>, StoreError> {
        Err(StoreError::transient("snapshot", "not now"))
    }

    async fn keep_snapshot(&self, _: Snapshot) -> Result<bool, StoreError> {
        pending().await
    }

    async fn drop_snapshot(&self, _: StreamId, _: Version) -> Result<(), StoreError> {
        pending().await
    }

    es_tests::pass_on!(append_chain receipt read_stream read_log head changed);
}
