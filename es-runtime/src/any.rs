//! A store chosen when the program starts: the port behind a box, and URLs that name one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::commit::{Commit, Fingerprint, Query, Receipt};
use crate::envelope::Page;
use crate::id::{CommandId, Position, StreamId, Version};
use crate::memory::MemoryStore;
use crate::row_store::{
    Cell, Found, Mark, Parked, Role, RowQuery, RowStore, RowTable, RowsCommit, RowsDiff, RowsOwner,
    Standing,
};
use crate::snapshot::Snapshot;
use crate::store::{EventStore, LogPage, Slice, StoreError};

/// A future as a box, as the object-safe twin of the port needs it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any store. It is a store itself, so that an application has one code path for all of them.
///
/// ```
/// use es_runtime::{AnyStore, App};
///
/// # let runtime = tokio::runtime::Runtime::new().unwrap();
/// # runtime.block_on(async {
/// // A program passes the openers of the stores that it links: `[es_sqlite::opener()]`.
/// let store = AnyStore::open("memory:", []).await?;
/// let app = App::new(store);
/// # Ok::<_, es_runtime::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct AnyStore(Arc<dyn DynStore>);

/// How the stores of one kind are opened by their URLs.
#[derive(Clone, Copy, Debug)]
pub struct Opener {
    /// What stands before the colon, `sqlite` say.
    pub scheme: &'static str,
    /// Opens the store that the whole URL names.
    pub open: fn(String) -> BoxFuture<'static, Result<AnyStore, StoreError>>,
}

impl AnyStore {
    /// Puts a store behind the box. One that keeps no rows of projections says so with `impl RowStore for .. {}`.
    pub fn new(store: impl EventStore + RowStore) -> Self {
        Self(Arc::new(store))
    }

    /// Opens the store that `url` names: `memory:`, or one of those that the openers know.
    ///
    /// # Errors
    /// Where no opener knows the scheme, or the store cannot be opened.
    pub async fn open(
        url: &str,
        openers: impl IntoIterator<Item = Opener>,
    ) -> Result<Self, StoreError> {
        if url == "memory:" {
            return Ok(Self::new(MemoryStore::new()));
        }
        let mut known = vec!["memory"];
        for opener in openers {
            let is_meant = url
                .strip_prefix(opener.scheme)
                .is_some_and(|rest| rest.starts_with(':'));
            if is_meant {
                return (opener.open)(url.to_owned()).await;
            }
            known.push(opener.scheme);
        }
        // Not the whole URL: it may hold a password.
        let scheme = url.split(':').next().unwrap_or_default();
        let reason = format!(
            "no store is known for `{scheme}:`; this program knows {}",
            known.join(", ")
        );
        Err(StoreError::permanent("opening the store", reason))
    }
}

/// The port in a form that can stand behind a pointer.
trait DynStore: Send + Sync + 'static {
    fn append_chain(&self, commits: Vec<Commit>)
    -> BoxFuture<'_, Vec<Result<Receipt, StoreError>>>;
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, StoreError>>;
    fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>>;
    fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> BoxFuture<'_, Result<Page, StoreError>>;
    fn read_log(
        &self,
        query: Query,
        slice: Slice<Position>,
    ) -> BoxFuture<'_, Result<LogPage, StoreError>>;
    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>>;
    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>>;
    fn keep_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<bool, StoreError>>;
    fn drop_snapshot(
        &self,
        stream: StreamId,
        version: Version,
    ) -> BoxFuture<'_, Result<(), StoreError>>;
    fn changed(&self, after: Option<Position>) -> BoxFuture<'_, Result<(), StoreError>>;
    fn own_rows(&self, name: String) -> BoxFuture<'_, Result<RowsOwner, StoreError>>;
    fn rows_standing(
        &self,
        projection: Option<String>,
    ) -> BoxFuture<'_, Result<Vec<Standing>, StoreError>>;
    fn begin_rows(
        &self,
        table: Arc<RowTable>,
        role: Role,
    ) -> BoxFuture<'_, Result<Standing, StoreError>>;
    fn commit_rows(&self, commit: RowsCommit) -> BoxFuture<'_, Result<Mark, StoreError>>;
    fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> BoxFuture<'_, Result<bool, StoreError>>;
    fn drop_rows(
        &self,
        projection: String,
        generation: u64,
    ) -> BoxFuture<'_, Result<(), StoreError>>;
    fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> BoxFuture<'_, Result<Vec<Option<Vec<Cell>>>, StoreError>>;
    fn read_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> BoxFuture<'_, Result<Found, StoreError>>;
    fn count_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> BoxFuture<'_, Result<u64, StoreError>>;
    fn parked_events(&self, generation: u64) -> BoxFuture<'_, Result<Vec<Parked>, StoreError>>;
    fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> BoxFuture<'_, Result<Standing, StoreError>>;
    fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> BoxFuture<'_, Result<RowsDiff, StoreError>>;
}

