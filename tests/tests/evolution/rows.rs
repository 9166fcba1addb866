//! Rows of projections: in memory, live, rebuilt, and after something was parked.

use std::sync::atomic::{AtomicBool, Ordering};

use es_runtime::prelude::*;
use es_runtime::{AnyStore, Projections};
use serde::{Deserialize, Serialize};

use super::domain::*;
use super::{LONG_AGO, id, put, stores};

fn summary() -> Summary {
    Summary {
        order: id("a"),
        items: vec!["lamp".into()],
        placed_by: "ada".into(),
        carrier: Some("DHL".into()),
        paid: 20,
        counted: vec![1, 2, 3],
        grams: 2000,
    }
}

fn payments() -> Payments {
    Payments {
        order: id("a"),
        amounts: vec![30, 0, -10],
        versions: vec![3, 6, 7],
    }
}

fn projections(store: &AnyStore) -> Projections<AnyStore> {
    Projections::new(store.clone())
        .with::<Summary>()
        .with::<Payments>()
}

async fn rows(projections: &Projections<AnyStore>) -> (Option<Summary>, Option<Payments>) {
    let summary = projections.read::<Summary>().get(&id("a")).await.unwrap();
    let payments = projections.read::<Payments>().get(&id("a")).await.unwrap();
    (summary, payments)
}

#[tokio::test]
async fn rows_in_memory_live_and_rebuilt_are_those_of_todays_events() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        put(&store, "a", LONG_AGO).await;
        let mut memory = (MemoryRows::<Summary>::new(), MemoryRows::<Payments>::new());
        memory.0.catch_up(&store).await.unwrap();
        memory.1.catch_up(&store).await.unwrap();
        assert_eq!(memory.0.get(&id("a")), Some(&summary()));
        assert_eq!(memory.1.get(&id("a")), Some(&payments()));
        assert_eq!(memory.1.len(), 1);

        let projections = projections(&store);
        projections.catch_up().await.unwrap();
        let live = (Some(summary()), Some(payments()));
        assert_eq!(rows(&projections).await, live);
        for name in ["Summary", "Payments"] {
            projections.rebuild(name, |_| {}).await.unwrap();
        }
        assert_eq!(rows(&projections).await, live);
    }
}

#[tokio::test]
async fn what_is_split_in_another_shape_alone_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let projections = Projections::new(store.clone()).with::<Payments>();
        put(&store, "a", &LONG_AGO[..3]).await;
        put(
            &store,
            "a",
            &[("OrderShipped", 2, 2, r#"{"carrier":"UPS"}"#)],
        )
        .await;
        projections.catch_up().await.unwrap();
        let payments = projections.read::<Payments>();
        let head = store.head().await.unwrap().unwrap();
        let waits = payments.wait_until(head);
        let waits = tokio::time::timeout(std::time::Duration::from_secs(60), waits);
        waits.await.expect("it is waited for nothing").unwrap();
        assert_eq!(payments.get(&id("a")).await.unwrap().unwrap().amounts, [30]);
        assert_eq!(projections.status().await.unwrap()[0].lag, 0);
    }
}

static REFUSES: AtomicBool = AtomicBool::new(false);

/// Does not take in what was paid, for as long as the test says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Fragile",
    key(order),
    on_error(park),
    events(OrderPlaced: insert, OrderShipped, OrderPaid: rows)
)]
struct Fragile {
    order: OrderId,
    carrier: Option<String>,
    paid: i64,
}

impl Insert<OrderPlaced> for Fragile {
    fn insert(order: OrderId, _: OrderPlaced, _: &EventContext<'_>) -> Self {
        Self {
            order,
            carrier: None,
            paid: 0,
        }
    }
}

impl Project<OrderShipped> for Fragile {
    fn project(&mut self, event: OrderShipped, _: &EventContext<'_>) {
        self.carrier = Some(event.carrier);
    }
}

impl ProjectRows<OrderPaid> for Fragile {
    fn project_rows(
        rows: &mut Rows<'_, Self>,
        event: OrderPaid,
        cx: &EventContext<'_>,
    ) -> Result<(), RowError> {
        if REFUSES.load(Ordering::SeqCst) {
            return Err(RowError::refused("not now"));
        }
        rows.update(&cx.id(), |row| row.paid += event.amount)
    }
}

#[tokio::test]
async fn the_parts_of_a_stored_event_are_taken_in_all_or_none_and_redriven_together() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        put(&store, "a", LONG_AGO).await;
        put(&store, "b", &LONG_AGO[..1]).await;
        let fragile = |order: &str, carrier: Option<&str>, paid| Fragile {
            order: id(order),
            carrier: carrier.map(str::to_owned),
            paid,
        };
        let refused = fragile("a", None, 0);
        let taken = fragile("a", Some("DHL"), 20);

        REFUSES.store(true, Ordering::SeqCst);
        let mut memory = MemoryRows::<Fragile>::new();
        memory.catch_up(&store).await.unwrap();
        let projections = Projections::new(store.clone()).with::<Fragile>();
        projections.catch_up().await.unwrap();
        let live = projections.read::<Fragile>();
        assert_eq!(memory.get(&id("a")), Some(&refused));
        assert_eq!(live.get(&id("a")).await.unwrap(), Some(refused));
        // The others go on.
        assert_eq!(
            live.get(&id("b")).await.unwrap(),
            Some(fragile("b", None, 0))
        );
        let parked = projections.parked("Fragile").await.unwrap();
        let parked: Vec<_> = parked.iter().map(|parked| parked.version.get()).collect();
        assert_eq!(parked, [3, 6, 7]);
        assert_eq!(memory.parked().len(), 3);

        assert_eq!(projections.redrive("Fragile").await.unwrap(), 0);
        REFUSES.store(false, Ordering::SeqCst);
        assert_eq!(projections.redrive("Fragile").await.unwrap(), 3);
        assert_eq!(memory.redrive(&store).await.unwrap(), 3);
        assert_eq!(memory.get(&id("a")), Some(&taken));
        assert_eq!(live.get(&id("a")).await.unwrap(), Some(taken));
    }
}
