//! Aggregates, audit trails, snapshots and subscriptions.

use std::convert::Infallible;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;

use es_runtime::prelude::*;
use es_runtime::{
    AnyStore, LoadError, Projections, Query, Recorded, SchemaVersion, Slice, SubscribeFrom,
    Subscription, Transaction, Version,
};
use futures_core::Stream;
use rusqlite::Connection;

use super::domain::*;
use super::{LONG_AGO, Written, id, of_long_ago, put, stores};

async fn state(app: &App<AnyStore>, order: &str) -> Option<Order> {
    let loaded = app.load::<Order>(&id(order)).await.unwrap();
    loaded.state
}

/// The events of a trail: version, whether it is the last that was stored as one, and the event.
fn told(trail: &[Recorded<OrderEvent>]) -> Vec<(u64, bool, OrderEvent)> {
    let events = trail.iter();
    events
        .map(|told| (told.version.get(), told.is_last_part, told.event.clone()))
        .collect()
}

fn trail_of_long_ago() -> Vec<(u64, bool, OrderEvent)> {
    let placed = OrderPlaced {
        items: vec!["lamp".into()],
        placed_by: "ada".into(),
    };
    let carrier = "DHL".into();
    vec![
        (1, true, placed.into()),
        (3, false, OrderShipped { carrier }.into()),
        (3, true, OrderPaid { amount: 30 }.into()),
        (4, true, ItemCounted { count: 1 }.into()),
        (5, true, ItemCounted { count: 2 }.into()),
        (6, false, ItemsReturned { items: 1 }.into()),
        (6, true, OrderPaid { amount: 0 }.into()),
        (7, false, ItemsReturned { items: 2 }.into()),
        (7, true, OrderPaid { amount: -10 }.into()),
        (8, true, OrderWeighed { grams: 2000 }.into()),
        (9, true, ItemCounted { count: 3 }.into()),
    ]
}

#[test]
fn a_set_knows_all_names_that_were_ever_stored() {
    let names = [
        "OrderPlaced",
        "OrderMade",
        "OrderShipped",
        "OrderPaid",
        "ItemsReturned",
        "ItemCounted",
        "OrderWeighed",
        "OrderNoted",
        "OrderRemarked",
        "OrderReturned",
        "OrderGivenBack",
    ];
    assert_eq!(OrderEvent::NAMES, names);
    let version = SchemaVersion::new;
    let split = [
        ("OrderShipped", version(1)),
        ("OrderReturned", version(2)),
        ("OrderGivenBack", version(2)),
    ];
    assert_eq!(OrderEvent::SPLIT, split);
    let today = ["OrderMade", "OrderShipped", "OrderReturned", "OrderNoted"];
    assert_eq!(
        today.map(OrderEvent::name_today),
        [Some("OrderPlaced"), Some("OrderShipped"), None, None]
    );
    let earlier = |name, schema| OrderEvent::needs_earlier(name, version(schema));
    assert!(earlier("ItemCounted", 1));
    assert!(!earlier("ItemCounted", 2) && !earlier("OrderMade", 1));
}

