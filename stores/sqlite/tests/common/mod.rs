//! What the tests share: small events and commits, and a store in a folder of its own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test binary uses a part of it, and tests say what they expect by unwrapping it"
)]

use std::path::PathBuf;

use es_runtime::{
    Category, Codec, CommandId, CommandRecord, Commit, EventId, EventName, EventStore, Expected,
    Fingerprint, Metadata, NewEvent, Page, Position, Query, Receipt, SchemaVersion, Slice,
    StoreError, StreamId, StreamWrite, Tag, Timestamp, Uuid, Version,
};
use es_sqlite::SqliteStore;
use tempfile::TempDir;

pub const CATEGORY: Category = Category::from_static("account");

/// A store in a folder that goes with it.
pub struct Fixture {
    pub store: SqliteStore,
    pub folder: TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("app.db")).unwrap();
        Self { store, folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    /// The same file, opened again.
    pub fn reopened(self) -> Self {
        let Self { store, folder } = self;
        drop(store);
        let store = SqliteStore::open(folder.path().join("app.db")).unwrap();
        Self { store, folder }
    }
}

pub fn stream(key: &str) -> StreamId {
    StreamId::new(CATEGORY, key)
}

pub fn event(name: &str) -> NewEvent {
    NewEvent {
        id: EventId::from(Uuid::now_v7()),
        name: EventName::from(name),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: Vec::new(),
        body: b"{}".to_vec(),
    }
}

pub fn tagged(name: &str, tags: &[&str]) -> NewEvent {
    let tags = tags.iter().map(|tag| Tag::from(*tag)).collect();
    NewEvent {
        tags,
        ..event(name)
    }
}

pub fn write(key: &str, expected: Expected, events: Vec<NewEvent>) -> StreamWrite {
    StreamWrite {
        stream: stream(key),
        expected,
        events,
    }
}

pub fn commit(writes: Vec<StreamWrite>) -> Commit {
    Commit {
        writes,
        metadata: Metadata::new(),
        ..Commit::default()
    }
}

/// One event for one stream.
pub fn one(key: &str, expected: Expected) -> Commit {
    commit(vec![write(key, expected, vec![event("deposited")])])
}

pub fn command(name: &str, fingerprint: &str) -> CommandRecord {
    CommandRecord {
        id: CommandId::from_name(name),
        name: "Deposit".into(),
        fingerprint: Fingerprint::of(&[fingerprint.as_bytes()]),
        body: b"{}".to_vec(),
    }
}

pub fn at(version: u64) -> Expected {
    Expected::At(Version::new(version).unwrap())
}

pub fn position(number: u64) -> Option<Position> {
    Position::new(number)
}

pub fn versions(page: &Page) -> Vec<u64> {
    page.iter().map(|event| event.version().get()).collect()
}

pub fn positions(page: &Page) -> Vec<u64> {
    page.iter().map(|event| event.position().get()).collect()
}

pub async fn append(store: &SqliteStore, commit: Commit) -> Result<Receipt, StoreError> {
    store.append(commit).await
}

pub async fn read(store: &SqliteStore, key: &str) -> Page {
    store
        .read_stream(stream(key), Slice::after(None, 10_000))
        .await
        .unwrap()
}

pub async fn log(store: &SqliteStore) -> Page {
    store
        .read_log(Query::all(), Slice::after(None, 100_000))
        .await
        .unwrap()
        .events
}

pub async fn found(store: &SqliteStore, query: Query) -> Vec<u64> {
    positions(
        &store
            .read_log(query, Slice::after(None, 100_000))
            .await
            .unwrap()
            .events,
    )
}
