//! Waiting for rows: for those of this store, and for those that another one writes.

use std::time::{Duration, Instant};

use es_runtime::{Mark, Role, RowStore, Standing};
use es_sqlite::SqliteStore;
use tokio::task::JoinHandle;

use crate::common::{Fixture, position};
use crate::make::*;

fn waits(store: &SqliteStore, to: u64) -> JoinHandle<(Standing, Instant)> {
    let store = store.clone();
    tokio::spawn(async move {
        let reached = store.rows_reached("Balances".to_owned(), position(to).unwrap());
        let reached = tokio::time::timeout(Duration::from_secs(5), reached).await;
        (reached.unwrap().unwrap(), Instant::now())
    })
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_rows_is_woken_when_they_are_there() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let early = waits(store, 2);
    a_moment().await;
    let table = balances(1);
    let begun = store.begin_rows(table.clone(), Role::Live).await.unwrap();
    let step = |from, to| store.commit_rows(commit(begun.generation, &table, from, to, Vec::new()));
    let mark = step(Mark::default(), 1).await.unwrap();
    a_moment().await;
    assert!(!early.is_finished());
    let mark = step(mark, 3).await.unwrap();
    assert_eq!(early.await.unwrap().0.mark, mark);
    assert_eq!(waits(store, 3).await.unwrap().0.mark, mark);

    let late = waits(store, 9);
    a_moment().await;
    let mut stopped = commit(begun.generation, &table, mark, 3, Vec::new());
    stopped.stopped = Some("the rule failed".to_owned());
    store.commit_rows(stopped).await.unwrap();
    let (standing, _) = late.await.unwrap();
    assert_eq!(standing.stopped.as_deref(), Some("the rule failed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_rows_is_woken_when_they_are_swapped_in() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let begun = store.begin_rows(balances(1), Role::Building).await.unwrap();
    let waiting = waits(store, 4);
    a_moment().await;
    let name = "Balances".to_owned();
    let swapped = store.swap_rows(name, begun.generation, begun.mark, position(4));
    assert!(swapped.await.unwrap());
    let (standing, _) = waiting.await.unwrap();
    assert_eq!(standing.generation, begun.generation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_another_store_on_the_file_wake_who_waits_within_100_milliseconds() {
    let fixture = Fixture::new();
    let writer = SqliteStore::open(fixture.path()).unwrap();
    let table = balances(1);
    let begun = writer.begin_rows(table.clone(), Role::Live).await.unwrap();
    let (mut mark, mut took) = (begun.mark, Vec::new());
    for to in 1..=9 {
        let waiting = waits(&fixture.store, to);
        a_moment().await;
        assert!(!waiting.is_finished());
        let rows = vec![balance("ada", 1)];
        let change = commit(begun.generation, &table, mark, to, rows);
        mark = writer.commit_rows(change).await.unwrap();
        let written = Instant::now();
        let (standing, woken) = waiting.await.unwrap();
        assert_eq!(standing.mark, mark);
        took.push(woken.saturating_duration_since(written));
    }
    took.sort_unstable();
    assert!(took[4] < Duration::from_millis(100), "{took:?}");
}
