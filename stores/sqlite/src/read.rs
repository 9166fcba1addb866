//! What a reader does on its connection: one page, one snapshot.

use es_runtime::{
    CommandId, Direction, Envelope, Fingerprint, LogPage, Page, Position, Query, Receipt, Slice,
    Snapshot, StoreError, StreamId, Version,
};
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::error::Trouble;
use crate::number::{position, stored};
use crate::page::{Names, POSITION, Room, Way, type_of};
use crate::query::{Arm, Bounds, Finder, Merge, Pair, Plan};
use crate::sql::BothWays;
use crate::{snapshots, sql};

/// How many positions are fetched from an index at a time.
const POSITIONS_AT_ONCE: usize = 256;

/// How many events are looked at before it is judged whether those that are asked for are few among them.
const SCANNED_AT_LEAST: usize = 256;

/// Fewer than one of so many are few: an index finds them faster.
const SPARSE: usize = 4;

/// A connection that reads, with its statements.
pub(crate) struct Reader<'c> {
    pub(crate) connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    last_event: Statement<'c>,
    find_command: Statement<'c>,
    find_snapshot: Statement<'c>,
    read_stream: Events<'c>,
    read_log: Events<'c>,
    read_type: Events<'c>,
    read_event: Statement<'c>,
    finder: Finder<'c>,
    names: Names<'c>,
    /// How much the last page of the log, and that of a stream, held: most often the next one is as large.
    last_of_log: Held,
    last_of_stream: Held,
}

/// How many events a page held, and how many bytes of metadata and bodies.
#[derive(Clone, Copy, Default)]
struct Held {
    events: usize,
    bytes: usize,
}

impl Held {
    fn by(page: &Page) -> Self {
        Self {
            events: page.len(),
            bytes: page.bytes(),
        }
    }

    /// Room for a page of about as much, within a limit of events.
    fn room(self, limit: usize) -> Page {
        Page::with_capacity(self.events.min(limit), self.bytes + self.bytes / 8)
    }
}

/// The statements that read events in their order: whole ones, and bare ones.
struct Events<'c> {
    whole: Pair<'c>,
    bare: Pair<'c>,
}

impl<'c> Events<'c> {
    fn prepare(
        connection: &'c Connection,
        whole: &BothWays,
        bare: &BothWays,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            whole: Pair::prepare(connection, whole)?,
            bare: Pair::prepare(connection, bare)?,
        })
    }

    fn of<T>(&mut self, slice: Slice<T>) -> &mut Statement<'c> {
        let pair = match slice.envelope {
            Envelope::Whole => &mut self.whole,
            Envelope::Bare => &mut self.bare,
        };
        pair.towards(slice.direction)
    }
}

