//! Rows of events, gathered into pages; names are looked up once and shared by all rows after that.

use es_runtime::{
    Category, CommitNumber, EventId, EventName, Page, PageRow, SchemaVersion, StreamId, Timestamp,
    Uuid,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};

use crate::error::Trouble;
use crate::number::{counted, position, version};
use crate::recent::Recent;
use crate::sql;

/// Bytes of metadata and bodies after which a page ends, whatever its limit.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How many names a reader remembers.
const REMEMBERED: usize = 10_000;

/// Whether a page takes more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Left,
    /// The row was not taken: it would have made the page too large.
    None,
}

/// Turns the numbers in rows into names, and rows into events of a page.
///
/// Names are never changed nor deleted, so what is remembered stays true.
pub(crate) struct Names<'c> {
    category_name: Statement<'c>,
    event_type_name: Statement<'c>,
    /// The stream of the last row, with the number of its category: most often that of the next row as well.
    stream: Option<(i64, StreamId)>,
    /// The same of its type.
    name: Option<(i64, EventName)>,
    categories: Recent<i64, Category>,
    event_types: Recent<i64, EventName>,
}

impl<'c> Names<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            category_name: sql::prepare(connection, sql::CATEGORY_NAME)?,
            event_type_name: sql::prepare(connection, sql::EVENT_TYPE_NAME)?,
            stream: None,
            name: None,
            categories: Recent::new(REMEMBERED),
            event_types: Recent::new(REMEMBERED),
        })
    }

    /// Adds a row, in the order of columns that all `read_*.sql` share, unless the page is full of bytes.
    pub(crate) fn push(&mut self, row: &Row<'_>, page: &mut Page) -> Result<Room, Trouble> {
        let metadata = match row.get_ref(12)? {
            ValueRef::Null => &[][..],
            ValueRef::Text(text) => text,
            _ => return Err(damaged(row, "metadata")),
        };
        let ValueRef::Blob(body) = row.get_ref(13)? else {
            return Err(damaged(row, "body"));
        };
        if !page.is_empty() && page.bytes() + metadata.len() + body.len() > PAGE_BYTES {
            return Ok(Room::None);
        }
        let event = PageRow {
            position: position(row.get(0)?)?,
            stream: self.stream(row)?,
            version: version(row.get(3)?)?,
            name: self.event_type(row.get(4)?)?,
            schema: SchemaVersion::new(row.get(5)?),
            reads_as: SchemaVersion::new(row.get(6)?),
            codec: row.get(7)?,
            commit: counted(row.get(8)?, CommitNumber::new, "commit number")?,
            id: id(row)?,
            occurred_at: moment(row, 10)?,
            recorded_at: moment(row, 11)?,
        };
        page.push(event, metadata, body);
        Ok(Room::Left)
    }

    fn stream(&mut self, row: &Row<'_>) -> Result<StreamId, Trouble> {
        let category = row.get(1)?;
        let ValueRef::Text(key) = row.get_ref(2)? else {
            return Err(damaged(row, "key"));
        };
        if let Some((of_last, stream)) = &self.stream
            && (*of_last, stream.key().as_bytes()) == (category, key)
        {
            return Ok(stream.clone());
        }
        let key = std::str::from_utf8(key).map_err(|_| damaged(row, "key"))?;
        let stream = StreamId::new(self.category(category)?, key);
        self.stream = Some((category, stream.clone()));
        Ok(stream)
    }

    fn category(&mut self, number: i64) -> Result<Category, Trouble> {
        if let Some(category) = self.categories.get(&number) {
            return Ok(category);
        }
        let name: String = self.category_name.query_row([number], |row| row.get(0))?;
        let category = Category::from(name);
        self.categories.insert(number, category.clone());
        Ok(category)
    }

    fn event_type(&mut self, number: i64) -> Result<EventName, Trouble> {
        if let Some((of_last, name)) = &self.name
            && *of_last == number
        {
            return Ok(name.clone());
        }
        let name = match self.event_types.get(&number) {
            Some(name) => name,
            None => {
                let name: String = self.event_type_name.query_row([number], |row| row.get(0))?;
                EventName::from(name)
            }
        };
        self.event_types.insert(number, name.clone());
        self.name = Some((number, name.clone()));
        Ok(name)
    }
}

fn id(row: &Row<'_>) -> Result<EventId, Trouble> {
    match row.get_ref(9)? {
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes)
            .map(EventId::from)
            .map_err(|_| damaged(row, "id")),
        _ => Err(damaged(row, "id")),
    }
}

fn moment(row: &Row<'_>, column: usize) -> Result<Timestamp, Trouble> {
    Timestamp::from_micros(row.get(column)?).ok_or_else(|| damaged(row, "time"))
}

fn damaged(row: &Row<'_>, what: &str) -> Trouble {
    let position: i64 = row.get(0).unwrap_or_default();
    Trouble::Damaged(format!(
        "the {what} of the event at position {position} is not one"
    ))
}
