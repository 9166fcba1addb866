//! Reading the rows of a projection, and waiting until they tell of what was just written.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::encode::{self, CellError};
use super::find::{self, Find, FindError, RowsPage};
use super::projections::Stores;
use super::{Projection, incoming};
use crate::commit::Receipt;
use crate::envelope::Envelope;
use crate::id::Position;
use crate::row_store::{Condition, Role, RowQuery, RowStore, RowTable, Test};
use crate::store::{Direction, EventStore, Slice, StoreError};

/// The rows of the projection `P` in a store, for readers. Clones are cheap.
pub struct ReadModel<P, L, R = L> {
    stores: Arc<Stores<L, R>>,
    table: Arc<RowTable>,
    of: PhantomData<fn() -> P>,
}

impl<P, L, R> Clone for ReadModel<P, L, R> {
    fn clone(&self) -> Self {
        Self {
            stores: self.stores.clone(),
            table: self.table.clone(),
            of: PhantomData,
        }
    }
}

impl<P, L, R> fmt::Debug for ReadModel<P, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadModel")
            .field("projection", &self.table.projection)
            .finish_non_exhaustive()
    }
}

/// Why rows cannot be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReadRowsError {
    /// What is asked for cannot be.
    Find(FindError),
    /// A row in the store is none of the projection's; rebuild it.
    Row {
        /// The stored name of the projection.
        projection: &'static str,
        /// What is wrong with it.
        cause: CellError,
    },
    /// The projection stands before an event that it cannot take in, and does not come to what is waited for.
    Stopped {
        /// Which event, and why.
        reason: String,
    },
    /// The store could not be read.
    Store(StoreError),
}

impl fmt::Display for ReadRowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Find(error) => error.fmt(f),
            Self::Row { projection, cause } => write!(
                f,
                "a row of projection `{projection}` cannot be read, rebuild it: {cause}"
            ),
            Self::Stopped { reason } => f.write_str(reason),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for ReadRowsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Find(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<FindError> for ReadRowsError {
    fn from(error: FindError) -> Self {
        Self::Find(error)
    }
}

impl From<StoreError> for ReadRowsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<P: Projection, L: EventStore, R: RowStore> ReadModel<P, L, R> {
    pub(super) fn new(stores: Arc<Stores<L, R>>) -> Self {
        Self {
            stores,
            table: Arc::new(RowTable::of(&P::description())),
            of: PhantomData,
        }
    }

    /// The row of that key.
    ///
    /// # Errors
    /// Where the projection was never folded, or by another definition ([`StoreError::NoRows`],
    /// [`StoreError::RowsOutdated`]), or the store fails.
    pub async fn get(&self, key: &P::Key) -> Result<Option<P>, ReadRowsError> {
        let cells = encode::key(&self.table, key).map_err(FindError::Value)?;
        let conditions = self.table.key.iter().zip(cells);
        let query = RowQuery {
            filter: conditions
                .map(|(column, cell)| Condition {
                    column: *column,
                    test: Test::Is(cell),
                })
                .collect(),
            limit: Some(1),
            ..RowQuery::default()
        };
        Ok(self.page(query).await?.rows.pop())
    }

    /// The rows that are asked for, all as of one moment.
    ///
    /// # Errors
    /// As [`get`](Self::get), and where what is asked for cannot be.
    pub async fn find(&self, find: Find<P>) -> Result<RowsPage<P>, ReadRowsError> {
        self.page(find.query(&self.table)?).await
    }

    /// How many rows are asked for, whatever the limit and the cursor.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn count(&self, find: Find<P>) -> Result<u64, ReadRowsError> {
        let query = find.query(&self.table)?;
        Ok(self
            .stores
            .rows
            .count_rows(self.table.clone(), query)
            .await?)
    }

    async fn page(&self, query: RowQuery) -> Result<RowsPage<P>, ReadRowsError> {
        let found = self
            .stores
            .rows
            .read_rows(self.table.clone(), query.clone());
        find::page(&self.table, &query, found.await?).map_err(|cause| ReadRowsError::Row {
            projection: P::NAME,
            cause,
        })
    }

    /// Waits until the rows tell of what was written, by whichever process they are folded: read your own writes.
    ///
    /// Events that are none of the projection's are not waited for. It waits for as long as nobody folds; give it an end
    /// with a timeout of the executor.
    ///
    /// # Errors
    /// [`ReadRowsError::Stopped`] where the projection stands before an event that it cannot take in; or the store fails.
    pub async fn wait_for(&self, receipt: &Receipt) -> Result<(), ReadRowsError> {
        match receipt.positions {
            Some(positions) => self.wait_until(positions.last).await,
            None => Ok(()),
        }
    }

    /// Waits until the rows tell of everything up to a position.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub async fn wait_until(&self, position: Position) -> Result<(), ReadRowsError> {
        let stores = &self.stores;
        let standing = stores.rows.rows_standing(Some(P::NAME.to_owned())).await?;
        let live = standing
            .into_iter()
            .find(|standing| standing.role == Role::Live);
        let checkpoint = live.and_then(|live| live.mark.checkpoint);
        if checkpoint >= Some(position) {
            return Ok(());
        }
        // A checkpoint does not move for events that are none of the projection's.
        let last = Slice {
            after: checkpoint,
            until: Some(position),
            direction: Direction::Backwards,
            limit: 1,
            envelope: Envelope::Bare,
        };
        let page = stores
            .log
            .read_log(incoming::query(P::EVENTS), last)
            .await?;
        let Some(last) = page.events.last().map(|event| event.position()) else {
            return Ok(());
        };
        let standing = stores.rows.rows_reached(P::NAME.to_owned(), last).await?;
        match standing.stopped {
            Some(reason) if standing.mark.checkpoint < Some(last) => {
                Err(ReadRowsError::Stopped { reason })
            }
            _ => Ok(()),
        }
    }
}
