//! The floor: the statements of the SQLite store through bare rusqlite, prepared once, with nothing checked.

use std::path::Path;

use es_runtime::Uuid;
use rusqlite::{Connection, Statement, params};

macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("../../stores/sqlite/src/sql/", $name, ".sql"))
    };
}

/// The tables, indexes and triggers of the store.
const TABLES: &str = sql!("layout");
pub const READ_STREAM: &str = sql!("read_stream");
pub const READ_TYPE: &str = sql!("read_type");

/// What a log is at least: a body that is found by its stream and its position.
const LEAN_TABLE: &str = "create table event (
    position integer primary key,
    stream   integer not null,
    version  integer not null,
    type     integer not null,
    at       integer not null,
    body     blob not null,
    unique (stream, version)
) strict";

/// A body of the usual size.
pub fn body() -> Vec<u8> {
    serde_json::to_vec(&crate::domain::posted()).expect("a body")
}

/// A connection set up as that of the store, on a new file with these tables.
fn create(file: &Path, tables: &str) -> Connection {
    let connection = Connection::open(file).expect("a new file");
    connection
        .query_row("pragma journal_mode = wal", [], |_| Ok(()))
        .expect("a write-ahead log");
    connection
        .execute_batch(
            "pragma synchronous = full; pragma foreign_keys = off; pragma cache_size = -16384",
        )
        .expect("settings");
    connection.execute_batch(tables).expect("tables");
    connection
}

/// Appends single events to new streams, or many to one.
pub trait Floor {
    fn begin(&mut self);
    fn commit(&mut self);
    /// One event for a stream that is new.
    fn insert_new(&mut self);
    /// One more event for the one stream that grows.
    fn insert_next(&mut self);
}

/// A file with the tables of the store.
pub fn same_tables(file: &Path) -> Connection {
    let connection = create(file, TABLES);
    connection
        .execute_batch(
            "insert into category (id, name) values (1, 'parcel');
             insert into event_type (id, category, name) values (1, 1, 'ParcelPosted')",
        )
        .expect("names");
    connection
}

/// A file with one table that promises little.
pub fn lean_table(file: &Path) -> Connection {
    create(file, LEAN_TABLE)
}

/// On the tables of the store.
pub struct Same<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    insert_event: Statement<'c>,
    position: i64,
    body: Vec<u8>,
    /// The version of the one stream that grows.
    version: i64,
}

impl<'c> Same<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        let position = connection
            .query_row("select coalesce(max(position), 0) from event", [], |row| {
                row.get(0)
            })
            .expect("a position");
        Self {
            begin: connection.prepare("begin immediate").expect("sql"),
            commit: connection.prepare("commit").expect("sql"),
            insert_event: connection.prepare(sql!("insert_event")).expect("sql"),
            position,
            body: body(),
            version: 0,
        }
    }

    fn insert(&mut self, key: &str, version: i64) {
        self.position += 1;
        let now = 1_700_000_000_000_000 + self.position;
        self.insert_event
            .execute(params![
                self.position,
                1,
                key,
                version,
                1,
                1,
                self.position,
                id(2 * self.position).as_bytes(),
                now,
                now,
                None::<&str>,
                self.body,
            ])
            .expect("an event");
    }
}

/// An id as ours are, ordered by time, that costs next to nothing.
fn id(number: i64) -> Uuid {
    let number = number.unsigned_abs();
    let milliseconds = 1_700_000_000_000 + number / 64;
    let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_u64_pair(
        (milliseconds << 16) | 0x7000 | (number % 64) << 4,
        (1 << 63) | (noise >> 2),
    )
}

impl Floor for Same<'_> {
    fn begin(&mut self) {
        self.begin.execute([]).expect("begin");
    }

    fn commit(&mut self) {
        self.commit.execute([]).expect("commit");
    }

    fn insert_new(&mut self) {
        let key = id(2 * self.position + 1);
        self.insert(key.hyphenated().encode_lower(&mut Uuid::encode_buffer()), 1);
    }

    fn insert_next(&mut self) {
        self.version += 1;
        self.insert("0190f5e0-aaaa-7bbb-8ccc-0123456789ab", self.version);
    }
}

/// On the lean table.
pub struct Lean<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    insert: Statement<'c>,
    position: i64,
    body: Vec<u8>,
}

impl<'c> Lean<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self {
            begin: connection.prepare("begin immediate").expect("sql"),
            commit: connection.prepare("commit").expect("sql"),
            insert: connection
                .prepare("insert into event values (?1, ?2, ?3, ?4, ?5, ?6)")
                .expect("sql"),
            position: 0,
            body: body(),
        }
    }

    fn insert(&mut self, stream: i64, version: i64) {
        self.position += 1;
        self.insert
            .execute(params![
                self.position,
                stream,
                version,
                1,
                self.position,
                self.body
            ])
            .expect("an event");
    }
}

impl Floor for Lean<'_> {
    fn begin(&mut self) {
        self.begin.execute([]).expect("begin");
    }

    fn commit(&mut self) {
        self.commit.execute([]).expect("commit");
    }

    fn insert_new(&mut self) {
        self.insert(self.position + 1, 1);
    }

    fn insert_next(&mut self) {
        self.insert(0, self.position + 1);
    }
}
