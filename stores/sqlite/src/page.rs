//! Rows of events, gathered into pages; names are looked up once and shared by all rows after that.

use es_runtime::{
    Category, CommitNumber, Direction, Envelope, EventId, EventName, Origin, Page, PageRow,
    Position, Slice, StreamId, Timestamp, Uuid,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};

use crate::error::Trouble;
use crate::number::{counted, position, unpacked, version};
use crate::recent::Recent;
use crate::sql;

/// Bytes of metadata and bodies after which a page ends, whatever its limit.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How many names a reader remembers.
const REMEMBERED: usize = 10_000;

/// The columns of all `read_*.sql`. Bare events have none of those between the shape and the body, and the last one is not read
/// where it is known.
pub(crate) const POSITION: usize = 0;
const VERSION: usize = 1;
const TYPE: usize = 2;
const SHAPE: usize = 3;
const COMMIT: usize = 4;
const ID: usize = 5;
const OCCURRED_AT: usize = 6;
const RECORDED_AT: usize = 7;
const METADATA: usize = 8;

const fn body_of(envelope: Envelope) -> usize {
    match envelope {
        Envelope::Whole => 9,
        Envelope::Bare => 4,
    }
}

const fn key_of(envelope: Envelope) -> usize {
    body_of(envelope) + 1
}

/// Whether a page takes more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Left,
    /// The row was not taken: it would have made the page too large.
    None,
}

/// How rows are read: with how much beside each body, and in which order.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) envelope: Envelope,
    direction: Direction,
}

impl Way {
    pub(crate) fn of<T>(slice: &Slice<T>) -> Self {
        Self {
            envelope: slice.envelope,
            direction: slice.direction,
        }
    }

    /// The same with whole events.
    pub(crate) fn whole(self) -> Self {
        let envelope = Envelope::Whole;
        Self { envelope, ..self }
    }

    /// Whether the second position comes behind the first. It does in every file that is not damaged, in streams too, and
    /// whoever reads on from the last position would never come to an end in one where it does not.
    fn leads(self, first: Position, second: Position) -> bool {
        match self.direction {
            Direction::Forwards => first < second,
            Direction::Backwards => second < first,
        }
    }
}

/// Turns the numbers in rows into names, and rows into events of a page.
///
/// Names are never changed nor deleted, so what is remembered stays true.
pub(crate) struct Names<'c> {
    category_name: Statement<'c>,
    event_type_name: Statement<'c>,
    /// The stream of the last row that told its own, with the number of its category: most often that of the next row as well.
    stream: Option<(i64, StreamId)>,
    /// The same of the type of the last row.
    event_type: Option<(i64, EventType)>,
    categories: Recent<i64, Category>,
    event_types: Recent<i64, EventType>,
}

/// A kind of event: the number of its category, and its name.
#[derive(Clone)]
struct EventType {
    category: i64,
    name: EventName,
}

