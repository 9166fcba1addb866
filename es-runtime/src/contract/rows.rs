//! Rows of projections: written with their checkpoint or not at all, read as of one moment, folded by one owner.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{Failure, Verdict, holds, refused, same};
use super::make::{one, stream};
use super::stage::{Opened, PATIENCE, Stage, race, winners};
use crate::commit::{Expected, Fingerprint};
use crate::id::{Position, Version};
use crate::name::EventName;
use crate::row_store::{
    Cell, ColumnKind, Condition, Mark, Parked, Role, RowChange, RowColumn, RowOrder, RowQuery,
    RowStore, RowTable, RowsCommit, RowsOwner, Standing, Test,
};
use crate::store::{Direction, StoreError};

/// The open store. Nothing where it keeps no rows, which is made sure of.
fn keeping(stage: &Stage) -> Result<Option<Opened>, Failure> {
    let store = stage.open()?;
    if stage.abilities().keeps_rows {
        return Ok(Some(store));
    }
    let begun = store.wait(store.store().begin_rows(Arc::new(orders()), Role::Live))?;
    refused("rows in a store that keeps none", begun, "an error", |_| {
        true
    })?;
    let owner = store.wait(store.store().own_rows("Orders".to_owned()))?;
    refused(
        "an owner in a store that keeps no rows",
        owner,
        "an error",
        |_| true,
    )?;
    Ok(None)
}

/// Columns of every kind, with names that mean something to databases.
fn orders() -> RowTable {
    let long = "a_name_of_80_characters_that_shares_the_first_70_of_them_with_another_one_";
    let column = |field: &str, kind, is_optional| RowColumn {
        field: field.to_owned(),
        name: if field.len() > 63 {
            format!("{}__{}", &field[..40], &field[70..])
        } else {
            field.to_owned()
        },
        kind,
        is_optional,
    };
    RowTable {
        projection: "Orders".to_owned(),
        fingerprint: Fingerprint::from_number(0x8000_0000_0000_0001),
        columns: vec![
            column("order", ColumnKind::Text, false),
            column("group", ColumnKind::Integer, true),
            column("select", ColumnKind::Number, true),
            column("key", ColumnKind::Real, true),
            column(&format!("{long}number"), ColumnKind::Boolean, true),
            column(&format!("{long}letter"), ColumnKind::Json, true),
        ],
        key: vec![0],
        indexes: vec![vec![1], vec![2, 3]],
    }
}

fn row(key: &str, group: Cell, select: Cell) -> Vec<Cell> {
    let key = Cell::Text(key.to_owned());
    vec![key, group, select, Cell::Null, Cell::Integer(1), Cell::Null]
}

