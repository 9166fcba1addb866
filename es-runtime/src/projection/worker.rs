//! What folds one projection into a generation of rows in a store: the rows that are at hand, and how far they are.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::{ProjectError, ProjectionError, Stopped};
use super::fold::{self, Taken, Tried};
use super::incoming::Incoming;
use super::park::Lot;
use super::rows::{Table, Undo, take_back};
use super::{Projection, decode, encode};
use crate::any::BoxFuture;
use crate::app::Earlier;
use crate::bare;
use crate::describe::ProjectedEvent;
use crate::envelope::{Envelope, Page, RawEvent};
use crate::hash::Folded;
use crate::id::{Position, StreamId, Version};
use crate::row_store::{Cell, Mark, Parked, Role, RowChange, RowStore, RowTable, RowsCommit};
use crate::store::{EventStore, LogPage, Slice, StoreError};

/// How many bytes of cells the rows at hand may be; then they make room for others.
const AT_HAND: usize = 16 * 1024 * 1024;

/// How far a checkpoint may be behind what was looked through without finding anything.
const SEEN_IN_VAIN: u64 = 10_000;

/// A worker, whatever its projection is.
pub(super) trait Work<L, R>: Send {
    /// The stored name of the projection.
    fn name(&self) -> &'static str;

    /// The events it is folded from.
    fn events(&self) -> &'static [ProjectedEvent];

    /// How much of the events its rules have asked for by now.
    fn envelope(&self) -> Envelope;

    /// Up to where the log was looked through.
    fn reached(&self) -> Option<Position>;

    /// Where the generation stands, and its number.
    fn stands(&self) -> (u64, Mark);

    /// Finds out where the rows stand, with none of them at hand.
    fn begin<'a>(&'a mut self, rows: &'a R) -> BoxFuture<'a, Result<(), ProjectionError>>;

    /// Takes in the events of a page that goes on where the log was looked through up to; all that is folded is written. That
    /// is not all of the page where there is more to be read of an event.
    fn take_in<'a>(
        &'a mut self,
        log: &'a L,
        rows: &'a R,
        page: &'a LogPage,
    ) -> BoxFuture<'a, Result<(), ProjectionError>>;

    /// Tries again to take in what is parked, stream by stream in order, and says how much was taken in.
    fn redrive<'a>(
        &'a mut self,
        log: &'a L,
        rows: &'a R,
    ) -> BoxFuture<'a, Result<usize, ProjectionError>>;
}

/// Folds the projection `P`.
pub(super) struct Worker<P: Projection> {
    description: Arc<RowTable>,
    role: Role,
    generation: u64,
    mark: Mark,
    reached: Option<Position>,
    is_stopped: bool,
    table: Table<P>,
    undo: Undo<P>,
    /// Keys of rows that are to be written.
    touched: HashSet<P::Key, Folded>,
    lot: Lot,
    park: Vec<Parked>,
    take_up: Vec<(StreamId, Version)>,
    /// Bytes of cells and number of the rows that were read or written.
    measured: (usize, usize),
    /// Whether each event's rows are tried to be written before the next event, to find the one whose cannot.
    is_careful: bool,
    envelope: Envelope,
}

impl<P: Projection> Worker<P> {
    pub(super) fn new(role: Role) -> Self {
        Self {
            description: Arc::new(RowTable::of(&P::description())),
            role,
            generation: 0,
            mark: Mark::default(),
            reached: None,
            is_stopped: false,
            table: Table::new(),
            undo: Undo::new(),
            touched: HashSet::default(),
            lot: Lot::default(),
            park: Vec::new(),
            take_up: Vec::new(),
            measured: (0, 0),
            is_careful: false,
            envelope: Envelope::Bare,
        }
    }

