//! Names on their way in: each is stored once and stands as a number in the rows of events.

use es_runtime::{Category, EventName, Tag};
use rusqlite::{Connection, Params, Statement};

use crate::recent::Recent;
use crate::sql;

/// How many names of each kind are remembered.
const REMEMBERED: usize = 10_000;

/// The numbers of names. A name that is not remembered costs one insert where it is new.
pub(crate) struct Interned<'c> {
    connection: &'c Connection,
    categories: Names<'c, Category>,
    event_types: Names<'c, (i64, EventName)>,
    /// The last one asked for: events of one commit are often of one type.
    last_event_type: Option<((i64, EventName), i64)>,
    tags: Names<'c, Tag>,
}

struct Names<'c, K> {
    insert: Statement<'c>,
    find: Statement<'c>,
    numbers: Recent<K, i64>,
}

impl<'c> Interned<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            categories: Names::prepare(connection, sql::INSERT_CATEGORY, sql::FIND_CATEGORY)?,
            event_types: Names::prepare(connection, sql::INSERT_EVENT_TYPE, sql::FIND_EVENT_TYPE)?,
            last_event_type: None,
            tags: Names::prepare(connection, sql::INSERT_TAG_NAME, sql::FIND_TAG_NAME)?,
        })
    }

    pub(crate) fn category(&mut self, name: &Category) -> Result<i64, rusqlite::Error> {
        if let Some(number) = self.categories.numbers.get(name) {
            return Ok(number);
        }
        self.categories
            .intern(self.connection, name.clone(), [name.as_str()])
    }

    pub(crate) fn event_type(
        &mut self,
        category: i64,
        name: &EventName,
    ) -> Result<i64, rusqlite::Error> {
        if let Some(((of_last, last), number)) = &self.last_event_type
            && (*of_last, last) == (category, name)
        {
            return Ok(*number);
        }
        let key = (category, name.clone());
        let number = match self.event_types.numbers.get(&key) {
            Some(number) => number,
            None => {
                let params = (category, name.as_str());
                self.event_types
                    .intern(self.connection, key.clone(), params)?
            }
        };
        self.last_event_type = Some((key, number));
        Ok(number)
    }

    pub(crate) fn tag(&mut self, name: &Tag) -> Result<i64, rusqlite::Error> {
        if let Some(number) = self.tags.numbers.get(name) {
            return Ok(number);
        }
        self.tags
            .intern(self.connection, name.clone(), [name.as_str()])
    }

    /// The number of a category, if it is stored.
    pub(crate) fn find_category(
        &mut self,
        name: &Category,
    ) -> Result<Option<i64>, rusqlite::Error> {
        if let Some(number) = self.categories.numbers.get(name) {
            return Ok(Some(number));
        }
        self.categories.find(name.clone(), [name.as_str()])
    }

    /// Forgets everything, since names that were new may have been rolled back.
    pub(crate) fn forget(&mut self) {
        self.categories.numbers.clear();
        self.event_types.numbers.clear();
        self.last_event_type = None;
        self.tags.numbers.clear();
    }
}

impl<'c, K: Eq + std::hash::Hash> Names<'c, K> {
    fn prepare(
        connection: &'c Connection,
        insert: &str,
        find: &str,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            insert: sql::prepare(connection, insert)?,
            find: sql::prepare(connection, find)?,
            numbers: Recent::new(REMEMBERED),
        })
    }

    /// Inserts before it searches: a name that is not remembered is most often new.
    fn intern(
        &mut self,
        connection: &Connection,
        key: K,
        params: impl Params + Copy,
    ) -> Result<i64, rusqlite::Error> {
        let number = match self.insert.execute(params)? {
            0 => self.find.query_row(params, |row| row.get(0))?,
            _ => connection.last_insert_rowid(),
        };
        self.numbers.insert(key, number);
        Ok(number)
    }

    fn find(&mut self, key: K, params: impl Params) -> Result<Option<i64>, rusqlite::Error> {
        let mut rows = self.find.query(params)?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let number = row.get(0)?;
        self.numbers.insert(key, number);
        Ok(Some(number))
    }
}
