//! Rows of projections in the file: a table for each generation, written by the writer beside the log.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use es_runtime::{
    Cell, ColumnKind, Mark, Parked, Position, Role, RowChange, RowTable, RowsCommit, Standing,
    StoreError, StreamId,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params, params_from_iter};

use crate::error::Trouble;
use crate::number::{position, stored};
use crate::sql;

pub(crate) const BEGIN: &str = "begin_rows";
pub(crate) const COMMIT: &str = "commit_rows";
pub(crate) const SWAP: &str = "swap_rows";
pub(crate) const DROP: &str = "drop_rows";

/// The column by which rows are told apart whose key columns cannot do it: there are none, or one may be nothing. It holds
/// the key as JSON; no field has such a name.
const KEY: &str = "(key)";

/// How many generations' statements are kept.
const PREPARED: usize = 64;

/// What writes rows on the connection of the writer.
pub(crate) struct RowTables<'c> {
    connection: &'c Connection,
    insert: Statement<'c>,
    find: Statement<'c>,
    find_generation: Statement<'c>,
    move_on: Statement<'c>,
    set_role: Statement<'c>,
    set_definition: Statement<'c>,
    delete: Statement<'c>,
    park: Statement<'c>,
    take_up: Statement<'c>,
    delete_parked: Statement<'c>,
    /// By generation.
    prepared: HashMap<u64, Changes<'c>>,
}

/// The statements that change the rows of a generation.
struct Changes<'c> {
    put: Statement<'c>,
    delete: Statement<'c>,
}

