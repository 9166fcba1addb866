//! Snapshots that cannot lie: what is loaded is what all events give, whatever is kept beside them.

mod kept;
mod law;
mod used;
mod wrong;

use std::path::Path;

use es_runtime::prelude::*;
use es_runtime::{AnyStore, ExecuteError, MemoryStore, Snapshot, StreamId, Version};
use es_sqlite::{Durability, SqliteStore};
use es_tests::ledger::first::{Begin, Enter, Ledger};
use es_tests::ledger::{LedgerId, Refused};

type Answer = Result<(), ExecuteError<Refused>>;

fn id() -> LedgerId {
    LedgerId::new("a")
}

fn stream() -> StreamId {
    Ledger::stream(&id())
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// Snapshots are used, and nothing but the tests looks whether they are right.
fn unchecked() -> AppOptions {
    AppOptions::default().snapshot_check(None)
}

fn on_sqlite(file: &Path) -> SqliteStore {
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    options.open(file).unwrap()
}

/// One in memory and one in a file.
fn stores(folder: &Path) -> [AnyStore; 2] {
    [
        AnyStore::new(MemoryStore::new()),
        AnyStore::new(on_sqlite(&folder.join("app.db"))),
    ]
}

/// Begins the ledger and enters these amounts, one commit each.
async fn with_entries<S: EventStore>(app: &App<S>, amounts: impl IntoIterator<Item = i64>) {
    app.execute(&id(), Begin {}).await.unwrap();
    for amount in amounts {
        enter(app, &[amount]).await.unwrap();
    }
}

async fn enter<S: EventStore>(app: &App<S>, amounts: &[i64]) -> Answer {
    let amounts = amounts.to_vec();
    app.execute(&id(), Enter { amounts }).await.map(drop)
}

/// What all events give, whatever stands beside them.
async fn replayed<S: EventStore + Clone>(store: &S) -> Option<Ledger> {
    let app = App::with_options(store.clone(), AppOptions::default().without_snapshots());
    app.load::<Ledger>(&id()).await.unwrap().state
}

/// The snapshot that is kept. What was handed to the store before is waited for.
async fn kept(store: &impl EventStore) -> Option<Snapshot> {
    store
        .drop_snapshot(stream(), version(u64::MAX))
        .await
        .unwrap();
    let fingerprint = Ledger::SNAPSHOTS.unwrap().fingerprint();
    store.snapshot(stream(), fingerprint).await.unwrap()
}

async fn kept_version(store: &impl EventStore) -> Option<u64> {
    kept(store).await.map(|snapshot| snapshot.version.get())
}
