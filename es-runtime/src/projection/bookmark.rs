//! Bookmarks: how far something outside of projections has come, kept as a table of rows without rows.

use std::fmt;
use std::sync::Arc;

use crate::commit::Fingerprint;
use crate::id::Position;
use crate::row_store::{Mark, Role, RowStore, RowTable, RowsCommit, RowsOwner};
use crate::store::StoreError;

/// How far a subscriber of that name has come, kept in a store of rows. One at a time, over all processes, holds it.
///
/// ```
/// use es_runtime::{Bookmark, MemoryStore, Position};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// let mut mails = Bookmark::open(&store, "mails").await?;
/// assert_eq!(mails.position(), None);
/// if let Some(position) = Position::new(7) {
///     mails.keep(position).await?;
/// }
/// drop(mails);
/// assert_eq!(Bookmark::open(&store, "mails").await?.position(), Position::new(7));
/// # Ok::<_, es_runtime::StoreError>(())
/// # }).unwrap();
/// ```
pub struct Bookmark<'s, R> {
    rows: &'s R,
    table: Arc<RowTable>,
    generation: u64,
    mark: Mark,
    _owner: RowsOwner,
}

impl<'s, R: RowStore> Bookmark<'s, R> {
    /// Waits until nobody else holds the bookmark of that name, and holds it. It shares its names with no projection.
    ///
    /// # Errors
    /// Where the store fails, or keeps no rows.
    pub async fn open(rows: &'s R, name: &str) -> Result<Self, StoreError> {
        let name = format!("{name} (bookmark)");
        let owner = rows.own_rows(name.clone()).await?;
        let fingerprint = Fingerprint::of(&[]);
        let table = Arc::new(RowTable::without_columns(name, fingerprint));
        let standing = rows.begin_rows(table.clone(), Role::Live).await?;
        Ok(Self {
            rows,
            table,
            generation: standing.generation,
            mark: standing.mark,
            _owner: owner,
        })
    }

    /// The position that was kept last; nothing before the first one.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.mark.checkpoint
    }

    /// Keeps the position of the last event that was dealt with.
    ///
    /// # Errors
    /// [`StoreError::RowsMoved`] where another holder has kept one in between; or the store fails.
    pub async fn keep(&mut self, position: Position) -> Result<(), StoreError> {
        let commit = RowsCommit {
            generation: self.generation,
            table: self.table.clone(),
            from: self.mark,
            to: Some(position),
            changes: Vec::new(),
            park: Vec::new(),
            take_up: Vec::new(),
            stopped: None,
        };
        self.mark = self.rows.commit_rows(commit).await?;
        Ok(())
    }
}

impl<R> fmt::Debug for Bookmark<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bookmark")
            .field("name", &self.table.projection)
            .field("position", &self.mark.checkpoint)
            .finish_non_exhaustive()
    }
}