impl<'c> RowTables<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            insert: sql::prepare(connection, sql::INSERT_PROJECTION)?,
            find: sql::prepare(connection, sql::FIND_PROJECTION)?,
            find_generation: sql::prepare(connection, sql::FIND_GENERATION)?,
            move_on: sql::prepare(connection, sql::MOVE_PROJECTION)?,
            set_role: sql::prepare(connection, sql::SET_ROLE)?,
            set_definition: sql::prepare(connection, sql::SET_DEFINITION)?,
            delete: sql::prepare(connection, sql::DELETE_PROJECTION)?,
            park: sql::prepare(connection, sql::PARK)?,
            take_up: sql::prepare(connection, sql::TAKE_UP)?,
            delete_parked: sql::prepare(connection, sql::DELETE_PARKED)?,
            prepared: HashMap::new(),
        })
    }

    /// Forgets what was prepared for tables that may have been taken back.
    pub(crate) fn forget(&mut self) {
        self.prepared.clear();
    }

    pub(crate) fn begin(&mut self, table: &Arc<RowTable>, role: Role) -> Result<Standing, Trouble> {
        let found = self
            .find
            .query_row((&table.projection, name_of(role)), |row| Ok(standing(row)));
        if let Some(found) = found.optional()? {
            let found = found?;
            if found.table.fingerprint == table.fingerprint {
                return self.with_indexes(found, table);
            }
            if role == Role::Live {
                return Ok(found);
            }
            self.drop_generation(&table.projection, found.generation)?;
        }
        self.insert.execute(params![
            table.projection,
            name_of(role),
            definition(table)?,
            table.fingerprint.get().cast_signed(),
        ])?;
        let generation = self.connection.last_insert_rowid().cast_unsigned();
        self.connection.execute_batch(&create(table, generation))?;
        self.connection.execute_batch(&indexes(table, generation))?;
        if role == Role::Live {
            self.show(table, generation)?;
        }
        Ok(Standing {
            generation,
            table: table.clone(),
            role,
            mark: Mark::default(),
            parked: 0,
            stopped: None,
        })
    }

    /// Makes the indexes those of the table.
    fn with_indexes(
        &mut self,
        mut found: Standing,
        table: &Arc<RowTable>,
    ) -> Result<Standing, Trouble> {
        if found.table.indexes != table.indexes {
            for index in 0..found.table.indexes.len() {
                let name = index_name(found.generation, index);
                self.connection
                    .execute_batch(&format!("drop index if exists {name}"))?;
            }
            self.connection
                .execute_batch(&indexes(table, found.generation))?;
            self.set_definition
                .execute(params![found.generation.cast_signed(), definition(table)?])?;
        }
        found.table = table.clone();
        Ok(found)
    }

    pub(crate) fn commit(
        &mut self,
        commit: &RowsCommit,
    ) -> Result<Result<Mark, StoreError>, Trouble> {
        let generation = commit.generation.cast_signed();
        let stands = self.stands(commit.generation)?;
        if !stands.is_some_and(|(role, mark)| role != Role::Retired && mark == commit.from) {
            let projection = commit.table.projection.clone();
            return Ok(Err(StoreError::RowsMoved { projection }));
        }
        if !commit.changes.is_empty() {
            self.change(commit)?;
        }
        for (stream, version) in &commit.take_up {
            self.take_up.execute(params![
                generation,
                stream.category().as_str(),
                stream.key(),
                stored(version.get()),
            ])?;
        }
        for parked in &commit.park {
            self.park.execute(params![
                generation,
                parked.stream.category().as_str(),
                parked.stream.key(),
                stored(parked.version.get()),
                stored(parked.position.get()),
                parked.event.as_str(),
                parked.cause,
            ])?;
        }
        let to = commit.to.map(|to| stored(to.get()));
        self.move_on
            .execute(params![generation, to, commit.stopped])?;
        Ok(Ok(Mark {
            checkpoint: commit.to,
            commits: commit.from.commits + 1,
        }))
    }

    fn change(&mut self, commit: &RowsCommit) -> Result<(), Trouble> {
        let table = &commit.table;
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        let changes = match self.prepared.entry(commit.generation) {
            std::collections::hash_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(Changes {
                put: self.connection.prepare(&put(table, commit.generation))?,
                delete: self.connection.prepare(&delete(table, commit.generation))?,
            }),
        };
        let has_own_key = has_own_key(table);
        for change in &commit.changes {
            match change {
                RowChange::Put(cells) if has_own_key => {
                    let key = Cell::Text(json(&table.key_of(cells))?);
                    let params = std::iter::once(&key).chain(cells);
                    changes.put.execute(params_from_iter(params.map(Bound)))?;
                }
                RowChange::Put(cells) => {
                    changes
                        .put
                        .execute(params_from_iter(cells.iter().map(Bound)))?;
                }
                RowChange::Delete(key) if has_own_key => {
                    changes.delete.execute([json(key)?])?;
                }
                RowChange::Delete(key) => {
                    changes
                        .delete
                        .execute(params_from_iter(key.iter().map(Bound)))?;
                }
            }
        }
        Ok(())
    }

    fn stands(&mut self, generation: u64) -> Result<Option<(Role, Mark)>, Trouble> {
        let found = self
            .find_generation
            .query_row([generation.cast_signed()], |row| {
                Ok((row.get::<_, String>(0)?, mark(row, 1)))
            });
        match found.optional()? {
            Some((name, mark)) => Ok(Some((role(&name)?, mark?))),
            None => Ok(None),
        }
    }

    pub(crate) fn swap(
        &mut self,
        projection: &str,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> Result<bool, Trouble> {
        let stands = self.stands(generation)?;
        if stands != Some((Role::Building, from)) {
            return Ok(false);
        }
        let building = self.find_standing(projection, Role::Building)?;
        let live = self.find_standing(projection, Role::Live)?;
        let Some(building) = building.filter(|building| building.generation == generation) else {
            return Ok(false);
        };
        if let Some(live) = live {
            if live.mark.checkpoint > to {
                return Ok(false);
            }
            let retired = name_of(Role::Retired);
            self.set_role
                .execute(params![live.generation.cast_signed(), retired])?;
        }
        self.set_role
            .execute(params![generation.cast_signed(), name_of(Role::Live)])?;
        self.move_on.execute(params![
            generation.cast_signed(),
            to.map(|to| stored(to.get())),
            None::<String>,
        ])?;
        self.show(&building.table, generation)?;
        Ok(true)
    }

    fn find_standing(&mut self, projection: &str, role: Role) -> Result<Option<Standing>, Trouble> {
        let found = self
            .find
            .query_row((projection, name_of(role)), |row| Ok(standing(row)));
        found.optional()?.transpose()
    }

    pub(crate) fn drop_generation(
        &mut self,
        projection: &str,
        generation: u64,
    ) -> Result<(), Trouble> {
        for role in [Role::Live, Role::Building, Role::Retired] {
            let mut rows = self.find.query((projection, name_of(role)))?;
            let mut found = None;
            while let Some(row) = rows.next()? {
                let standing = standing(row)?;
                if standing.generation == generation {
                    found = Some(standing);
                }
            }
            drop(rows);
            if let Some(found) = found {
                self.prepared.remove(&generation);
                let table = quoted(&found.table.name(generation));
                if role == Role::Live {
                    let view = quoted(&found.table.view());
                    self.connection
                        .execute_batch(&format!("drop view if exists {view}"))?;
                }
                self.connection
                    .execute_batch(&format!("drop table if exists {table}"))?;
                self.delete_parked.execute([generation.cast_signed()])?;
                self.delete.execute([generation.cast_signed()])?;
            }
        }
        Ok(())
    }

    /// Has the view show the rows of that generation.
    fn show(&self, table: &RowTable, generation: u64) -> Result<(), rusqlite::Error> {
        if table.columns.is_empty() {
            return Ok(());
        }
        let (view, name) = (quoted(&table.view()), quoted(&table.name(generation)));
        let columns = columns(table).join(", ");
        self.connection.execute_batch(&format!(
            "drop view if exists {view}; create view {view} as select {columns} from {name}"
        ))
    }
}

