//! How rows stand in the file: for plain SQL, for whoever opens it again, and whatever is refused.

use std::sync::Arc;

use es_runtime::{
    Cell, EventStore, Expected, Mark, Role, RowChange, RowQuery, RowStore, RowTable, Standing,
    StoreError,
};
use es_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::common::{Fixture, one, position, stream};
use crate::make::*;

async fn begin(store: &SqliteStore, table: &Arc<RowTable>, role: Role) -> Standing {
    store.begin_rows(table.clone(), role).await.unwrap()
}

async fn found(store: &SqliteStore, table: &Arc<RowTable>) -> Vec<Vec<Cell>> {
    let query = RowQuery::default();
    store.read_rows(table.clone(), query).await.unwrap().rows
}

/// The first column of what plain SQL finds.
fn plain(fixture: &Fixture, sql: &str) -> Vec<String> {
    let database = Connection::open(fixture.path()).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_live_rows_are_there_for_plain_sql() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let (old, new) = (balances(1), balances(2));
    let live = begin(store, &old, Role::Live).await;
    let rows = vec![balance("ada", 3), balance("bob", 4)];
    let live = store
        .commit_rows(commit(live.generation, &old, live.mark, 1, rows))
        .await
        .map(|mark| Standing { mark, ..live })
        .unwrap();
    let rich = "select owner from rows_balances where balance > 3 order by owner";
    assert_eq!(plain(&fixture, rich), ["bob"]);

    let built = begin(store, &new, Role::Building).await;
    let rows = vec![balance("eve", 5)];
    let mark = store
        .commit_rows(commit(built.generation, &new, built.mark, 1, rows))
        .await
        .unwrap();
    assert_eq!(plain(&fixture, rich), ["bob"]);
    let name = || "Balances".to_owned();
    let swapped = store.swap_rows(name(), built.generation, mark, position(1));
    assert!(swapped.await.unwrap());
    assert_eq!(plain(&fixture, rich), ["eve"]);

    store.drop_rows(name(), live.generation).await.unwrap();
    assert_eq!(plain(&fixture, rich), ["eve"]);
    store.drop_rows(name(), built.generation).await.unwrap();
    let left = plain(
        &fixture,
        "select name from sqlite_schema where name like 'rows%'",
    );
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn names_may_be_long_and_mean_something_to_sql() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let columns = [
        "group", "order", "select", "key", "rowid", "table", "_id", "new", "old",
    ];
    let columns = columns.map(|name| (name, "text"));
    let mut standing = Vec::new();
    for end in ["First", "Second"] {
        let name = format!("{}{end:_<10}", "Long".repeat(18).split_at(70).0);
        assert_eq!(name.len(), 80);
        let table = table(&name, 1, &columns, &[0, 3], &[&[1], &[2, 1]]);
        let begun = begin(store, &table, Role::Live).await;
        let row = vec![text(end); columns.len()];
        let rows = vec![RowChange::Put(row.clone())];
        store
            .commit_rows(commit(begun.generation, &table, begun.mark, 1, rows))
            .await
            .unwrap();
        assert_eq!(found(store, &table).await, [row]);
        let sql = format!("select \"order\" from \"{}\"", table.view());
        assert_eq!(plain(&fixture, &sql), [end]);
        standing.push(begun);
    }
    assert_ne!(standing[0].table.view(), standing[1].table.view());
    let [first, second] = standing.try_into().unwrap();
    let name = first.table.projection.clone();
    store.drop_rows(name, first.generation).await.unwrap();
    assert_eq!(found(store, &second.table).await.len(), 1);
}

#[tokio::test]
async fn rows_of_no_columns_have_a_checkpoint() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let table = table("Sent", 1, &[], &[], &[]);
    let begun = begin(store, &table, Role::Live).await;
    let rows = vec![RowChange::Put(Vec::new())];
    let mark = store
        .commit_rows(commit(begun.generation, &table, begun.mark, 5, rows))
        .await
        .unwrap();
    assert_eq!(mark.checkpoint, position(5));
    assert_eq!(found(store, &table).await, [Vec::new()]);
    let keys = vec![Vec::new()];
    let fetched = store.fetch_rows(begun.generation, table.clone(), keys);
    assert_eq!(fetched.await.unwrap(), [Some(Vec::new())]);
    let rows = vec![RowChange::Delete(Vec::new())];
    store
        .commit_rows(commit(begun.generation, &table, mark, 6, rows))
        .await
        .unwrap();
    assert!(found(store, &table).await.is_empty());
}

#[tokio::test]
async fn rows_and_where_they_stand_survive_reopening() {
    let fixture = Fixture::new();
    let table = balances(1);
    let begun = begin(&fixture.store, &table, Role::Live).await;
    let mut change = commit(
        begun.generation,
        &table,
        begun.mark,
        7,
        vec![balance("ada", 3)],
    );
    change.park = vec![parked("a", 2, 6)];
    change.stopped = Some("event 8 is not known".to_owned());
    let mark = fixture.store.commit_rows(change).await.unwrap();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();

    let fixture = fixture.reopened();
    let store = &fixture.store;
    let there = store.rows_standing(None).await.unwrap();
    let [there] = there.try_into().unwrap();
    assert_eq!((there.mark, there.parked), (mark, 1));
    assert_eq!(there.stopped.as_deref(), Some("event 8 is not known"));
    assert_eq!(there.table, table);
    assert_eq!(
        found(store, &table).await,
        [[text("ada"), Cell::Integer(3)]]
    );
    let parked = store.parked_events(there.generation).await.unwrap();
    assert_eq!(parked[0].stream, stream("a"));
    let next = commit(there.generation, &table, mark, 8, vec![gone("ada")]);
    store.commit_rows(next).await.unwrap();
    assert!(found(store, &table).await.is_empty());
}

