//! The embedded store of the es framework: streams of events in one SQLite file, durable by default.
//!
//! ```
//! use es_runtime::{EventStore, Query, Slice};
//! use es_sqlite::SqliteStore;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("app.db");
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let store = SqliteStore::open(path)?;
//! let page = store.read_log(Query::all(), Slice::after(None, 100)).await?;
//! assert!(page.events.is_empty());
//! # Ok::<_, es_runtime::StoreError>(())
//! # }).unwrap();
//! ```
//!
//! One thread writes and commits whatever waits as one transaction; a few threads read beside it, each page from one
//! snapshot. Several processes may use one file at the same time.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use es_runtime::{
    AnyStore, Cell, CommandId, Commit, EventStore, Fingerprint, Found, Limits, LogPage, Mark,
    Opener, Page, Parked, Position, Query, Receipt, Role, RowQuery, RowStore, RowTable, RowsCommit,
    RowsDiff, RowsOwner, Slice, Snapshot, Standing, StoreError, StreamId, Version,
};

mod append;
mod beside;
mod error;
mod intern;
mod number;
mod open;
mod options;
mod owners;
mod page;
mod query;
mod read;
mod readers;
mod recent;
mod reply;
mod rows;
mod rows_read;
#[cfg(all(test, es_shuttle))]
mod schedules;
mod snapshots;
mod sql;
mod sync;
mod traffic;
mod watch;
mod worker;
mod writer;

use append::Entry;
use beside::Tables;
use error::Place;
use read::Reader;
use readers::Readers;
use watch::{Head, Watch};
use writer::Writer;

pub use error::{LockError, OpenError, SqliteError};
pub use open::APPLICATION_ID;
pub use options::{Durability, SqliteOptions};

/// An event store in one SQLite file. Clones share it; the last one to be dropped waits until what was asked for before
/// is written.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

/// In the order in which they are dropped: the writer is the last one on the file, and takes its log up.
struct Shared {
    watch: Watch,
    readers: Readers,
    writer: Writer,
    place: Arc<Place>,
    limits: Limits,
}

impl SqliteStore {
    /// Opens the store in this file, and creates it where there is none. Blocks while it does so.
    ///
    /// # Errors
    /// Where the file is locked for longer than the busy timeout: [`StoreError::Transient`]. Where it cannot be opened:
    /// [`StoreError::Permanent`], most often caused by an [`OpenError`]. A file that is not a store is left untouched.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options().open(path)
    }

    /// Options for opening a store.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let (place, connections) = open::open(path, &options)?;
        let place = Arc::new(place);
        let head = Arc::new(Head::default());
        let writer = Writer::start(place.clone(), connections.writer, &options, head.clone())?;
        let readers = Readers::start(&place, connections.readers)?;
        let watch = Watch::start(place.clone(), connections.watcher, head)?;
        Ok(Self {
            shared: Arc::new(Shared {
                watch,
                readers,
                writer,
                place,
                limits: options.limits,
            }),
        })
    }

    /// What of a chain may be appended, and why the commit behind that may not.
    fn admit(&self, commits: Vec<Commit>) -> (Vec<Entry>, Option<StoreError>) {
        let mut chain = Vec::with_capacity(commits.len());
        for commit in commits {
            let entry = self.shared.limits.check(&commit).and_then(|()| {
                Entry::new(commit).map_err(|error| StoreError::permanent(writer::APPEND, error))
            });
            match entry {
                Ok(entry) => chain.push(entry),
                Err(refusal) => return (chain, Some(refusal)),
            }
        }
        (chain, None)
    }
}

impl EventStore for SqliteStore {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        let asked = commits.len();
        let (chain, refusal) = self.admit(commits);
        let mut answers = if chain.is_empty() {
            Vec::new()
        } else {
            self.shared.writer.append(chain).await
        };
        if let Some(refusal) = refusal
            && !answers.iter().any(writer::voids_what_follows)
        {
            answers.push(Err(refusal));
        }
        answers.resize_with(asked, || Err(StoreError::Behind));
        answers
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        self.shared.readers.receipt(id, fingerprint).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        self.shared.readers.stream(stream, slice).await
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        self.shared.readers.log(query, slice).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.shared.readers.head().await
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.shared.readers.snapshot(stream, fingerprint).await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        self.shared.writer.keep_snapshot(snapshot).await
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        self.shared.writer.drop_snapshot(stream, version).await
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        self.shared.watch.changed(after).await
    }
}