    async fn begin<R: RowStore>(&mut self, rows: &R) -> Result<(), ProjectionError> {
        let standing = rows.begin_rows(self.description.clone(), self.role).await?;
        if standing.table.fingerprint != self.description.fingerprint {
            let projection = P::NAME.to_owned();
            return Err(StoreError::RowsOutdated { projection }.into());
        }
        self.generation = standing.generation;
        self.mark = standing.mark;
        self.reached = standing.mark.checkpoint;
        self.is_stopped = standing.stopped.is_some();
        self.lot = Lot::of(match standing.parked {
            0 => Vec::new(),
            _ => rows.parked_events(standing.generation).await?,
        });
        self.forget();
        // Nothing was ever written to it.
        self.table.is_whole = standing.mark.commits == 0;
        Ok(())
    }

    /// Has nothing at hand, and nothing to write.
    fn forget(&mut self) {
        self.table = Table::new();
        self.table.is_whole = false;
        self.touched.clear();
        self.park.clear();
        self.take_up.clear();
    }

    async fn take_in<L: EventStore, R: RowStore>(
        &mut self,
        log: &L,
        rows: &R,
        page: &LogPage,
    ) -> Result<(), ProjectionError> {
        let is_next = |event: &RawEvent<'_>| Some(event.position()) > self.reached;
        let events = page.events.iter().filter(is_next);
        let events: Vec<_> = events.filter_map(Incoming::of::<P>).collect();
        self.is_careful = false;
        match self.fold(log, rows, &events, page.reached).await {
            Err(ProjectionError::Cell(_)) if !self.is_careful => {
                // A row cannot be written; which event is to blame, only a second look tells.
                self.begin(rows).await?;
                self.is_careful = true;
                self.fold(log, rows, &events, page.reached).await
            }
            Err(ProjectionError::Store(StoreError::RowsMoved { .. })) => self.begin(rows).await,
            Err(error @ ProjectionError::Stopped(_)) => Err(error),
            Err(error) => {
                self.forget();
                self.reached = self.mark.checkpoint;
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    async fn fold<L: EventStore, R: RowStore>(
        &mut self,
        log: &L,
        rows: &R,
        events: &[Incoming<'_>],
        until: Option<Position>,
    ) -> Result<(), ProjectionError> {
        let mut next = 0;
        let mut earlier = Earlier::default();
        while let Some(event) = events.get(next) {
            let taken = match event.earlier::<P, L>(log, &mut earlier).await {
                Ok(earlier) => self.take(event, earlier),
                Err(none) => fold::of_failed::<P>(ProjectError::without(none)?),
            };
            match taken {
                Taken::In => {}
                Taken::Missed(keys) => {
                    let keys = self.missed_by(&events[next + 1..], keys);
                    self.fetch(rows, keys).await?;
                    continue;
                }
                Taken::Bare => {
                    self.envelope = bare::more_than(self.envelope)?;
                    return match next {
                        0 => Ok(()),
                        _ => self.commit(rows, before(event), None).await,
                    };
                }
                Taken::Parked(cause) => self.park.push(self.lot.park(&event.event, cause)),
                Taken::Stopped(cause) => {
                    let stopped = Stopped::before(P::NAME, &event.event, cause);
                    let message = Some(stopped.to_string());
                    let before = before(event).max(self.mark.checkpoint);
                    self.commit(rows, before, message).await?;
                    return Err(stopped.into());
                }
            }
            next += 1;
        }
        let until = until.max(self.reached);
        let in_vain =
            until.map_or(0, Position::get) - self.mark.checkpoint.map_or(0, Position::get);
        if events.is_empty() && !self.is_stopped && in_vain < SEEN_IN_VAIN {
            self.reached = until;
            return Ok(());
        }
        self.commit(rows, until, None).await
    }

    /// Takes an event in, and remembers what it has changed.
    fn take(&mut self, event: &Incoming<'_>, earlier: &Page) -> Taken<P::Key> {
        let taken = fold::take(&mut self.table, &mut self.undo, &self.lot, event, earlier);
        let Taken::In = taken else { return taken };
        if self.is_careful
            && let Err(error) = self.encode_undone()
        {
            take_back(&mut self.table, &mut self.undo);
            return fold::of_failed::<P>(ProjectError::Cell(error));
        }
        self.touched.extend(self.undo.forget());
        taken
    }

    /// Tries to write the rows that the last event has changed.
    fn encode_undone(&self) -> Result<(), encode::CellError> {
        for key in self.undo.keys() {
            self.change(key)?;
        }
        Ok(())
    }

    /// What becomes of the row of that key in the store.
    fn change(&self, key: &P::Key) -> Result<RowChange, encode::CellError> {
        match self.table.rows.get(key) {
            Some(row) => encode::row(&self.description, row).map(RowChange::Put),
            None => encode::key(&self.description, key).map(RowChange::Delete),
        }
    }

    /// The keys, with those that later events will ask for, as far as that can be seen from here: each is tried on what the
    /// ones before it have made, and all of it is taken back.
    fn missed_by(&mut self, later: &[Incoming<'_>], keys: Vec<P::Key>) -> HashSet<P::Key, Folded> {
        let mut missed: HashSet<_, Folded> = keys.into_iter().collect();
        let mut tried = Undo::new();
        // An event that is read with others before it may be mistaken here, and asks again when its turn comes.
        let earlier = Page::default();
        for event in later {
            match fold::try_to_take(&mut self.table, &mut self.undo, event, &earlier) {
                Tried::In => tried.append(&mut self.undo),
                Tried::Missed(keys) => missed.extend(keys),
                Tried::Bare | Tried::Failed(_) => {}
            }
        }
        take_back(&mut self.table, &mut tried);
        missed
    }

    async fn fetch<R: RowStore>(
        &mut self,
        rows: &R,
        keys: HashSet<P::Key, Folded>,
    ) -> Result<(), ProjectionError> {
        let keys: Vec<P::Key> = keys.into_iter().collect();
        let cells: Result<Vec<_>, _> = keys
            .iter()
            .map(|key| encode::key(&self.description, key))
            .collect();
        let found = rows
            .fetch_rows(self.generation, self.description.clone(), cells?)
            .await?;
        if found.len() != keys.len() {
            let reason = "the store did not answer for every row";
            return Err(StoreError::permanent("fetch_rows", reason).into());
        }
        for (key, cells) in keys.into_iter().zip(found) {
            match cells {
                Some(cells) => {
                    self.measure(&cells);
                    let row = decode::row(&self.description, &cells)?;
                    self.table.rows.insert(key, row);
                }
                None => {
                    self.table.absent.insert(key);
                }
            }
        }
        Ok(())
    }

    /// Writes what is folded.
    async fn commit<R: RowStore>(
        &mut self,
        rows: &R,
        to: Option<Position>,
        stopped: Option<String>,
    ) -> Result<(), ProjectionError> {
        let mut changes = Vec::with_capacity(self.touched.len());
        for key in &self.touched {
            changes.push(self.change(key)?);
        }
        for change in &changes {
            if let RowChange::Put(cells) = change {
                self.measure(cells);
            }
        }
        self.is_stopped = stopped.is_some();
        let commit = RowsCommit {
            generation: self.generation,
            table: self.description.clone(),
            from: self.mark,
            to,
            changes,
            park: std::mem::take(&mut self.park),
            take_up: std::mem::take(&mut self.take_up),
            stopped,
        };
        self.mark = rows.commit_rows(commit).await?;
        self.reached = to;
        self.touched.clear();
        self.make_room();
        Ok(())
    }

    fn measure(&mut self, cells: &[Cell]) {
        let bytes = |cell: &Cell| match cell {
            Cell::Text(text) => text.len() + 32,
            Cell::Bytes(bytes) => bytes.len() + 32,
            Cell::Null | Cell::Integer(_) | Cell::Real(_) => 32,
        };
        self.measured.0 += cells.iter().map(bytes).sum::<usize>();
        self.measured.1 += 1;
    }

    /// Has no row at hand any more once they would take too much memory.
    fn make_room(&mut self) {
        let (bytes, rows) = self.measured;
        let of_one = bytes / rows.max(1);
        let at_hand = self.table.rows.len() + self.table.absent.len();
        if at_hand.saturating_mul(of_one.max(64)) > AT_HAND {
            self.table = Table::new();
            self.table.is_whole = false;
            self.measured = (of_one, 1);
        }
    }

    async fn redrive<L: EventStore, R: RowStore>(
        &mut self,
        log: &L,
        rows: &R,
    ) -> Result<usize, ProjectionError> {
        let mut taken = 0;
        let mut earlier = Earlier::default();
        for stream in self.lot.streams() {
            while let Some(first) = self.lot.first(&stream) {
                let version = first.version;
                let slice = Slice::after(Version::new(version.get() - 1), 1).until(version);
                let page = log.read_stream(stream.clone(), slice).await?;
                let Some(event) = page.last() else { break };
                let again = match Incoming::of::<P>(event) {
                    Some(event) => match event.earlier::<P, L>(log, &mut earlier).await {
                        Ok(earlier) => self.try_again(rows, &event, earlier).await?,
                        Err(none) => Some(ProjectError::without(none)?),
                    },
                    None => None,
                };
                match again {
                    None => {
                        self.lot.take_up(&stream, version);
                        self.take_up.push((stream.clone(), version));
                        taken += 1;
                    }
                    Some(cause) => {
                        self.park.extend(self.lot.keep(&stream, &cause));
                        break;
                    }
                }
            }
        }
        if taken > 0 || !self.park.is_empty() {
            self.commit(rows, self.mark.checkpoint, None).await?;
        }
        Ok(taken)
    }

    /// Says why the event cannot be taken in, if it cannot.
    async fn try_again<R: RowStore>(
        &mut self,
        rows: &R,
        event: &Incoming<'_>,
        earlier: &Page,
    ) -> Result<Option<ProjectError>, ProjectionError> {
        loop {
            match fold::try_to_take(&mut self.table, &mut self.undo, event, earlier) {
                Tried::Missed(keys) => self.fetch(rows, keys.into_iter().collect()).await?,
                Tried::Bare => return Err(bare::left_out().into()),
                Tried::Failed(cause) => return Ok(Some(cause)),
                Tried::In => break,
            }
        }
        if let Err(error) = self.encode_undone() {
            take_back(&mut self.table, &mut self.undo);
            return Ok(Some(ProjectError::Cell(error)));
        }
        self.touched.extend(self.undo.forget());
        Ok(None)
    }
}

/// The last position before an event.
fn before(event: &Incoming<'_>) -> Option<Position> {
    Position::new(event.event.position().get() - 1)
}

impl<P: Projection, L: EventStore, R: RowStore> Work<L, R> for Worker<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn events(&self) -> &'static [ProjectedEvent] {
        P::EVENTS
    }

    fn envelope(&self) -> Envelope {
        self.envelope
    }

    fn reached(&self) -> Option<Position> {
        self.reached
    }

    fn stands(&self) -> (u64, Mark) {
        (self.generation, self.mark)
    }

    fn begin<'a>(&'a mut self, rows: &'a R) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(Worker::begin(self, rows))
    }

    fn take_in<'a>(
        &'a mut self,
        log: &'a L,
        rows: &'a R,
        page: &'a LogPage,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(Worker::take_in(self, log, rows, page))
    }

    fn redrive<'a>(
        &'a mut self,
        log: &'a L,
        rows: &'a R,
    ) -> BoxFuture<'a, Result<usize, ProjectionError>> {
        Box::pin(Worker::redrive(self, log, rows))
    }
}