fn number(number: i64) -> Cell {
    Cell::Integer(number)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn begun(store: &Opened, role: Role) -> Result<Standing, Failure> {
    Ok(store.wait(store.store().begin_rows(Arc::new(orders()), role))??)
}

/// What changes the rows of a generation from where it stands, up to a position.
fn to(standing: &Standing, position: u64, changes: Vec<RowChange>) -> RowsCommit {
    RowsCommit {
        generation: standing.generation,
        table: standing.table.clone(),
        from: standing.mark,
        to: Position::new(position),
        changes,
        park: Vec::new(),
        take_up: Vec::new(),
        stopped: None,
    }
}

fn commit(store: &Opened, commit: RowsCommit) -> Result<Mark, StoreError> {
    store.wait(store.store().commit_rows(commit))?
}

fn found(store: &Opened, query: RowQuery) -> Result<Vec<Vec<Cell>>, Failure> {
    let rows = store.wait(store.store().read_rows(Arc::new(orders()), query))??;
    Ok(rows.rows)
}

fn by_key() -> RowQuery {
    let (column, direction) = (0, Direction::Forwards);
    RowQuery {
        order: vec![RowOrder { column, direction }],
        ..RowQuery::default()
    }
}

fn standing(store: &Opened, generation: u64) -> Result<Standing, Failure> {
    let all = store.wait(store.store().rows_standing(Some("Orders".to_owned())))??;
    let standing = all.into_iter().find(|there| there.generation == generation);
    standing.ok_or_else(|| Failure::new("a generation", "to be there", generation))
}

fn moved(error: &StoreError) -> bool {
    matches!(error, StoreError::RowsMoved { .. })
}

pub(super) fn a_commit_moves_rows_and_checkpoint_together(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = begun(&store, Role::Live)?;
    same(
        "a checkpoint before the first commit",
        live.mark.checkpoint,
        None,
    )?;
    let rows = [
        row("a", number(1), Cell::Null),
        row("b", number(2), Cell::Null),
    ];
    live.mark = commit(
        &store,
        to(&live, 7, rows.iter().cloned().map(RowChange::Put).collect()),
    )?;
    same("the checkpoint", live.mark.checkpoint, Position::new(7))?;
    let answer = store.wait(store.store().read_rows(live.table.clone(), by_key()))??;
    same("the rows", answer.rows, rows.to_vec())?;
    same(
        "the checkpoint of the rows",
        answer.checkpoint,
        Position::new(7),
    )?;

    let changed = row("b", number(3), Cell::Null);
    let changes = vec![
        RowChange::Delete(vec![text("a")]),
        RowChange::Delete(vec![text("nobody")]),
        RowChange::Put(changed.clone()),
    ];
    commit(&store, to(&live, 9, changes))?;
    same(
        "the rows after a change",
        found(&store, by_key())?,
        vec![changed],
    )
}

pub(super) fn a_commit_from_elsewhere_changes_nothing(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = begun(&store, Role::Live)?;
    let first = live.clone();
    let kept = row("a", number(1), Cell::Null);
    live.mark = commit(&store, to(&live, 7, vec![RowChange::Put(kept.clone())]))?;
    let elsewhere = [
        first.mark,
        Mark {
            checkpoint: Position::new(6),
            ..live.mark
        },
        Mark {
            checkpoint: Position::new(8),
            ..live.mark
        },
        Mark {
            commits: live.mark.commits + 1,
            ..live.mark
        },
    ];
    for from in elsewhere {
        let mut wrong = to(
            &live,
            9,
            vec![RowChange::Put(row("b", number(2), Cell::Null))],
        );
        wrong.from = from;
        wrong.park.push(put_aside("a", 1, 8));
        refused(
            "a commit from elsewhere",
            commit(&store, wrong),
            "RowsMoved",
            moved,
        )?;
    }
    same("the rows", found(&store, by_key())?, vec![kept])?;
    let stands = standing(&store, live.generation)?;
    same(
        "where they stand",
        (stands.mark, stands.parked),
        (live.mark, 0),
    )
}

pub(super) fn of_racing_commits_from_one_mark_one_wins(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = begun(&store, Role::Live)?;
    for round in 1..=20 {
        let racers = (0..4).map(|racer| {
            let put = RowChange::Put(row(&format!("{round} {racer}"), number(racer), Cell::Null));
            let (store, commit_one) = (store.clone(), to(&live, round, vec![put]));
            move || commit(&store, commit_one)
        });
        let won = winners(race(racers), moved)?;
        same("how many of four racers win", won.len(), 1)?;
        live.mark = standing(&store, live.generation)?.mark;
        let rows = found(&store, by_key())?.len() as u64;
        same("how many rows there are", rows, round)?;
    }
    Ok(())
}

pub(super) fn cells_come_back_as_they_were(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let live = begun(&store, Role::Live)?;
    let long = "x".repeat(1024 * 1024);
    let digits = "-170141183460469231731687303715884105728";
    let groups = [
        Cell::Null,
        number(i64::MIN),
        number(i64::MAX),
        number((1 << 53) + 1),
        Cell::Bytes(u64::MAX.to_be_bytes().to_vec()),
    ];
    let mut rows: Vec<_> = ["", "a", "A", "a\0b", "é", "e\u{301}", "שלום", long.as_str()]
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let mut row = row(key, groups[place % groups.len()].clone(), text(digits));
            row[3] = Cell::Real(0.1 + place as f64);
            row[5] = text(r#"{"a":[1,null,"\u0000"]}"#);
            row
        })
        .collect();
    let changes = rows.iter().cloned().map(RowChange::Put);
    commit(&store, to(&live, 1, changes.collect()))?;
    rows.sort_by(|left, right| format!("{:?}", left[0]).cmp(&format!("{:?}", right[0])));
    let mut stored = found(&store, by_key())?;
    stored.sort_by(|left, right| format!("{:?}", left[0]).cmp(&format!("{:?}", right[0])));
    holds("every cell comes back as it was", stored == rows)?;
    let keys: Vec<_> = rows.iter().map(|row| vec![row[0].clone()]).collect();
    let generation = live.generation;
    let fetched = store.wait(store.store().fetch_rows(generation, live.table, keys))??;
    let fetched: Vec<_> = fetched.into_iter().flatten().collect();
    holds("every row is fetched by its key", fetched == rows)
}

