//! Rules that ask for what events are not read with at first.

use std::panic::{AssertUnwindSafe, catch_unwind};

use es_runtime::prelude::*;
use es_runtime::{Envelope, ExecuteOptions, Query, Slice};
use es_sqlite::SqliteStore;
use es_tests::account::{AccountId, Deposit, Deposited, Opened, Withdraw, Withdrawn};
use serde::{Deserialize, Serialize};

use super::{append, id, open, stores};

/// What is known of the last withdrawal; nothing is asked about other events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "LastWithdrawal",
    key(account),
    events(Opened: insert, Deposited, Withdrawn)
)]
struct LastWithdrawal {
    account: AccountId,
    events: u64,
    event: Option<Uuid>,
    commit: u64,
    actor: Option<String>,
    occurred_at: Option<Timestamp>,
    recorded_at: Option<Timestamp>,
}

impl Insert<Opened> for LastWithdrawal {
    fn insert(account: AccountId, _: Opened, _: &EventContext<'_>) -> Self {
        Self {
            account,
            events: 1,
            event: None,
            commit: 0,
            actor: None,
            occurred_at: None,
            recorded_at: None,
        }
    }
}

impl Project<Deposited> for LastWithdrawal {
    fn project(&mut self, _: Deposited, _: &EventContext<'_>) {
        self.events += 1;
    }
}

impl Project<Withdrawn> for LastWithdrawal {
    fn project(&mut self, _: Withdrawn, cx: &EventContext<'_>) {
        self.events += 1;
        self.actor = cx.actor().map(str::to_owned);
        self.event = Some(cx.event_id().uuid());
        self.commit = cx.decode().event.commit().get();
        self.occurred_at = Some(cx.occurred_at());
        self.recorded_at = Some(cx.recorded_at());
    }
}

/// Goes on where it is refused what it asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(name = "Stubborn", key(account), events(Opened: insert))]
struct Stubborn {
    account: AccountId,
    event: Option<Uuid>,
}

impl Insert<Opened> for Stubborn {
    fn insert(account: AccountId, _: Opened, cx: &EventContext<'_>) -> Self {
        let event = catch_unwind(AssertUnwindSafe(|| cx.event_id().uuid())).ok();
        Self { account, event }
    }
}

/// Some accounts, over more than one page, with withdrawals here and there.
async fn fill<S: EventStore>(app: &App<S>) {
    for name in ["a", "b"] {
        open(app, name).await;
    }
    for number in 0_u32..1_300 {
        let name = ["a", "b"][number as usize % 2];
        let actor = Metadata::new().actor(format!("actor {number}"));
        let options = ExecuteOptions::new().metadata(actor);
        if [700, 701, 1_200].contains(&number) {
            let withdraw = Withdraw { amount: 1 };
            app.execute_with(&id(name), withdraw, options)
                .await
                .unwrap();
        } else {
            let deposit = Deposit { amount: 1 };
            app.execute_with(&id(name), deposit, options).await.unwrap();
        }
    }
}

/// The rows by hand.
async fn expected<S: EventStore>(store: &S) -> Vec<LastWithdrawal> {
    let all = Slice::after(None, 10_000);
    let page = store.read_log(Query::all(), all).await.unwrap().events;
    ["a", "b"]
        .map(|name| {
            let of_it = || page.iter().filter(|event| event.stream().key() == name);
            let is_withdrawal =
                |event: &es_runtime::RawEvent<'_>| event.name().as_str() == "withdrawn";
            let last = of_it().rfind(is_withdrawal).unwrap();
            LastWithdrawal {
                account: id(name),
                events: of_it().count() as u64,
                event: Some(last.id().uuid()),
                commit: last.commit().get(),
                actor: last.metadata().unwrap().actor,
                occurred_at: Some(last.occurred_at()),
                recorded_at: Some(last.recorded_at()),
            }
        })
        .to_vec()
}

#[tokio::test]
async fn a_rule_is_given_what_it_asks_for_wherever_it_asks() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        fill(&app).await;
        let expected = expected(app.store()).await;
        let mut rows = MemoryRows::<LastWithdrawal>::new();
        rows.catch_up(app.store()).await.unwrap();
        for row in &expected {
            assert_eq!(rows.get(&row.account), Some(row));
        }

        let projections = Projections::new(app.store().clone()).with::<LastWithdrawal>();
        projections.catch_up().await.unwrap();
        let by_account = || Find::<LastWithdrawal>::all().order_by(|row| row.account.ascending());
        let found = projections.read::<LastWithdrawal>();
        assert_eq!(found.find(by_account()).await.unwrap().rows, expected);
        let mut events = 0;
        let rebuilt = projections.rebuild("LastWithdrawal", |progress| events = progress.events);
        rebuilt.await.unwrap();
        assert_eq!(events, 1_302, "each event counts once");
        assert_eq!(found.find(by_account()).await.unwrap().rows, expected);
    }
}

#[tokio::test]
async fn a_rule_that_goes_on_without_what_it_asks_for_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "a").await;
        let mut rows = MemoryRows::<Stubborn>::new();
        rows.catch_up(app.store()).await.unwrap();
        assert!(rows.get(&id("a")).unwrap().event.is_some());
    }
}

#[tokio::test]
#[should_panic(expected = "the event was read with the envelope Bare")]
async fn nothing_is_made_up_for_who_reads_bare_events_himself() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(SqliteStore::open(folder.path().join("app.db")).unwrap());
    open(&app, "a").await;
    let bare = Slice::after(None, 1).envelope(Envelope::Bare);
    let page = app.store().read_log(Query::all(), bare).await.unwrap();
    let _ = page.events.last().unwrap().recorded_at();
}

#[derive(Clone, Debug, PartialEq, Aggregate)]
#[aggregate(
    name = "lamp",
    id = AccountId,
    events(Lit: create),
    commands(Light: new),
    error = std::convert::Infallible
)]
struct Lamp {
    at: Option<Timestamp>,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "lit", version = 2, from(LitV1))]
struct Lit {
    at: Option<Timestamp>,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "lit", version = 1)]
struct LitV1 {}

/// It was not said when; the log knows.
impl Upcast<LitV1> for Lit {
    fn upcast(_: LitV1, cx: &EventContext<'_>) -> Self {
        let at = Some(cx.recorded_at());
        Self { at }
    }
}

#[derive(Clone, Command, Serialize)]
#[command(emits(Lit))]
struct Light {}

impl Create<Lit> for Lamp {
    fn create(event: Lit) -> Self {
        Self { at: event.at }
    }
}

impl HandleNew<Light> for Lamp {
    fn handle_new(_: Light, _: &Context<Self>) -> Result<Emit<Light>, Self::Error> {
        Ok(emit(Lit { at: None }))
    }
}

#[tokio::test]
async fn a_hop_is_given_what_it_asks_for_when_an_aggregate_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        append(app.store(), Lamp::stream(&id("a")), "lit", b"{}").await;
        let page = app
            .store()
            .read_log(Query::all(), Slice::last(1))
            .await
            .unwrap();
        let at = page.events.last().map(|event| event.recorded_at());
        assert!(at.is_some());
        for _ in 0..2 {
            let loaded = app.load::<Lamp>(&id("a")).await.unwrap();
            assert_eq!(loaded.state, Some(Lamp { at }));
        }
    }
}
