//! What is asked of rows: which of them, in which order, from where on, and how many.

use std::sync::Arc;

use super::kept::{Kept, keeping};
use super::tables::{at, by_key, count, counts, counts_of, kinds, put, text};
use crate::contract::failure::{Verdict, refused, same};
use crate::contract::stage::Stage;
use crate::row_store::{
    Cell, ColumnKind, Condition, Found, Role, RowChange, RowOrder, RowQuery, RowTable, Test,
};
use crate::store::{Direction, StoreError};

/// As `RowQuery::answer` finds them among the same rows: over what is nothing, numbers by their value, in both directions.
pub(in crate::contract) fn filter_order_and_cursor_find_what_they_mean(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let (table, rows) = (kinds(), rows());
    let puts = rows.iter().cloned().map(RowChange::Put).collect();
    kept.live(&table, 1, puts)?;
    for query in filters(&table, &rows).chain(orders(&table, &rows)) {
        let answer = query.answer(&table, rows.iter());
        let expected = Found {
            rows: answer.into_iter().cloned().collect(),
            checkpoint: at(1),
        };
        let what = format_args!("rows of {query:?}").to_string();
        same(&what, kept.read(&table, query.clone())?, expected)?;
        let all = RowQuery {
            after: None,
            limit: None,
            ..query
        };
        let matching = rows.iter().filter(|row| all.matches(&table, row)).count();
        same(&what, kept.count(&table, all)?, matching as u64)?;
    }
    Ok(())
}

