//! Appending: what a group does to its members, and what the writer does when it ends or its clock fails. What every store
//! promises of appending stands in the contract (`tests/tests/contract.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use common::*;
use es_runtime::{Commit, EventStore, Expected, Receipt, StoreError, Timestamp};

#[tokio::test]
async fn absent_metadata_is_null() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let database = rusqlite::Connection::open(fixture.path()).unwrap();
    let is_null: bool = database
        .query_row("select metadata is null from event", [], |row| row.get(0))
        .unwrap();
    assert!(is_null);
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

async fn read_is_empty(fixture: &Fixture, key: &str) -> bool {
    read(&fixture.store, key).await.is_empty()
}

#[tokio::test]
async fn what_was_asked_for_is_written_before_the_last_handle_is_gone() {
    let fixture = Fixture::new();
    let path = fixture.path();
    // Polled once, so that they stand in the queue, and dropped then: all of them together, since who is alone looks out for
    // the answer.
    let mut appends = Vec::new();
    for _ in 0..100 {
        let mut append = Box::pin(fixture.store.append(one("a", Expected::Any)));
        assert!(futures_poll_once(append.as_mut()).await.is_none());
        appends.push(append);
    }
    drop(appends);
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
