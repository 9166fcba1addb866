//! What stands beside a body: the envelope of events on their way in, and pages of events on their way out.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::bare;
use crate::event::Encoded;
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::name::{EventName, Tag};
use crate::time::Timestamp;

/// The number of an event's shape, counted from 1: one more for every change it has lived through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchemaVersion(u16);

impl SchemaVersion {
    /// The shape that an event is first released with.
    pub const FIRST: Self = Self(1);

    /// The version of that number; zero is read as the first.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(if number == 0 { 1 } else { number })
    }

    /// The number, at least 1.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a body is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// UTF-8 JSON.
    Json,
}

impl Codec {
    /// The number that stores keep for it; never reassigned.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Json => 1,
        }
    }

    /// The codec of a stored number, or nothing where this release knows none.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Json),
            _ => None,
        }
    }
}

/// Who asked, and in which connection: the audit trail beside the facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// On whose behalf the command was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What belongs together across services: one business transaction, one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// What led to this: the id of a command or an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<String>,
    /// Anything else worth keeping, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Metadata {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, on behalf of `actor`.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// The same, belonging to `correlation`.
    #[must_use]
    pub fn correlation(mut self, correlation: impl Into<String>) -> Self {
        self.correlation = Some(correlation.into());
        self
    }

    /// The same, caused by `causation`.
    #[must_use]
    pub fn causation(mut self, causation: impl Into<String>) -> Self {
        self.causation = Some(causation.into());
        self
    }

    /// The same, with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Whether nothing is known; stores keep nothing then.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            actor,
            correlation,
            causation,
            headers,
        } = self;
        let is_said = [actor, correlation, causation]
            .iter()
            .any(|said| said.is_some());
        !is_said && headers.is_empty()
    }

    /// How many bytes its texts have, names of headers among them.
    pub(crate) fn bytes(&self) -> usize {
        let Self {
            actor,
            correlation,
            causation,
            headers,
        } = self;
        let said = [actor, correlation, causation].into_iter().flatten();
        let said: usize = said.map(String::len).sum();
        let headers = headers.iter().map(|(name, text)| name.len() + text.len());
        said + headers.sum::<usize>()
    }
}

/// An event on its way into a store. Version, position, commit and `recorded_at` are given by the store.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Its identity; a second event of the same id is refused.
    pub id: EventId,
    /// Its stored name.
    pub name: EventName,
    /// The shape of its body.
    pub schema: SchemaVersion,
    /// The oldest shape whose code may still read this body; up to `schema`.
    pub reads_as: SchemaVersion,
    /// How the body is written.
    pub codec: Codec,
    /// When it happened, by the caller; stores keep microseconds.
    pub occurred_at: Timestamp,
    /// Marks by which it is found and guarded across streams.
    pub tags: Vec<Tag>,
    /// The event itself.
    pub body: Vec<u8>,
}

/// How much of what stands beside each body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelope {
    /// All of it.
    #[default]
    Whole,
    /// What it takes to read the bodies, at least. The store may leave out the [origin](Origin) and the metadata.
    Bare,
}

/// A stored event as a page shows it: borrowed, not yet decoded.
#[derive(Clone, Copy)]
pub struct RawEvent<'a> {
    page: &'a Page,
    row: &'a Row,
}

impl<'a> RawEvent<'a> {
    /// Its identity.
    ///
    /// # Panics
    /// Where it was read [bare](Envelope::Bare).
    #[must_use]
    pub fn id(&self) -> EventId {
        self.whole_origin().id
    }

