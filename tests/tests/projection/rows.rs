//! What events do to rows.

use es_runtime::prelude::*;
use es_runtime::{OnError, ProjectError, ProjectionError, Slice, describe};
use es_tests::account::{Account, AccountId, Deposited, Opened, Withdrawn};
use serde::{Deserialize, Serialize};

use super::{Balance, deposit, id, open, stores, withdraw};

#[tokio::test]
async fn rows_follow_the_log_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        let mut rows = MemoryRows::<Balance>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert!(rows.is_empty());
        assert_eq!(rows.checkpoint(), None);

        open(&app, "a").await;
        deposit(&app, "a", 5).await;
        rows.catch_up(app.store()).await.unwrap();
        rows.catch_up(app.store()).await.unwrap();
        open(&app, "b").await;
        withdraw(&app, "a", 2).await;
        rows.catch_up(app.store()).await.unwrap();

        let expected = Balance {
            account: id("a"),
            owner: "owner of a".to_owned(),
            amount: 3,
            changes: 2,
        };
        assert_eq!(rows.get(&id("a")), Some(&expected));
        assert_eq!(rows.get(&id("b")).unwrap().amount, 0);
        assert_eq!(rows.get(&id("c")), None);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.checkpoint(), app.store().head().await.unwrap());
    }
}

/// Ledger of everything, in one row; whoever withdraws is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Totals",
    key(),
    events(Deposited in Account: upsert(at), Withdrawn in Account: upsert(at))
)]
struct Totals {
    deposited: i64,
    withdrawn: i64,
    last: Option<AccountId>,
}

impl At<Deposited> for Totals {
    fn at(_: &Deposited, _: &EventContext<'_>) {}
}

impl At<Withdrawn> for Totals {
    fn at(_: &Withdrawn, _: &EventContext<'_>) {}
}

const NOTHING: Totals = Totals {
    deposited: 0,
    withdrawn: 0,
    last: None,
};

impl NewRow<Deposited> for Totals {
    fn new_row((): (), _: &Deposited, _: &EventContext<'_>) -> Self {
        NOTHING
    }
}

impl NewRow<Withdrawn> for Totals {
    fn new_row((): (), _: &Withdrawn, _: &EventContext<'_>) -> Self {
        NOTHING
    }
}

impl Project<Deposited> for Totals {
    fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
        self.deposited += event.amount;
    }
}

impl Project<Withdrawn> for Totals {
    fn project(&mut self, event: Withdrawn, cx: &EventContext<'_>) {
        self.withdrawn += event.amount;
        self.last = Some(cx.id());
    }
}

#[tokio::test]
async fn a_single_row_is_made_by_whichever_event_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        open(&app, "b").await;
        let mut rows = MemoryRows::<Totals>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert!(rows.is_empty());

        deposit(&app, "a", 5).await;
        deposit(&app, "b", 7).await;
        withdraw(&app, "b", 3).await;
        rows.catch_up(app.store()).await.unwrap();
        let expected = Totals {
            deposited: 12,
            withdrawn: 3,
            last: Some(id("b")),
        };
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&expected]);
    }
}

/// How often so much was paid in for an owner; those who withdraw are struck off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Payments",
    key(account, amount),
    events(Deposited: upsert(at), Withdrawn: rows)
)]
struct Payments {
    account: AccountId,
    amount: i64,
    times: u32,
}

impl At<Deposited> for Payments {
    fn at(event: &Deposited, cx: &EventContext<'_>) -> (AccountId, i64) {
        (cx.id(), event.amount)
    }
}

impl NewRow<Deposited> for Payments {
    fn new_row(key: (AccountId, i64), _: &Deposited, _: &EventContext<'_>) -> Self {
        let (account, amount) = key;
        Self {
            account,
            amount,
            times: 0,
        }
    }
}

impl Project<Deposited> for Payments {
    fn project(&mut self, _: Deposited, _: &EventContext<'_>) {
        self.times += 1;
    }
}

