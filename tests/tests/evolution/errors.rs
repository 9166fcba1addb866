//! Stored events that this code cannot read: said with stream, version, type and shape, and nobody else is held up.

use std::path::Path;

use es_runtime::prelude::*;
use es_runtime::{AnyStore, LoadError, ProjectionError, Projections, ReadCause, Slice, Version};
use rusqlite::Connection;

use super::domain::*;
use super::{LONG_AGO, Written, id, of_long_ago, put, stores};

async fn read_error(app: &App<AnyStore>, order: &str) -> Box<es_runtime::ReadError> {
    match app.load::<Order>(&id(order)).await {
        Err(LoadError::Read(error)) => error,
        other => panic!("{other:?}"),
    }
}

const UNREADABLE: [(Written, &str); 6] = [
    (
        ("OrderPlaced", 5, 4, "{}"),
        "event `OrderPlaced` (schema version 5) at version 2 of order/b: it is newer than this code: schema version 5 is read by code that knows version 4, and this code knows 3",
    ),
    (
        ("OrderCancelled", 1, 1, "{}"),
        "event `OrderCancelled` (schema version 1) at version 2 of order/b: no event of that name is known",
    ),
    (
        ("OrderMade", 1, 1, r#"{"item":7}"#),
        "event `OrderMade` (schema version 1) at version 2 of order/b: its body does not fit: invalid type: integer `7`, expected a string at line 1 column 9 at `item`",
    ),
    // In a release to come, it does something again.
    (
        ("OrderNoted", 2, 2, "{}"),
        "event `OrderNoted` (schema version 2) at version 2 of order/b: it is newer than this code: schema version 2 is read by code that knows version 2, and this code knows 1",
    ),
    (
        ("OrderReturned", 3, 3, "{}"),
        "event `OrderReturned` (schema version 3) at version 2 of order/b: it is newer than this code: schema version 3 is read by code that knows version 3, and this code knows 2",
    ),
    (
        ("OrderWeighed", 1, 1, r#"{"kilograms":4294967295}"#),
        "event `OrderWeighed` (schema version 1) at version 2 of order/b: its rule panicked: a weight",
    ),
];

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_place_and_other_orders_go_on() {
    for (written, told) in UNREADABLE {
        let folder = tempfile::tempdir().unwrap();
        for store in stores(folder.path()) {
            put(&store, "a", LONG_AGO).await;
            put(&store, "b", &[LONG_AGO[0], written]).await;
            let app = App::new(store.clone());
            assert_eq!(read_error(&app, "b").await.to_string(), told);
            let refused = app.execute(&id("b"), PayOrder { amount: 1 }).await;
            assert!(matches!(refused, Err(ExecuteError::Read(error)) if error.to_string() == told));

            let order = app.load::<Order>(&id("a")).await.unwrap();
            assert_eq!(order.state, Some(of_long_ago()));
            app.execute(&id("a"), PayOrder { amount: 1 }).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_panic_in_a_hop_is_an_error_of_its_event() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let ((name, schema, reads_as, body), _) = UNREADABLE[5];
        put(&store, "b", &[LONG_AGO[0], (name, schema, reads_as, body)]).await;
        let error = read_error(&App::new(store), "b").await;
        assert_eq!(error.cause, ReadCause::Panicked("a weight".to_owned()));
    }
}

#[tokio::test]
async fn a_projection_parks_what_it_cannot_read_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        put(&store, "b", &[LONG_AGO[0]]).await;
        put(&store, "c", &[LONG_AGO[0]]).await;
        put(&store, "b", &[UNREADABLE[0].0]).await;
        put(&store, "c", &[UNREADABLE[5].0]).await;
        put(&store, "a", LONG_AGO).await;
        let projections = Projections::new(store.clone()).with::<Summary>();
        projections.catch_up().await.unwrap();
        let parked = projections.parked("Summary").await.unwrap();
        let parked: Vec<_> = parked
            .iter()
            .map(|parked| (parked.stream.to_string(), parked.cause.as_str()))
            .collect();
        let newer = "it is newer than this code: schema version 5 is read by code that knows version 4, and this code knows 3";
        assert_eq!(
            parked,
            [
                ("order/b".to_owned(), newer),
                ("order/c".to_owned(), "a rule panicked: a weight")
            ]
        );
        let row = projections.read::<Summary>().get(&id("a")).await.unwrap();
        assert_eq!(row.unwrap().paid, 20);
    }
}

#[tokio::test]
async fn a_projection_that_stops_says_before_what() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        put(&store, "a", &[LONG_AGO[0], ("OrderShipped", 1, 1, "{}")]).await;
        let mut rows = MemoryRows::<Payments>::new();
        let stopped = rows.catch_up(&store).await.unwrap_err();
        let text = stopped.to_string();
        assert!(matches!(stopped, ProjectionError::Stopped(_)));
        assert!(
            text.starts_with("projection `Payments` stands before `OrderShipped` (schema version 1), event 2 of order/a at position 2: its body does not fit"),
            "{text}"
        );
    }
}

/// Takes events out of a file, as whoever makes room might.
fn take_out(file: &Path, which: &str) {
    let connection = Connection::open(file).unwrap();
    let sql = format!("drop trigger event_is_not_deleted; delete from event where {which};");
    connection.execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn an_event_is_not_read_without_those_before_it_that_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let [_, store] = stores(folder.path());
    put(&store, "a", &LONG_AGO[..1]).await;
    put(&store, "a", &LONG_AGO[3..5]).await;
    put(&store, "b", LONG_AGO).await;
    // The rows know the order, which the log does not any more.
    let projections = Projections::new(store.clone()).with::<Summary>();
    projections.catch_up().await.unwrap();
    put(&store, "a", &LONG_AGO[4..5]).await;
    take_out(&folder.path().join("app.db"), "key = 'a' and version < 3");

    let app = App::new(store.clone());
    let slice = Slice::after(Version::new(2), 9);
    let error = app.history::<Order>(&id("a"), slice).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "event `ItemCounted` (schema version 1) at version 3 of order/a: the events before it are missing: version 1 was expected"
    );
    projections.catch_up().await.unwrap();
    let parked = projections.parked("Summary").await.unwrap();
    assert_eq!(
        parked[0].cause,
        "the events before it are missing, from version 1 on"
    );
    assert_eq!(projections.redrive("Summary").await.unwrap(), 0);
    let row = projections.read::<Summary>().get(&id("a")).await.unwrap();
    assert_eq!(row.unwrap().counted, [1, 2]);
}
