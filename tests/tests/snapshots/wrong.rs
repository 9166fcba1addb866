//! Snapshots that are wrong: of another release, damaged, of another stream, of another rule. None is believed.

use std::num::NonZeroU32;

use es_runtime::prelude::*;
use es_runtime::{AnyStore, EventId, LoadError, MemoryStore, Snapshot, SnapshotCheck, Uuid};
use es_tests::ledger::first::Ledger;
use es_tests::ledger::{careless, five_times_and, generated, revised, wider};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{
    enter, id, kept, kept_version, replayed, stores, stream, unchecked, version, with_entries,
};

const EACH: NonZeroU32 = NonZeroU32::MIN;

/// The balance under the changed rule.
fn five_times(amounts: impl IntoIterator<Item = i64>) -> u64 {
    amounts.into_iter().fold(1, five_times_and)
}

#[tokio::test]
async fn a_changed_revision_rule_or_state_passes_over_the_snapshots_of_before() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::with_options(store.clone(), unchecked());
        with_entries(&app, 0..24).await;
        assert_eq!(kept_version(&store).await, Some(20));
        let expected = five_times(0..24);

        let loaded = app.load::<revised::Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state.unwrap().balance, expected);
        let loaded = app.load::<generated::Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state.unwrap().balance, expected);
        let loaded = app.load::<wider::Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state.unwrap().entries, 24);

        // The new release keeps its own, in place of the old one; the old release replays then.
        let amounts = vec![24];
        app.execute(&id(), revised::Enter { amounts })
            .await
            .unwrap();
        assert_eq!(kept_version(&store).await, None);
        let again = App::with_options(store.clone(), unchecked());
        let loaded = again.load::<revised::Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state.unwrap().balance, five_times(0..25));
        let loaded = again.load::<Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state, replayed(&store).await);
    }
}

#[tokio::test]
async fn a_rule_that_was_changed_without_a_revision_is_an_error_in_debug_builds() {
    let store = MemoryStore::new();
    with_entries(&App::new(store.clone()), 0..24).await;
    let app = App::with_options(
        store.clone(),
        AppOptions::default().snapshot_check(Some(SnapshotCheck::failing(EACH))),
    );
    let error = app.load::<careless::Ledger>(&id()).await.unwrap_err();
    assert!(
        matches!(&error, LoadError::SnapshotDiffers(differs) if differs.version == version(20))
    );
    assert_eq!(
        error.to_string(),
        "the snapshot of ledger/a at version 20 is not what its events give; where a rule by hand was changed, raise the \
         `revision` of the aggregate, and snapshots of before are passed over"
    );
    let amounts = vec![1];
    let refused = app.execute(&id(), careless::Enter { amounts }).await;
    assert!(matches!(refused, Err(ExecuteError::SnapshotDiffers(_))));
    assert_eq!(store.head().await.unwrap().unwrap().get(), 25);
    // The right release is not disturbed.
    assert!(app.load::<Ledger>(&id()).await.is_ok());
}

#[tokio::test]
async fn a_release_build_drops_a_snapshot_that_differs_where_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let dropping = AppOptions::default().snapshot_check(Some(SnapshotCheck::dropping(EACH)));
        with_entries(&App::new(store.clone()), 0..24).await;
        let app = App::with_options(store.clone(), dropping);
        let loaded = app.load::<careless::Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.state.unwrap().balance, five_times(0..24));
        assert_eq!(kept_version(&store).await, None);
    }
}

#[tokio::test]
async fn the_first_snapshot_that_is_used_and_each_nth_are_compared() {
    let store = MemoryStore::new();
    with_entries(&App::new(store.clone()), 0..24).await;
    let third = SnapshotCheck::failing(NonZeroU32::new(3).unwrap());
    let app = App::with_options(store, AppOptions::default().snapshot_check(Some(third)));
    let mut failed = vec![];
    for _ in 0..7 {
        failed.push(app.load::<careless::Ledger>(&id()).await.is_err());
    }
    assert_eq!(failed, [true, false, false, true, false, false, true]);
}

