//! What stands in rows: cells of every kind, in columns of any name.

use std::sync::Arc;

use super::kept::{Kept, keeping};
use super::tables::{by_key, kinds, named, text};
use crate::contract::failure::{Verdict, same};
use crate::contract::stage::Stage;
use crate::describe::{Content, FieldDescription, RowsDescription, shape_of};
use crate::row_store::{Cell, Condition, RowChange, RowOrder, RowQuery, RowTable, Test};
use crate::store::Direction;

/// Whatever is written, as itself and not as what it looks like.
pub(in crate::contract) fn cells_of_every_kind_come_back_as_they_were(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let table = kinds();
    let cells = [
        ("flag", vec![Cell::Integer(0), Cell::Integer(1)]),
        ("whole", whole()),
        (
            "real",
            [f64::MIN, -1.5, 0.0, 0.1, 1.0, 5e-324, 1e300, f64::MAX]
                .map(Cell::Real)
                .into(),
        ),
        ("number", numbers()),
        ("text", texts()),
        (
            "moment",
            [
                "0001-01-01T00:00:00.000000000Z",
                "9999-12-31T23:59:59.999999999Z",
            ]
            .map(text)
            .into(),
        ),
        (
            "span",
            ["0", "-0.000000001", "9223372036854.775807"]
                .map(text)
                .into(),
        ),
        (
            "list",
            ["[]", r#"["a","\u0000"]"#, r#"[ "A" ]"#].map(text).into(),
        ),
    ];
    let nothing = vec![Cell::Null; table.columns.len()];
    let mut rows = vec![];
    for (field, cells) in cells {
        for cell in [Cell::Null].into_iter().chain(cells) {
            let mut row = nothing.clone();
            row[0] = Cell::Integer(i64::try_from(rows.len()).unwrap_or(0));
            let place = table
                .columns
                .iter()
                .position(|column| column.field == field);
            row[place.unwrap_or(0)] = cell;
            rows.push(row);
        }
    }
    let puts = rows.iter().cloned().map(RowChange::Put).collect();
    let live = kept.live(&table, 1, puts)?;
    let found = kept.read(&table, by_key(&table))?.rows;
    same("rows that are read", found.len(), rows.len())?;
    for (found, row) in found.into_iter().zip(&rows) {
        same("a row that is read", &found, row)?;
        let fetched = kept.fetch(&live, &[&row[..1]])?;
        same("a row that is fetched", fetched, vec![Some(found)])?;
    }
    Ok(())
}

/// Those beyond the largest signed number are 8 bytes.
fn whole() -> Vec<Cell> {
    let signed = [i64::MIN, -1, 0, (1 << 53) + 1, i64::MAX].map(Cell::Integer);
    let beyond = [1 << 63, (1 << 63) + 1, u64::MAX];
    let beyond = beyond.map(|number: u64| Cell::Bytes(number.to_be_bytes().into()));
    signed.into_iter().chain(beyond).collect()
}

fn numbers() -> Vec<Cell> {
    [
        "0",
        "1",
        "1.50",
        "-0.1",
        "007",
        "340282366920938463463374607431768211455",
    ]
    .map(text)
    .into()
}

fn texts() -> Vec<Cell> {
    let large = "ä".repeat(500_000);
    [
        "",
        " ",
        "\0",
        "a\0b",
        "1",
        "1e3",
        "NULL",
        "'",
        "\"",
        "a\u{301}",
        "á",
        "\u{10ffff}\u{feff}",
        &large,
    ]
    .map(text)
    .into()
}

const LONG: &str =
    "a_name_of_eighty_characters_that_shares_the_first_seventy_with_another_one_first";
const AS_LONG: &str =
    "a_name_of_eighty_characters_that_shares_the_first_seventy_with_another_one_later";

/// Names that mean something in SQL, that look alike, and that are longer than databases take.
pub(in crate::contract) fn columns_and_projections_may_have_any_name(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut tables = vec![];
    for (name, counted) in [
        ("order", 1),
        ("Order", 2),
        ("OrderSummary", 3),
        ("Order Summary", 4),
        ("Order_Summary", 5),
        ("it's \"quoted\"; --", 6),
        (LONG, 7),
        (AS_LONG, 8),
    ] {
        let table = table(name);
        let row: Vec<_> = (0..10)
            .map(|column| Cell::Integer(counted * 100 + column))
            .collect();
        kept.live(
            &table,
            counted.unsigned_abs(),
            vec![RowChange::Put(row.clone())],
        )?;
        tables.push((table, counted.unsigned_abs(), row));
    }
    for (table, checkpoint, row) in tables {
        let name = &table.projection;
        kept.holds(
            format_args!("the row of {name}"),
            &table,
            checkpoint,
            vec![row.clone()],
        )?;
        for column in 0..row.len() {
            check_column(&kept, &table, column, &row)?;
        }
    }
    Ok(())
}

fn check_column(kept: &Kept, table: &Arc<RowTable>, column: usize, row: &[Cell]) -> Verdict {
    let direction = Direction::Backwards;
    let query = |test| RowQuery {
        filter: vec![Condition { column, test }],
        order: vec![RowOrder { column, direction }],
        ..RowQuery::default()
    };
    let name = &table.columns[column].field;
    let found = kept.read(table, query(Test::Is(row[column].clone())))?;
    same(
        format_args!("rows by `{name}`"),
        found.rows,
        vec![row.to_vec()],
    )?;
    let found = kept.read(table, query(Test::IsNot(row[column].clone())))?;
    same(format_args!("other rows by `{name}`"), found.rows, vec![])
}

fn table(name: &'static str) -> Arc<RowTable> {
    const COLUMNS: Content = Content::Fields(&[
        FieldDescription::new("key", shape_of::<i64>()),
        FieldDescription::new("group", shape_of::<i64>()),
        FieldDescription::new("order", shape_of::<i64>()),
        FieldDescription::new("select", shape_of::<i64>()),
        FieldDescription::new("rowid", shape_of::<i64>()),
        FieldDescription::new("Key", shape_of::<i64>()),
        FieldDescription::new("a \"b\" 'c'; --", shape_of::<i64>()),
        FieldDescription::new("größe", shape_of::<i64>()),
        FieldDescription::new(LONG, shape_of::<i64>()),
        FieldDescription::new(AS_LONG, shape_of::<i64>()),
    ]);
    named(RowsDescription::new(
        name,
        COLUMNS,
        &["key", "group"],
        &[&["order", "select"], &[LONG, AS_LONG], &["rowid"]],
        &[],
        "",
        1,
    ))
}
