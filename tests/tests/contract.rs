//! The contract of stores, held against each of ours, plain and chosen by URL; against stores that do nothing; and
//! against stores that are wrong in one thing each.

use std::sync::Arc;

use es_runtime::contract::{Abilities, Subject};
use es_runtime::{AnyStore, Clock, MemoryStore, StoreError};
use es_sqlite::SqliteStore;
use tempfile::TempDir;

/// Memory: it is gone when it is closed, and nobody else can open it.
struct Memory;

impl Subject for Memory {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        Ok(AnyStore::new(MemoryStore::with_clock(clock)))
    }

    fn abilities(&self) -> Abilities {
        Abilities::default()
            .survives_closing(false)
            .opens_twice(false)
    }
}

/// One SQLite file, in a folder that goes with it.
struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Subject for Sqlite {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        let store = SqliteStore::options().clock(clock);
        store.open(self.0.path().join("app.db")).map(AnyStore::new)
    }
}

mod memory {
    use super::*;
    es_runtime::contract_tests!(Memory);
}

mod sqlite {
    use super::*;
    es_runtime::contract_tests!(Sqlite::new());
}