#[tokio::test]
async fn an_event_of_any_version_and_name_is_read_as_todays() {
    let versions: [Written; 5] = [
        ("OrderMade", 1, 1, r#"{"item":"lamp"}"#),
        ("OrderMade", 2, 2, r#"{"items":["lamp"]}"#),
        ("OrderPlaced", 1, 1, r#"{"item":"lamp"}"#),
        (
            "OrderPlaced",
            3,
            2,
            r#"{"items":["lamp"],"placed_by":"ada"}"#,
        ),
        // Of a release that comes later, which has said that this one may read it.
        (
            "OrderPlaced",
            4,
            3,
            r#"{"items":["lamp"],"placed_by":"ada","gift":true}"#,
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        for (number, written) in versions.into_iter().enumerate() {
            let order = number.to_string();
            put(&store, &order, &[written]).await;
            let placed = state(&app, &order).await.unwrap();
            assert_eq!(
                (placed.items, placed.placed_by),
                (vec!["lamp".to_owned()], "ada".into())
            );
        }
    }
}

#[tokio::test]
async fn an_order_of_long_ago_is_what_it_always_was_and_goes_on_in_todays_shapes() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        put(&store, "a", LONG_AGO).await;
        assert_eq!(state(&app, "a").await, Some(of_long_ago()));
        let paid = PayOrder { amount: 5 };
        app.execute(&id("a"), paid).await.unwrap();
        let pay = |mut tx: Transaction<AnyStore>| async move {
            let id = id("a");
            tx.execute(&id, PayOrder { amount: 2 }).await?;
            let order = tx.load::<Order>(&id).await?;
            Ok::<_, ExecuteError<Infallible>>(order.map(|order| order.paid))
        };
        let transacted = app.transact(pay).await.unwrap();
        assert_eq!(transacted.value, Some(Some(27)));

        app.execute(&id("b"), PlaceOrder { items: vec![] })
            .await
            .unwrap();
        let stored = store.read_log(Query::all(), Slice::last(1)).await.unwrap();
        let stored = stored.events.last().unwrap();
        let shape = (stored.schema().get(), stored.reads_as().get());
        assert_eq!((stored.name().as_str(), shape), ("OrderPlaced", (3, 2)));
    }
}

#[tokio::test]
async fn the_audit_trail_tells_the_events_of_one_stored_event_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        put(&store, "a", LONG_AGO).await;
        let a = id("a");
        let trail = app.history::<Order>(&a, Slice::after(None, 99));
        let trail = trail.await.unwrap();
        assert_eq!(told(&trail), trail_of_long_ago());
        assert_eq!(trail[2].schema, SchemaVersion::FIRST);
        let (shipped, paid) = (&trail[1], &trail[2]);
        assert_eq!((shipped.id, shipped.position), (paid.id, paid.position));

        let backwards = app.history::<Order>(&a, Slice::last(99));
        let mut backwards = told(&backwards.await.unwrap());
        backwards.reverse();
        assert_eq!(backwards, trail_of_long_ago());
    }
}

async fn next(subscription: &mut Subscription<Order, AnyStore>) -> Recorded<OrderEvent> {
    let next = poll_fn(|cx| Pin::new(&mut *subscription).poll_next(cx));
    let next = tokio::time::timeout(std::time::Duration::from_secs(60), next);
    next.await.expect("it takes too long").unwrap().unwrap()
}

async fn take(
    mut subscription: Subscription<Order, AnyStore>,
    count: usize,
) -> Vec<(u64, bool, OrderEvent)> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(next(&mut subscription).await);
    }
    told(&taken)
}

#[tokio::test]
async fn a_subscription_gives_events_by_todays_names_whatever_they_were_stored_as() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        put(&store, "a", LONG_AGO).await;
        let paid = PayOrder { amount: 5 };
        app.execute(&id("a"), paid).await.unwrap();
        let subscribe = || app.subscribe::<Order>(SubscribeFrom::Start);
        let mut all = trail_of_long_ago();
        all.push((10, true, OrderPaid { amount: 5 }.into()));
        assert_eq!(take(subscribe(), all.len()).await, all);

        let paid = take(subscribe().only(&["OrderPaid"]), 4).await;
        let paid: Vec<_> = paid
            .into_iter()
            .map(|(version, last, _)| (version, last))
            .collect();
        assert_eq!(paid, [(3, true), (6, true), (7, true), (10, true)]);
        for name in ["OrderPlaced", "OrderMade"] {
            assert_eq!(take(subscribe().only(&[name]), 1).await, all[..1]);
        }
        let shipped = take(subscribe().only(&["OrderShipped", "ItemsReturned"]), 3).await;
        let versions: Vec<_> = shipped.iter().map(|(version, ..)| *version).collect();
        assert_eq!(versions, [3, 6, 7]);
    }
}

