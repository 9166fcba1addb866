//! Rows of projections as readers see them: rows, checkpoint and generation from one snapshot.

use es_runtime::{
    Cell, ChangedRow, ColumnKind, Condition, Direction, Found, Parked, Role, RowOrder, RowQuery,
    RowTable, RowsDiff, Standing, StoreError, Test, check_fingerprint,
};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use crate::error::Trouble;
use crate::read::Reader;
use crate::rows::{self, Bound, columns, key_cells, key_columns, quoted};
use crate::sql;

pub(crate) const STANDING: &str = "rows_standing";
pub(crate) const FETCH: &str = "fetch_rows";
pub(crate) const READ: &str = "read_rows";
pub(crate) const COUNT: &str = "count_rows";
pub(crate) const PARKED: &str = "parked_events";
pub(crate) const REACHED: &str = "rows_reached";
pub(crate) const COMPARE: &str = "compare_rows";

/// The generations of one projection, or of all.
const ALL: &str = "select id, role, definition, checkpoint, commits, stopped, \
    (select count(*) from parked where parked.projection = projection.id) \
    from projection where ?1 is null or name = ?1 order by name, id";

pub(crate) fn standing(
    reader: &Reader<'_>,
    projection: Option<&str>,
) -> Result<Vec<Standing>, Trouble> {
    let mut statement = reader.connection.prepare_cached(ALL)?;
    let mut found = statement.query([projection])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(rows::standing(row)?);
    }
    Ok(all)
}

/// The live generation of a projection.
pub(crate) fn live(reader: &Reader<'_>, projection: &str) -> Result<Option<Standing>, Trouble> {
    let mut statement = reader.connection.prepare_cached(sql::FIND_PROJECTION)?;
    let found = statement.query_row((projection, rows::name_of(Role::Live)), |row| {
        Ok(rows::standing(row))
    });
    found.optional()?.transpose()
}

pub(crate) fn fetch(
    reader: &Reader<'_>,
    generation: u64,
    table: &RowTable,
    keys: Vec<Vec<Cell>>,
) -> Result<Vec<Option<Vec<Cell>>>, Trouble> {
    let mut find = reader.connection.prepare_cached(sql::FIND_GENERATION)?;
    if !find.exists([generation.cast_signed()])? {
        return Ok(vec![None; keys.len()]);
    }
    let tests: Vec<_> = key_columns(table)
        .iter()
        .enumerate()
        .map(|(place, column)| format!("{column} = ?{}", place + 1))
        .collect();
    let mut statement = reader.connection.prepare_cached(&format!(
        "select {} from {} where {}",
        selected(table),
        quoted(&table.name(generation)),
        tests.join(" and "),
    ))?;
    let mut all = Vec::with_capacity(keys.len());
    for key in keys {
        let key = key_cells(table, key)?;
        let mut found = statement.query(params_from_iter(key.iter().map(Bound)))?;
        all.push(match found.next()? {
            Some(row) => Some(cells(row, table.columns.len())?),
            None => None,
        });
    }
    Ok(all)
}