    /// The stream it is in.
    #[must_use]
    pub fn stream(&self) -> &'a StreamId {
        &self.page.streams[self.row.stream]
    }

    /// Its number in the stream.
    #[must_use]
    pub fn version(&self) -> Version {
        self.row.version
    }

    /// Its place in the store.
    #[must_use]
    pub fn position(&self) -> Position {
        self.row.position
    }

    /// The commit that stored it.
    ///
    /// # Panics
    /// Where it was read [bare](Envelope::Bare).
    #[must_use]
    pub fn commit(&self) -> CommitNumber {
        self.whole_origin().commit
    }

    /// Its stored name.
    #[must_use]
    pub fn name(&self) -> &'a EventName {
        &self.page.names[self.row.name]
    }

    /// The shape of its body.
    #[must_use]
    pub fn schema(&self) -> SchemaVersion {
        self.row.schema
    }

    /// The oldest shape whose code may still read it.
    #[must_use]
    pub fn reads_as(&self) -> SchemaVersion {
        self.row.reads_as
    }

    /// The number of the codec its body is written in; see [`Codec::from_number`].
    #[must_use]
    pub fn codec(&self) -> u8 {
        self.row.codec
    }

    /// When it happened, by the caller.
    ///
    /// # Panics
    /// Where it was read [bare](Envelope::Bare).
    #[must_use]
    pub fn occurred_at(&self) -> Timestamp {
        self.whole_origin().occurred_at
    }

    /// When it was stored; never goes back from one position to the next.
    ///
    /// # Panics
    /// Where it was read [bare](Envelope::Bare).
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        self.whole_origin().recorded_at
    }

    /// Its origin; nothing where it was read [bare](Envelope::Bare).
    #[must_use]
    pub fn origin(&self) -> Option<&'a Origin> {
        self.page.origins.get(self.row.origin)
    }

    fn whole_origin(&self) -> &'a Origin {
        self.origin().unwrap_or_else(|| bare::refuse())
    }

    /// The stored bytes of the body, exactly as they were appended.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        let start = self.row.start + self.row.metadata_len;
        &self.page.bytes[start..start + self.row.body_len]
    }

    fn metadata_bytes(&self) -> &'a [u8] {
        &self.page.bytes[self.row.start..self.row.start + self.row.metadata_len]
    }

    fn page_row(&self) -> PageRow {
        let Row {
            version,
            position,
            schema,
            reads_as,
            codec,
            ..
        } = *self.row;
        PageRow {
            version,
            position,
            schema,
            reads_as,
            codec,
            origin: self.origin().copied(),
        }
    }

    /// Who asked, and in which connection.
    ///
    /// # Errors
    /// Where the stored text is not metadata, which only damage can cause.
    ///
    /// # Panics
    /// Where it was read [bare](Envelope::Bare).
    pub fn metadata(&self) -> Result<Metadata, serde_json::Error> {
        self.whole_origin();
        match self.metadata_bytes() {
            [] => Ok(Metadata::default()),
            text => serde_json::from_slice(text),
        }
    }
}

impl fmt::Debug for RawEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEvent")
            .field("stream", self.stream())
            .field("version", &self.version())
            .field("position", &self.position())
            .field("name", self.name())
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

/// What a page keeps of one event beside its stream, its name and its bytes.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "each field is the one of the same name on `RawEvent`"
)]
pub struct PageRow {
    pub version: Version,
    pub position: Position,
    pub schema: SchemaVersion,
    pub reads_as: SchemaVersion,
    pub codec: u8,
    pub origin: Option<Origin>,
}

/// What a stored event is told by, and when and by which commit it came to be: what reading its body does not take.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "each field is the one of the same name on `RawEvent`"
)]
pub struct Origin {
    pub id: EventId,
    pub commit: CommitNumber,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
}

/// Some events in order: rows that point into one arena of bytes, decoded in place by whoever asked for them.
///
/// Streams and names stand in it once for many rows: they are shared between the threads that fill pages and those that
/// work on them, and counting each use of one would cost more than reading a row.
#[derive(Clone, Debug, Default)]
pub struct Page {
    rows: Vec<Row>,
    /// Of those events that were not read bare.
    origins: Vec<Origin>,
    streams: Vec<StreamId>,
    names: Vec<EventName>,
    bytes: Vec<u8>,
    is_last: bool,
}

/// One event: the small parts of it, where in the lists of its page the others stand, and where in the arena its metadata and
/// body, one behind the other.
#[derive(Clone, Copy, Debug)]
struct Row {
    version: Version,
    position: Position,
    schema: SchemaVersion,
    reads_as: SchemaVersion,
    codec: u8,
    /// [`NO_ORIGIN`] where it was read bare.
    origin: usize,
    stream: usize,
    name: usize,
    start: usize,
    metadata_len: usize,
    body_len: usize,
}

/// A place that no list has.
const NO_ORIGIN: usize = usize::MAX;

/// How many names a page looks through for one that it has already.
const NAMES_LOOKED_AT: usize = 8;

impl Page {
    /// None yet, with room for so many events and bytes of metadata and bodies.
    #[must_use]
    pub fn with_capacity(events: usize, bytes: usize) -> Self {
        let mut page = Self::default();
        if bytes >= LARGE
            && let Some(spare) = spare().pop()
        {
            (page.rows, page.origins, page.bytes) = spare;
        }
        page.rows.reserve(events);
        page.bytes.reserve(bytes);
        page
    }