/// A cell as a parameter, without a copy of it.
pub(crate) struct Bound<'a>(pub(crate) &'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A name, whatever it is.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a table, quoted.
pub(crate) fn columns(table: &RowTable) -> Vec<String> {
    let names = table.columns.iter().map(|column| quoted(&column.name));
    names.collect()
}

/// Whether the rows are told apart by a column of their own.
pub(crate) fn has_own_key(table: &RowTable) -> bool {
    let mut key = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place));
    table.key.is_empty() || key.any(|column| column.is_optional)
}

/// The columns by which rows are told apart, quoted.
pub(crate) fn key_columns(table: &RowTable) -> Vec<String> {
    if has_own_key(table) {
        return vec![quoted(KEY)];
    }
    let columns = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place));
    columns.map(|column| quoted(&column.name)).collect()
}

/// The cells of a key as the columns hold them by which rows are told apart.
pub(crate) fn key_cells(table: &RowTable, key: Vec<Cell>) -> Result<Vec<Cell>, Trouble> {
    if has_own_key(table) {
        return Ok(vec![Cell::Text(json(&key)?)]);
    }
    Ok(key)
}

fn json(key: &[Cell]) -> Result<String, Trouble> {
    serde_json::to_string(key).map_err(|error| Trouble::Damaged(error.to_string()))
}

fn definition(table: &RowTable) -> Result<String, Trouble> {
    serde_json::to_string(table).map_err(|error| Trouble::Damaged(error.to_string()))
}

fn create(table: &RowTable, generation: u64) -> String {
    let mut sql = format!("create table {} (", quoted(&table.name(generation)));
    if has_own_key(table) {
        // To a String nothing fails to be written.
        let _ = write!(sql, "{} text not null, ", quoted(KEY));
    }
    for column in &table.columns {
        let kind = match column.kind {
            ColumnKind::Boolean => "integer",
            // Those beyond 63 bits are bytes.
            ColumnKind::Integer => "any",
            ColumnKind::Real => "real",
            ColumnKind::Number
            | ColumnKind::Text
            | ColumnKind::Timestamp
            | ColumnKind::Duration
            | ColumnKind::Json => "text",
        };
        let null = if column.is_optional { "" } else { " not null" };
        let _ = write!(sql, "{} {kind}{null}, ", quoted(&column.name));
    }
    let key = key_columns(table).join(", ");
    let _ = write!(sql, "primary key ({key})) strict, without rowid");
    sql
}