pub(crate) fn read(
    reader: &Reader<'_>,
    table: &RowTable,
    query: &RowQuery,
) -> Result<Result<Found, StoreError>, Trouble> {
    let live = match live_of(reader, table)? {
        Ok(live) => live,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut found = Found {
        rows: Vec::new(),
        checkpoint: live.mark.checkpoint,
    };
    if query.limit == Some(0) {
        return Ok(Ok(found));
    }
    let mut asked = Asked::new(table);
    asked.filter(&query.filter);
    if let Some(after) = &query.after {
        asked.behind(&query.order, after);
    }
    let order: Vec<_> = query
        .order
        .iter()
        .map(|order| asked.in_order(*order))
        .collect();
    let order = match order.is_empty() {
        true => String::new(),
        false => format!(" order by {}", order.join(", ")),
    };
    let limit = query
        .limit
        .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
    let text = format!(
        "select {} from {}{}{order} limit {limit}",
        selected(table),
        quoted(&table.name(live.generation)),
        asked.tests(),
    );
    let mut statement = reader.connection.prepare_cached(&text)?;
    let mut selected = statement.query(params_from_iter(
        asked.params.iter().map(|cell| Bound(cell)),
    ))?;
    while let Some(row) = selected.next()? {
        found.rows.push(cells(row, table.columns.len())?);
    }
    Ok(Ok(found))
}

pub(crate) fn count(
    reader: &Reader<'_>,
    table: &RowTable,
    query: &RowQuery,
) -> Result<Result<u64, StoreError>, Trouble> {
    let live = match live_of(reader, table)? {
        Ok(live) => live,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut asked = Asked::new(table);
    asked.filter(&query.filter);
    let name = quoted(&table.name(live.generation));
    let text = format!("select count(*) from {name}{}", asked.tests());
    let mut statement = reader.connection.prepare_cached(&text)?;
    let params = params_from_iter(asked.params.iter().map(|cell| Bound(cell)));
    let count: i64 = statement.query_row(params, |row| row.get(0))?;
    Ok(Ok(count.cast_unsigned()))
}

fn live_of(reader: &Reader<'_>, table: &RowTable) -> Result<Result<Standing, StoreError>, Trouble> {
    let Some(live) = live(reader, &table.projection)? else {
        let projection = table.projection.clone();
        return Ok(Err(StoreError::NoRows { projection }));
    };
    Ok(check_fingerprint(table, live.table.fingerprint).map(|()| live))
}

pub(crate) fn parked(reader: &Reader<'_>, generation: u64) -> Result<Vec<Parked>, Trouble> {
    let mut statement = reader.connection.prepare_cached(sql::READ_PARKED)?;
    let mut found = statement.query([generation.cast_signed()])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(rows::parked(row)?);
    }
    Ok(all)
}

/// The columns to select; a row of none is still a row.
fn selected(table: &RowTable) -> String {
    match table.columns.is_empty() {
        true => "1".to_owned(),
        false => columns(table).join(", "),
    }
}

fn cells(row: &Row<'_>, columns: usize) -> Result<Vec<Cell>, Trouble> {
    (0..columns).map(|place| cell(row, place)).collect()
}

fn cell(row: &Row<'_>, place: usize) -> Result<Cell, Trouble> {
    Ok(match row.get_ref(place)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(error) => {
                return Err(Trouble::Damaged(format!(
                    "a text in a row is none: {error}"
                )));
            }
        },
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    })
}

/// What is asked of a table, as SQL with its parameters.
struct Asked<'a> {
    table: &'a RowTable,
    tests: Vec<String>,
    params: Vec<&'a Cell>,
}

impl<'a> Asked<'a> {
    fn new(table: &'a RowTable) -> Self {
        Self {
            table,
            tests: Vec::new(),
            params: Vec::new(),
        }
    }

    fn tests(&self) -> String {
        match self.tests.is_empty() {
            true => String::new(),
            false => format!(" where {}", self.tests.join(" and ")),
        }
    }

    fn kind(&self, column: usize) -> ColumnKind {
        let column = self.table.columns.get(column);
        column.map_or(ColumnKind::Text, |column| column.kind)
    }

    fn column(&self, column: usize) -> String {
        let name = self
            .table
            .columns
            .get(column)
            .map(|column| quoted(&column.name));
        form(self.kind(column), name.as_deref().unwrap_or("null"))
    }

    fn param(&mut self, column: usize, cell: &'a Cell) -> String {
        self.params.push(cell);
        form(self.kind(column), &format!("?{}", self.params.len()))
    }

    fn in_order(&self, order: RowOrder) -> String {
        let column = self.column(order.column);
        match order.direction {
            Direction::Forwards => column,
            Direction::Backwards => format!("{column} desc"),
        }
    }

