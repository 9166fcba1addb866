//! The law: whenever and however often it is caught up, the rows are those that the whole log gives.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use es_runtime::AnyStore;
use es_runtime::prelude::*;
use proptest::prelude::*;

use super::{Balance, deposit, id, open, stores, withdraw};

#[derive(Clone, Debug)]
enum Step {
    Open(u8),
    Deposit(u8, i64),
    Withdraw(u8, i64),
    /// The rows that live on take in what there is.
    CatchUp,
    /// The rows in a table are built anew.
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4_u8).prop_map(Step::Open),
        (0..4_u8, 1..100_i64).prop_map(|(account, amount)| Step::Deposit(account, amount)),
        (0..4_u8, 1..100_i64).prop_map(|(account, amount)| Step::Withdraw(account, amount)),
        Just(Step::CatchUp),
        Just(Step::Rebuild),
    ]
}

/// By account, the balance and how many events have changed it: what a reader of the steps would say.
type Expected = BTreeMap<u8, (i64, u32)>;

async fn play(app: &App<AnyStore>, steps: &[Step]) -> (MemoryRows<Balance>, Expected) {
    let mut live = MemoryRows::<Balance>::new();
    let tables = Projections::new(app.store().clone()).with::<Balance>();
    let mut expected = Expected::new();
    for step in steps {
        match *step {
            Step::Open(account) => {
                if let Entry::Vacant(new) = expected.entry(account) {
                    open(app, &account.to_string()).await;
                    new.insert((0, 0));
                }
            }
            Step::Deposit(account, amount) => {
                if let Some((balance, changes)) = expected.get_mut(&account) {
                    deposit(app, &account.to_string(), amount).await;
                    *balance += amount;
                    *changes += 1;
                }
            }
            Step::Withdraw(account, amount) => {
                if let Some((balance, changes)) = expected.get_mut(&account)
                    && *balance >= amount
                {
                    withdraw(app, &account.to_string(), amount).await;
                    *balance -= amount;
                    *changes += 1;
                }
            }
            Step::CatchUp => {
                live.catch_up(app.store()).await.unwrap();
                tables.catch_up().await.unwrap();
            }
            Step::Rebuild => {
                tables.rebuild("Balance", |_| {}).await.unwrap();
            }
        }
    }
    live.catch_up(app.store()).await.unwrap();
    tables.catch_up().await.unwrap();
    (live, expected)
}

/// The rows as text, whatever their order.
fn shown<'a>(rows: impl IntoIterator<Item = &'a Balance>) -> Vec<String> {
    let rows = rows.into_iter();
    let mut shown: Vec<_> = rows
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    shown.sort();
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn live_rows_are_rebuilt_rows_are_what_the_log_says(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            for store in stores(folder.path()) {
                let app = App::new(store);
                let (live, expected) = play(&app, &steps).await;
                let mut rebuilt = MemoryRows::<Balance>::new();
                rebuilt.catch_up(app.store()).await.unwrap();
                prop_assert_eq!(shown(live.iter()), shown(rebuilt.iter()));
                let tables = Projections::new(app.store().clone()).with::<Balance>();
                let stored = tables.read::<Balance>().find(Find::all()).await.unwrap();
                prop_assert_eq!(shown(&stored.rows), shown(rebuilt.iter()));
                prop_assert_eq!(live.checkpoint(), app.store().head().await.unwrap());
                prop_assert_eq!(live.len(), expected.len());
                for (account, said) in expected {
                    let row = live.get(&id(&account.to_string())).unwrap();
                    prop_assert_eq!((row.amount, row.changes), said);
                }
            }
            Ok(())
        })?;
    }
}