pub(super) fn a_table_without_key_is_one_row_and_one_without_columns_a_checkpoint(
    stage: &Stage,
) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let single = RowTable {
        key: Vec::new(),
        ..orders()
    };
    let single = Arc::new(single);
    let mut live = store.wait(store.store().begin_rows(single.clone(), Role::Live))??;
    for position in 1..=3 {
        let row = row(&position.to_string(), Cell::Null, Cell::Null);
        live.mark = commit(&store, to(&live, position, vec![RowChange::Put(row)]))?;
    }
    let rows = store
        .wait(store.store().read_rows(single, RowQuery::default()))??
        .rows;
    same(
        "the single row",
        rows,
        vec![row("3", Cell::Null, Cell::Null)],
    )?;

    let none = RowTable::without_columns("Bookmark".to_owned(), Fingerprint::of(&[]));
    let none = Arc::new(none);
    let bookmark = store.wait(store.store().begin_rows(none.clone(), Role::Live))??;
    commit(&store, to(&bookmark, 7, Vec::new()))?;
    let again = store.wait(store.store().begin_rows(none, Role::Live))??;
    same("the checkpoint", again.mark.checkpoint, Position::new(7))
}

/// By what the rows themselves say, over nothing, numbers by value and both directions.
pub(super) fn rows_are_found_as_filter_order_and_cursor_say(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let live = begun(&store, Role::Live)?;
    let groups = [
        Cell::Null,
        number(-1),
        number(3),
        Cell::Bytes(u64::MAX.to_be_bytes().to_vec()),
    ];
    let numbers = [
        Cell::Null,
        text("-2.5"),
        text("0.10"),
        text("0.1"),
        text("10"),
        text("9"),
    ];
    let mut rows = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        for (other, select) in numbers.iter().enumerate() {
            rows.push(row(
                &format!("{place}{other}"),
                group.clone(),
                select.clone(),
            ));
        }
    }
    let changes = rows.iter().cloned().map(RowChange::Put);
    commit(&store, to(&live, 1, changes.collect()))?;
    for query in queries(&groups, &numbers) {
        let expected = query.answer(&live.table, rows.iter());
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        same(
            format_args!("what {query:?} finds"),
            found(&store, query.clone())?,
            expected,
        )?;
        let matching = rows
            .iter()
            .filter(|row| query.matches(&live.table, row))
            .count();
        let count = store.wait(store.store().count_rows(live.table.clone(), query.clone()))??;
        same(
            format_args!("how many {query:?} finds"),
            count,
            matching as u64,
        )?;
    }
    Ok(())
}

fn queries(groups: &[Cell], numbers: &[Cell]) -> Vec<RowQuery> {
    let mut all = Vec::new();
    let tests: [fn(Cell) -> Test; 7] = [
        Test::Is,
        Test::IsNot,
        |cell| Test::IsOneOf(vec![cell, text("9")]),
        Test::Less,
        Test::AtMost,
        Test::More,
        Test::AtLeast,
    ];
    for (column, cells) in [(1, groups), (2, numbers)] {
        for (cell, test) in cells
            .iter()
            .flat_map(|cell| tests.iter().map(move |test| (cell, test)))
        {
            let test = test(cell.clone());
            all.push(RowQuery {
                filter: vec![Condition { column, test }],
                ..by_key()
            });
        }
    }
    for (first, second) in [
        (Direction::Forwards, Direction::Forwards),
        (Direction::Forwards, Direction::Backwards),
        (Direction::Backwards, Direction::Forwards),
    ] {
        let order = |column, direction| RowOrder { column, direction };
        let order = vec![
            order(2, first),
            order(1, second),
            order(0, Direction::Forwards),
        ];
        for after in [None, Some((numbers, groups))] {
            for limit in [None, Some(0), Some(1), Some(5)] {
                let cursors: Vec<Option<Vec<Cell>>> = match after {
                    None => vec![None],
                    Some((numbers, groups)) => numbers
                        .iter()
                        .flat_map(|number| groups.iter().map(move |group| (number, group)))
                        .map(|(number, group)| {
                            Some(vec![number.clone(), group.clone(), text("12")])
                        })
                        .collect(),
                };
                all.extend(cursors.into_iter().map(|after| RowQuery {
                    filter: Vec::new(),
                    order: order.clone(),
                    after,
                    limit,
                }));
            }
        }
    }
    all
}

