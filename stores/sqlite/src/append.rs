//! One commit inside a transaction: checked in full, then stored by prepared inserts and nothing else.

use es_runtime::{
    CommandRecord, Commit, CommitNumber, Conflict, EventId, Expected, Guard, Position, Positions,
    Receipt, StoreError, StreamId, StreamReceipt, StreamWrite, Timestamp, Version,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use crate::error::Trouble;
use crate::intern::Interned;
use crate::number::{packed, position, stored, version};
use crate::query::{Bounds, Finder};
use crate::read;
use crate::recent::Recent;
use crate::sql;

/// How many streams are remembered with where they stand.
const REMEMBERED: usize = 20_000;

/// A commit on its way in, with what could be prepared before it stood in the queue.
pub(crate) struct Entry {
    commit: Commit,
    /// As JSON; nothing where nothing is known.
    metadata: Option<String>,
    /// About how many bytes it stores.
    pub(crate) bytes: usize,
}

impl Entry {
    pub(crate) fn new(commit: Commit) -> Result<Self, serde_json::Error> {
        let metadata = if commit.metadata.is_empty() {
            None
        } else {
            Some(serde_json::to_string(&commit.metadata)?)
        };
        let events = commit.writes.iter().flat_map(|write| &write.events);
        let bodies: usize = events.map(|event| event.body.len()).sum();
        let command = commit
            .command
            .as_ref()
            .map_or(0, |command| command.body.len());
        Ok(Self {
            bytes: bodies + command,
            commit,
            metadata,
        })
    }
}

/// Why a commit is not carried out.
pub(crate) enum Stop {
    /// It is refused, and has written nothing that anybody could see.
    Refused(StoreError),
    /// It is refused, but a part of it is written. The transaction has to be rolled back.
    RefusedTooLate(StoreError),
    /// SQLite failed. The transaction has to be rolled back.
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Stop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// The connection that writes, and what it remembers of the file.
pub(crate) struct Append<'c> {
    connection: &'c Connection,
    statements: Statements<'c>,
    finder: Finder<'c>,
    interned: Interned<'c>,
    /// Where streams stand.
    heads: Recent<StreamId, Version>,
    last: Last,
    /// The version of the file for which `heads` and `last` hold. It changes when another connection writes.
    data_version: Option<i64>,
    /// When the commits of the running transaction are recorded.
    now: Timestamp,
    has_failed_to_commit: bool,
}

struct Statements<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    rollback: Statement<'c>,
    data_version: Statement<'c>,
    last_event: Statement<'c>,
    last_version: Statement<'c>,
    insert_event: Statement<'c>,
    has_event_id: Statement<'c>,
    insert_tag: Statement<'c>,
    insert_command: Statement<'c>,
    find_command: Statement<'c>,
}

/// The last event of the log.
#[derive(Clone, Copy, Default)]
struct Last {
    position: i64,
    commit: i64,
    recorded_at: i64,
}

