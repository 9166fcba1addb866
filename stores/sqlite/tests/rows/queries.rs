//! Whatever is asked of whatever rows is answered as by the store in memory.

use std::sync::Arc;

use es_runtime::{
    Cell, ColumnKind, Condition, Direction, MemoryStore, Role, RowChange, RowOrder, RowQuery,
    RowStore, RowTable, Test,
};
use proptest::prelude::*;

use crate::common::Fixture;
use crate::make::*;

/// A column of each kind, with and without nothing, by names that mean something to SQL.
fn everything() -> Arc<RowTable> {
    let columns = [
        ("order", "text"),
        ("key", "integer"),
        ("group", "number?"),
        ("select", "text?"),
        ("amount", "number"),
        ("weight", "real"),
        ("share", "real?"),
        ("flag", "boolean?"),
        ("at", "timestamp?"),
        ("span", "duration?"),
        ("data", "json?"),
        ("count", "integer?"),
    ];
    let indexes: [&[usize]; 3] = [&[2], &[11, 3], &[3]];
    table("Everything", 1, &columns, &[0, 1], &indexes)
}

fn cell(kind: ColumnKind) -> BoxedStrategy<Cell> {
    let one_of =
        |texts: &'static [&'static str]| proptest::sample::select(texts).prop_map(text).boxed();
    match kind {
        ColumnKind::Boolean => (0..2_i64).prop_map(Cell::Integer).boxed(),
        ColumnKind::Integer => prop_oneof![
            3 => proptest::sample::select(&[-5, 0, 7, i64::MIN, i64::MAX][..]).prop_map(Cell::Integer),
            1 => proptest::sample::select(&[1_u64 << 63, u64::MAX][..])
                .prop_map(|number| Cell::Bytes(number.to_be_bytes().to_vec())),
        ]
        .boxed(),
        ColumnKind::Real => proptest::sample::select(&[-1.5, 0.0, 2.0, 1e300, f64::INFINITY][..])
            .prop_map(Cell::Real)
            .boxed(),
        ColumnKind::Number | ColumnKind::Duration => {
            one_of(&["-10", "-9.5", "0", "-0.00", "9", "9.0", "10", "170141183460469231731687303715884105728"])
        }
        ColumnKind::Text => one_of(&["", "a", "A", "ab", "b\0c", "é", "10", "9"]),
        ColumnKind::Timestamp => one_of(&["2026-01-05T10:00:00.250000000Z", "2025-12-31T00:00:00.000000000Z"]),
        ColumnKind::Json => one_of(&["[]", "{\"a\":1}", "null"]),
    }
}

fn row(table: &RowTable) -> impl Strategy<Value = Vec<Cell>> + use<> {
    let cells: Vec<_> = table
        .columns
        .iter()
        .map(|column| match column.is_optional {
            true => prop_oneof![1 => Just(Cell::Null), 2 => cell(column.kind)].boxed(),
            false => cell(column.kind),
        })
        .collect();
    cells
}

fn condition(table: &Arc<RowTable>) -> impl Strategy<Value = Condition> + use<> {
    let table = table.clone();
    let columns = table.columns.len();
    (0..columns).prop_flat_map(move |column| {
        let any = || {
            let values = cell(table.columns[column].kind);
            prop_oneof![1 => Just(Cell::Null), 4 => values]
        };
        prop_oneof![
            any().prop_map(Test::Is),
            any().prop_map(Test::IsNot),
            proptest::collection::vec(any(), 0..4).prop_map(Test::IsOneOf),
            any().prop_map(Test::Less),
            any().prop_map(Test::AtMost),
            any().prop_map(Test::More),
            any().prop_map(Test::AtLeast),
        ]
        .prop_map(move |test| Condition { column, test })
    })
}

