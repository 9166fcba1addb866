//! Commits of rows: taken in once, with their checkpoint, or refused whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::kept::{Kept, keeping, moved, told};
use super::tables::{
    at, by_key, count, counts, delete, parked, put, single_count, text, to, without_columns,
};
use crate::contract::failure::{Failure, Verdict, same};
use crate::contract::make::stream;
use crate::contract::stage::{PATIENCE, Stage, race, winners};
use crate::id::{Position, Version};
use crate::row_store::{Cell, Mark, RowChange, RowsCommit, Standing};
use crate::store::StoreError;

/// Whoever reads meanwhile finds them together as well: each row says the checkpoint that it was written with.
pub(in crate::contract) fn a_commit_moves_rows_and_checkpoint_together(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let live = kept.live(&counts(), 1, vec![put("a", 1), put("b", 1)])?;
    let is_done = AtomicBool::new(false);
    let verdicts = race([true, false].map(|writes| {
        let (kept, is_done, live) = (&kept, &is_done, live.clone());
        move || {
            if writes {
                let verdict = write(kept, live);
                is_done.store(true, Ordering::SeqCst);
                return verdict;
            }
            while !is_done.load(Ordering::SeqCst) {
                check_moment(kept)?;
            }
            Ok(())
        }
    }));
    for verdict in verdicts {
        verdict?;
    }
    let checkpoint = kept.now(&live)?.mark.checkpoint;
    same("where they stand", checkpoint, at(60))?;
    let rows = vec![count("a", 60), count("b", 60)];
    kept.holds("the rows in the end", &counts(), 60, rows)
}

fn write(kept: &Kept, mut live: Standing) -> Verdict {
    for number in 2..=60_u32 {
        let rows = ["a", "b"].map(|name| count(name, number.into()));
        let puts = rows.clone().map(RowChange::Put);
        kept.fold(&mut live, number.into(), puts.into())?;
        kept.holds(
            "rows behind a commit",
            &counts(),
            number.into(),
            rows.into(),
        )?;
    }
    Ok(())
}

fn check_moment(kept: &Kept) -> Verdict {
    let found = kept.read(&counts(), by_key(&counts()))?;
    let number = found.checkpoint.map_or(0, Position::get);
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let rows = vec![count("a", number), count("b", number)];
    same("rows beside their checkpoint", found.rows, rows)
}

/// From before, from behind, or from another count of commits; whatever it would have changed.
pub(in crate::contract) fn a_commit_from_elsewhere_is_refused_whole(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 3, vec![put("a", 1)])?;
    let rest = RowsCommit {
        park: vec![parked("x", 1, 4)],
        stopped: Some("no rule".to_owned()),
        ..to(&live, 5, vec![put("b", 2)])
    };
    kept.made(&mut live, rest)?;
    let stands = told(&kept.now(&live)?);
    let Mark {
        checkpoint,
        commits,
    } = live.mark;
    for from in [
        (None, 0),
        (checkpoint, commits - 1),
        (checkpoint, commits + 1),
        (at(3), commits - 1),
        (at(4), commits),
        (at(6), commits),
        (None, commits),
    ] {
        let (checkpoint, commits) = from;
        let from = Mark {
            checkpoint,
            commits,
        };
        let commit = RowsCommit {
            from,
            park: vec![parked("y", 1, 6)],
            take_up: vec![(stream("x"), Version::FIRST)],
            ..to(&live, 7, vec![put("a", 9), delete("b"), put("c", 9)])
        };
        moved(format_args!("a commit from {from:?}"), kept.commit(commit))?;
        let rows = vec![count("a", 1), count("b", 2)];
        kept.holds("the rows behind it", &counts(), 5, rows)?;
        same("where they stand", &told(&kept.now(&live)?), &stands)?;
        let still = vec![parked("x", 1, 4)];
        same("what is parked", kept.parked(&live)?, still)?;
    }
    kept.fold(&mut live, 7, vec![put("a", 9)])
}

/// The others are told, and nothing of theirs is there.
pub(in crate::contract) fn of_commits_that_race_from_one_mark_one_wins(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, vec![])?;
    for round in 2..=20 {
        let answers = race((0..5).map(|racer| {
            let commit = to(&live, round, vec![put("winner", racer)]);
            let kept = &kept;
            move || Ok((racer, kept.commit(commit)?))
        }));
        let won = winners(answers, |error| {
            matches!(error, StoreError::RowsMoved { .. })
        })?;
        let [(racer, mark)] = won[..] else {
            return Err(Failure::new("winners", "one", won));
        };
        let rows = vec![count("winner", racer)];
        kept.holds("the row of the winner", &counts(), round, rows)?;
        live.mark = mark;
        same("where they stand", kept.now(&live)?.mark, mark)?;
    }
    Ok(())
}

