//! Rows in tables of a store: folded, read, waited for, rebuilt and redriven.

use std::time::Duration;

use es_runtime::prelude::*;
use es_runtime::{AnyStore, ReadRowsError, Role, StoreError};

use es_tests::account::Account;

use super::{Balance, append, deposit, id, open, stores, withdraw};

fn projections(store: &AnyStore) -> Projections<AnyStore> {
    Projections::new(store.clone()).with::<Balance>()
}

/// What is not over within a minute never is.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let end = tokio::time::timeout(Duration::from_secs(60), future);
    end.await.expect("it takes too long")
}

#[tokio::test]
async fn rows_are_folded_and_found_by_key_index_filter_and_order() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        for (name, amount) in [("ada", 5), ("bob", 7), ("cyd", 5), ("dan", 1)] {
            open(&app, name).await;
            deposit(&app, name, amount).await;
        }
        let projections = projections(&store);
        projections.catch_up().await.unwrap();
        let balances = projections.read::<Balance>();

        let ada = balances.get(&id("ada")).await.unwrap().unwrap();
        assert_eq!((ada.amount, ada.changes), (5, 1));
        assert_eq!(balances.get(&id("eve")).await.unwrap(), None);

        let of_bob = Balance::find_by_owner(&"owner of bob".to_owned());
        assert_eq!(balances.find(of_bob).await.unwrap().rows[0].amount, 7);

        let rich = || {
            Find::<Balance>::all()
                .filter(|row| row.amount.at_least(5))
                .order_by(|row| row.amount.descending())
        };
        assert_eq!(balances.count(rich()).await.unwrap(), 3);
        let first = balances.find(rich().limit(2)).await.unwrap();
        let names = |rows: &[Balance]| -> Vec<String> {
            rows.iter().map(|row| row.account.to_string()).collect()
        };
        assert_eq!(names(&first.rows), ["bob", "ada"]);
        assert_eq!(first.checkpoint, store.head().await.unwrap());
        let second = rich().limit(2).after(first.next.unwrap());
        let second = balances.find(second).await.unwrap();
        assert_eq!(names(&second.rows), ["cyd"]);
        assert_eq!(second.next, None);
    }
}

#[tokio::test]
async fn whoever_has_written_can_wait_until_the_rows_tell_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        let projections = projections(&store);
        let running = projections.clone();
        let run = tokio::spawn(async move { running.run().await });
        let balances = projections.read::<Balance>();
        open(&app, "ada").await;
        for expected in 1..=50 {
            let done = app.execute(&id("ada"), es_tests::account::Deposit { amount: 1 });
            let receipt = done.await.unwrap().receipt;
            soon(balances.wait_for(&receipt)).await.unwrap();
            let row = balances.get(&id("ada")).await.unwrap().unwrap();
            assert_eq!(row.amount, expected);
        }
        run.abort();
    }
}

#[tokio::test]
async fn a_projection_that_stops_says_so_to_whoever_waits_and_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        open(&app, "ada").await;
        deposit(&app, "ada", 1).await;
        append(
            &store,
            Account::stream(&id("ada")),
            "deposited",
            br#"{"amount":"much"}"#,
        )
        .await;
        open(&app, "bob").await;
        let projections = projections(&store);
        let error = projections.catch_up().await.unwrap_err();
        assert!(
            error.to_string().contains("stands before `deposited`"),
            "{error}"
        );
        let balances = projections.read::<Balance>();
        assert_eq!(balances.get(&id("ada")).await.unwrap().unwrap().amount, 1);
        let head = store.head().await.unwrap().unwrap();
        let waited = soon(balances.wait_until(head)).await;
        assert!(
            matches!(waited, Err(ReadRowsError::Stopped { .. })),
            "{waited:?}"
        );
        let again = projections.catch_up().await.unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
    }
}

#[tokio::test]
async fn rows_that_were_never_folded_are_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let error = projections(&store).read::<Balance>().get(&id("ada")).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, ReadRowsError::Store(StoreError::NoRows { .. })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_rebuild_swaps_the_rows_and_tells_by_what_they_differ() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        for name in ["ada", "bob"] {
            open(&app, name).await;
            deposit(&app, name, 3).await;
        }
        let projections = projections(&store);
        projections.catch_up().await.unwrap();
        withdraw(&app, "bob", 1).await;
        let mut seen = Vec::new();
        let rebuilt = projections.rebuild("Balance", |progress| {
            seen.push((progress.done(), progress.total(), progress.events));
        });
        let rebuilt = rebuilt.await.unwrap();
        assert_eq!(seen, [(5, 5, 5)]);
        let diff = rebuilt.diff.unwrap();
        assert_eq!(
            (diff.added, diff.removed, diff.changed),
            (0, 0, 1),
            "{diff:?}"
        );
        let balances = projections.read::<Balance>();
        assert_eq!(balances.get(&id("bob")).await.unwrap().unwrap().amount, 2);

        let status = projections.status().await.unwrap().remove(0);
        let roles: Vec<_> = status
            .generations
            .iter()
            .map(|standing| standing.role)
            .collect();
        assert_eq!(roles, [Role::Retired, Role::Live]);
        assert_eq!((status.lag, status.is_outdated), (0, false));
        assert_eq!(projections.drop_retired("Balance").await.unwrap(), 1);
    }
}