impl RowStore for SqliteStore {
    async fn own_rows(&self, name: String) -> Result<RowsOwner, StoreError> {
        owners::own(&self.shared.place, &self.shared.watch, &name).await
    }

    async fn rows_standing(&self, projection: Option<String>) -> Result<Vec<Standing>, StoreError> {
        let look =
            move |reader: &Reader<'_>| rows_read::standing(reader, projection.as_deref()).map(Ok);
        self.shared.readers.rows(rows_read::STANDING, look).await
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        let work = move |tables: &mut Tables<'_>| tables.rows.begin(&table, role).map(Ok);
        self.shared.writer.beside(rows::BEGIN, work).await
    }

    async fn commit_rows(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        let work = move |tables: &mut Tables<'_>| tables.rows.commit(&commit);
        self.shared.writer.beside(rows::COMMIT, work).await
    }

    async fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> Result<bool, StoreError> {
        let work = move |tables: &mut Tables<'_>| {
            tables.rows.swap(&projection, generation, from, to).map(Ok)
        };
        self.shared.writer.beside(rows::SWAP, work).await
    }

    async fn drop_rows(&self, projection: String, generation: u64) -> Result<(), StoreError> {
        let work = move |tables: &mut Tables<'_>| {
            tables.rows.drop_generation(&projection, generation).map(Ok)
        };
        self.shared.writer.beside(rows::DROP, work).await
    }

    async fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        let look =
            move |reader: &Reader<'_>| rows_read::fetch(reader, generation, &table, keys).map(Ok);
        self.shared.readers.rows(rows_read::FETCH, look).await
    }

    async fn read_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        let look = move |reader: &Reader<'_>| rows_read::read(reader, &table, &query);
        self.shared.readers.rows(rows_read::READ, look).await
    }

    async fn count_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        let look = move |reader: &Reader<'_>| rows_read::count(reader, &table, &query);
        self.shared.readers.rows(rows_read::COUNT, look).await
    }

    async fn parked_events(&self, generation: u64) -> Result<Vec<Parked>, StoreError> {
        let look = move |reader: &Reader<'_>| rows_read::parked(reader, generation).map(Ok);
        self.shared.readers.rows(rows_read::PARKED, look).await
    }

    async fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> Result<Standing, StoreError> {
        let projection: Arc<str> = projection.into();
        let watch = &self.shared.watch;
        let waiter = watch.wait();
        loop {
            // Listen before looking, so that nothing moves unseen in between.
            let moved = watch.head().rows_moved.listen();
            let name = projection.clone();
            let look = move |reader: &Reader<'_>| rows_read::live(reader, &name).map(Ok);
            let live = self.shared.readers.rows(rows_read::REACHED, look).await?;
            if let Some(live) = live
                && (live.mark.checkpoint >= Some(position) || live.stopped.is_some())
            {
                return Ok(live);
            }
            if let Some(failure) = waiter.failure() {
                return Err(failure.nothing_stored(rows_read::REACHED));
            }
            moved.await;
        }
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        let look =
            move |reader: &Reader<'_>| rows_read::compare(reader, &old, &new, samples).map(Ok);
        self.shared.readers.rows(rows_read::COMPARE, look).await
    }
}

/// Opens stores by URLs such as `sqlite:app.db`, for [`AnyStore::open`]. Blocks while it does so, as
/// [`SqliteStore::open`] does.
#[must_use]
pub fn opener() -> Opener {
    Opener {
        scheme: "sqlite",
        open: |url| {
            Box::pin(async move {
                let path = url.strip_prefix("sqlite:").unwrap_or(&url);
                SqliteStore::open(path).map(AnyStore::new)
            })
        },
    }
}