    fn filter(&mut self, filter: &'a [Condition]) {
        for condition in filter {
            let column = condition.column;
            let name = self.column(column);
            let test = match &condition.test {
                Test::Is(cell) => format!("{name} is {}", self.param(column, cell)),
                Test::IsNot(cell) => format!("{name} is not {}", self.param(column, cell)),
                Test::Less(cell) => format!("{name} < {}", self.param(column, cell)),
                Test::AtMost(cell) => format!("{name} <= {}", self.param(column, cell)),
                Test::More(cell) => format!("{name} > {}", self.param(column, cell)),
                Test::AtLeast(cell) => format!("{name} >= {}", self.param(column, cell)),
                Test::IsOneOf(cells) => {
                    let tests: Vec<_> = cells
                        .iter()
                        .map(|cell| format!("{name} is {}", self.param(column, cell)))
                        .collect();
                    match tests.is_empty() {
                        true => "false".to_owned(),
                        false => format!("({})", tests.join(" or ")),
                    }
                }
            };
            self.tests.push(test);
        }
    }

    /// Behind the row with these values: further in the first column, or as far in it and further in the next one.
    fn behind(&mut self, order: &[RowOrder], after: &'a [Cell]) {
        let mut ways = Vec::new();
        let mut same = Vec::new();
        for (place, order) in order.iter().enumerate() {
            // A cursor that says nothing of a column stands at nothing there.
            let cell = after.get(place).unwrap_or(&Cell::Null);
            let name = self.column(order.column);
            // Nothing stands before everything else.
            let (further, is_same) = if *cell == Cell::Null {
                let further = match order.direction {
                    Direction::Forwards => format!("{name} is not null"),
                    Direction::Backwards => "false".to_owned(),
                };
                (further, format!("{name} is null"))
            } else {
                let param = self.param(order.column, cell);
                let further = match order.direction {
                    Direction::Forwards => format!("{name} > {param}"),
                    Direction::Backwards => format!("({name} < {param} or {name} is null)"),
                };
                (further, format!("{name} = {param}"))
            };
            let mut way = same.clone();
            way.push(further);
            ways.push(format!("({})", way.join(" and ")));
            same.push(is_same);
        }
        self.tests.push(match ways.is_empty() {
            true => "false".to_owned(),
            false => format!("({})", ways.join(" or ")),
        });
    }
}

