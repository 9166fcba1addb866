//! Snapshots in the file: written beside the log, one for each stream.

use es_runtime::{EventId, Fingerprint, Snapshot, StreamId, Uuid, Version};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use crate::error::Trouble;
use crate::number::{stored, version};
use crate::sql;

pub(crate) const KEEP: &str = "keep_snapshot";
pub(crate) const DROP: &str = "drop_snapshot";

/// What writes snapshots on the connection of the writer.
pub(crate) struct Snapshots<'c> {
    connection: &'c Connection,
    insert_category: Statement<'c>,
    find_category: Statement<'c>,
    keep: Statement<'c>,
    drop: Statement<'c>,
}

impl<'c> Snapshots<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            insert_category: sql::prepare(connection, sql::INSERT_CATEGORY)?,
            find_category: sql::prepare(connection, sql::FIND_CATEGORY)?,
            keep: sql::prepare(connection, sql::KEEP_SNAPSHOT)?,
            drop: sql::prepare(connection, sql::DROP_SNAPSHOT)?,
        })
    }

    /// Says whether it was kept.
    pub(crate) fn keep(&mut self, snapshot: &Snapshot) -> Result<bool, Trouble> {
        let category = self.category(snapshot.stream.category().as_str())?;
        let kept = self.keep.execute(params![
            category,
            snapshot.stream.key(),
            stored(snapshot.version.get()),
            snapshot.event.uuid().as_bytes(),
            snapshot.fingerprint.get().cast_signed(),
            snapshot.body,
        ])?;
        Ok(kept > 0)
    }

    pub(crate) fn drop(&mut self, stream: &StreamId, version: Version) -> Result<(), Trouble> {
        let category = self.category(stream.category().as_str())?;
        let params = (category, stream.key(), stored(version.get()));
        self.drop.execute(params)?;
        Ok(())
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