impl<'c> Names<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            category_name: sql::prepare(connection, sql::CATEGORY_NAME)?,
            event_type_name: sql::prepare(connection, sql::EVENT_TYPE_NAME)?,
            stream: None,
            event_type: None,
            categories: Recent::new(REMEMBERED),
            event_types: Recent::new(REMEMBERED),
        })
    }

    /// Adds a row of that type, in the order of columns that all `read_*.sql` share, unless the page is full of bytes.
    /// `stream` is where all rows are of one; else each tells its own.
    pub(crate) fn push(
        &mut self,
        row: &Row<'_>,
        event_type: i64,
        stream: Option<&StreamId>,
        way: Way,
        page: &mut Page,
    ) -> Result<Room, Trouble> {
        let envelope = way.envelope;
        let metadata = match envelope {
            Envelope::Whole => metadata(row)?,
            Envelope::Bare => &[],
        };
        let ValueRef::Blob(body) = row.get_ref(body_of(envelope))? else {
            return Err(damaged(row, "body"));
        };
        if !page.is_empty() && page.bytes() + metadata.len() + body.len() > PAGE_BYTES {
            return Ok(Room::None);
        }
        let (schema, reads_as, codec) =
            unpacked(integer(row, SHAPE, "shape")?).ok_or_else(|| damaged(row, "shape"))?;
        let position = position(integer(row, POSITION, "position")?)?;
        if page
            .last()
            .is_some_and(|last| !way.leads(last.position(), position))
        {
            return Err(Trouble::Damaged(format!(
                "the event at position {position} is out of its order"
            )));
        }
        let event = PageRow {
            position,
            version: version(integer(row, VERSION, "version")?)?,
            schema,
            reads_as,
            codec,
            origin: match envelope {
                Envelope::Whole => Some(origin(row)?),
                Envelope::Bare => None,
            },
        };
        let category = self.remember_event_type(event_type)?;
        if stream.is_none() {
            self.remember_stream(row, key_of(envelope), category)?;
        }
        let stream = stream.or(self.stream.as_ref().map(|(_, stream)| stream));
        if let (Some(stream), Some((_, event_type))) = (stream, &self.event_type) {
            page.push(stream, &event_type.name, event, metadata, body);
        }
        Ok(Room::Left)
    }

    /// Makes the stream of a row that of the last row. A type is of one category, and so are its events.
    fn remember_stream(&mut self, row: &Row<'_>, key: usize, category: i64) -> Result<(), Trouble> {
        let ValueRef::Text(key) = row.get_ref(key)? else {
            return Err(damaged(row, "key"));
        };
        if let Some((of_last, stream)) = &self.stream
            && (*of_last, stream.key().as_bytes()) == (category, key)
        {
            return Ok(());
        }
        let key = std::str::from_utf8(key).map_err(|_| damaged(row, "key"))?;
        let stream = StreamId::new(self.category(category)?, key);
        self.stream = Some((category, stream));
        Ok(())
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

    /// Makes the type of a row that of the last row; gives its category.
    fn remember_event_type(&mut self, number: i64) -> Result<i64, Trouble> {
        if let Some((of_last, event_type)) = &self.event_type
            && *of_last == number
        {
            return Ok(event_type.category);
        }
        let event_type = match self.event_types.get(&number) {
            Some(event_type) => event_type,
            None => self.event_type_name.query_row([number], |row| {
                let (category, name): (_, String) = (row.get(0)?, row.get(1)?);
                let name = EventName::from(name);
                Ok(EventType { category, name })
            })?,
        };
        let category = event_type.category;
        self.event_types.insert(number, event_type.clone());
        self.event_type = Some((number, event_type));
        Ok(category)
    }
}

/// The type of a row.
pub(crate) fn type_of(row: &Row<'_>) -> Result<i64, Trouble> {
    integer(row, TYPE, "type")
}

fn integer(row: &Row<'_>, column: usize, what: &str) -> Result<i64, Trouble> {
    match row.get_ref(column)? {
        ValueRef::Integer(number) => Ok(number),
        _ => Err(damaged(row, what)),
    }
}

fn metadata<'r>(row: &'r Row<'_>) -> Result<&'r [u8], Trouble> {
    match row.get_ref(METADATA)? {
        ValueRef::Null => Ok(&[]),
        ValueRef::Text(text) => Ok(text),
        _ => Err(damaged(row, "metadata")),
    }
}

fn origin(row: &Row<'_>) -> Result<Origin, Trouble> {
    let commit = integer(row, COMMIT, "commit number")?;
    Ok(Origin {
        id: id(row)?,
        commit: counted(commit, CommitNumber::new, "commit number")?,
        occurred_at: moment(row, OCCURRED_AT)?,
        recorded_at: moment(row, RECORDED_AT)?,
    })
}

fn id(row: &Row<'_>) -> Result<EventId, Trouble> {
    match row.get_ref(ID)? {
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes)
            .map(EventId::from)
            .map_err(|_| damaged(row, "id")),
        _ => Err(damaged(row, "id")),
    }
}

fn moment(row: &Row<'_>, column: usize) -> Result<Timestamp, Trouble> {
    Timestamp::from_micros(integer(row, column, "time")?).ok_or_else(|| damaged(row, "time"))
}

fn damaged(row: &Row<'_>, what: &str) -> Trouble {
    let position: i64 = row.get(POSITION).unwrap_or_default();
    Trouble::Damaged(format!(
        "the {what} of the event at position {position} is not one"
    ))
}
