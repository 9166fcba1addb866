//! Rows in tables of a store: folded, read, waited for, rebuilt and redriven.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
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

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_all_old_or_all_new_rows_while_a_rebuild_goes_on_under_a_thousand_appends() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        for account in 0..20 {
            open(&app, &account.to_string()).await;
        }
        let projections = projections(&store);
        projections.catch_up().await.unwrap();
        let running = projections.clone();
        let run = tokio::spawn(async move { running.run().await });
        // How many deposits there are in the end, once that is known.
        let (ends, total) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicI64::new(-1)),
        );
        let (writing, told, all) = (app.clone(), ends.clone(), total.clone());
        let writer = tokio::spawn(async move {
            let mut written = 0;
            while written < 1_000 || !told.load(Ordering::Relaxed) {
                deposit(&writing, &(written % 20).to_string(), 1).await;
                written += 1;
                tokio::task::yield_now().await;
            }
            all.store(written, Ordering::Relaxed);
        });
        let reading = projections.read::<Balance>();
        let reader = tokio::spawn(async move {
            let mut last = None;
            loop {
                let page = reading.find(Find::all()).await.unwrap();
                assert_eq!(page.rows.len(), 20);
                assert!(page.checkpoint >= last, "the rows went back");
                last = page.checkpoint;
                let sum: i64 = page.rows.iter().map(|row| row.amount).sum();
                let changes: i64 = page.rows.iter().map(|row| i64::from(row.changes)).sum();
                assert_eq!(sum, changes);
                // Each position behind the first twenty is a deposit of one.
                let folded = page.checkpoint.map_or(0, |at| at.get().cast_signed() - 20);
                assert_eq!(sum, folded.max(0));
                if sum == total.load(Ordering::Relaxed) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        for _ in 0..5 {
            let rebuilt = projections.rebuild("Balance", |_| {}).await.unwrap();
            let status = projections.status().await.unwrap().remove(0);
            assert_eq!(status.live().unwrap().generation, rebuilt.generation);
            projections.drop_retired("Balance").await.unwrap();
        }
        ends.store(true, Ordering::Relaxed);
        writer.await.unwrap();
        soon(reader).await.unwrap();
        run.abort();
    }
}

#[tokio::test]
async fn refused_appends_and_foreign_events_hold_up_nobody_who_waits() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        open(&app, "ada").await;
        let projections = projections(&store);
        projections.catch_up().await.unwrap();
        for _ in 0..500 {
            let refused = app.execute(&id("ada"), es_tests::account::Withdraw { amount: 1 });
            refused.await.unwrap_err();
        }
        // Nobody folds any more: what is no event of the projection is not waited for.
        let stream = es_runtime::StreamId::new("other".into(), "a");
        append(&store, stream, "deposited", b"{}").await;
        let head = store.head().await.unwrap().unwrap();
        let balances = projections.read::<Balance>();
        soon(balances.wait_until(head)).await.unwrap();

        let running = projections.clone();
        let run = tokio::spawn(async move { running.run().await });
        let done = app.execute(&id("ada"), es_tests::account::Deposit { amount: 1 });
        let receipt = done.await.unwrap().receipt;
        soon(balances.wait_for(&receipt)).await.unwrap();
        run.abort();
    }
}

/// How much was ever paid in: one row.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Projection)]
#[projection(name = "Total", key(), events(es_tests::account::Deposited: upsert(at)))]
struct Total {
    amount: i64,
}