/// Each looks where the rows stand, takes in the next event, and begins again where somebody else was faster.
pub(in crate::contract) fn racing_folders_count_each_event_once(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let live = kept.live(&counts(), 1, vec![])?;
    let folded = race((0..4).map(|_| || fold_to_the_end(&kept, &live)));
    let folded: u64 = folded.into_iter().sum::<Result<_, _>>()?;
    same("events that were taken in", folded, LAST - 1)?;
    same("commits", kept.now(&live)?.mark.commits, LAST)?;
    let rows = vec![count("0", 20), count("1", 19), count("2", 20)];
    kept.holds("what was counted", &counts(), LAST, rows)
}

/// The last event that is counted.
const LAST: u64 = 60;

/// Counts each event in one of three rows, as long as there are any; says how many it has taken in.
fn fold_to_the_end(kept: &Kept, live: &Standing) -> Result<u64, Failure> {
    let (begun, mut folded) = (Instant::now(), 0);
    while begun.elapsed() < PATIENCE {
        let stands = kept.now(live)?;
        let next = Position::after(stands.mark.checkpoint).get();
        if next > LAST {
            return Ok(folded);
        }
        let name = (next % 3).to_string();
        let row = kept.fetch(&stands, &[&[text(&name)]])?.pop().flatten();
        let counted = match row.as_deref() {
            Some([_, Cell::Integer(counted)]) => *counted,
            _ => 0,
        };
        match kept.commit(to(&stands, next, vec![put(&name, counted + 1)])) {
            Ok(_) => folded += 1,
            Err(StoreError::RowsMoved { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new("folding to the end", "an end", folded))
}

/// A row is what was put last, whatever it was before.
pub(in crate::contract) fn a_put_replaces_and_a_delete_of_nothing_is_no_error(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, vec![put("a", 1), put("b", 2), delete("c")])?;
    let rows = vec![count("a", 1), count("b", 2)];
    kept.holds("the rows", &counts(), 1, rows)?;
    let changes = vec![put("b", 5), delete("a"), delete("A"), put("c", 3)];
    kept.fold(&mut live, 2, changes)?;
    let rows = vec![count("b", 5), count("c", 3)];
    kept.holds("the rows", &counts(), 2, rows)?;
    let [a, b, c] = ["a", "b", "c"].map(|name| [text(name)]);
    let fetched = kept.fetch(&live, &[&c, &a, &b, &c])?;
    let (b, c) = (Some(count("b", 5)), Some(count("c", 3)));
    let rows = vec![c.clone(), None, b, c];
    same("rows in the order of keys", fetched, rows)?;
    same("rows of no keys", kept.fetch(&live, &[])?, vec![])?;
    kept.fold(&mut live, 2, vec![delete("b"), delete("c")])?;
    kept.holds("no row", &counts(), 2, vec![])
}

/// More rows than a statement can have parameters in some databases.
pub(in crate::contract) fn thousands_of_rows_are_committed_and_fetched_in_one_go(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let rows: Vec<_> = (0..5_000)
        .map(|number| count(&format!("{number:04}"), number))
        .collect();
    let puts = rows.iter().cloned().map(RowChange::Put).collect();
    let live = kept.live(&counts(), 1, puts)?;
    kept.holds("the rows", &counts(), 1, rows.clone())?;
    let keys: Vec<_> = rows.iter().map(|row| &row[..1]).collect();
    let fetched = kept.fetch(&live, &keys)?;
    same("their keys", fetched.into_iter().flatten().collect(), rows)
}

/// Its key is of no cells.
pub(in crate::contract) fn a_table_without_a_key_is_one_row(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let table = single_count();
    let mut live = kept.live(&table, 1, vec![put("a", 1)])?;
    kept.holds("the row", &table, 1, vec![count("a", 1)])?;
    kept.fold(&mut live, 2, vec![put("b", 2)])?;
    kept.holds("the row", &table, 2, vec![count("b", 2)])?;
    let fetched = kept.fetch(&live, &[&[]])?;
    same("the row of no cells", fetched, vec![Some(count("b", 2))])?;
    kept.fold(&mut live, 3, vec![RowChange::Delete(vec![])])?;
    kept.holds("no row", &table, 3, vec![])?;
    same("no row", kept.fetch(&live, &[&[]])?, vec![None])
}

/// For a projection whose rules do something else with the events.
pub(in crate::contract) fn a_table_without_columns_keeps_a_checkpoint(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let table = without_columns();
    let mut live = kept.live(&table, 3, vec![])?;
    kept.holds("the checkpoint", &table, 3, vec![])?;
    kept.fold(&mut live, 7, vec![])?;
    kept.holds("the checkpoint", &table, 7, vec![])?;
    same("where it stands", kept.now(&live)?.mark, live.mark)
}