/// Rows of [`kinds`], with values that are nothing and values that stand in several rows.
fn rows() -> Vec<Vec<Cell>> {
    let beyond = |number: u64| Cell::Bytes(number.to_be_bytes().into());
    let early = "2026-01-05T10:00:00.000000000Z";
    let late = "2026-01-05T10:00:00.250000000Z";
    let columns = [
        vec![Cell::Integer(1), Cell::Null, Cell::Integer(0)],
        vec![
            beyond(u64::MAX),
            Cell::Integer(10),
            Cell::Null,
            Cell::Integer(i64::MAX),
            Cell::Integer(9),
            beyond(1 << 63),
            Cell::Integer(10),
            Cell::Integer(0),
        ],
        vec![
            Cell::Real(-2.5),
            Cell::Null,
            Cell::Real(10.0),
            Cell::Real(0.0),
            Cell::Real(9.5),
            Cell::Real(-0.0),
        ],
        nothing_and(&["10", "9.5", "-10", "-9.5", "9.50", "0", "100"]),
        nothing_and(&[
            "b",
            "",
            "B",
            "ä",
            "a%",
            "a_",
            "ab",
            "\u{10ffff}",
            "\u{ffff}",
        ]),
        vec![text(late), Cell::Null, text(early)],
        nothing_and(&["90", "-90", "1000", "0.5"]),
        vec![text("[]"), text(r#"["a"]"#), Cell::Null],
    ];
    let row = |number: usize| -> Vec<Cell> {
        let id = Cell::Integer(i64::try_from(number).unwrap_or(0) - 10);
        // Of several lengths, so that many pairs of values meet.
        let others = columns
            .iter()
            .map(|cells| cells[number % cells.len()].clone());
        [id].into_iter().chain(others).collect()
    };
    (0..20).map(row).collect()
}

fn nothing_and(texts: &[&str]) -> Vec<Cell> {
    let texts = texts.iter().map(|value| text(value));
    [Cell::Null].into_iter().chain(texts).collect()
}

/// Each test of each column by each of its values.
fn filters(table: &RowTable, rows: &[Vec<Cell>]) -> impl Iterator<Item = RowQuery> {
    let mut queries = vec![];
    for (column, of) in table.columns.iter().enumerate() {
        let mut cells: Vec<Cell> = vec![];
        for row in rows {
            if !cells.contains(&row[column]) {
                cells.push(row[column].clone());
            }
        }
        let some = cells.iter().step_by(2).cloned().collect();
        let mut tests = vec![Test::IsOneOf(vec![]), Test::IsOneOf(some)];
        for cell in cells {
            tests.extend([Test::Is, Test::IsNot].map(|test| test(cell.clone())));
            if of.kind != ColumnKind::Json {
                let ordered = [Test::Less, Test::AtMost, Test::More, Test::AtLeast];
                tests.extend(ordered.map(|test| test(cell.clone())));
            }
        }
        queries.extend(tests.into_iter().map(|test| RowQuery {
            filter: vec![Condition { column, test }],
            ..by_key(table)
        }));
    }
    let both = |first: usize, second: usize| RowQuery {
        filter: [first, second]
            .map(|column| {
                let test = Test::AtLeast(rows[0][column].clone());
                Condition { column, test }
            })
            .into(),
        ..by_key(table)
    };
    queries.extend([both(0, 5), both(6, 3)]);
    queries.into_iter()
}

/// By each column with an order, and by two of them, cut off anywhere and gone on with behind each row.
fn orders(table: &RowTable, rows: &[Vec<Cell>]) -> impl Iterator<Item = RowQuery> {
    use Direction::{Backwards, Forwards};
    let mut orders = vec![];
    for column in 0..table.columns.len() - 1 {
        for direction in [Forwards, Backwards] {
            orders.push(vec![(column, direction)]);
        }
    }
    orders.push(vec![(5, Backwards), (4, Forwards)]);
    orders.push(vec![(1, Forwards), (6, Backwards), (2, Forwards)]);
    let mut queries = vec![];
    for mut order in orders {
        if order.iter().all(|(column, _)| *column != 0) {
            order.push((0, Forwards));
        }
        let order: Vec<_> = order
            .into_iter()
            .map(|(column, direction)| RowOrder { column, direction })
            .collect();
        let query = |after, limit| RowQuery {
            filter: vec![],
            order: order.clone(),
            after,
            limit,
        };
        queries.extend(
            [None, Some(0), Some(1), Some(rows.len()), Some(usize::MAX)]
                .map(|limit| query(None, limit)),
        );
        for row in rows {
            let cursor: Vec<_> = order
                .iter()
                .map(|order| row[order.column].clone())
                .collect();
            queries.extend([None, Some(2)].map(|limit| query(Some(cursor.clone()), limit)));
        }
    }
    queries.into_iter()
}

/// It is how many there are, and not how many would be given.
pub(in crate::contract) fn a_count_ignores_limit_and_cursor(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let changes = (1..=5).map(|number| put(&number.to_string(), number));
    kept.live(&counts(), 1, changes.collect())?;
    for (least, counted) in [(1, 5), (3, 3), (6, 0)] {
        let query = RowQuery {
            filter: vec![Condition {
                column: 1,
                test: Test::AtLeast(Cell::Integer(least)),
            }],
            after: Some(vec![text("4")]),
            limit: Some(1),
            ..by_key(&counts())
        };
        let found = kept.count(&counts(), query)?;
        same(format_args!("rows of {least} at least"), found, counted)?;
    }
    Ok(())
}

/// Whoever knows the rows by another definition is told so, and not given what means something else to it.
pub(in crate::contract) fn rows_are_read_by_their_fingerprint_alone(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    is_nothing(&kept, &counts())?;
    let live = kept.live(&counts(), 3, vec![put("a", 1)])?;
    let other = counts_of(2);
    is_outdated(&kept, &other)?;
    let begun = kept.begin(&other, Role::Live)?;
    same("what is live", begun.generation, live.generation)?;
    same(
        "by which definition",
        begun.table.fingerprint,
        counts().fingerprint,
    )?;
    is_outdated(&kept, &other)?;
    kept.holds("rows by their own", &counts(), 3, vec![count("a", 1)])?;
    is_nothing(&kept, &kinds())?;
    kept.drop_rows(&live)?;
    is_nothing(&kept, &counts())?;
    kept.built(&counts(), 1, vec![])?;
    is_nothing(&kept, &counts())
}

fn is_nothing(kept: &Kept, table: &Arc<RowTable>) -> Verdict {
    let is_meant = |error: &StoreError| matches!(error, StoreError::NoRows { projection } if *projection == table.projection);
    let found = kept.read(table, by_key(table));
    refused("rows of nothing", found, "NoRows", is_meant)?;
    let counted = kept.count(table, by_key(table));
    refused("a count of nothing", counted, "NoRows", is_meant)
}

fn is_outdated(kept: &Kept, table: &Arc<RowTable>) -> Verdict {
    let is_meant = |error: &StoreError| matches!(error, StoreError::RowsOutdated { projection } if *projection == table.projection);
    let found = kept.read(table, by_key(table));
    refused(
        "rows of another fingerprint",
        found,
        "RowsOutdated",
        is_meant,
    )?;
    let counted = kept.count(table, by_key(table));
    refused(
        "a count of another fingerprint",
        counted,
        "RowsOutdated",
        is_meant,
    )
}
