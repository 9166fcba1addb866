//! The store in memory: for tests, and for what need not outlive the process.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::commit::{Commit, Fingerprint, Positions, Query, Receipt, StreamReceipt};
use crate::envelope::{NewEvent, Page, PageRow};
use crate::id::{CommandId, CommitNumber, EventId, Position, StreamId, Version};
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
    moved: Signal,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

#[derive(Default)]
struct Log {
    /// By position, which counts from 1 without a gap.
    events: Vec<Stored>,
    /// The places in `events` of each stream, by version.
    streams: HashMap<StreamId, Vec<usize>>,
    ids: HashSet<EventId>,
    commands: HashMap<CommandId, (Fingerprint, Receipt)>,
    commits: u64,
}

struct Stored {
    stream: StreamId,
    version: Version,
    commit: CommitNumber,
    recorded_at: Timestamp,
    metadata: Arc<[u8]>,
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
        let places = log.streams.get(&stream).map_or(&[][..], Vec::as_slice);
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
            let stored = &log.events[place];
            if query.matches(
                stored.stream.category(),
                &stored.event.name,
                &stored.event.tags,
            ) {
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

    fn version(&self, stream: &StreamId) -> Option<Version> {
        Version::new(self.streams.get(stream)?.len() as u64)
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
        let before = self.check_expectations(&commit)?;
        self.check_guard(&commit)?;
        let metadata: Arc<[u8]> = if commit.metadata.is_empty() {
            Arc::default()
        } else {
            serde_json::to_vec(&commit.metadata)
                .map_err(|error| StoreError::permanent("append", error))?
                .into()
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
        for (write, before) in commit.writes.into_iter().zip(before) {
            let mut after = before;
            if !write.events.is_empty() {
                // The key is cloned only where it is new.
                let places = match self.streams.get_mut(&write.stream) {
                    Some(places) => places,
                    None => self.streams.entry(write.stream.clone()).or_default(),
                };
                for mut event in write.events {
                    event.occurred_at = event.occurred_at.to_micros_precision();
                    let version = Version::after(after);
                    places.push(self.events.len());
                    self.events.push(Stored {
                        stream: write.stream.clone(),
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

    /// Gives where each stream of the commit stands.
    fn check_expectations(&self, commit: &Commit) -> Result<Vec<Option<Version>>, StoreError> {
        let mut before = Vec::with_capacity(commit.writes.len());
        for write in &commit.writes {
            let actual = self.version(&write.stream);
            if !write.expected.holds(actual) {
                let (stream, expected) = (write.stream.clone(), write.expected);
                return Err(StoreError::Conflict(Conflict {
                    stream,
                    expected,
                    actual,
                }));
            }
            before.push(actual);
        }
        Ok(before)
    }

    fn check_guard(&self, commit: &Commit) -> Result<(), StoreError> {
        let Some(guard) = &commit.guard else {
            return Ok(());
        };
        let read = guard.after.map_or(0, Position::get);
        for place in window(self.events.len(), read, None, Direction::Forwards) {
            let stored = &self.events[place];
            if guard.query.matches(
                stored.stream.category(),
                &stored.event.name,
                &stored.event.tags,
            ) && let Some(position) = position(place)
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
            id: event.id,
            stream: stored.stream.clone(),
            version: stored.version,
            position,
            commit: stored.commit,
            name: event.name.clone(),
            schema: event.schema,
            reads_as: event.reads_as,
            codec: event.codec.number(),
            occurred_at: event.occurred_at,
            recorded_at: stored.recorded_at,
        };
        page.push(row, &stored.metadata, &event.body);
    }
}
