//! The store in memory: for tests, and for what need not outlive the process.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::commit::{Commit, Fingerprint, Positions, Query, Receipt, StreamReceipt};
use crate::envelope::{NewEvent, Origin, Page, PageRow};
use crate::hash::Folded;
use crate::id::{CommandId, CommitNumber, EventId, Position, StreamId, Version};
use crate::row_store::{
    Cell, Found, Mark, MemoryTables, Parked, Role, RowQuery, RowStore, RowTable, RowsCommit,
    RowsDiff, RowsOwner, Standing,
};
use crate::signal::Signal;
use crate::snapshot::Snapshot;
use crate::store::{Conflict, Direction, EventStore, Limits, LogPage, Slice, StoreError};
use crate::sync::{Mutex, lock};
use crate::time::{Clock, SystemClock, Timestamp};

/// A store that keeps its events in memory. Clones share them.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    log: Mutex<Log>,
    snapshots: Mutex<HashMap<StreamId, Snapshot>>,
    tables: MemoryTables,
    moved: Signal,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

#[derive(Default)]
struct Log {
    /// By position, which counts from 1 without a gap.
    events: Vec<Stored>,
    streams: Vec<Stream>,
    /// The place in `streams` of each.
    places: HashMap<StreamId, usize, Folded>,
    ids: HashSet<EventId, Folded>,
    commands: HashMap<CommandId, (Fingerprint, Receipt)>,
    commits: u64,
}

struct Stream {
    id: StreamId,
    /// The places in `events` of its events, by version.
    events: Vec<usize>,
}

struct Stored {
    /// The place in `streams` of its stream.
    stream: usize,
    version: Version,
    commit: CommitNumber,
    recorded_at: Timestamp,
    /// As JSON; nothing where nothing is known.
    metadata: Option<Arc<[u8]>>,
    event: NewEvent,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store whose `recorded_at` comes from `clock`.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let log = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                log,
                snapshots: Mutex::default(),
                tables: MemoryTables::default(),
                moved: Signal::new(),
                clock,
                limits: Limits::default(),
            }),
        }
    }
}

impl EventStore for MemoryStore {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        let mut answers = Vec::with_capacity(commits.len());
        {
            let mut log = lock(&self.shared.log);
            let mut is_broken = false;
            for commit in commits {
                let answer = match is_broken {
                    true => Err(StoreError::Behind),
                    false => self.shared.append(&mut log, commit),
                };
                is_broken |= !matches!(&answer, Ok(receipt) if !receipt.repeated);
                answers.push(answer);
            }
        }
        self.shared.moved.notify_all();
        answers
    }

    /// As a chain of one, without the lists around it.
    async fn append(&self, commit: Commit) -> Result<Receipt, StoreError> {
        let answer = self.shared.append(&mut lock(&self.shared.log), commit);
        self.shared.moved.notify_all();
        answer
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        lock(&self.shared.log).receipt(id, fingerprint)
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        let log = lock(&self.shared.log);
        let places = log
            .place(&stream)
            .map_or(&[][..], |place| &log.streams[place].events);
        let mut page = Page::default();
        let mut wanted = window(
            places.len(),
            number(slice.after),
            slice.until.map(Version::get),
            slice.direction,
        );
        for place in wanted.by_ref().take(slice.limit) {
            log.show(places[place], &mut page);
        }
        if wanted.next().is_none() {
            page.mark_last();
        }
        Ok(page)
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        let log = lock(&self.shared.log);
        let after = slice.after.map_or(0, Position::get);
        let mut found = LogPage::default();
        for place in window(
            log.events.len(),
            after,
            slice.until.map(Position::get),
            slice.direction,
        ) {
            if found.events.len() == slice.limit {
                break;
            }
            found.reached = position(place);
            if log.matches(&query, place) {
                log.show(place, &mut found.events);
            }
        }
        Ok(found)
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        Ok(lock(&self.shared.log).head())
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        let snapshots = lock(&self.shared.snapshots);
        let kept = snapshots.get(&stream);
        Ok(kept.filter(|kept| kept.fingerprint == fingerprint).cloned())
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        let mut snapshots = lock(&self.shared.snapshots);
        let kept = snapshots.get(&snapshot.stream);
        let is_kept = kept.is_none_or(|kept| snapshot.replaces(kept));
        if is_kept {
            snapshots.insert(snapshot.stream.clone(), snapshot);
        }
        Ok(is_kept)
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        let mut snapshots = lock(&self.shared.snapshots);
        if snapshots
            .get(&stream)
            .is_some_and(|kept| kept.version == version)
        {
            snapshots.remove(&stream);
        }
        Ok(())
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        loop {
            // Listen before looking, so that nothing moves unseen in between.
            let moved = self.shared.moved.listen();
            if lock(&self.shared.log).head() > after {
                return Ok(());
            }
            moved.await;
        }
    }
}