/// A query that goes on behind the row of this number, where there is one.
fn query(table: &Arc<RowTable>) -> impl Strategy<Value = (RowQuery, Option<usize>)> + use<> {
    let columns = table.columns.len();
    let direction = || {
        any::<bool>().prop_map(|forwards| match forwards {
            true => Direction::Forwards,
            false => Direction::Backwards,
        })
    };
    let order = proptest::collection::vec((0..columns, direction()), 0..3);
    (
        proptest::collection::vec(condition(table), 0..3),
        order,
        direction(),
        direction(),
        proptest::option::of(0..5_usize),
        proptest::option::of(0..12_usize),
    )
        .prop_map(|(filter, mut order, first, second, limit, after)| {
            order.extend([(0, first), (1, second)]);
            let order = order.into_iter();
            let order = order.map(|(column, direction)| RowOrder { column, direction });
            let query = RowQuery {
                filter,
                order: order.collect(),
                after: None,
                limit,
            };
            (query, after)
        })
}

type Case = (Vec<Vec<Cell>>, Vec<usize>, Vec<(RowQuery, Option<usize>)>);

fn case() -> impl Strategy<Value = Case> {
    let table = everything();
    (
        proptest::collection::vec(row(&table), 1..12),
        proptest::collection::vec(0..12_usize, 0..3),
        proptest::collection::vec(query(&table), 60),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn queries_are_answered_as_by_the_store_in_memory((rows, deleted, queries) in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = Fixture::new();
        let memory = MemoryStore::new();
        runtime.block_on(async {
            let table = everything();
            fill(&fixture.store, &table, &rows, &deleted).await;
            fill(&memory, &table, &rows, &deleted).await;
            for (mut query, after) in queries {
                query.after = after.and_then(|number| {
                    let row: &Vec<Cell> = rows.get(number)?;
                    Some(query.order.iter().map(|order| row[order.column].clone()).collect())
                });
                let expected = memory.read_rows(table.clone(), query.clone()).await.unwrap();
                let found = fixture.store.read_rows(table.clone(), query.clone()).await.unwrap();
                assert_eq!(found, expected, "{query:?}");
                let expected = memory.count_rows(table.clone(), query.clone()).await.unwrap();
                let found = fixture.store.count_rows(table.clone(), query.clone()).await.unwrap();
                assert_eq!(found, expected, "{query:?}");
            }
            let keys: Vec<_> = rows.iter().map(|row| table.key_of(row)).collect();
            let expected = memory.fetch_rows(1, table.clone(), keys.clone()).await.unwrap();
            let found = fixture.store.fetch_rows(1, table.clone(), keys).await.unwrap();
            assert_eq!(found, expected);
        });
    }
}

/// Puts each row by a commit of its own, and deletes some of them again.
async fn fill(store: &impl RowStore, table: &Arc<RowTable>, rows: &[Vec<Cell>], deleted: &[usize]) {
    let begun = store.begin_rows(table.clone(), Role::Live).await.unwrap();
    let mut mark = begun.mark;
    let puts = rows.iter().map(|row| RowChange::Put(row.clone()));
    let deletes = deleted.iter().filter_map(|number| rows.get(*number));
    let deletes = deletes.map(|row| RowChange::Delete(table.key_of(row)));
    for change in puts.chain(deletes) {
        let commit = commit(begun.generation, table, mark, 1, vec![change]);
        mark = store.commit_rows(commit).await.unwrap();
    }
}

#[tokio::test]
async fn a_cursor_that_says_nothing_of_a_column_stands_at_nothing_there() {
    let rows = [("a", None), ("b", Some("x"))]
        .map(|(key, value)| vec![text(key), value.map_or(Cell::Null, text)]);
    let table = table("Short", 1, &[("id", "text"), ("value", "text?")], &[0], &[]);
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    let mut queries = Vec::new();
    for order in [Vec::new(), vec![1], vec![1, 0]] {
        for after in [vec![], vec![Cell::Null], vec![text("x")]] {
            for direction in [Direction::Forwards, Direction::Backwards] {
                let order = order.iter().map(|column| RowOrder {
                    column: *column,
                    direction,
                });
                let query = RowQuery {
                    order: order.collect(),
                    after: Some(after.clone()),
                    ..RowQuery::default()
                };
                queries.push(query);
            }
        }
    }
    fill(&fixture.store, &table, &rows, &[]).await;
    fill(&memory, &table, &rows, &[]).await;
    for query in queries {
        let expected = memory
            .read_rows(table.clone(), query.clone())
            .await
            .unwrap();
        let found = fixture
            .store
            .read_rows(table.clone(), query.clone())
            .await
            .unwrap();
        assert_eq!(found, expected, "{query:?}");
    }
}
