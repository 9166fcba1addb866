//! Snapshots in the file: written by the writer between its groups, in transactions that no caller waits for.

use es_runtime::{EventId, Fingerprint, Snapshot, StoreError, StreamId, Uuid, Version};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use crate::error::{Place, Trouble};
use crate::number::{stored, version};
use crate::options::Durability;
use crate::reply::Replier;
use crate::sql;

pub(crate) const KEEP: &str = "keep_snapshot";
pub(crate) const DROP: &str = "drop_snapshot";

/// What is to be done with a snapshot, with whom to answer.
pub(crate) enum Task {
    Keep(Snapshot, Replier<Result<bool, StoreError>>),
    Drop(StreamId, Version, Replier<Result<(), StoreError>>),
}

/// What writes snapshots on the connection of the writer.
pub(crate) struct Keeper<'c> {
    connection: &'c Connection,
    durability: Durability,
    /// Whether the connection syncs what it commits, as the store was opened to.
    is_settled: bool,
    begin: Statement<'c>,
    commit: Statement<'c>,
    insert_category: Statement<'c>,
    find_category: Statement<'c>,
    keep: Statement<'c>,
    drop: Statement<'c>,
}

impl<'c> Keeper<'c> {
    pub(crate) fn prepare(
        connection: &'c Connection,
        durability: Durability,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            durability,
            is_settled: true,
            begin: sql::prepare(connection, sql::BEGIN)?,
            commit: sql::prepare(connection, sql::COMMIT)?,
            insert_category: sql::prepare(connection, sql::INSERT_CATEGORY)?,
            find_category: sql::prepare(connection, sql::FIND_CATEGORY)?,
            keep: sql::prepare(connection, sql::KEEP_SNAPSHOT)?,
            drop: sql::prepare(connection, sql::DROP_SNAPSHOT)?,
        })
    }

    /// Carries everything out in one transaction, which is not synced: what a power cut takes with it, the events give
    /// again.
    pub(crate) fn carry_out(&mut self, place: &Place, tasks: Vec<Task>) {
        let answers = self.write(&tasks);
        if let Err(trouble) = &answers {
            tracing::warn!(error = %trouble, snapshots = tasks.len(), "snapshots were not written");
        }
        match answers.map_err(|trouble| place.failure(trouble)) {
            Ok(changed) => {
                for (task, changed) in tasks.into_iter().zip(changed) {
                    match task {
                        Task::Keep(_, answer) => answer.send(Ok(changed)),
                        Task::Drop(_, _, answer) => answer.send(Ok(())),
                    }
                }
            }
            Err(failure) => {
                for task in tasks {
                    match task {
                        Task::Keep(_, answer) => answer.send(Err(failure.nothing_stored(KEEP))),
                        Task::Drop(_, _, answer) => answer.send(Err(failure.nothing_stored(DROP))),
                    }
                }
            }
        }
    }

    /// Says of each whether it has changed anything.
    fn write(&mut self, tasks: &[Task]) -> Result<Vec<bool>, Trouble> {
        self.is_settled = false;
        self.connection.execute_batch(sql::NOT_SYNCED)?;
        let written = self.transaction(tasks);
        self.settle()?;
        written
    }

    /// Makes sure that the connection is as it was opened, outside of any transaction: no commit may be acknowledged before
    /// it is synced.
    pub(crate) fn settle(&mut self) -> Result<(), Trouble> {
        if self.is_settled {
            return Ok(());
        }
        if !self.connection.is_autocommit() {
            self.connection.execute_batch(sql::ROLLBACK)?;
        }
        self.connection
            .execute_batch(sql::synced(self.durability))?;
        self.is_settled = true;
        Ok(())
    }

    fn transaction(&mut self, tasks: &[Task]) -> Result<Vec<bool>, Trouble> {
        self.begin.execute([])?;
        let mut changed = Vec::with_capacity(tasks.len());
        for task in tasks {
            changed.push(self.write_one(task)? > 0);
        }
        self.commit.execute([])?;
        Ok(changed)
    }

    fn write_one(&mut self, task: &Task) -> Result<usize, Trouble> {
        match task {
            Task::Keep(snapshot, _) => {
                let category = self.category(snapshot.stream.category().as_str())?;
                Ok(self.keep.execute(params![
                    category,
                    snapshot.stream.key(),
                    stored(snapshot.version.get()),
                    snapshot.event.uuid().as_bytes(),
                    snapshot.fingerprint.get().cast_signed(),
                    snapshot.body,
                ])?)
            }
            Task::Drop(stream, version, _) => {
                let category = self.category(stream.category().as_str())?;
                let params = (category, stream.key(), stored(version.get()));
                Ok(self.drop.execute(params)?)
            }
        }
    }

    fn category(&mut self, name: &str) -> Result<i64, rusqlite::Error> {
        let found = self.find_category.query_row([name], |row| row.get(0));
        match found.optional()? {
            Some(category) => Ok(category),
            None => {
                self.insert_category.execute([name])?;
                Ok(self.connection.last_insert_rowid())
            }
        }
    }
}

/// The snapshot of a stream, if it has this fingerprint.
pub(crate) fn find(
    statement: &mut Statement<'_>,
    category: i64,
    stream: StreamId,
    fingerprint: Fingerprint,
) -> Result<Option<Snapshot>, Trouble> {
    let mut rows = statement.query((category, stream.key(), fingerprint.get().cast_signed()))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Snapshot {
        version: version(row.get(0)?)?,
        event: event(row, &stream)?,
        body: row.get(2)?,
        stream,
        fingerprint,
    }))
}

fn event(row: &Row<'_>, stream: &StreamId) -> Result<EventId, Trouble> {
    let id = match row.get_ref(1)? {
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    id.map(EventId::from).ok_or_else(|| {
        Trouble::Damaged(format!("the event of the snapshot of {stream} is not one"))
    })
}