pub(crate) fn compare(
    reader: &Reader<'_>,
    old: &Standing,
    new: &Standing,
    samples: usize,
) -> Result<RowsDiff, Trouble> {
    // Where they stand now, with the rows of the same moment.
    let now = |standing: &Standing| -> Result<Option<Standing>, Trouble> {
        let all = self::standing(reader, Some(&standing.table.projection))?;
        let is_it = |there: &Standing| there.generation == standing.generation;
        Ok(all.into_iter().find(is_it))
    };
    let (Some(old), Some(new)) = (now(old)?, now(new)?) else {
        return Ok(RowsDiff::default());
    };
    let mut diff = RowsDiff::between(&old, &new);
    let tables = [&old, &new].map(|standing| quoted(&standing.table.name(standing.generation)));
    let [from_old, from_new] = &tables;
    let number = |text: &str| -> Result<u64, Trouble> {
        let count: i64 = reader.connection.query_row(text, [], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    };
    if !RowsDiff::has_comparable_keys(&old.table, &new.table) {
        diff.added = number(&format!("select count(*) from {from_new}"))?;
        diff.removed = number(&format!("select count(*) from {from_old}"))?;
        return Ok(diff);
    }
    let keys = key_columns(&new.table)
        .into_iter()
        .zip(key_columns(&old.table));
    let same: Vec<_> = keys
        .map(|(new, old)| format!("n.{new} is o.{old}"))
        .collect();
    let same = match same.is_empty() {
        true => "true".to_owned(),
        false => same.join(" and "),
    };
    let added =
        format!("from {from_new} n where not exists (select 1 from {from_old} o where {same})");
    let removed =
        format!("from {from_old} o where not exists (select 1 from {from_new} n where {same})");
    diff.added = number(&format!("select count(*) {added}"))?;
    diff.removed = number(&format!("select count(*) {removed}"))?;
    diff.added_samples = keys_of(reader, &new.table, "n", &added, samples)?;
    diff.removed_samples = keys_of(reader, &old.table, "o", &removed, samples)?;

    let common = RowsDiff::common_columns(&old.table, &new.table);
    let pairs: Vec<_> = common
        .iter()
        .map(|(_, of_old, of_new)| {
            let (old, new) = (columns(&old.table), columns(&new.table));
            (format!("o.{}", old[*of_old]), format!("n.{}", new[*of_new]))
        })
        .collect();
    let differs: Vec<_> = pairs
        .iter()
        .map(|(old, new)| format!("{old} is not {new}"))
        .collect();
    if differs.is_empty() {
        return Ok(diff);
    }
    let changed = format!(
        "from {from_new} n join {from_old} o on {same} where {}",
        differs.join(" or ")
    );
    diff.changed = number(&format!("select count(*) {changed}"))?;
    let key: Vec<_> = key_names(&new.table, "n");
    let values: Vec<_> = pairs
        .iter()
        .flat_map(|(old, new)| [old.clone(), new.clone()])
        .collect();
    let selected: Vec<_> = key.iter().cloned().chain(values).collect();
    let order = in_order_of_keys(&new.table, "n");
    let text = format!(
        "select {} {changed}{order} limit {samples}",
        selected.join(", ")
    );
    let mut statement = reader.connection.prepare(&text)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let mut columns = Vec::new();
        for (place, (name, ..)) in common.iter().enumerate() {
            let at = key.len() + place * 2;
            let (old, new) = (cell(row, at)?, cell(row, at + 1)?);
            if old != new {
                columns.push((name.clone(), old, new));
            }
        }
        let changed = ChangedRow::new(cells(row, key.len())?, columns);
        diff.changed_samples.push(changed);
    }
    Ok(diff)
}

/// The key columns of a table under another name of it.
fn key_names(table: &RowTable, of: &str) -> Vec<String> {
    let columns = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place));
    columns
        .map(|column| format!("{of}.{}", quoted(&column.name)))
        .collect()
}

/// So that samples are the same each time.
fn in_order_of_keys(table: &RowTable, of: &str) -> String {
    let columns = table.key.iter().map(|place| compared(table, *place, of));
    let columns: Vec<_> = columns.collect();
    match columns.is_empty() {
        true => String::new(),
        false => format!(" order by {}", columns.join(", ")),
    }
}

/// A column of a table under another name of it, as it is compared.
fn compared(table: &RowTable, place: usize, of: &str) -> String {
    match table.columns.get(place) {
        None => "null".to_owned(),
        Some(column) => form(column.kind, &format!("{of}.{}", quoted(&column.name))),
    }
}

/// How a value is compared: as it stands, or as the number that its text is.
fn form(kind: ColumnKind, value: &str) -> String {
    match kind {
        ColumnKind::Number | ColumnKind::Duration => format!("es_number_key({value})"),
        _ => value.to_owned(),
    }
}

fn keys_of(
    reader: &Reader<'_>,
    table: &RowTable,
    of: &str,
    from: &str,
    samples: usize,
) -> Result<Vec<Vec<Cell>>, Trouble> {
    let names = key_names(table, of);
    let shown = match names.is_empty() {
        true => "1".to_owned(),
        false => names.join(", "),
    };
    let order = in_order_of_keys(table, of);
    let text = format!("select {shown} {from}{order} limit {samples}");
    let mut statement = reader.connection.prepare(&text)?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(cells(row, names.len())?);
    }
    Ok(all)
}
