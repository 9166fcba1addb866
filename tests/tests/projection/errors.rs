//! Events that cannot be taken in: what stops, what is tried again, what is put aside.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use es_runtime::AnyStore;
use es_runtime::admin::ProjectionsArgs;
use es_runtime::prelude::*;
use es_runtime::{ProjectError, ProjectionError};
use es_tests::account::{Account, AccountId, Deposited, Opened};
use serde::{Deserialize, Serialize};

use super::{Balance, append, deposit, id, open, stores, withdraw};

#[tokio::test]
async fn a_panic_stops_the_projection_before_the_event_and_leaves_the_row_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        deposit(&app, "a", i64::MAX).await;
        withdraw(&app, "a", 1).await;
        deposit(&app, "a", 1).await;
        let mut rows = MemoryRows::<Balance>::new();
        rows.catch_up(app.store()).await.unwrap();
        let before = rows.get(&id("a")).cloned();

        // The account itself would not take that; it was stored by another release, say.
        let (stream, body) = (Account::stream(&id("a")), br#"{"amount":9}"#);
        append(app.store(), stream, "deposited", body).await;
        for _ in 0..2 {
            let stopped = rows.catch_up(app.store()).await.unwrap_err();
            let ProjectionError::Stopped(stopped) = stopped else {
                panic!("{stopped}")
            };
            assert_eq!(stopped.version.get(), 5);
            assert_eq!(stopped.cause, ProjectError::Panicked("room".to_owned()));
            assert_eq!(rows.get(&id("a")).cloned(), before);
            assert_eq!(rows.checkpoint().unwrap().get(), 4);
        }
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        let stream = Account::stream(&id("a"));
        append(app.store(), stream, "deposited", br#"{"amount":"x"}"#).await;
        let mut rows = MemoryRows::<Balance>::new();
        let stopped = rows.catch_up(app.store()).await.unwrap_err();
        let text = stopped.to_string();
        assert!(
            text.contains("event 2 of account/a at position 2") && text.contains("at `amount`"),
            "{text}"
        );
    }
}

/// Declares a projection of its own for each test, since its rule fails as the test says.
macro_rules! fragile {
    ($row:ident, $name:literal, $on_error:ident $(($times:literal))?, $fails:expr) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
        #[projection(
            name = $name,
            key(account),
            on_error($on_error $(($times))?),
            events(Opened: insert, Deposited)
        )]
        struct $row {
            account: AccountId,
            seen: Vec<i64>,
        }

        impl Insert<Opened> for $row {
            fn insert(account: AccountId, _: Opened, _: &EventContext<'_>) -> Self {
                let seen = Vec::new();
                Self { account, seen }
            }
        }

        impl Project<Deposited> for $row {
            fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
                self.seen.push(event.amount);
                let fails: fn(i64) -> bool = $fails;
                assert!(!fails(event.amount), "{} is not taken", event.amount);
            }
        }
    };
}

static TRIED: AtomicU32 = AtomicU32::new(0);

fragile!(Tried, "Tried", retry(2), |_| {
    TRIED.fetch_add(1, Ordering::Relaxed) < 2
});

#[tokio::test]
async fn a_retry_tries_so_many_times_more() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        deposit(&app, "a", 1).await;
        TRIED.store(0, Ordering::Relaxed);
        let mut rows = MemoryRows::<Tried>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert_eq!(TRIED.load(Ordering::Relaxed), 3);
        assert_eq!(rows.get(&id("a")).unwrap().seen, [1]);
    }
}

static STUBBORN: AtomicU32 = AtomicU32::new(0);

fragile!(Stubborn, "Stubborn", retry(2), |_| {
    STUBBORN.fetch_add(1, Ordering::Relaxed) < u32::MAX
});

#[tokio::test]
async fn a_retry_that_does_not_help_stops() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        deposit(&app, "a", 1).await;
        STUBBORN.store(0, Ordering::Relaxed);
        let mut rows = MemoryRows::<Stubborn>::new();
        let stopped = rows.catch_up(app.store()).await.unwrap_err();
        assert!(matches!(stopped, ProjectionError::Stopped(_)));
        assert_eq!(STUBBORN.load(Ordering::Relaxed), 3);
        assert_eq!(rows.get(&id("a")).unwrap().seen, [0; 0]);
    }
}

static MENDED: AtomicBool = AtomicBool::new(false);

fragile!(Parking, "Parking", park, |amount| {
    amount < 0 && !MENDED.load(Ordering::Relaxed)
});

