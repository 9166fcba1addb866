//! Whatever is done to generations, in whatever order, is answered as by the store in memory.

use std::sync::Arc;

use es_runtime::{
    Cell, Direction, Mark, MemoryStore, Role, RowChange, RowOrder, RowQuery, RowStore, RowTable,
    RowsCommit, Standing, Version,
};
use proptest::prelude::*;

use crate::common::{Fixture, position, stream};
use crate::make::*;

#[derive(Clone, Debug)]
enum Step {
    Begin(u64, Role),
    Commit(Folded),
    Swap(u64, bool, u64),
    Drop(u64),
    Compare(u64, u64),
    Read(u64),
}

/// What is committed to a generation; `is_late` where somebody else was first.
#[derive(Clone, Debug)]
struct Folded {
    generation: u64,
    is_late: bool,
    to: u64,
    owners: Vec<(u8, Option<i64>)>,
    park: Vec<(u8, u64)>,
    take_up: Option<(u8, u64)>,
    stopped: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let generation = 1..5_u64;
    let role = prop_oneof![Just(Role::Live), Just(Role::Building)];
    let owner = (0..4_u8, proptest::option::of(-2..2_i64));
    let folded = (
        generation.clone(),
        proptest::bool::weighted(0.1),
        1..4_u64,
        proptest::collection::vec(owner, 0..4),
        proptest::collection::vec((0..2_u8, 1..4_u64), 0..2),
        proptest::option::of((0..2_u8, 1..4_u64)),
        any::<bool>(),
    );
    let folded = folded.prop_map(
        |(generation, is_late, to, owners, park, take_up, stopped)| Folded {
            generation,
            is_late,
            to,
            owners,
            park,
            take_up,
            stopped,
        },
    );
    let step = prop_oneof![
        3 => (1..3_u64, role).prop_map(|(fingerprint, role)| Step::Begin(fingerprint, role)),
        6 => folded.prop_map(Step::Commit),
        2 => (generation.clone(), any::<bool>(), 0..4_u64)
            .prop_map(|(generation, is_late, to)| Step::Swap(generation, is_late, to)),
        1 => generation.clone().prop_map(Step::Drop),
        1 => (generation.clone(), generation.clone())
            .prop_map(|(old, new)| Step::Compare(old, new)),
        1 => (1..3_u64).prop_map(Step::Read),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generations_are_those_of_the_store_in_memory(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = Fixture::new();
        let memory = MemoryStore::new();
        runtime.block_on(async {
            for step in &steps {
                let expected = carry_out(&memory, step).await;
                let answer = carry_out(&fixture.store, step).await;
                assert_eq!(answer, expected, "{step:?}");
                assert_eq!(seen(&fixture.store).await, seen(&memory).await, "{step:?}");
            }
        });
        let store = fixture.reopened().store;
        assert_eq!(runtime.block_on(seen(&store)), runtime.block_on(seen(&memory)));
    }
}

/// The second making has a column more, and one of another kind.
fn making(fingerprint: u64) -> Arc<RowTable> {
    match fingerprint {
        1 => balances(1),
        _ => {
            let columns = [("owner", "text"), ("balance", "integer"), ("note", "text?")];
            table("Balances", fingerprint, &columns, &[0], &[&[2], &[1, 2]])
        }
    }
}

async fn carry_out(store: &impl RowStore, step: &Step) -> String {
    let there = store.rows_standing(None).await.unwrap();
    let find = |generation: u64| there.iter().find(|there| there.generation == generation);
    let mark = |generation, is_late| {
        let mark = find(generation).map_or(Mark::default(), |there| there.mark);
        Mark {
            commits: mark.commits + u64::from(is_late),
            ..mark
        }
    };
    match step {
        Step::Begin(fingerprint, role) => {
            shown(store.begin_rows(making(*fingerprint), *role).await)
        }
        Step::Commit(folded) => {
            let table = find(folded.generation).map_or(making(1), |there| there.table.clone());
            let from = mark(folded.generation, folded.is_late);
            shown(store.commit_rows(rows_commit(folded, table, from)).await)
        }
        Step::Swap(generation, is_late, to) => {
            let from = mark(*generation, *is_late);
            let name = "Balances".to_owned();
            shown(
                store
                    .swap_rows(name, *generation, from, position(*to))
                    .await,
            )
        }
        Step::Drop(generation) => shown(store.drop_rows("Balances".to_owned(), *generation).await),
        Step::Compare(old, new) => match (find(*old), find(*new)) {
            (Some(old), Some(new)) => shown(store.compare_rows(old.clone(), new.clone(), 9).await),
            _ => String::new(),
        },
        Step::Read(fingerprint) => {
            let query = RowQuery {
                order: by_owner(),
                ..RowQuery::default()
            };
            let table = making(*fingerprint);
            let counted = store.count_rows(table.clone(), query.clone()).await;
            shown(store.read_rows(table, query).await) + &shown(counted)
        }
    }
}

fn by_owner() -> Vec<RowOrder> {
    vec![RowOrder {
        column: 0,
        direction: Direction::Forwards,
    }]
}

fn rows_commit(folded: &Folded, table: Arc<RowTable>, from: Mark) -> RowsCommit {
    let mut changes: Vec<(u8, RowChange)> = Vec::new();
    for (owner, value) in &folded.owners {
        let name = format!("owner {owner}");
        let change = match (value, balance(&name, value.unwrap_or_default())) {
            (Some(value), RowChange::Put(mut row)) => {
                if table.columns.len() > 2 {
                    row.push(if *value < 0 { Cell::Null } else { text("note") });
                }
                RowChange::Put(row)
            }
            _ => gone(&name),
        };
        if changes.iter().all(|(other, _)| other != owner) {
            changes.push((*owner, change));
        }
    }
    let to = from.checkpoint.max(position(folded.to));
    let park = |(key, version): &(u8, u64)| {
        parked(
            &format!("stream {key}"),
            *version,
            u64::from(*key) * 10 + version,
        )
    };
    let take_up = |(key, version): &(u8, u64)| {
        (
            stream(&format!("stream {key}")),
            Version::new(*version).unwrap(),
        )
    };
    RowsCommit {
        generation: folded.generation,
        from,
        to,
        table,
        changes: changes.into_iter().map(|(_, change)| change).collect(),
        park: folded.park.iter().map(park).collect(),
        take_up: folded.take_up.iter().map(take_up).collect(),
        stopped: folded.stopped.then(|| "it failed".to_owned()),
    }
}

/// Everything there is to see of the rows of a store.
async fn seen(store: &impl RowStore) -> Vec<String> {
    let all = store.rows_standing(None).await.unwrap();
    let of_one = store.rows_standing(Some("Balances".to_owned())).await;
    let mut seen = vec![format!("{all:?}"), shown(of_one)];
    for generation in 1..6 {
        let there = all.iter().find(|there| there.generation == generation);
        let table = there.map_or(making(1), |there| there.table.clone());
        let keys = (0..4).map(|owner| vec![text(&format!("owner {owner}"))]);
        let fetched = store.fetch_rows(generation, table, keys.collect()).await;
        seen.push(shown(fetched));
        seen.push(shown(store.parked_events(generation).await));
    }
    seen
}

#[tokio::test]
async fn a_generation_that_is_not_there_has_nothing() {
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    let keys = vec![vec![text("a")], vec![text("b")]];
    let of_memory = memory.fetch_rows(7, balances(1), keys.clone()).await;
    let of_file = fixture.store.fetch_rows(7, balances(1), keys).await;
    assert_eq!(shown(of_file), shown(of_memory));
    assert!(fixture.store.parked_events(7).await.unwrap().is_empty());
    let late = commit(7, &balances(1), Mark::default(), 1, Vec::new());
    let of_memory = shown(memory.commit_rows(late.clone()).await);
    assert_eq!(shown(fixture.store.commit_rows(late).await), of_memory);
    fixture
        .store
        .drop_rows("Balances".to_owned(), 7)
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_whose_keys_are_others_are_all_removed_and_all_added() {
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    assert_eq!(other_keys(&fixture.store).await, other_keys(&memory).await);
}

async fn other_keys(store: &impl RowStore) -> String {
    let old = balances(1);
    let new = table(
        "Balances",
        2,
        &[("number", "integer"), ("balance", "real")],
        &[0],
        &[],
    );
    let live = store.begin_rows(old.clone(), Role::Live).await.unwrap();
    let built = store.begin_rows(new.clone(), Role::Building).await.unwrap();
    let rows = vec![balance("a", 1), balance("b", 2)];
    store
        .commit_rows(commit(live.generation, &old, live.mark, 3, rows))
        .await
        .unwrap();
    let row = vec![Cell::Integer(1), Cell::Real(1.5)];
    let rows = vec![RowChange::Put(row)];
    store
        .commit_rows(commit(built.generation, &new, built.mark, 2, rows))
        .await
        .unwrap();
    shown(store.compare_rows(live, built, 9).await)
}

#[tokio::test]
async fn a_single_row_is_compared_without_a_key() {
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    let of_memory = single_rows(&memory).await;
    assert!(of_memory.contains("changed: 1"), "{of_memory}");
    assert_eq!(single_rows(&fixture.store).await, of_memory);
}

async fn single_rows(store: &impl RowStore) -> String {
    let making = |fingerprint| table("Total", fingerprint, &[("total", "number")], &[], &[]);
    let mut standing = Vec::new();
    for (fingerprint, role, total) in [(1, Role::Live, "1.0"), (2, Role::Building, "1.00")] {
        let table = making(fingerprint);
        let begun = store.begin_rows(table.clone(), role).await.unwrap();
        let rows = vec![RowChange::Put(vec![text(total)])];
        let mark = store
            .commit_rows(commit(begun.generation, &table, begun.mark, 1, rows))
            .await
            .unwrap();
        standing.push(Standing { mark, ..begun });
    }
    let found = store.read_rows(making(1), RowQuery::default()).await;
    shown(
        store
            .compare_rows(standing[0].clone(), standing[1].clone(), 9)
            .await,
    ) + &shown(found)
}

#[tokio::test]
async fn a_value_that_comes_or_goes_is_a_change() {
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    let of_memory = notes(&memory).await;
    assert!(of_memory.contains("changed: 2"), "{of_memory}");
    assert_eq!(notes(&fixture.store).await, of_memory);
}

async fn notes(store: &impl RowStore) -> String {
    let note = |note: Option<&str>| note.map_or(Cell::Null, text);
    let mut columns = [("id", "integer"), ("note", "text?")];
    let mut standing = Vec::new();
    for (role, values) in [
        (Role::Live, [None, None, Some("a"), Some("a")]),
        (Role::Building, [None, Some("a"), None, Some("a")]),
    ] {
        let is_new = role == Role::Building;
        let table = table(
            "Notes",
            1 + u64::from(is_new),
            &columns,
            &[usize::from(is_new)],
            &[],
        );
        let begun = store.begin_rows(table.clone(), role).await.unwrap();
        let rows = values.into_iter().zip(1..);
        let rows = rows.map(|(value, id)| {
            let mut row = vec![Cell::Integer(id), note(value)];
            if is_new {
                row.reverse();
            }
            RowChange::Put(row)
        });
        let change = commit(begun.generation, &table, begun.mark, 1, rows.collect());
        store.commit_rows(change).await.unwrap();
        standing.push(begun);
        // In the new table they stand the other way round.
        columns.reverse();
    }
    let [old, new] = standing.try_into().unwrap();
    shown(store.compare_rows(old, new, 9).await)
}