#[test]
fn snapshots_are_compared_by_debug_builds_alone_unless_told_otherwise() {
    assert_eq!(
        AppOptions::default().snapshot_check.is_some(),
        cfg!(debug_assertions)
    );
}

/// What is kept in place of the right one of version 20.
async fn falsified(store: &AnyStore, falsify: impl FnOnce(&mut Snapshot)) {
    let mut snapshot = kept(store).await.unwrap();
    store
        .drop_snapshot(stream(), snapshot.version)
        .await
        .unwrap();
    falsify(&mut snapshot);
    assert!(store.keep_snapshot(snapshot).await.unwrap());
}

/// Whatever was kept: what is loaded is right, and the wrong one is gone, so that a right one can be kept.
async fn is_passed_over(falsify: fn(&mut Snapshot)) {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::with_options(store.clone(), unchecked());
        with_entries(&app, 0..24).await;
        falsified(&store, falsify).await;
        let app = App::with_options(store.clone(), unchecked());
        let loaded = app.load::<Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.version, Some(version(25)));
        assert_eq!(loaded.state, replayed(&store).await);
        assert_eq!(kept_version(&store).await, None);
        enter(&app, &[1]).await.unwrap();
        assert_eq!(kept_version(&store).await, Some(26));
    }
}

#[tokio::test]
async fn an_unreadable_snapshot_is_passed_over() {
    is_passed_over(|snapshot| snapshot.body = b"{\"balance\": \"much\"}".to_vec()).await;
    is_passed_over(|snapshot| snapshot.body.truncate(5)).await;
    is_passed_over(|snapshot| snapshot.body.clear()).await;
}

#[tokio::test]
async fn a_snapshot_newer_than_its_stream_is_passed_over() {
    is_passed_over(|snapshot| snapshot.version = version(26)).await;
    is_passed_over(|snapshot| snapshot.version = version(1 << 40)).await;
}

#[tokio::test]
async fn a_snapshot_taken_at_another_event_is_passed_over() {
    is_passed_over(|snapshot| snapshot.event = EventId::from(Uuid::from_u128(7))).await;
    is_passed_over(|snapshot| snapshot.version = version(19)).await;
}

#[tokio::test]
async fn a_snapshot_of_a_stream_that_does_not_exist_is_passed_over() {
    let store = MemoryStore::new();
    with_entries(&App::new(store.clone()), 0..24).await;
    let other = es_tests::ledger::LedgerId::new("other");
    let mut snapshot = kept(&store).await.unwrap();
    snapshot.stream = Ledger::stream(&other);
    store.keep_snapshot(snapshot).await.unwrap();
    let app = App::with_options(store, unchecked());
    let loaded = app.load::<Ledger>(&other).await.unwrap();
    assert_eq!((loaded.state, loaded.version), (None, None));
}

#[tokio::test]
async fn what_is_wrong_with_a_snapshot_is_told_as_a_warning() {
    let store = AnyStore::new(MemoryStore::new());
    with_entries(&App::new(store.clone()), 0..24).await;
    falsified(&store, |snapshot| snapshot.body = b"{}".to_vec()).await;
    let (told, _guard) = warnings();
    let app = App::with_options(store, unchecked());
    app.load::<Ledger>(&id()).await.unwrap();
    let told = String::from_utf8(told.lock().unwrap().clone()).unwrap();
    for part in [
        "WARN",
        "the snapshot cannot be used; all events are replayed",
        "stream=ledger/a version=20",
        "missing field `balance`",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

type Told = std::sync::Arc<std::sync::Mutex<Vec<u8>>>;

/// Collects what this thread is warned of.
fn warnings() -> (Told, impl Drop) {
    let told = Told::default();
    let writer = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(LevelFilter::WARN)
        .with_writer(move || Writer(writer.clone()))
        .finish();
    (told, subscriber.set_default())
}

struct Writer(Told);

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
