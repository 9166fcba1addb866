//! Small events, commits and queries that the cases are made of.

use uuid::Uuid;

use crate::commit::{CommandRecord, Commit, Expected, Fingerprint, Guard, Query, StreamWrite};
use crate::envelope::{Codec, NewEvent, SchemaVersion};
use crate::id::{CommandId, EventId, Position, StreamId, Version};
use crate::name::{Category, EventName, Tag};
use crate::time::Timestamp;

pub(super) const CATEGORY: Category = Category::from_static("account");

pub(super) fn stream(key: &str) -> StreamId {
    StreamId::new(CATEGORY, key)
}

pub(super) fn event() -> NewEvent {
    named("deposited")
}

pub(super) fn named(name: &str) -> NewEvent {
    NewEvent {
        id: EventId::from(Uuid::now_v7()),
        name: EventName::from(name),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: Vec::new(),
        body: b"{\"amount\":1}".to_vec(),
    }
}

pub(super) fn tagged(name: &str, tags: &[&str]) -> NewEvent {
    let tags = tags.iter().map(|tag| Tag::from(*tag)).collect();
    NewEvent {
        tags,
        ..named(name)
    }
}

/// So many events.
pub(super) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event()).collect()
}

pub(super) fn write(key: &str, expected: Expected, events: Vec<NewEvent>) -> StreamWrite {
    StreamWrite {
        stream: stream(key),
        expected,
        events,
    }
}

pub(super) fn commit(writes: Vec<StreamWrite>) -> Commit {
    Commit {
        writes,
        ..Commit::default()
    }
}

/// One event for one stream.
pub(super) fn one(key: &str, expected: Expected) -> Commit {
    many(key, expected, 1)
}

/// Some events for one stream.
pub(super) fn many(key: &str, expected: Expected, count: usize) -> Commit {
    given(key, expected, events(count))
}

/// These events for one stream.
pub(super) fn given(key: &str, expected: Expected, events: Vec<NewEvent>) -> Commit {
    commit(vec![write(key, expected, events)])
}

pub(super) fn at(version: u64) -> Expected {
    Expected::as_loaded(Version::new(version))
}

/// A command: which one is told by its name, what it wishes by its fingerprint.
pub(super) fn record(name: &str, fingerprint: Fingerprint) -> CommandRecord {
    CommandRecord {
        id: CommandId::from_name(name),
        name: "Deposit".into(),
        fingerprint,
        body: b"{}".to_vec(),
    }
}

pub(super) fn wish(text: &str) -> Fingerprint {
    Fingerprint::of(&[text.as_bytes()])
}

impl Commit {
    /// The same, to be carried out once.
    pub(super) fn by(self, command: CommandRecord) -> Self {
        Self {
            command: Some(command),
            ..self
        }
    }

    /// The same, unless an event that matches stands behind `after`.
    pub(super) fn unless(self, query: Query, after: Option<Position>) -> Self {
        Self {
            guard: Some(Guard { query, after }),
            ..self
        }
    }
}

pub(super) fn of_types(names: &[&str]) -> Query {
    Query::types(names.iter().map(|name| (CATEGORY, EventName::from(*name))))
}

pub(super) fn of_tags(tags: &[&str]) -> Query {
    Query::tags(tags.iter().map(|tag| Tag::from(*tag)))
}

/// Events of any of these types that carry all of these tags.
pub(super) fn of_both(names: &[&str], tags: &[&str]) -> Query {
    let mut query = of_types(names);
    for item in &mut query.items {
        item.tags = tags.iter().map(|tag| Tag::from(*tag)).collect();
    }
    query
}
