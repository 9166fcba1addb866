//! Every public future can be sent to another thread and spawned, over a known store and over any.

use std::future::Future;

use es_runtime::prelude::*;
use es_runtime::{AnyStore, MemoryStore, Query, Slice, Transaction};
use es_tests::account::*;

fn spawnable<F: Future + Send + 'static>(_: F) {}

fn sendable<F: Future + Send>(_: F) {}

/// Compiles only where all of them are.
fn check<S: EventStore>(app: App<S>) {
    spawnable(app.execute(&AccountId::new("ada"), Touch {}));
    spawnable(app.execute_with(&AccountId::new("ada"), Touch {}, ExecuteOptions::new()));
    spawnable({
        let app = app.clone();
        async move {
            let id = AccountId::new("ada");
            let _ = app.load::<Account>(&id).await;
            let _ = app
                .load_at::<Account>(&id, es_runtime::Version::FIRST)
                .await;
            let _ = app.load_as_of::<Account>(&id, Timestamp::EPOCH).await;
            let _ = app.history::<Account>(&id, Slice::after(None, 1)).await;
            let _ = app.transact(|tx: Transaction<S>| decide(tx)).await;
        }
    });
    let store = app.store();
    sendable(store.append(es_runtime::Commit::default()));
    sendable(store.append_chain(vec![]));
    sendable(store.read_log(Query::all(), Slice::after(None, 1)));
    sendable(store.head());
    sendable(store.changed(None));
}

async fn decide<S: EventStore>(mut tx: Transaction<S>) -> Result<(), ExecuteError<AccountError>> {
    let id = AccountId::new("ada");
    tx.load::<Account>(&id).await?;
    tx.read(Query::all()).await?;
    tx.execute(&id, Touch {}).await
}

#[tokio::test]
async fn public_futures_are_sendable_and_spawnable() {
    check(App::new(MemoryStore::new()));
    check(App::new(AnyStore::new(MemoryStore::new())));
    let app = App::new(AnyStore::open("memory:", []).await.unwrap());
    tokio::spawn(app.execute(&AccountId::new("ada"), Touch {}))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_url_that_nobody_knows_is_refused_without_showing_its_secrets() {
    let error = AnyStore::open("mongo://root:secret@host", [])
        .await
        .map(|_| ())
        .unwrap_err();
    let text = "opening the store failed, and nothing was stored: no store is known for `mongo:`; this program knows memory";
    assert_eq!(error.to_string(), text);
}