impl ProjectRows<Withdrawn> for Payments {
    /// Strikes off the payments of one to so many; there must be all of them.
    fn project_rows(
        rows: &mut Rows<'_, Self>,
        event: Withdrawn,
        cx: &EventContext<'_>,
    ) -> Result<(), RowError> {
        for amount in 1..=event.amount {
            rows.delete(&(cx.id(), amount))?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_rule_over_rows_changes_all_of_them_or_none() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        for amount in [1, 2, 2, 4] {
            deposit(&app, "a", amount).await;
        }
        let mut rows = MemoryRows::<Payments>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert_eq!(rows.get(&(id("a"), 2)).unwrap().times, 2);

        withdraw(&app, "a", 2).await;
        withdraw(&app, "a", 4).await;
        let stopped = rows.catch_up(app.store()).await.unwrap_err();
        let ProjectionError::Stopped(stopped) = stopped else {
            panic!("{stopped}")
        };
        assert_eq!(stopped.version.get(), 7);
        assert!(matches!(
            stopped.cause,
            ProjectError::Row(RowError::Missing { .. })
        ));
        let left: Vec<i64> = rows.iter().map(|row| row.amount).collect();
        assert_eq!(left, [4]);
    }
}

#[test]
fn what_rows_are_made_of_tells_them_from_others() {
    let description = Payments::description();
    assert_eq!(description.key, ["account", "amount"]);
    let events = Payments::EVENTS.iter().map(|event| event.name);
    assert_eq!(events.collect::<Vec<_>>(), ["deposited", "withdrawn"]);
    assert_eq!(Payments::EVENTS[0].category, "account");
    assert_eq!(Balance::description().indexes, [["owner"]]);
    assert_eq!(Balance::ON_ERROR, OnError::Stop);

    let same = Payments::description().fingerprint();
    assert_eq!(description.fingerprint(), same);
    let mut parts: Vec<_> = [
        |_: &mut describe::RowsDescription| {},
        |rows: &mut describe::RowsDescription| rows.name = "Other",
        |rows: &mut describe::RowsDescription| rows.key = &["account"],
        |rows: &mut describe::RowsDescription| rows.content = Totals::description().content,
        |rows: &mut describe::RowsDescription| rows.events = &[],
        |rows: &mut describe::RowsDescription| rows.rules = "other",
        |rows: &mut describe::RowsDescription| rows.revision = 2,
    ]
    .into_iter()
    .map(|change| {
        let mut rows = Payments::description();
        change(&mut rows);
        rows.fingerprint().get()
    })
    .collect();
    parts.sort_unstable();
    parts.dedup();
    assert_eq!(parts.len(), 7);
}

#[tokio::test]
async fn only_events_of_the_projection_count() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        let mut rows = MemoryRows::<Totals>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert!(rows.is_empty());
        // Nothing matched, and none of it is looked through again.
        assert_eq!(rows.checkpoint(), app.store().head().await.unwrap());
        let trail = app
            .history::<Account>(&id("a"), Slice::after(None, 10))
            .await
            .unwrap();
        assert_eq!(trail.len(), 1);
    }
}

/// Gives its row another key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(name = "Restless", key(amount), events(Opened: insert(at), Deposited: update(at)))]
struct Restless {
    amount: i64,
}

impl At<Opened> for Restless {
    fn at(_: &Opened, _: &EventContext<'_>) -> i64 {
        0
    }
}

impl At<Deposited> for Restless {
    fn at(_: &Deposited, _: &EventContext<'_>) -> i64 {
        0
    }
}

impl Insert<Opened> for Restless {
    fn insert(amount: i64, _: Opened, _: &EventContext<'_>) -> Self {
        Self { amount }
    }
}

impl Project<Deposited> for Restless {
    fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
        self.amount += event.amount;
    }
}

#[tokio::test]
async fn a_rule_cannot_give_a_row_another_key() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        deposit(&app, "a", 5).await;
        let mut rows = MemoryRows::<Restless>::new();
        let stopped = rows.catch_up(app.store()).await.unwrap_err();
        assert_eq!(
            stopped.to_string(),
            "projection `Restless` stands before `deposited` (schema version 1), event 2 of account/a at position 2: \
             the row of key 0 has become one of key 5; delete it and insert the other"
        );
        assert_eq!(rows.get(&0), Some(&Restless { amount: 0 }));
    }
}

/// Tries to give its row another key, and goes on as if nothing had been said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(name = "Deaf", key(number), events(Opened: insert(at), Deposited: rows))]
struct Deaf {
    number: i64,
    refused: u32,
}

impl At<Opened> for Deaf {
    fn at(_: &Opened, _: &EventContext<'_>) -> i64 {
        0
    }
}

impl Insert<Opened> for Deaf {
    fn insert(number: i64, _: Opened, _: &EventContext<'_>) -> Self {
        Self { number, refused: 0 }
    }
}

impl ProjectRows<Deposited> for Deaf {
    fn project_rows(
        rows: &mut Rows<'_, Self>,
        event: Deposited,
        _: &EventContext<'_>,
    ) -> Result<(), RowError> {
        let moved = rows.update(&0, |row| row.number = event.amount);
        assert!(matches!(moved, Err(RowError::KeyChanged { .. })));
        rows.update(&0, |row| row.refused += 1)
    }
}

#[tokio::test]
async fn a_change_that_was_refused_leaves_nothing_though_the_rule_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        deposit(&app, "a", 5).await;
        let mut rows = MemoryRows::<Deaf>::new();
        rows.catch_up(app.store()).await.unwrap();
        let expected = Deaf {
            number: 0,
            refused: 1,
        };
        assert_eq!(rows.get(&0), Some(&expected));
    }
}
