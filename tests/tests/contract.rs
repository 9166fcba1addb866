//! Each of our stores keeps the contract of stores, plain and chosen by URL.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use es_runtime::contract::{Abilities, Subject};
use es_runtime::{AnyStore, BoxFuture, Clock, MemoryStore, StoreError};
use es_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

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

    fn path(&self) -> PathBuf {
        self.0.path().join("app.db")
    }
}

impl Subject for Sqlite {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        let store = SqliteStore::options().clock(clock);
        store.open(self.path()).map(AnyStore::new)
    }
}

/// Memory as an application gets it that is told so by a URL, and used inside an executor.
struct MemoryByUrl;

impl Subject for MemoryByUrl {
    fn open(&self, _: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        opened_by("memory:")
    }

    fn abilities(&self) -> Abilities {
        Memory.abilities().takes_a_clock(false)
    }

    fn block_on(&self, future: BoxFuture<'_, ()>) {
        EXECUTOR.block_on(future);
    }
}

/// SQLite the same way.
struct SqliteByUrl(Sqlite);

impl Subject for SqliteByUrl {
    fn open(&self, _: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        opened_by(&format!("sqlite:{}", self.0.path().display()))
    }

    fn abilities(&self) -> Abilities {
        self.0.abilities().takes_a_clock(false)
    }

    fn block_on(&self, future: BoxFuture<'_, ()>) {
        EXECUTOR.block_on(future);
    }
}

static EXECUTOR: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn opened_by(url: &str) -> Result<AnyStore, StoreError> {
    let opening = AnyStore::open(url, [es_sqlite::opener()]);
    // Any store behind any store is one, too.
    EXECUTOR.block_on(opening).map(AnyStore::new)
}

mod memory {
    use super::*;
    es_runtime::contract_tests!(Memory);
}

mod sqlite {
    use super::*;
    es_runtime::contract_tests!(Sqlite::new());
}

mod memory_by_url {
    use super::*;
    es_runtime::contract_tests!(MemoryByUrl);
}

mod sqlite_by_url {
    use super::*;
    es_runtime::contract_tests!(SqliteByUrl(Sqlite::new()));
}
