//! Rows in memory: for tests, and for read models that are small enough to be folded anew at each start.

use std::fmt;

use super::ahead::Ahead;
use super::error::{ProjectError, ProjectionError, Stopped};
use super::find::{self, Find, FindError, RowsPage};
use super::fold::{self, Taken, Tried};
use super::incoming::{self, Incoming};
use super::park::Lot;
use super::rows::{Table, Undo};
use super::{Projection, encode};
use crate::app::Earlier;
use crate::bare;
use crate::commit::Query;
#[cfg(feature = "testing")]
use crate::envelope::RawEvent;
use crate::envelope::{Envelope, Page};
use crate::id::{Position, StreamId, Version};
use crate::row_store::{Cell, Found, Parked, RowTable};
use crate::store::{EventStore, Slice};

/// The rows of a projection in memory, as far as the log was folded.
///
/// Nothing of it is stored. A rule that has changed needs no more than a new one of these.
pub struct MemoryRows<P: Projection> {
    table: Table<P>,
    undo: Undo<P>,
    query: Query,
    /// How much of the events its rules have asked for by now.
    envelope: Envelope,
    parked: Lot,
    checkpoint: Option<Position>,
}

impl<P: Projection> Default for MemoryRows<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Projection> MemoryRows<P> {
    /// No rows, before the first event.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: Table::new(),
            undo: Undo::new(),
            query: incoming::query(P::EVENTS),
            envelope: Envelope::Bare,
            parked: Lot::default(),
            checkpoint: None,
        }
    }

    /// Folds what the log holds behind the checkpoint, each event once. Only the events of the projection are read.
    ///
    /// What is folded before an error stays, and the next call goes on from there.
    ///
    /// # Errors
    /// [`ProjectionError::Stopped`] at an event that cannot be taken in, unless the projection parks such events;
    /// [`ProjectionError::Store`] where the log cannot be read.
    pub async fn catch_up<S: EventStore>(&mut self, store: &S) -> Result<(), ProjectionError> {
        let mut pages = Ahead::new(store, self.query.clone(), self.envelope);
        let mut earlier = Earlier::default();
        loop {
            let page = pages.page(self.checkpoint).await?;
            let Some(reached) = page.reached else {
                return Ok(());
            };
            if self.take_page(store, &page.events, &mut earlier).await? {
                self.checkpoint = Some(reached);
            }
            pages.set_envelope(self.envelope);
        }
    }

    /// Takes in the events of a page, each or what the projection says; not all of them where there is more to be read of one.
    async fn take_page<S: EventStore>(
        &mut self,
        store: &S,
        page: &Page,
        earlier: &mut Earlier,
    ) -> Result<bool, ProjectionError> {
        for event in page.iter() {
            if let Some(event) = Incoming::of::<P>(event) {
                let taken = match event.earlier::<P, S>(store, earlier).await {
                    Ok(earlier) => self.take(&event, earlier),
                    Err(none) => fold::of_failed::<P>(ProjectError::without(none)?),
                };
                match taken {
                    Taken::In | Taken::Missed(_) => {}
                    Taken::Bare => {
                        self.envelope = bare::more_than(self.envelope)?;
                        return Ok(false);
                    }
                    Taken::Parked(cause) => drop(self.parked.park(&event.event, cause)),
                    Taken::Stopped(cause) => {
                        return Err(Stopped::before(P::NAME, &event.event, cause).into());
                    }
                }
            }
            self.checkpoint = Some(event.position());
        }
        Ok(true)
    }

    /// Tries again to take in what is parked, stream by stream in order; what fails again stays, with what is behind it.
    /// Says how much was taken in.
    ///
    /// # Errors
    /// [`ProjectionError::Store`] where a stream cannot be read.
    pub async fn redrive<S: EventStore>(&mut self, store: &S) -> Result<usize, ProjectionError> {
        let before = self.parked.all().len();
        for stream in self.parked.streams() {
            self.redrive_stream(store, stream).await?;
        }
        Ok(before - self.parked.all().len())
    }

    async fn redrive_stream<S: EventStore>(
        &mut self,
        store: &S,
        stream: StreamId,
    ) -> Result<(), ProjectionError> {
        let mut earlier = Earlier::default();
        while let Some(first) = self.parked.first(&stream) {
            let version = first.version;
            let behind = Slice::after(Version::new(version.get() - 1), 1).until(version);
            let page = store.read_stream(stream.clone(), behind).await?;
            let Some(event) = page.last() else {
                return Ok(());
            };
            if let Some(event) = Incoming::of::<P>(event) {
                let (table, undo) = (&mut self.table, &mut self.undo);
                let taken = match event.earlier::<P, S>(store, &mut earlier).await {
                    Ok(earlier) => fold::try_to_take::<P>(table, undo, &event, earlier),
                    Err(none) => Tried::Failed(ProjectError::without(none)?),
                };
                match taken {
                    Tried::In | Tried::Missed(_) => {}
                    Tried::Bare => return Err(bare::left_out().into()),
                    Tried::Failed(cause) => {
                        self.parked.keep(&stream, &cause);
                        return Ok(());
                    }
                }
            }
            self.parked.take_up(&stream, version);
        }
        Ok(())
    }

    /// The row of that key.
    #[must_use]
    pub fn get(&self, key: &P::Key) -> Option<&P> {
        self.table.rows.get(key)
    }

    /// The rows that are asked for, as [`ReadModel::find`](super::ReadModel::find) gives them.
    ///
    /// # Errors
    /// Where what is asked for cannot be.
    pub fn find(&self, find: Find<P>) -> Result<RowsPage<P>, FindError> {
        let table = RowTable::of(&P::description());
        let query = find.query(&table)?;
        let cells = self.cells(&table)?;
        let found = Found {
            rows: query
                .answer(&table, cells.iter())
                .into_iter()
                .cloned()
                .collect(),
            checkpoint: self.checkpoint,
        };
        Ok(find::page(&table, &query, found)?)
    }

    /// How many rows are asked for, whatever the limit and the cursor.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn count(&self, find: Find<P>) -> Result<usize, FindError> {
        let table = RowTable::of(&P::description());
        let query = find.query(&table)?;
        let cells = self.cells(&table)?;
        Ok(cells
            .iter()
            .filter(|row| query.matches(&table, row))
            .count())
    }

    fn cells(&self, table: &RowTable) -> Result<Vec<Vec<Cell>>, FindError> {
        let cells = self.iter().map(|row| encode::row(table, row));
        Ok(cells.collect::<Result<_, _>>()?)
    }

    /// All rows, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &P> {
        self.table.rows.values()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.rows.is_empty()
    }

    /// Up to where the log is folded; nothing before the first event.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Position> {
        self.checkpoint
    }

    /// What is put aside, in the order of the log.
    #[must_use]
    pub fn parked(&self) -> Vec<&Parked> {
        self.parked.all()
    }

    /// Whether such an event is one that the projection takes in.
    #[cfg(feature = "testing")]
    pub(crate) fn reads(event: RawEvent<'_>) -> bool {
        Incoming::of::<P>(event).is_some_and(|event| event.is_anything())
    }

    /// Takes an event in that stands behind these, if it is one of the projection's; or changes nothing.
    #[cfg(feature = "testing")]
    pub(crate) fn try_to_take(
        &mut self,
        event: RawEvent<'_>,
        earlier: &Page,
    ) -> Result<(), ProjectError> {
        let Some(event) = Incoming::of::<P>(event) else {
            return Ok(());
        };
        let (table, undo) = (&mut self.table, &mut self.undo);
        match fold::try_to_take::<P>(table, undo, &event, earlier) {
            // All rows there are, and all of the event, are at hand.
            Tried::In | Tried::Missed(_) | Tried::Bare => Ok(()),
            Tried::Failed(cause) => Err(cause),
        }
    }

    /// Takes an event in, or says what the projection does with it.
    fn take(&mut self, event: &Incoming<'_>, earlier: &Page) -> Taken<P::Key> {
        fold::take::<P>(
            &mut self.table,
            &mut self.undo,
            &self.parked,
            event,
            earlier,
        )
    }
}

impl<P: Projection> fmt::Debug for MemoryRows<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRows")
            .field("projection", &P::NAME)
            .field("rows", &self.table.rows.len())
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}