pub(super) fn rows_are_read_by_their_own_fingerprint_alone(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let read = |table: RowTable| store.wait(store.store().read_rows(Arc::new(table), by_key()));
    let missing = |error: &StoreError| matches!(error, StoreError::NoRows { .. });
    refused(
        "rows that nobody has begun",
        read(orders())?,
        "NoRows",
        missing,
    )?;
    let live = begun(&store, Role::Live)?;
    let put = RowChange::Put(row("a", Cell::Null, Cell::Null));
    commit(&store, to(&live, 1, vec![put]))?;
    for bit in [0, 1, 31, 32, 53, 62, 63] {
        let other = Fingerprint::from_number(orders().fingerprint.get() ^ (1 << bit));
        let other = RowTable {
            fingerprint: other,
            ..orders()
        };
        let outdated = |error: &StoreError| matches!(error, StoreError::RowsOutdated { .. });
        refused(
            "rows of another fingerprint",
            read(other.clone())?,
            "RowsOutdated",
            outdated,
        )?;
        let begun = store.wait(store.store().begin_rows(Arc::new(other), Role::Live))??;
        same("the live generation", begun.generation, live.generation)?;
    }
    same("how many rows there are", read(orders())??.rows.len(), 1)
}

pub(super) fn rows_being_built_are_not_seen_before_they_are_swapped(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let live = begun(&store, Role::Live)?;
    let (old, new) = (
        row("old", Cell::Null, Cell::Null),
        row("new", Cell::Null, Cell::Null),
    );
    commit(&store, to(&live, 3, vec![RowChange::Put(old.clone())]))?;
    let mut building = begun(&store, Role::Building)?;
    building.mark = commit(&store, to(&building, 2, vec![RowChange::Put(new.clone())]))?;
    same(
        "the rows before a swap",
        found(&store, by_key())?,
        vec![old.clone()],
    )?;

    let swap = |from: Mark, position: u64| -> Result<bool, Failure> {
        let (generation, to) = (building.generation, Position::new(position));
        let swapped = store.store();
        let swapped = swapped.swap_rows("Orders".to_owned(), generation, from, to);
        Ok(store.wait(swapped)??)
    };
    same(
        "a swap that goes back behind the live rows",
        swap(building.mark, 2)?,
        false,
    )?;
    same("a swap from elsewhere", swap(live.mark, 3)?, false)?;
    same(
        "the rows after a refused swap",
        found(&store, by_key())?,
        vec![old],
    )?;
    let again = begun(&store, Role::Building)?;
    same(
        "a rebuild that is gone on with",
        again.generation,
        building.generation,
    )?;
    same("a swap", swap(building.mark, 3)?, true)?;
    same("the rows after a swap", found(&store, by_key())?, vec![new])?;

    let retired = standing(&store, live.generation)?;
    same("what was live", retired.role, Role::Retired)?;
    refused(
        "a commit to what was live",
        commit(&store, to(&retired, 9, Vec::new())),
        "RowsMoved",
        moved,
    )?;
    let now = standing(&store, building.generation)?;
    same(
        "what is live",
        (now.role, now.mark.checkpoint),
        (Role::Live, Position::new(3)),
    )?;
    let diff = store.wait(store.store().compare_rows(retired.clone(), now, 1))??;
    same(
        "by what they differ",
        (diff.added, diff.removed, diff.changed),
        (1, 1, 0),
    )?;
    same(
        "a row that came",
        diff.added_samples,
        vec![vec![text("new")]],
    )?;

    store.wait(
        store
            .store()
            .drop_rows("Orders".to_owned(), live.generation),
    )??;
    refused(
        "a commit to what was dropped",
        commit(&store, to(&retired, 9, Vec::new())),
        "RowsMoved",
        moved,
    )?;
    let next = begun(&store, Role::Building)?;
    holds(
        "no number of a generation is given twice",
        next.generation > building.generation,
    )
}