#[tokio::test]
async fn the_number_of_a_generation_is_never_given_again() {
    let fixture = Fixture::new();
    let first = begin(&fixture.store, &balances(1), Role::Live).await;
    let name = first.table.projection.clone();
    let drop = fixture.store.drop_rows(name, first.generation);
    drop.await.unwrap();
    let fixture = fixture.reopened();
    let second = begin(&fixture.store, &balances(1), Role::Live).await;
    assert!(second.generation > first.generation);
}

#[tokio::test]
async fn a_commit_that_is_refused_leaves_nothing() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let table = balances(1);
    let begun = begin(store, &table, Role::Live).await;
    let with = |changes, from| commit(begun.generation, &table, from, 2, changes);
    let ahead = Mark {
        commits: 1,
        ..begun.mark
    };
    let late = store
        .commit_rows(with(vec![balance("ada", 1)], ahead))
        .await;
    assert!(
        matches!(late, Err(StoreError::RowsMoved { .. })),
        "{late:?}"
    );
    // What no column takes, behind a row that is fine, between commits that are fine.
    let other = table_of_notes();
    let of_other = begin(store, &other, Role::Live).await;
    let nothing = RowChange::Put(vec![text("eve"), Cell::Null]);
    let mut bad = with(vec![balance("ada", 1), nothing], begun.mark);
    bad.park = vec![parked("a", 1, 1)];
    let note = |mark, to, note: &str| {
        let row = vec![text(note)];
        commit(
            of_other.generation,
            &other,
            mark,
            to,
            vec![RowChange::Put(row)],
        )
    };
    let next = Mark {
        checkpoint: position(1),
        commits: 1,
    };
    let (before, refused, behind) = tokio::join!(
        store.commit_rows(note(of_other.mark, 1, "before")),
        store.commit_rows(bad),
        store.commit_rows(note(next, 2, "behind")),
    );
    assert!(before.is_ok() && behind.is_ok(), "{before:?} {behind:?}");
    assert!(
        matches!(refused, Err(StoreError::Permanent { .. })),
        "{refused:?}"
    );
    let there = store
        .rows_standing(Some("Balances".to_owned()))
        .await
        .unwrap();
    assert_eq!((there[0].mark, there[0].parked), (begun.mark, 0));
    assert!(found(store, &table).await.is_empty());
    assert_eq!(found(store, &other).await.len(), 2);
    let good = store.commit_rows(with(vec![balance("ada", 1)], begun.mark));
    good.await.unwrap();
}

fn table_of_notes() -> Arc<RowTable> {
    table("Notes", 1, &[("note", "text")], &[0], &[])
}

#[tokio::test]
async fn a_row_of_too_few_cells_is_refused() {
    let fixture = Fixture::new();
    let table = balances(1);
    let begun = begin(&fixture.store, &table, Role::Live).await;
    let short = RowChange::Put(vec![text("ada")]);
    let change = commit(
        begun.generation,
        &table,
        begun.mark,
        1,
        vec![balance("bob", 1), short],
    );
    let refused = fixture.store.commit_rows(change).await;
    assert!(
        matches!(refused, Err(StoreError::Permanent { .. })),
        "{refused:?}"
    );
    assert!(found(&fixture.store, &table).await.is_empty());
}

#[tokio::test]
async fn rows_of_another_making_are_not_read() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let read = |table| store.read_rows(table, RowQuery::default());
    let none = read(balances(1)).await;
    assert!(matches!(none, Err(StoreError::NoRows { .. })), "{none:?}");
    begin(store, &balances(1), Role::Live).await;
    let outdated = read(balances(2)).await;
    assert!(
        matches!(outdated, Err(StoreError::RowsOutdated { .. })),
        "{outdated:?}"
    );
}

#[tokio::test]
async fn a_table_that_is_begun_again_gets_the_indexes_it_has_now() {
    let fixture = Fixture::new();
    let indexes = || {
        plain(
            &fixture,
            "select sql from sqlite_schema where name like 'rows1_index%' order by name",
        )
    };
    let with = |indexes: &[&[usize]]| {
        let columns = [("owner", "text"), ("balance", "integer"), ("note", "text")];
        table("Balances", 1, &columns, &[0], indexes)
    };
    begin(&fixture.store, &with(&[&[1], &[2]]), Role::Live).await;
    assert_eq!(indexes().len(), 2);
    let again = with(&[&[1, 2]]);
    assert_eq!(begin(&fixture.store, &again, Role::Live).await.table, again);
    let [index] = indexes().try_into().unwrap();
    assert!(index.ends_with("(\"balance\", \"note\")"), "{index}");
}

/// Snapshots and rows are written beside the log, and no commit of events is any less durable for it.
#[tokio::test]
async fn rows_and_events_are_written_in_turns() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let table = balances(1);
    let begun = begin(store, &table, Role::Live).await;
    let mut mark = begun.mark;
    for number in 1..=20 {
        let rows = vec![balance("ada", number)];
        let to = number.unsigned_abs();
        let (events, moved) = tokio::join!(
            store.append(one("a", Expected::Any)),
            store.commit_rows(commit(begun.generation, &table, mark, to, rows)),
        );
        events.unwrap();
        mark = moved.unwrap();
    }
    assert_eq!(mark.commits, 20);
    assert_eq!(
        found(store, &table).await,
        [[text("ada"), Cell::Integer(20)]]
    );
}
