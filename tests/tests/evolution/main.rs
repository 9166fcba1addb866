//! Events that were stored in other shapes, under other names or as one with others: whatever reads, reads them as today's.

mod domain;
mod errors;
mod made;
mod reads;
mod rows;
mod samples;

use std::path::Path;

use es_runtime::prelude::*;
use es_runtime::{
    AnyStore, Codec, Commit, EventId, EventName, Expected, MemoryStore, NewEvent, SchemaVersion,
    StreamWrite,
};
use es_sqlite::{Durability, SqliteStore};

use domain::{Order, OrderId};

fn id(name: &str) -> OrderId {
    OrderId::new(name)
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

/// An event as a release has written it: its stored name, version, what that may be read as, and body.
type Written = (&'static str, u16, u16, &'static str);

/// Puts events into the stream of an order, as other releases have done.
async fn put<S: EventStore>(store: &S, order: &str, events: &[Written]) {
    let events = events
        .iter()
        .map(|(name, schema, reads_as, body)| NewEvent {
            id: EventId::from(Uuid::now_v7()),
            name: EventName::from_static(name),
            schema: SchemaVersion::new(*schema),
            reads_as: SchemaVersion::new(*reads_as),
            codec: Codec::Json,
            occurred_at: Timestamp::EPOCH,
            tags: Vec::new(),
            body: body.as_bytes().to_vec(),
        });
    let write = StreamWrite {
        stream: Order::stream(&id(order)),
        expected: Expected::Any,
        events: events.collect(),
    };
    let commit = Commit {
        writes: vec![write],
        metadata: Metadata::new().actor("ada"),
        ..Commit::default()
    };
    store.append(commit).await.unwrap();
}

/// What an order of long ago has lived through. None of it is stored as it would be today.
const LONG_AGO: &[Written] = &[
    ("OrderMade", 1, 1, r#"{"item":"lamp"}"#),
    ("OrderRemarked", 1, 1, r#"{"note":"gift"}"#),
    ("OrderShipped", 1, 1, r#"{"carrier":"DHL","paid":30}"#),
    ("ItemCounted", 1, 1, "{}"),
    ("ItemCounted", 1, 1, "{}"),
    ("OrderGivenBack", 1, 1, r#"{"items":1}"#),
    ("OrderReturned", 2, 2, r#"{"items":2,"refund":10}"#),
    ("OrderWeighed", 1, 1, r#"{"kilograms":2}"#),
    ("ItemCounted", 1, 1, "{}"),
];

/// What the order is today.
fn of_long_ago() -> Order {
    Order {
        items: vec!["lamp".into()],
        placed_by: "ada".into(),
        carrier: Some("DHL".into()),
        paid: 20,
        returned: 3,
        counted: vec![1, 2, 3],
        grams: 2000,
    }
}