impl At<es_tests::account::Deposited> for Total {
    fn at(_: &es_tests::account::Deposited, _: &EventContext<'_>) {}
}

impl es_runtime::NewRow<es_tests::account::Deposited> for Total {
    fn new_row((): (), _: &es_tests::account::Deposited, _: &EventContext<'_>) -> Self {
        Self { amount: 0 }
    }
}

impl Project<es_tests::account::Deposited> for Total {
    fn project(&mut self, event: es_tests::account::Deposited, _: &EventContext<'_>) {
        self.amount += event.amount;
    }
}

#[tokio::test]
async fn a_projection_that_is_added_later_starts_at_the_first_event_while_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        open(&app, "ada").await;
        for _ in 0..30 {
            deposit(&app, "ada", 2).await;
        }
        projections(&store).catch_up().await.unwrap();
        let both = projections(&store).with::<Total>();
        deposit(&app, "ada", 2).await;
        both.catch_up().await.unwrap();
        let total = both.read::<Total>().get(&()).await.unwrap().unwrap();
        assert_eq!(total.amount, 62);
        let ada = both
            .read::<Balance>()
            .get(&id("ada"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((ada.amount, ada.changes), (62, 31));
    }
}

/// The same rows by another rule: the owner in capitals.
mod changed {
    use super::*;

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Projection)]
    #[projection(name = "Balance", key(account), events(es_tests::account::Opened: insert), revision = 2)]
    pub(super) struct Balance {
        account: es_tests::account::AccountId,
        pub(super) owner: String,
    }

    impl Insert<es_tests::account::Opened> for Balance {
        fn insert(
            account: es_tests::account::AccountId,
            event: es_tests::account::Opened,
            _: &EventContext<'_>,
        ) -> Self {
            let owner = event.owner.to_uppercase();
            Self { account, owner }
        }
    }
}

#[tokio::test]
async fn rows_of_another_definition_are_told_and_rebuilt_and_old_code_stops() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        open(&app, "ada").await;
        let old = projections(&store);
        old.catch_up().await.unwrap();

        let new = Projections::new(store.clone()).with::<changed::Balance>();
        let error = new.catch_up().await.unwrap_err().to_string();
        assert!(error.contains("rebuild it"), "{error}");
        assert!(new.status().await.unwrap()[0].is_outdated);
        let unread = new
            .read::<changed::Balance>()
            .get(&id("ada"))
            .await
            .unwrap_err();
        assert!(matches!(
            unread,
            ReadRowsError::Store(StoreError::RowsOutdated { .. })
        ));

        let diff = new.rebuild("Balance", |_| {}).await.unwrap().diff.unwrap();
        assert_eq!(diff.columns_removed, ["amount", "changes"]);
        assert_eq!((diff.added, diff.removed, diff.changed), (0, 0, 1));
        let row = new
            .read::<changed::Balance>()
            .get(&id("ada"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.owner, "OWNER OF ADA");
        let error = old.catch_up().await.unwrap_err().to_string();
        assert!(error.contains("another definition"), "{error}");
    }
}

/// What an account has on average, by hand: nothing by nothing is no number.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Projection)]
#[projection(
    name = "Average",
    key(account),
    events(es_tests::account::Opened: insert, es_tests::account::Deposited)
)]
struct Average {
    account: es_tests::account::AccountId,
    amount: f64,
}

impl Insert<es_tests::account::Opened> for Average {
    fn insert(
        account: es_tests::account::AccountId,
        _: es_tests::account::Opened,
        _: &EventContext<'_>,
    ) -> Self {
        let amount = 0.0;
        Self { account, amount }
    }
}

impl Project<es_tests::account::Deposited> for Average {
    fn project(&mut self, event: es_tests::account::Deposited, _: &EventContext<'_>) {
        self.amount /= event.amount as f64;
    }
}

#[tokio::test]
async fn an_event_that_makes_a_row_no_table_holds_is_the_one_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        for name in ["ada", "bob"] {
            open(&app, name).await;
        }
        for (name, amount) in [("ada", 2), ("bob", 0), ("ada", 4)] {
            deposit(&app, name, amount).await;
        }
        let projections = Projections::new(store.clone()).with::<Average>();
        let error = projections.catch_up().await.unwrap_err().to_string();
        let told = "event 2 of account/bob at position 4: column `amount`: NaN cannot be stored";
        assert!(error.contains(told), "{error}");
        let averages = projections.read::<Average>();
        assert_eq!(averages.find(Find::all()).await.unwrap().rows.len(), 2);
    }
}
