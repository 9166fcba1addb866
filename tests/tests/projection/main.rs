//! Read models: what the log says, each event once, whatever is asked when.

mod absent;
mod bare;
mod chaos;
mod errors;
mod large;
mod law;
mod parts;
mod rows;
mod subscriptions;
mod tables;

use std::path::Path;

use es_runtime::prelude::*;
use es_runtime::{
    AnyStore, Codec, Commit, EventId, EventName, Expected, MemoryStore, NewEvent, SchemaVersion,
    StreamId, StreamWrite,
};
use es_sqlite::{Durability, SqliteStore};
use es_tests::account::{AccountId, Deposit, Deposited, Open, Opened, Withdraw, Withdrawn};
use serde::{Deserialize, Serialize};

/// One row per account, as long as there is something in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Balance",
    key(account),
    index(owner),
    events(Opened: insert, Deposited, Withdrawn)
)]
struct Balance {
    account: AccountId,
    owner: String,
    amount: i64,
    /// How many events have changed it.
    changes: u32,
}

impl Insert<Opened> for Balance {
    fn insert(account: AccountId, event: Opened, _: &EventContext<'_>) -> Self {
        let (owner, amount, changes) = (event.owner, 0, 0);
        Self {
            account,
            owner,
            amount,
            changes,
        }
    }
}

impl Project<Deposited> for Balance {
    fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
        self.changes += 1;
        self.amount = self.amount.checked_add(event.amount).expect("room");
    }
}

impl Project<Withdrawn> for Balance {
    fn project(&mut self, event: Withdrawn, _: &EventContext<'_>) {
        self.changes += 1;
        self.amount -= event.amount;
    }
}

fn id(name: &str) -> AccountId {
    AccountId::new(name)
}

/// One in memory and one in a file.
fn stores(folder: &Path) -> [AnyStore; 2] {
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    let file = folder.join("app.db");
    [
        AnyStore::new(MemoryStore::new()),
        AnyStore::new(options.open(file).unwrap()),
    ]
}

async fn open<S: EventStore>(app: &App<S>, name: &str) {
    let owner = format!("owner of {name}");
    app.execute(&id(name), Open { owner }).await.unwrap();
}

async fn deposit<S: EventStore>(app: &App<S>, name: &str, amount: i64) {
    app.execute(&id(name), Deposit { amount }).await.unwrap();
}

async fn withdraw<S: EventStore>(app: &App<S>, name: &str, amount: i64) {
    app.execute(&id(name), Withdraw { amount }).await.unwrap();
}

/// Stores an event as another release may have written it.
async fn append<S: EventStore>(store: &S, stream: StreamId, name: &'static str, body: &[u8]) {
    let event = NewEvent {
        id: EventId::from(Uuid::new_v5(&Uuid::NAMESPACE_OID, body)),
        name: EventName::from_static(name),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: Vec::new(),
        body: body.to_vec(),
    };
    let write = StreamWrite {
        stream,
        expected: Expected::Any,
        events: vec![event],
    };
    let commit = Commit {
        writes: vec![write],
        ..Commit::default()
    };
    store.append(commit).await.unwrap();
}