fn indexes(table: &RowTable, generation: u64) -> String {
    let names = columns(table);
    let name = quoted(&table.name(generation));
    let mut sql = String::new();
    for (number, index) in table.indexes.iter().enumerate() {
        let columns: Vec<_> = index
            .iter()
            .filter_map(|place| names.get(*place).map(String::as_str))
            .collect();
        let index = index_name(generation, number);
        let _ = write!(
            sql,
            "create index {index} on {name} ({});",
            columns.join(", ")
        );
    }
    sql
}

fn index_name(generation: u64, index: usize) -> String {
    quoted(&format!("rows{generation}_index{index}"))
}

fn put(table: &RowTable, generation: u64) -> String {
    let name = quoted(&table.name(generation));
    let mut all = columns(table);
    if has_own_key(table) {
        all.insert(0, quoted(KEY));
    }
    let key = key_columns(table);
    let params: Vec<_> = (1..=all.len()).map(|number| format!("?{number}")).collect();
    let others = all.iter().filter(|column| !key.contains(column));
    let set: Vec<_> = others
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let conflict = if set.is_empty() {
        "nothing".to_owned()
    } else {
        format!("update set {}", set.join(", "))
    };
    format!(
        "insert into {name} ({}) values ({}) on conflict ({}) do {conflict}",
        all.join(", "),
        params.join(", "),
        key.join(", "),
    )
}

fn delete(table: &RowTable, generation: u64) -> String {
    let name = quoted(&table.name(generation));
    let key = key_columns(table);
    let tests = key.iter().enumerate();
    let tests: Vec<_> = tests
        .map(|(place, column)| format!("{column} = ?{}", place + 1))
        .collect();
    format!("delete from {name} where {}", tests.join(" and "))
}

/// As it stands in the file.
pub(crate) fn name_of(role: Role) -> &'static str {
    match role {
        Role::Live => "live",
        Role::Building => "building",
        Role::Retired => "retired",
    }
}

fn role(name: &str) -> Result<Role, Trouble> {
    let all = [Role::Live, Role::Building, Role::Retired];
    let found = all.into_iter().find(|role| name_of(*role) == name);
    found.ok_or_else(|| Trouble::Damaged(format!("`{name}` is no role of a generation of rows")))
}

/// The columns of a mark, from that place on.
fn mark(row: &Row<'_>, place: usize) -> Result<Mark, Trouble> {
    let checkpoint: Option<i64> = row.get(place)?;
    Ok(Mark {
        checkpoint: checkpoint.map(position).transpose()?,
        commits: row.get::<_, i64>(place + 1)?.cast_unsigned(),
    })
}

/// The columns of `find_projection.sql`.
pub(crate) fn standing(row: &Row<'_>) -> Result<Standing, Trouble> {
    let text: String = row.get(2)?;
    let table: RowTable = serde_json::from_str(&text)
        .map_err(|error| Trouble::Damaged(format!("the definition of rows is not one: {error}")))?;
    Ok(Standing {
        generation: row.get::<_, i64>(0)?.cast_unsigned(),
        role: role(&row.get::<_, String>(1)?)?,
        table: Arc::new(table),
        mark: mark(row, 3)?,
        stopped: row.get(5)?,
        parked: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}

/// The columns of `read_parked.sql`.
pub(crate) fn parked(row: &Row<'_>) -> Result<Parked, Trouble> {
    let (category, key): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Parked::new(
        StreamId::new(category.into(), key),
        crate::number::version(row.get(2)?)?,
        position(row.get(3)?)?,
        row.get::<_, String>(4)?.into(),
        row.get(5)?,
    ))
}