impl RowStore for MemoryStore {
    async fn own_rows(&self, name: String) -> Result<RowsOwner, StoreError> {
        Ok(self.shared.tables.own(name).await)
    }

    async fn rows_standing(&self, projection: Option<String>) -> Result<Vec<Standing>, StoreError> {
        Ok(self.shared.tables.standing(projection.as_deref()))
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        Ok(self.shared.tables.begin(table, role))
    }

    async fn commit_rows(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        self.shared.tables.commit(commit)
    }

    async fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> Result<bool, StoreError> {
        Ok(self.shared.tables.swap(&projection, generation, from, to))
    }

    async fn drop_rows(&self, projection: String, generation: u64) -> Result<(), StoreError> {
        self.shared.tables.drop_generation(&projection, generation);
        Ok(())
    }

    async fn fetch_rows(
        &self,
        generation: u64,
        _: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        Ok(self.shared.tables.fetch(generation, &keys))
    }

    async fn read_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        self.shared.tables.read(&table, &query)
    }

    async fn count_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        self.shared.tables.count(&table, &query)
    }

    async fn parked_events(&self, generation: u64) -> Result<Vec<Parked>, StoreError> {
        Ok(self.shared.tables.parked(generation))
    }

    async fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> Result<Standing, StoreError> {
        self.shared.tables.reached(&projection, position).await
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        Ok(self.shared.tables.compare(&old, &new, samples))
    }
}

fn number(version: Option<Version>) -> u64 {
    version.map_or(0, Version::get)
}

fn position(place: usize) -> Option<Position> {
    Position::new(place as u64 + 1)
}

/// The places, counted from 0, of what is numbered from behind `after` up to `until`, in the order they are asked for.
fn window(
    len: usize,
    after: u64,
    until: Option<u64>,
    direction: Direction,
) -> Box<dyn Iterator<Item = usize>> {
    let end = until.map_or(len, |until| {
        usize::try_from(until).map_or(len, |until| until.min(len))
    });
    let start = usize::try_from(after).map_or(end, |after| after.min(end));
    match direction {
        Direction::Forwards => Box::new(start..end),
        Direction::Backwards => Box::new((start..end).rev()),
    }
}

impl Shared {
    fn append(&self, log: &mut Log, commit: Commit) -> Result<Receipt, StoreError> {
        self.limits.check(&commit)?;
        log.append(commit, &*self.clock)
    }
}

impl Log {
    fn head(&self) -> Option<Position> {
        Position::new(self.events.len() as u64)
    }

    fn place(&self, stream: &StreamId) -> Option<usize> {
        self.places.get(stream).copied()
    }

    /// Where the stream of that place stands.
    fn version(&self, place: Option<usize>) -> Option<Version> {
        Version::new(self.streams[place?].events.len() as u64)
    }

    /// The place of a stream that is new.
    fn add(&mut self, stream: &StreamId) -> usize {
        let place = self.streams.len();
        self.places.insert(stream.clone(), place);
        self.streams.push(Stream {
            id: stream.clone(),
            events: Vec::new(),
        });
        place
    }

    fn matches(&self, query: &Query, place: usize) -> bool {
        let Stored { stream, event, .. } = &self.events[place];
        query.matches(
            self.streams[*stream].id.category(),
            &event.name,
            &event.tags,
        )
    }

    fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        match self.commands.get(&id) {
            Some((known, receipt)) if *known == fingerprint => Ok(Some(receipt.clone().again())),
            Some(_) => Err(StoreError::CommandReused { id }),
            None => Ok(None),
        }
    }

    /// Checks everything, then stores everything.
    fn append(&mut self, commit: Commit, clock: &dyn Clock) -> Result<Receipt, StoreError> {
        if let Some(command) = &commit.command
            && let Some(receipt) = self.receipt(command.id, command.fingerprint)?
        {
            return Ok(receipt);
        }
        let places = self.check_expectations(&commit)?;
        self.check_guard(&commit)?;
        let metadata = if commit.metadata.is_empty() {
            None
        } else {
            let text = serde_json::to_vec(&commit.metadata)
                .map_err(|error| StoreError::permanent("append", error))?;
            Some(Arc::from(text))
        };
        self.claim_ids(&commit)?;

        let last_recorded = self.events.last().map(|stored| stored.recorded_at);
        let now = clock.now().to_micros_precision();
        let recorded_at = last_recorded.map_or(now, |last| last.max(now));
        let first = Position::after(self.head());
        let has_events = commit.writes.iter().any(|write| !write.events.is_empty());
        let number = has_events.then(|| {
            self.commits += 1;
            CommitNumber::new(self.commits).unwrap_or(CommitNumber::FIRST)
        });
        let mut streams = Vec::with_capacity(commit.writes.len());
        for (write, place) in commit.writes.into_iter().zip(places) {
            let before = self.version(place);
            let mut after = before;
            if !write.events.is_empty() {
                let stream = place.unwrap_or_else(|| self.add(&write.stream));
                for mut event in write.events {
                    event.occurred_at = event.occurred_at.to_micros_precision();
                    let version = Version::after(after);
                    self.streams[stream].events.push(self.events.len());
                    self.events.push(Stored {
                        stream,
                        version,
                        commit: number.unwrap_or(CommitNumber::FIRST),
                        recorded_at,
                        metadata: metadata.clone(),
                        event,
                    });
                    after = Some(version);
                }
            }
            streams.push(StreamReceipt {
                before,
                after,
                stream: write.stream,
            });
        }
        let positions = self
            .head()
            .filter(|_| has_events)
            .map(|last| Positions { first, last });
        let receipt = Receipt {
            commit: number,
            streams,
            positions,
            recorded_at,
            repeated: false,
        };
        if let Some(command) = commit.command {
            self.commands
                .insert(command.id, (command.fingerprint, receipt.clone()));
        }
        Ok(receipt)
    }

    /// Gives the place of each stream of the commit; nothing for one that does not exist.
    fn check_expectations(&self, commit: &Commit) -> Result<Vec<Option<usize>>, StoreError> {
        let mut places = Vec::with_capacity(commit.writes.len());
        for write in &commit.writes {
            let place = self.place(&write.stream);
            let actual = self.version(place);
            if !write.expected.holds(actual) {
                let (stream, expected) = (write.stream.clone(), write.expected);
                return Err(StoreError::Conflict(Conflict {
                    stream,
                    expected,
                    actual,
                }));
            }
            places.push(place);
        }
        Ok(places)
    }

    fn check_guard(&self, commit: &Commit) -> Result<(), StoreError> {
        let Some(guard) = &commit.guard else {
            return Ok(());
        };
        let read = guard.after.map_or(0, Position::get);
        for place in window(self.events.len(), read, None, Direction::Forwards) {
            if self.matches(&guard.query, place)
                && let Some(position) = position(place)
            {
                return Err(StoreError::Guarded {
                    position,
                    after: guard.after,
                });
            }
        }
        Ok(())
    }

    /// Remembers the ids of the events; none of them where one is known.
    fn claim_ids(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let events = || commit.writes.iter().flat_map(|write| &write.events);
        for (claimed, event) in events().enumerate() {
            if !self.ids.insert(event.id) {
                for event in events().take(claimed) {
                    self.ids.remove(&event.id);
                }
                return Err(StoreError::DuplicateEvent { id: event.id });
            }
        }
        Ok(())
    }

    fn show(&self, place: usize, page: &mut Page) {
        let (stored, Some(position)) = (&self.events[place], position(place)) else {
            return;
        };
        let event = &stored.event;
        let row = PageRow {
            version: stored.version,
            position,
            schema: event.schema,
            reads_as: event.reads_as,
            codec: event.codec.number(),
            origin: Some(Origin {
                id: event.id,
                commit: stored.commit,
                occurred_at: event.occurred_at,
                recorded_at: stored.recorded_at,
            }),
        };
        let stream = &self.streams[stored.stream].id;
        let metadata = stored.metadata.as_deref().unwrap_or_default();
        page.push(stream, &event.name, row, metadata, &event.body);
    }
}