fn put_aside(key: &str, version: u64, position: u64) -> Parked {
    let version = Version::new(version).unwrap_or(Version::FIRST);
    let position = Position::new(position).unwrap_or(Position::FIRST);
    let event = EventName::from_static("Deposited");
    Parked::new(
        stream(key),
        version,
        position,
        event,
        format!("{key} does not fit"),
    )
}

pub(super) fn parked_events_stay_until_they_are_taken_up(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = begun(&store, Role::Live)?;
    let all = [
        put_aside("a", 1, 1),
        put_aside("b", 1, 2),
        put_aside("a", 2, 3),
    ];
    let mut parking = to(&live, 3, Vec::new());
    parking.park = vec![all[2].clone(), all[0].clone(), all[1].clone()];
    parking.stopped = Some("it stands".to_owned());
    live.mark = commit(&store, parking)?;
    let parked = || store.wait(store.store().parked_events(live.generation));
    same("what is parked", parked()??, all.to_vec())?;
    let stands = standing(&store, live.generation)?;
    same("how much is parked", stands.parked, 3)?;
    same(
        "why it stands",
        stands.stopped.as_deref(),
        Some("it stands"),
    )?;

    let mut taking = to(&live, 3, Vec::new());
    taking.take_up = vec![(stream("a"), Version::FIRST)];
    commit(&store, taking)?;
    same("what stays parked", parked()??, all[1..].to_vec())?;
    same(
        "why it stands",
        standing(&store, live.generation)?.stopped,
        None,
    )
}

pub(super) fn rows_have_one_owner_at_a_time(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let own = |store: &Opened| -> Result<RowsOwner, Failure> {
        Ok(store.wait(store.store().own_rows("Orders".to_owned()))??)
    };
    let mut openings = vec![store.clone()];
    openings.extend(stage.beside(&store)?);
    for other in openings {
        let owner = own(&store)?;
        drop(store.wait(store.store().own_rows("Others".to_owned()))??);
        let (owned, next) = thread::scope(|scope| {
            let next = scope.spawn(|| own(&other).map(|owner| (owner, Instant::now())));
            thread::sleep(Duration::from_millis(100));
            let is_owned = next.is_finished();
            let given = Instant::now();
            drop(owner);
            (
                is_owned,
                next.join().map(|next| next.map(|(_, owned)| owned > given)),
            )
        });
        same("whether two own it at a time", owned, false)?;
        holds("the next one owns it then", matches!(next, Ok(Ok(true))))?;
    }
    Ok(())
}

pub(super) fn whoever_waits_for_rows_is_woken_when_they_reach_it_or_stop(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = begun(&store, Role::Live)?;
    let waiting = store.clone();
    for (until, ends, stopped) in [(5, 5, None), (9, 6, Some("it stands".to_owned()))] {
        let waiting = waiting.clone();
        let wait = move || {
            let until = Position::new(until).unwrap_or(Position::FIRST);
            waiting.wait(waiting.store().rows_reached("Orders".to_owned(), until))
        };
        let (is_early, woken) = thread::scope(|scope| {
            let (say, heard) = std::sync::mpsc::channel();
            // Not one of the scope, which would wait for it where it is never woken.
            thread::spawn(move || drop(say.send(wait())));
            let before = heard.recv_timeout(Duration::from_millis(50));
            let mut last = to(&live, ends, Vec::new());
            last.stopped = stopped.clone();
            let committed = scope.spawn(|| commit(&store, last)).join();
            if let Ok(Ok(mark)) = committed {
                live.mark = mark;
            }
            (before.is_ok(), heard.recv_timeout(PATIENCE))
        });
        same("whether it is woken early", is_early, false)?;
        match woken {
            Ok(standing) => same("why it stands", standing??.stopped, stopped)?,
            Err(error) => return Err(Failure::new("waiting for rows", "to be woken", error)),
        }
    }
    Ok(())
}

pub(super) fn rows_are_there_after_a_restart(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    store.append(one("a", Expected::Missing))?;
    let live = begun(&store, Role::Live)?;
    let kept = row("a", number(1), text("1.50"));
    let mut last = to(&live, 1, vec![RowChange::Put(kept.clone())]);
    last.park.push(put_aside("b", 1, 1));
    let mark = commit(&store, last)?;
    let Some(store) = stage.reopened(store)? else {
        return Ok(());
    };
    same("the rows", found(&store, by_key())?, vec![kept])?;
    let stands = standing(&store, live.generation)?;
    same("where they stand", (stands.mark, stands.parked), (mark, 1))
}