impl<'c> Reader<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            begin: sql::prepare(connection, sql::BEGIN_READ)?,
            commit: sql::prepare(connection, sql::COMMIT)?,
            last_event: sql::prepare(connection, sql::LAST_EVENT)?,
            find_command: sql::prepare(connection, sql::FIND_COMMAND)?,
            find_snapshot: sql::prepare(connection, sql::FIND_SNAPSHOT)?,
            read_stream: Events::prepare(connection, &sql::READ_STREAM, &sql::READ_STREAM_BARE)?,
            read_log: Events::prepare(connection, &sql::READ_LOG, &sql::READ_LOG_BARE)?,
            read_type: Events::prepare(connection, &sql::READ_TYPE, &sql::READ_TYPE_BARE)?,
            read_event: sql::prepare(connection, sql::READ_EVENT)?,
            finder: Finder::prepare(connection)?,
            names: Names::prepare(connection)?,
            last_of_log: Held::default(),
            last_of_stream: Held::default(),
        })
    }

    pub(crate) fn stream_page(
        &mut self,
        stream: &StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, Trouble> {
        let bounds = bounds(
            slice.after.map(Version::get),
            slice.until.map(Version::get),
            i64::MAX,
        );
        if slice.limit == 0 || bounds.low > bounds.high {
            return Ok(Page::default());
        }
        // A name that is stored stays as it is, so that the events alone need to be of one snapshot, as those of one
        // statement are.
        self.end()?;
        let Some(category) = self.finder.category(stream.category().as_str())? else {
            return Ok(Page::default());
        };
        let mut page = self.last_of_stream.room(slice.limit);
        let mut fill = Fill {
            stream: Some(stream),
            limit: slice.limit,
            way: Way::of(&slice),
            names: &mut self.names,
            page: &mut page,
        };
        let statement = self.read_stream.of(slice);
        if fill.take(statement, (category, stream.key(), bounds.low, bounds.high))? {
            page.mark_last();
        }
        self.last_of_stream = Held::by(&page);
        Ok(page)
    }

    pub(crate) fn log_page(
        &mut self,
        query: &Query,
        slice: Slice<Position>,
    ) -> Result<LogPage, Trouble> {
        if slice.limit == 0 {
            return Ok(LogPage::default());
        }
        self.snapshot(|reader| {
            // The head and the rows come from one snapshot, so that nothing stands between them unseen.
            let head = reader.last_position()?;
            let bounds = bounds(
                slice.after.map(Position::get),
                slice.until.map(Position::get),
                head,
            );
            if bounds.low > bounds.high {
                return Ok(LogPage::default());
            }
            let mut page = reader.last_of_log.room(slice.limit);
            let plan = reader.finder.plan(query)?;
            let mut fill = Fill {
                stream: None,
                limit: slice.limit,
                way: Way::of(&slice),
                names: &mut reader.names,
                page: &mut page,
            };
            let is_whole = match plan {
                Plan::All => {
                    let statement = reader.read_log.of(slice);
                    fill.take(statement, (bounds.low, bounds.high))?
                }
                Plan::Arms(arms) => match arms.as_slice() {
                    [Arm { event_type, tags }] if tags.is_empty() => {
                        let statement = reader.read_type.of(slice);
                        fill.take(statement, (*event_type, bounds.low, bounds.high))?
                    }
                    _ => reader.page_of_arms(arms, bounds, slice, &mut page)?,
                },
            };
            let reached = match (is_whole, page.last()) {
                (false, Some(last)) => last.position(),
                _ => position(match slice.direction {
                    Direction::Forwards => bounds.high,
                    Direction::Backwards => bounds.low,
                })?,
            };
            reader.last_of_log = Held::by(&page);
            Ok(LogPage {
                events: page,
                reached: Some(reached),
            })
        })
    }

    /// Fills a page from several arms; says whether everything in the bounds is in it.
    ///
    /// Where types alone are asked for and most of the log is of them, as projections do, the log is read and what is of
    /// other types left out: to fetch each event by an index entry would take twice as long.
    fn page_of_arms(
        &mut self,
        arms: Vec<Arm>,
        mut bounds: Bounds,
        slice: Slice<Position>,
        page: &mut Page,
    ) -> Result<bool, Trouble> {
        if arms.iter().all(|arm| arm.tags.is_empty()) {
            match self.scanned_page(&arms, bounds, slice, page)? {
                Scan::Whole => return Ok(true),
                Scan::Full => return Ok(false),
                Scan::Sparse(last) => match slice.direction {
                    Direction::Forwards => bounds.low = last.saturating_add(1),
                    Direction::Backwards => bounds.high = last.saturating_sub(1),
                },
            }
        }
        self.merged_page(arms, bounds, slice, page)
    }

    fn scanned_page(
        &mut self,
        arms: &[Arm],
        bounds: Bounds,
        slice: Slice<Position>,
        page: &mut Page,
    ) -> Result<Scan, Trouble> {
        let statement = self.read_log.of(slice);
        let mut rows = statement.query((bounds.low, bounds.high))?;
        let mut looked_at = 0;
        while page.len() < slice.limit {
            let Some(row) = rows.next()? else {
                return Ok(Scan::Whole);
            };
            let event_type = type_of(row)?;
            if arms.iter().any(|arm| arm.event_type == event_type)
                && self
                    .names
                    .push(row, event_type, None, Way::of(&slice), page)?
                    == Room::None
            {
                return Ok(Scan::Full);
            }
            looked_at += 1;
            if looked_at >= SCANNED_AT_LEAST && page.len() * SPARSE < looked_at {
                return Ok(Scan::Sparse(row.get(POSITION)?));
            }
        }
        Ok(Scan::Full)
    }

    /// Fills a page from the index entries of several arms.
    fn merged_page(
        &mut self,
        arms: Vec<Arm>,
        bounds: Bounds,
        slice: Slice<Position>,
        page: &mut Page,
    ) -> Result<bool, Trouble> {
        let many = slice.limit.min(POSITIONS_AT_ONCE);
        let mut merge = Merge::new(&mut self.finder, arms, bounds, slice.direction, many)?;
        while page.len() < slice.limit {
            let Some(position) = merge.next(&mut self.finder)? else {
                return Ok(true);
            };
            let mut rows = self.read_event.query([position])?;
            let Some(row) = rows.next()? else {
                let reason =
                    format!("there is no event at position {position}, which an index names");
                return Err(Trouble::Damaged(reason));
            };
            let (event_type, way) = (type_of(row)?, Way::of(&slice).whole());
            if self.names.push(row, event_type, None, way, page)? == Room::None {
                return Ok(false);
            }
        }
        Ok(false)
    }

    pub(crate) fn head(&mut self) -> Result<Option<Position>, Trouble> {
        match self.last_position()? {
            0 => Ok(None),
            last => position(last).map(Some),
        }
    }

    fn last_position(&mut self) -> Result<i64, rusqlite::Error> {
        let last = self.last_event.query_row([], |row| row.get(0)).optional()?;
        Ok(last.unwrap_or(0))
    }

    pub(crate) fn receipt(
        &mut self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Result<Option<Receipt>, StoreError>, Trouble> {
        receipt(&mut self.find_command, id, fingerprint)
    }

    /// The snapshot that is kept of a stream.
    pub(crate) fn kept(
        &mut self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, Trouble> {
        match self.finder.category(stream.category().as_str())? {
            None => Ok(None),
            Some(category) => {
                snapshots::find(&mut self.find_snapshot, category, stream, fingerprint)
            }
        }
    }

    /// Runs in one read transaction, which ends with it: an open one would keep the log from being taken up.
    pub(crate) fn snapshot<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        self.end()?;
        self.begin.execute([])?;
        let answer = read(self);
        let ended = self.end();
        // Where reading has failed, that is what to tell.
        let answer = answer?;
        ended?;
        Ok(answer)
    }

    /// Ends the transaction, unless SQLite has done so, as it does on some failures.
    fn end(&mut self) -> Result<(), rusqlite::Error> {
        if !self.connection.is_autocommit() {
            self.commit.execute([])?;
        }
        Ok(())
    }
}

/// The first receipt of a command, from its row.
pub(crate) fn receipt(
    find_command: &mut Statement<'_>,
    id: CommandId,
    fingerprint: Fingerprint,
) -> Result<Result<Option<Receipt>, StoreError>, Trouble> {
    let mut rows = find_command.query([id.uuid().as_bytes()])?;
    let Some(row) = rows.next()? else {
        return Ok(Ok(None));
    };
    if row.get::<_, i64>(0)?.cast_unsigned() != fingerprint.get() {
        return Ok(Err(StoreError::CommandReused { id }));
    }
    let text = row.get_ref(1)?.as_bytes().unwrap_or_default();
    let receipt: Receipt = serde_json::from_slice(text).map_err(|error| {
        Trouble::Damaged(format!("the receipt of command {id} is not one: {error}"))
    })?;
    Ok(Ok(Some(receipt.again())))
}

/// How reading the log for some of its types has ended.
enum Scan {
    /// Everything in the bounds was looked at.
    Whole,
    /// The page takes no more.
    Full,
    /// There is little of those types, up to this position at least.
    Sparse(i64),
}

/// A page that is filled from rows in order.
struct Fill<'a, 'c> {
    /// That of all rows, where they do not tell their own.
    stream: Option<&'a StreamId>,
    limit: usize,
    way: Way,
    names: &'a mut Names<'c>,
    page: &'a mut Page,
}

impl Fill<'_, '_> {
    /// Says whether all rows are in the page.
    fn take(
        &mut self,
        statement: &mut Statement<'_>,
        params: impl rusqlite::Params,
    ) -> Result<bool, Trouble> {
        let mut rows = statement.query(params)?;
        while self.page.len() < self.limit {
            let Some(row) = rows.next()? else {
                return Ok(true);
            };
            if self
                .names
                .push(row, type_of(row)?, self.stream, self.way, self.page)?
                == Room::None
            {
                return Ok(false);
            }
        }
        Ok(false)
    }
}

/// From behind `after` up to `until`, and never beyond `end`.
fn bounds(after: Option<u64>, until: Option<u64>, end: i64) -> Bounds {
    Bounds {
        low: after.map_or(1, |after| stored(after).saturating_add(1)),
        high: until.map_or(end, |until| stored(until).min(end)),
    }
}