#[tokio::test]
async fn a_snapshot_goes_on_with_events_of_older_shapes() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        // Every snapshot that is used is compared with what the events give.
        let app = App::new(store.clone());
        put(&store, "a", LONG_AGO).await;
        app.execute(&id("a"), PayOrder { amount: 5 }).await.unwrap();
        let stream = Order::stream(&id("a"));
        store
            .drop_snapshot(stream.clone(), Version::new(u64::MAX).unwrap())
            .await
            .unwrap();
        let fingerprint = Order::SNAPSHOTS.unwrap().fingerprint();
        let kept = store.snapshot(stream, fingerprint).await.unwrap().unwrap();
        assert_eq!(kept.version.get(), 10);

        // By another program, which knows no later shapes.
        put(&store, "a", &LONG_AGO[2..5]).await;
        let order = state(&App::new(store.clone()), "a").await.unwrap();
        assert_eq!((order.paid, order.counted), (55, vec![1, 2, 3, 4, 5]));
        let version = Version::new(9).unwrap();
        let as_of = app.load_at::<Order>(&id("a"), version).await.unwrap();
        assert_eq!(as_of.state, Some(of_long_ago()));
    }
}

/// Every column of every event, as text.
fn stored(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut events = connection
        .prepare("select * from event order by position")
        .unwrap();
    let columns = events.column_count();
    let rows = events.query_map([], |row| {
        let values = (0..columns).map(|column| row.get_ref(column));
        let values: Result<Vec<_>, _> = values.collect();
        Ok(format!("{:?}", values?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn nothing_that_is_stored_is_ever_changed_by_reading_it() {
    let folder = tempfile::tempdir().unwrap();
    let [_, store] = stores(folder.path());
    let app = App::new(store.clone());
    put(&store, "a", LONG_AGO).await;
    app.execute(&id("a"), PayOrder { amount: 5 }).await.unwrap();
    let file = folder.path().join("app.db");
    let before = stored(&file);
    assert_eq!(before.len(), 10);

    state(&app, "a").await.unwrap();
    app.history::<Order>(&id("a"), Slice::after(None, 99))
        .await
        .unwrap();
    take(app.subscribe::<Order>(SubscribeFrom::Start), 12).await;
    let projections = Projections::new(store.clone())
        .with::<Summary>()
        .with::<Payments>();
    projections.catch_up().await.unwrap();
    projections.rebuild("Summary", |_| {}).await.unwrap();
    assert_eq!(stored(&file), before);
}

#[tokio::test]
async fn reading_says_what_is_missing_before_an_event_that_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        put(&store, "a", &LONG_AGO[..1]).await;
        put(
            &store,
            "a",
            &[("ItemCounted", 3, 3, "{}"), ("ItemCounted", 1, 1, "{}")],
        )
        .await;
        let slice = Slice::after(Version::new(2), 1);
        let error = app.history::<Order>(&id("a"), slice).await.unwrap_err();
        let LoadError::Read(error) = error else {
            panic!("{error}")
        };
        assert_eq!(
            error.to_string(),
            "event `ItemCounted` (schema version 1) at version 3 of order/a: its rule panicked: the earlier event `ItemCounted` (schema version 3) at version 2 cannot be read: it is newer than this code: schema version 3 is read by code that knows version 3, and this code knows 2"
        );
    }
}

#[tokio::test]
async fn events_that_need_all_before_them_may_be_many() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        put(&store, "a", &LONG_AGO[..1]).await;
        put(&store, "b", &LONG_AGO[..1]).await;
        for _ in 0..60 {
            put(&store, "a", &[("ItemCounted", 1, 1, "{}")]).await;
            put(&store, "b", &[("ItemCounted", 1, 1, "{}")]).await;
        }
        put(&store, "a", &[("ItemCounted", 2, 2, r#"{"count":7}"#)]).await;
        put(&store, "a", &[("ItemCounted", 1, 1, "{}")]).await;
        let counts = Vec::from_iter((1..=60).chain([7, 8]));
        let app = App::new(store.clone());
        let order = state(&app, "a").await.unwrap();
        assert_eq!(order.counted, counts);
        let mut rows = MemoryRows::<Summary>::new();
        rows.catch_up(&store).await.unwrap();
        assert_eq!(rows.get(&id("a")).unwrap().counted, counts);
        assert_eq!(rows.get(&id("b")).unwrap().counted, counts[..60]);
    }
}