    /// Adds an event behind the others; `metadata` is its JSON, empty where there is none or the event has no origin here.
    pub fn push(
        &mut self,
        stream: &StreamId,
        name: &EventName,
        row: PageRow,
        metadata: &[u8],
        body: &[u8],
    ) {
        let PageRow {
            version,
            position,
            schema,
            reads_as,
            codec,
            origin,
        } = row;
        self.rows.push(Row {
            version,
            position,
            schema,
            reads_as,
            codec,
            origin: origin.map_or(NO_ORIGIN, |_| self.origins.len()),
            stream: place_of(stream, &mut self.streams, 1),
            name: place_of(name, &mut self.names, NAMES_LOOKED_AT),
            start: self.bytes.len(),
            metadata_len: metadata.len(),
            body_len: body.len(),
        });
        self.origins.extend(origin);
        self.bytes.extend_from_slice(metadata);
        self.bytes.extend_from_slice(body);
    }

    /// Adds an event of another page behind the others, as it stands there.
    pub(crate) fn copy(&mut self, event: &RawEvent<'_>) {
        let (row, metadata) = (event.page_row(), event.metadata_bytes());
        self.push(event.stream(), event.name(), row, metadata, event.body());
    }

    /// Adds a part of an event that is read as several, as it would be stored today.
    pub(crate) fn push_part(&mut self, event: &RawEvent<'_>, part: &Encoded) {
        let row = PageRow {
            schema: part.schema,
            reads_as: part.reads_as,
            codec: part.codec.number(),
            ..event.page_row()
        };
        let (name, metadata) = (EventName::from_static(part.name), event.metadata_bytes());
        self.push(event.stream(), &name, row, metadata, &part.body);
    }

    /// Adds the events of another page behind the others.
    pub fn append(&mut self, other: Self) {
        let (origins, streams) = (self.origins.len(), self.streams.len());
        let (names, bytes) = (self.names.len(), self.bytes.len());
        let moved = |row: Row| Row {
            origin: row.origin.saturating_add(origins),
            stream: row.stream + streams,
            name: row.name + names,
            start: row.start + bytes,
            ..row
        };
        self.rows.extend(other.rows.iter().copied().map(moved));
        self.origins.extend_from_slice(&other.origins);
        self.streams.extend_from_slice(&other.streams);
        self.names.extend_from_slice(&other.names);
        self.bytes.extend_from_slice(&other.bytes);
        self.is_last = other.is_last;
    }

    /// Says that nothing stood behind it in the slice when it was read.
    pub fn mark_last(&mut self) {
        self.is_last = true;
    }

    /// Whether the store knows that nothing stood behind it in the slice when it was read: who wants all need not ask for an
    /// empty page.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// The events in the order they were read.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RawEvent<'_>> + ExactSizeIterator {
        self.rows.iter().map(|row| RawEvent { page: self, row })
    }

    /// The last event read.
    #[must_use]
    pub fn last(&self) -> Option<RawEvent<'_>> {
        self.rows.last().map(|row| RawEvent { page: self, row })
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many bytes of metadata and bodies it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The lists and the arena of a page.
type Room = (Vec<Row>, Vec<Origin>, Vec<u8>);

/// Room of large pages that are read no more, for those that are read next. Given back to the system it would come again one
/// page fault at a time, which took an eighth of what reading a log takes.
static SPARE: Mutex<Vec<Room>> = Mutex::new(Vec::new());

/// How much of it is kept: about as many pages as one reader of the log has at a time.
const SPARES: usize = 4;

/// Bytes of an arena from which on it is worth it, and beyond which it is not kept.
const LARGE: usize = 64 * 1024;
const TOO_LARGE: usize = 1024 * 1024;

fn spare() -> MutexGuard<'static, Vec<Room>> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Page {
    fn drop(&mut self) {
        if (LARGE..=TOO_LARGE).contains(&self.bytes.capacity()) {
            let mut spare = spare();
            if spare.len() < SPARES {
                self.rows.clear();
                self.origins.clear();
                self.bytes.clear();
                let (rows, origins) = (take(&mut self.rows), take(&mut self.origins));
                spare.push((rows, origins, take(&mut self.bytes)));
            }
        }
    }
}

/// The place of a value in a list, at whose end it is put unless it is one of the last `looked_at`.
fn place_of<T: Clone + PartialEq>(value: &T, list: &mut Vec<T>, looked_at: usize) -> usize {
    let first = list.len().saturating_sub(looked_at);
    let known = list[first..].iter().rposition(|known| known == value);
    known.map_or_else(
        || {
            list.push(value.clone());
            list.len() - 1
        },
        |place| first + place,
    )
}
