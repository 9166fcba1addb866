//! A store chosen when the program starts: the port behind a box, and URLs that name one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::commit::{Commit, Fingerprint, Query, Receipt};
use crate::envelope::Page;
use crate::id::{CommandId, Position, StreamId, Version};
use crate::memory::MemoryStore;
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
    /// Puts a store behind the box.
    pub fn new(store: impl EventStore) -> Self {
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
}

impl<S: EventStore> DynStore for S {
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
