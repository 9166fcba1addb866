//! The port behind which the rows of projections are kept, each with how far it was folded.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::commit::Fingerprint;
use crate::id::Position;
use crate::store::StoreError;

mod cell;
mod commit;
mod compare;
mod memory;
mod number;
mod query;
mod table;

pub use cell::Cell;
pub use commit::{Mark, Parked, Role, RowChange, RowsCommit, Standing};
pub use compare::{ChangedRow, RowsDiff};
pub(crate) use memory::MemoryTables;
pub use number::number_key;
pub use query::{Condition, Found, RowOrder, RowQuery, Test};
pub use table::{ColumnKind, RowColumn, RowTable};

/// Tables of rows, one for each projection and each making of it.
///
/// The rows of a projection are kept in *generations*: at most one is [live](Role::Live) and the one that is read, at most
/// one is [being built](Role::Building) beside it, and those that were live before are [retired](Role::Retired) until they
/// are dropped. What every store promises:
///
/// 1. A commit of rows is all or nothing, its checkpoint included, and refused unless the generation stands where the commit
///    says: so each event is taken in once, whoever folds.
/// 2. Whoever reads sees rows and checkpoint as of one moment, and of one generation.
/// 3. Rows are never ahead of the log that stands in the same store, not even after a power cut. They may fall behind it
///    there, together with their checkpoint: what is lost is folded again.
/// 4. One owner for each projection, over all processes; when its process ends, however suddenly, the next one is.
///
/// A store that keeps no rows takes the methods as they are: each fails, and says so.
pub trait RowStore: Send + Sync + 'static {
    /// Waits until nobody else owns the rows of that name, and owns them until the owner is dropped. Whoever folds owns
    /// first; the name is that of the projection, or another one by which several agree to be one at a time.
    fn own_rows(&self, name: String) -> impl Future<Output = Result<RowsOwner, StoreError>> + Send {
        let _ = name;
        refused("own_rows")
    }

    /// Where each generation of a projection stands, or of all projections, oldest first.
    fn rows_standing(
        &self,
        projection: Option<String>,
    ) -> impl Future<Output = Result<Vec<Standing>, StoreError>> + Send {
        let _ = projection;
        refused("rows_standing")
    }

    /// Makes sure of a live generation or of one that is being built, before the first event, with the indexes of `table`.
    ///
    /// A live one that is there stays, whatever its fingerprint. One that is being built stays where it has the same
    /// fingerprint, to go on with it; another one gives way.
    fn begin_rows(
        &self,
        table: Arc<RowTable>,
        role: Role,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send {
        let _ = (table, role);
        refused("begin_rows")
    }

    /// Changes the rows of a generation and moves its checkpoint, all of it or nothing; says where it stands then.
    ///
    /// [`StoreError::RowsMoved`] unless it stands exactly at the commit's `from`, or where it is retired or dropped.
    fn commit_rows(
        &self,
        commit: RowsCommit,
    ) -> impl Future<Output = Result<Mark, StoreError>> + Send {
        let _ = commit;
        refused("commit_rows")
    }

    /// Makes the generation that is being built the live one, with its checkpoint at `to`, and retires the one that was live:
    /// one moment for all readers. Does nothing and says `false` where the live one has come further than `to`, or where
    /// this one does not stand at `from`.
    fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let _ = (projection, generation, from, to);
        refused("swap_rows")
    }

    /// Drops a generation with its rows and what is parked of it. Does nothing where there is none.
    fn drop_rows(
        &self,
        projection: String,
        generation: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = (projection, generation);
        refused("drop_rows")
    }

    /// The rows of these keys in a generation, in the order of the keys; nothing where there is no such row.
    fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> impl Future<Output = Result<Vec<Option<Vec<Cell>>>, StoreError>> + Send {
        let _ = (generation, table, keys);
        refused("fetch_rows")
    }

    /// The rows of the live generation that the query asks for.
    ///
    /// [`StoreError::NoRows`] where there is none; [`StoreError::RowsOutdated`] where it has another fingerprint than the
    /// table.
    fn read_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send {
        let _ = (table, query);
        refused("read_rows")
    }

    /// How many rows the query asks for, whatever its limit and where it goes on.
    ///
    /// Fails as [`read_rows`](Self::read_rows) does.
    fn count_rows(
        &self,
        table: Arc<RowTable>,
        query: RowQuery,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let _ = (table, query);
        refused("count_rows")
    }

    /// The events that a generation has put aside, in the order of the log.
    fn parked_events(
        &self,
        generation: u64,
    ) -> impl Future<Output = Result<Vec<Parked>, StoreError>> + Send {
        let _ = generation;
        refused("parked_events")
    }

    /// Resolves when the live generation has come as far as `position`, or has stopped; says where it stands.
    fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send {
        let _ = (projection, position);
        refused("rows_reached")
    }

    /// By what the rows of one generation differ from those of another of the same projection, as of one moment; with at
    /// most `samples` rows of each kind.
    fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> impl Future<Output = Result<RowsDiff, StoreError>> + Send {
        let _ = (old, new, samples);
        refused("compare_rows")
    }
}

async fn refused<T>(operation: &'static str) -> Result<T, StoreError> {
    Err(StoreError::permanent(
        operation,
        "this store keeps no rows of projections; fold into another one, or into `MemoryRows`",
    ))
}

/// Whoever holds it owns the rows of a projection; dropped, it lets the next one own them.
#[must_use = "dropped, it lets the next one own the rows"]
pub struct RowsOwner {
    _guard: Box<dyn Any + Send + Sync>,
}

impl RowsOwner {
    /// An owner for as long as `guard` lives.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self {
            _guard: Box::new(guard),
        }
    }
}

impl fmt::Debug for RowsOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowsOwner").finish_non_exhaustive()
    }
}

/// Why a generation cannot be read by code that knows its rows by this fingerprint, if it cannot.
///
/// # Errors
/// [`StoreError::RowsOutdated`].
pub fn check_fingerprint(table: &RowTable, live: Fingerprint) -> Result<(), StoreError> {
    if table.fingerprint == live {
        return Ok(());
    }
    Err(StoreError::RowsOutdated {
        projection: table.projection.clone(),
    })
}