#[tokio::test]
async fn what_is_parked_waits_in_order_with_all_of_its_stream_until_it_is_driven_again() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        MENDED.store(false, Ordering::Relaxed);
        for name in ["a", "b"] {
            open(&app, name).await;
        }
        for (name, amount) in [("a", 1), ("a", -2), ("b", 3), ("a", 4), ("a", -5), ("b", 6)] {
            deposit(&app, name, amount).await;
        }
        let mut rows = MemoryRows::<Parking>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert_eq!(rows.get(&id("a")).unwrap().seen, [1]);
        assert_eq!(rows.get(&id("b")).unwrap().seen, [3, 6]);
        assert_eq!(rows.checkpoint(), app.store().head().await.unwrap());
        let parked = rows.parked().into_iter();
        let parked: Vec<_> = parked
            .map(|parked| (parked.version.get(), parked.cause.to_string()))
            .collect();
        let behind = "an earlier event of its stream is parked, at version 3";
        assert_eq!(
            parked,
            [
                (3, "a rule panicked: -2 is not taken".to_owned()),
                (4, behind.to_owned()),
                (5, behind.to_owned()),
            ]
        );

        assert_eq!(rows.redrive(app.store()).await.unwrap(), 0);
        assert_eq!(rows.get(&id("a")).unwrap().seen, [1]);
        MENDED.store(true, Ordering::Relaxed);
        assert_eq!(rows.redrive(app.store()).await.unwrap(), 3);
        assert!(rows.parked().is_empty());
        deposit(&app, "a", 7).await;
        rows.catch_up(app.store()).await.unwrap();
        assert_eq!(rows.get(&id("a")).unwrap().seen, [1, -2, 4, -5, 7]);
    }
}

static HALF_MENDED: AtomicBool = AtomicBool::new(false);

fragile!(HalfMended, "HalfMended", park, |amount| {
    amount == -2 || amount == -1 && !HALF_MENDED.load(Ordering::Relaxed)
});

#[tokio::test]
async fn what_stays_parked_says_behind_which_event_it_waits_now() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        HALF_MENDED.store(false, Ordering::Relaxed);
        open(&app, "a").await;
        for amount in [-1, -2, 3] {
            deposit(&app, "a", amount).await;
        }
        let mut rows = MemoryRows::<HalfMended>::new();
        rows.catch_up(app.store()).await.unwrap();
        HALF_MENDED.store(true, Ordering::Relaxed);
        assert_eq!(rows.redrive(app.store()).await.unwrap(), 1);
        let parked = rows.parked().into_iter();
        let causes: Vec<_> = parked.map(|parked| parked.cause.to_string()).collect();
        assert_eq!(
            causes,
            [
                "a rule panicked: -2 is not taken",
                "an earlier event of its stream is parked, at version 3",
            ]
        );
        assert_eq!(rows.get(&id("a")).unwrap().seen, [-1]);
    }
}

static TABLE_MENDED: AtomicBool = AtomicBool::new(false);

fragile!(InTable, "InTable", park, |amount| {
    amount < 0 && !TABLE_MENDED.load(Ordering::Relaxed)
});

/// What the command line says to these words.
async fn says(projections: &Projections<AnyStore>, words: &[&str]) -> String {
    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        projections: ProjectionsArgs,
    }
    let mut out = format!("$ projections {}\n", words.join(" ")).into_bytes();
    let words = std::iter::once("projections").chain(words.iter().copied());
    let program = <Program as clap::Parser>::try_parse_from(words).unwrap();
    let done = program.projections.run(projections, &mut out).await;
    done.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn what_is_parked_in_a_table_is_listed_and_driven_again_while_another_folds() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        TABLE_MENDED.store(false, Ordering::Relaxed);
        for name in ["a", "b"] {
            open(&app, name).await;
        }
        for (name, amount) in [("a", 1), ("a", -2), ("b", 3), ("a", 4)] {
            deposit(&app, name, amount).await;
        }
        let projections = Projections::new(store.clone()).with::<InTable>();
        let mut told = String::new();
        told += &says(&projections, &["list"]).await;
        let running = projections.clone();
        let run = tokio::spawn(async move { running.run().await });
        let rows = projections.read::<InTable>();
        let seen = async |name: &str| {
            let head = store.head().await.unwrap().unwrap();
            rows.wait_until(head).await.unwrap();
            rows.get(&id(name)).await.unwrap().unwrap().seen
        };
        assert_eq!(seen("a").await, [1]);
        assert_eq!(seen("b").await, [3]);
        told += &says(&projections, &["list"]).await;
        told += &says(&projections, &["parked", "InTable"]).await;
        told += &says(&projections, &["redrive", "InTable"]).await;
        deposit(&app, "a", 5).await;
        assert_eq!(seen("a").await, [1]);

        TABLE_MENDED.store(true, Ordering::Relaxed);
        told += &says(&projections, &["redrive", "InTable"]).await;
        deposit(&app, "a", 6).await;
        assert_eq!(seen("a").await, [1, -2, 4, 5, 6]);
        run.abort();
        drop(run.await);
        told += &says(&projections, &["rebuild", "InTable"]).await;
        told += &says(&projections, &["list"]).await;
        told += &says(&projections, &["drop-retired", "InTable"]).await;
        told += &says(&projections, &["parked", "InTable"]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(told);
        }
    }
}