impl<'c> Append<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        let statements = Statements {
            begin: sql::prepare(connection, sql::BEGIN)?,
            commit: sql::prepare(connection, sql::COMMIT)?,
            rollback: sql::prepare(connection, sql::ROLLBACK)?,
            data_version: sql::prepare(connection, sql::DATA_VERSION)?,
            last_event: sql::prepare(connection, sql::LAST_EVENT)?,
            last_version: sql::prepare(connection, sql::LAST_VERSION)?,
            insert_event: sql::prepare(connection, sql::INSERT_EVENT)?,
            has_event_id: sql::prepare(connection, sql::HAS_EVENT_ID)?,
            insert_tag: sql::prepare(connection, sql::INSERT_TAG)?,
            insert_command: sql::prepare(connection, sql::INSERT_COMMAND)?,
            find_command: sql::prepare(connection, sql::FIND_COMMAND)?,
        };
        Ok(Self {
            connection,
            statements,
            finder: Finder::prepare(connection)?,
            interned: Interned::prepare(connection)?,
            heads: Recent::new(REMEMBERED),
            last: Last::default(),
            data_version: None,
            now: Timestamp::EPOCH,
            has_failed_to_commit: false,
        })
    }

    /// Begins a transaction whose commits are recorded at `now`, or at the time of the last event if that is later.
    pub(crate) fn begin(&mut self, now: Timestamp) -> Result<(), Trouble> {
        if !self.connection.is_autocommit() {
            self.statements.rollback.execute([])?;
        }
        self.statements.begin.execute([])?;
        let caught_up = self.catch_up(now);
        if caught_up.is_err() {
            self.roll_back();
        }
        caught_up
    }

    /// Forgets what another process may have changed. Names are never changed, so they stay.
    fn catch_up(&mut self, now: Timestamp) -> Result<(), Trouble> {
        let data_version = self
            .statements
            .data_version
            .query_row([], |row| row.get(0))?;
        if self.data_version != Some(data_version) {
            self.heads.clear();
            let last = self.statements.last_event.query_row([], |row| {
                Ok(Last {
                    position: row.get(0)?,
                    commit: row.get(1)?,
                    recorded_at: row.get(2)?,
                })
            });
            self.last = last.optional()?.unwrap_or_default();
            self.data_version = Some(data_version);
        }
        self.move_to(now);
        Ok(())
    }

    /// Records the commits that follow at `now`, or at the time of the last event if that is later.
    pub(crate) fn move_to(&mut self, now: Timestamp) {
        let now = now.to_micros_precision();
        self.now = if self.last.position == 0 {
            now
        } else {
            Timestamp::from_micros(self.last.recorded_at).map_or(now, |last| last.max(now))
        };
    }

    /// Makes the transaction durable; gives the position of the last event there is.
    pub(crate) fn commit(&mut self) -> Result<Option<Position>, Trouble> {
        if let Err(error) = self.statements.commit.execute([]) {
            self.has_failed_to_commit = true;
            return Err(error.into());
        }
        match self.last.position {
            0 => Ok(None),
            last => position(last).map(Some),
        }
    }

    /// Whether a commit has failed since this was last asked.
    pub(crate) fn has_failed_to_commit(&mut self) -> bool {
        std::mem::take(&mut self.has_failed_to_commit)
    }

    /// Undoes the transaction, and forgets what was remembered of it.
    pub(crate) fn roll_back(&mut self) {
        self.heads.clear();
        self.interned.forget();
        self.data_version = None;
        // SQLite may have done it already.
        if !self.connection.is_autocommit()
            && let Err(error) = self.statements.rollback.execute([])
        {
            tracing::warn!(%error, "rolling back failed; it is tried again before the next group");
        }
    }

    /// Carries out one commit: all of it, or an answer why not.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<Receipt, Stop> {
        let commit = &entry.commit;
        let before = match self.check(commit) {
            Ok(before) => before,
            // A command that is repeated finds the streams where it has left them itself.
            Err(Stop::Refused(refusal)) => {
                return self
                    .first_receipt(commit.command.as_ref())?
                    .ok_or(Stop::Refused(refusal));
            }
            Err(stop) => return Err(stop),
        };
        let receipt = self.receipt(commit, &before)?;
        if let Some(command) = &commit.command
            && !self.record(command, &receipt)?
            && let Some(first) = self.first_receipt(Some(command))?
        {
            return Ok(first);
        }
        self.store(entry, &before, &receipt)?;
        Ok(receipt)
    }

    /// Checks expectations and the guard; gives where each stream of the commit stands.
    fn check(&mut self, commit: &Commit) -> Result<Vec<Option<Version>>, Stop> {
        let mut before = Vec::with_capacity(commit.writes.len());
        for (place, write) in commit.writes.iter().enumerate() {
            let is_written_first = place == 0 && commit.command.is_none();
            let actual = self.version(write, is_written_first)?;
            if !write.expected.holds(actual) {
                return Err(Stop::Refused(conflict(write, actual)));
            }
            before.push(actual);
        }
        if let Some(guard) = &commit.guard {
            self.check_guard(guard)?;
        }
        Ok(before)
    }

    fn check_guard(&mut self, guard: &Guard) -> Result<(), Stop> {
        let low = guard
            .after
            .map_or(1, |after| stored(after.get()).saturating_add(1));
        let bounds = Bounds {
            low,
            high: self.last.position,
        };
        if bounds.low > bounds.high {
            return Ok(());
        }
        let plan = self.finder.plan(&guard.query)?;
        match self.finder.first(&plan, bounds)? {
            Some(first) => {
                let (position, after) = (position(first)?, guard.after);
                Err(Stop::Refused(StoreError::Guarded { position, after }))
            }
            None => Ok(()),
        }
    }

    /// Where a stream stands. One that is expected to be new is not searched for where its first event is what is written
    /// first: that insert will find out, with nothing to undo, and most often it is new indeed.
    fn version(
        &mut self,
        write: &StreamWrite,
        is_written_first: bool,
    ) -> Result<Option<Version>, Trouble> {
        if let Some(version) = self.heads.get(&write.stream) {
            return Ok(Some(version));
        }
        if is_written_first && write.expected == Expected::Missing && !write.events.is_empty() {
            return Ok(None);
        }
        self.find_version(&write.stream)
    }

    fn find_version(&mut self, stream: &StreamId) -> Result<Option<Version>, Trouble> {
        let Some(category) = self.interned.find_category(stream.category())? else {
            return Ok(None);
        };
        let last: Option<i64> = self
            .statements
            .last_version
            .query_row((category, stream.key()), |row| row.get(0))?;
        let Some(last) = last else { return Ok(None) };
        let version = version(last)?;
        self.heads.insert(stream.clone(), version);
        Ok(Some(version))
    }

    /// What the commit will have done.
    fn receipt(&self, commit: &Commit, before: &[Option<Version>]) -> Result<Receipt, Trouble> {
        let mut events = 0;
        let mut streams = Vec::with_capacity(commit.writes.len());
        for (write, &before) in commit.writes.iter().zip(before) {
            let added = write.events.len() as u64;
            let last = before.map_or(0, Version::get).saturating_add(added);
            let (stream, after) = (write.stream.clone(), Version::new(last));
            streams.push(StreamReceipt {
                stream,
                before,
                after,
            });
            events += added;
        }
        let positions = match events {
            0 => None,
            _ => {
                let last = self.last.position.checked_add(stored(events));
                let last = last.ok_or_else(|| {
                    Trouble::Damaged(
                        "behind the last position of the file there is no room".to_owned(),
                    )
                })?;
                Some(Positions {
                    first: position(self.last.position + 1)?,
                    last: position(last)?,
                })
            }
        };
        let number = stored_next(self.last.commit);
        Ok(Receipt {
            commit: positions.and_then(|_| CommitNumber::new(number)),
            streams,
            positions,
            recorded_at: self.now,
            repeated: false,
        })
    }

    /// Remembers a command; not where its id is known already.
    fn record(&mut self, command: &CommandRecord, receipt: &Receipt) -> Result<bool, Stop> {
        let receipt_text = serde_json::to_string(receipt)
            .map_err(|error| Stop::Refused(StoreError::permanent("append", error)))?;
        let inserted = self.statements.insert_command.execute(params![
            command.id.uuid().as_bytes(),
            command.name.as_str(),
            command.fingerprint.get().cast_signed(),
            self.now.micros(),
            receipt_text,
            command.body,
        ])?;
        Ok(inserted > 0)
    }

    fn first_receipt(&mut self, command: Option<&CommandRecord>) -> Result<Option<Receipt>, Stop> {
        match command {
            Some(command) => {
                let find = &mut self.statements.find_command;
                read::receipt(find, command.id, command.fingerprint)?.map_err(Stop::Refused)
            }
            None => Ok(None),
        }
    }

    /// Inserts the events.
    fn store(
        &mut self,
        entry: &Entry,
        before: &[Option<Version>],
        receipt: &Receipt,
    ) -> Result<(), Stop> {
        let Some(number) = receipt.commit else {
            return Ok(());
        };
        let number = stored(number.get());
        let recorded_at = self.now.micros();
        let mut position = self.last.position;
        let mut is_untouched = entry.commit.command.is_none();
        for (write, &before) in entry.commit.writes.iter().zip(before) {
            if write.events.is_empty() {
                continue;
            }
            let category = self.interned.category(write.stream.category())?;
            let mut last = before;
            for event in &write.events {
                position += 1;
                let version = Version::after(last);
                let event_type = self.interned.event_type(category, &event.name)?;
                let inserted = self.statements.insert_event.execute(params![
                    position,
                    category,
                    write.stream.key(),
                    stored(version.get()),
                    event_type,
                    packed(event.schema, event.reads_as, event.codec.number()),
                    number,
                    event.id.uuid().as_bytes(),
                    event.occurred_at.micros(),
                    recorded_at,
                    entry.metadata,
                    event.body,
                ]);
                if let Err(error) = inserted {
                    return Err(match self.refusal(write, version, event.id, error)? {
                        refusal if is_untouched => Stop::Refused(refusal),
                        refusal => Stop::RefusedTooLate(refusal),
                    });
                }
                is_untouched = false;
                for tag in &event.tags {
                    let tag = self.interned.tag(tag)?;
                    self.statements
                        .insert_tag
                        .execute((tag, event_type, position))?;
                }
                last = Some(version);
            }
            if let Some(last) = last {
                self.heads.insert(write.stream.clone(), last);
            }
        }
        self.last = Last {
            position,
            commit: number,
            recorded_at,
        };
        Ok(())
    }

    /// Why an event was not taken: its stream is not new, or its id is not. Neither is searched for before, since both are
    /// new but for mistakes and races.
    fn refusal(
        &mut self,
        write: &StreamWrite,
        version: Version,
        id: EventId,
        error: rusqlite::Error,
    ) -> Result<StoreError, Trouble> {
        let trouble = Trouble::from(error);
        if !trouble.is_constraint() {
            return Err(trouble);
        }
        // Behind the first event, what stands in the stream is the commit's own.
        if write.expected == Expected::Missing
            && version == Version::FIRST
            && let Some(actual) = self.find_version(&write.stream)?
        {
            return Ok(conflict(write, Some(actual)));
        }
        let is_known = self
            .statements
            .has_event_id
            .query_row([id.uuid().as_bytes()], |row| row.get(0))?;
        if is_known {
            Ok(StoreError::DuplicateEvent { id })
        } else {
            Err(trouble)
        }
    }
}

fn conflict(write: &StreamWrite, actual: Option<Version>) -> StoreError {
    StoreError::Conflict(Conflict {
        stream: write.stream.clone(),
        expected: write.expected,
        actual,
    })
}

fn stored_next(number: i64) -> u64 {
    u64::try_from(number).map_or(1, |number| number.saturating_add(1))
}

#[cfg(test)]
pub(crate) mod tests {
    use es_runtime::{Category, Codec, EventName, NewEvent, SchemaVersion, Uuid};

    use super::*;

    /// A commit of one event for one stream.
    pub(crate) fn one_event() -> Commit {
        let event = NewEvent {
            id: EventId::from(Uuid::now_v7()),
            name: EventName::from_static("opened"),
            schema: SchemaVersion::FIRST,
            reads_as: SchemaVersion::FIRST,
            codec: Codec::Json,
            occurred_at: Timestamp::EPOCH,
            tags: Vec::new(),
            body: b"{}".to_vec(),
        };
        let write = StreamWrite {
            stream: StreamId::new(Category::from_static("account"), "a"),
            expected: Expected::Any,
            events: vec![event],
        };
        Commit {
            writes: vec![write],
            ..Commit::default()
        }
    }
}