impl<S: EventStore + RowStore> DynStore for S {
    fn append_chain(
        &self,
        commits: Vec<Commit>,
    ) -> BoxFuture<'_, Vec<Result<Receipt, StoreError>>> {
        Box::pin(EventStore::append_chain(self, commits))
    }

    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, StoreError>> {
        Box::pin(EventStore::append(self, commit))
    }

    fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        Box::pin(EventStore::receipt(self, id, fingerprint))
    }

    fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(EventStore::read_stream(self, stream, slice))
    }

    fn read_log(
        &self,
        query: Query,
        slice: Slice<Position>,
    ) -> BoxFuture<'_, Result<LogPage, StoreError>> {
        Box::pin(EventStore::read_log(self, query, slice))
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        Box::pin(EventStore::head(self))
    }

    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>> {
        Box::pin(EventStore::snapshot(self, stream, fingerprint))
    }

    fn keep_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(EventStore::keep_snapshot(self, snapshot))
    }

    fn drop_snapshot(
        &self,
        stream: StreamId,
        version: Version,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(EventStore::drop_snapshot(self, stream, version))
    }

    fn changed(&self, after: Option<Position>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(EventStore::changed(self, after))
    }

    fn own_rows(&self, name: String) -> BoxFuture<'_, Result<RowsOwner, StoreError>> {
        Box::pin(RowStore::own_rows(self, name))
    }

    fn rows_standing(
        &self,
        projection: Option<String>,
    ) -> BoxFuture<'_, Result<Vec<Standing>, StoreError>> {
        Box::pin(RowStore::rows_standing(self, projection))
    }

    fn begin_rows(
        &self,
        table: Arc<RowTable>,
        role: Role,
    ) -> BoxFuture<'_, Result<Standing, StoreError>> {
        Box::pin(RowStore::begin_rows(self, table, role))
    }

    fn commit_rows(&self, commit: RowsCommit) -> BoxFuture<'_, Result<Mark, StoreError>> {
        Box::pin(RowStore::commit_rows(self, commit))
    }

    fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(RowStore::swap_rows(self, projection, generation, from, to))
    }

    fn drop_rows(
        &self,
        projection: String,
        generation: u64,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(RowStore::drop_rows(self, projection, generation))
    }

    fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> BoxFuture<'_, Result<Vec<Option<Vec<Cell>>>, StoreError>> {
        Box::pin(RowStore::fetch_rows(self, generation, table, keys))
    }

    fn read_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> BoxFuture<'_, Result<Found, StoreError>> {
        Box::pin(RowStore::read_rows(self, table, query))
    }

    fn count_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(RowStore::count_rows(self, table, query))
    }

    fn parked_events(&self, generation: u64) -> BoxFuture<'_, Result<Vec<Parked>, StoreError>> {
        Box::pin(RowStore::parked_events(self, generation))
    }

    fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> BoxFuture<'_, Result<Standing, StoreError>> {
        Box::pin(RowStore::rows_reached(self, projection, position))
    }

    fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> BoxFuture<'_, Result<RowsDiff, StoreError>> {
        Box::pin(RowStore::compare_rows(self, old, new, samples))
    }
}

impl EventStore for AnyStore {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        self.0.append_chain(commits).await
    }

    async fn append(&self, commit: Commit) -> Result<Receipt, StoreError> {
        self.0.append(commit).await
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        self.0.receipt(id, fingerprint).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        self.0.read_stream(stream, slice).await
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        self.0.read_log(query, slice).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.0.head().await
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.0.snapshot(stream, fingerprint).await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        self.0.keep_snapshot(snapshot).await
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        self.0.drop_snapshot(stream, version).await
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        self.0.changed(after).await
    }
}

impl RowStore for AnyStore {
    async fn own_rows(&self, name: String) -> Result<RowsOwner, StoreError> {
        self.0.own_rows(name).await
    }

    async fn rows_standing(&self, projection: Option<String>) -> Result<Vec<Standing>, StoreError> {
        self.0.rows_standing(projection).await
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        self.0.begin_rows(table, role).await
    }

    async fn commit_rows(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        self.0.commit_rows(commit).await
    }

    async fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> Result<bool, StoreError> {
        self.0.swap_rows(projection, generation, from, to).await
    }

    async fn drop_rows(&self, projection: String, generation: u64) -> Result<(), StoreError> {
        self.0.drop_rows(projection, generation).await
    }

    async fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        self.0.fetch_rows(generation, table, keys).await
    }

    async fn read_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        self.0.read_rows(table, query).await
    }

    async fn count_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        self.0.count_rows(table, query).await
    }

    async fn parked_events(&self, generation: u64) -> Result<Vec<Parked>, StoreError> {
        self.0.parked_events(generation).await
    }

    async fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> Result<Standing, StoreError> {
        self.0.rows_reached(projection, position).await
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        self.0.compare_rows(old, new, samples).await
    }
}
