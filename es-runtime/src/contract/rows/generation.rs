//! Generations of rows: built beside the live one, made live at one moment, retired, dropped, and there after a restart.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::kept::{Kept, keeping, moved, told};
use super::tables::{at, by_key, count, counts, counts_of, kinds, parked, put, text, to};
use crate::contract::failure::{Failure, Verdict, holds, same};
use crate::contract::stage::{PATIENCE, Stage, race};
use crate::id::Position;
use crate::row_store::{Mark, Role, RowChange, RowsCommit, Standing};

/// Whatever is folded into it.
pub(in crate::contract) fn rows_that_are_built_are_not_seen(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let live = kept.live(&counts(), 3, vec![put("a", 1)])?;
    let mut built = kept.built(&counts(), 1, vec![put("a", 7), put("b", 7)])?;
    kept.fold(&mut built, 9, vec![put("c", 7)])?;
    kept.holds("rows that are read", &counts(), 3, vec![count("a", 1)])?;
    same("how many", kept.count(&counts(), by_key(&counts()))?, 1)?;
    let key: &[_] = &[text("a")];
    let fetched = kept.fetch(&live, &[key])?;
    same("a row of the live ones", fetched, vec![Some(count("a", 1))])?;
    let fetched = kept.fetch(&built, &[key])?;
    same(
        "a row of the built ones",
        fetched,
        vec![Some(count("a", 7))],
    )?;
    let roles: Vec<_> = generations(&kept, "Counts")?;
    let expected = vec![
        (live.generation, Role::Live),
        (built.generation, Role::Building),
    ];
    same("what there is, oldest first", roles, expected)
}

fn generations(kept: &Kept, projection: &str) -> Result<Vec<(u64, Role)>, Failure> {
    let standing = kept.standing(Some(projection))?;
    Ok(standing
        .iter()
        .map(|standing| (standing.generation, standing.role))
        .collect())
}

/// Whoever reads meanwhile finds the old rows or the new ones, each with their checkpoint.
pub(in crate::contract) fn a_swap_shows_all_of_it_at_once_and_retires_what_was_live(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, rows_of(1))?;
    for round in 2..=20 {
        let built = kept.built(&counts(), round, rows_of(round))?;
        let (is_done, is_read) = (AtomicBool::new(false), AtomicBool::new(false));
        let verdicts = race([true, false].map(|swaps| {
            let (kept, built, is_done, is_read) = (&kept, &built, &is_done, &is_read);
            move || -> Verdict {
                if swaps {
                    // Not before the other one is reading: it would see nothing but new rows.
                    let begun = Instant::now();
                    while !is_read.load(Ordering::SeqCst) && begun.elapsed() < PATIENCE {
                        thread::yield_now();
                    }
                    // At another moment of its reading each time.
                    thread::sleep(Duration::from_micros(round * 50));
                    let swapped = kept.swap(built, round);
                    is_done.store(true, Ordering::SeqCst);
                    return holds("it is made the live one", swapped?);
                }
                while !is_done.load(Ordering::SeqCst) {
                    let read = check_moment(kept);
                    is_read.store(true, Ordering::SeqCst);
                    read?;
                }
                check_moment(kept)
            }
        }));
        for verdict in verdicts {
            verdict?;
        }
        let expected = vec![
            (live.generation, Role::Retired),
            (built.generation, Role::Live),
        ];
        same("what there is", generations(&kept, "Counts")?, expected)?;
        kept.drop_rows(&live)?;
        let commits = built.mark.commits + 1;
        live = kept.now(&built)?;
        let mark = Mark {
            checkpoint: at(round),
            commits,
        };
        same("where the new ones stand", live.mark, mark)?;
        kept.fold(&mut live, round, vec![])?;
    }
    Ok(())
}

/// As many rows as the number says, each with that number.
fn rows_of(number: u64) -> Vec<RowChange> {
    let number = i64::try_from(number).unwrap_or(0);
    (0..number)
        .map(|row| put(&format!("{row:02}"), number))
        .collect()
}

fn check_moment(kept: &Kept) -> Verdict {
    let found = kept.read(&counts(), by_key(&counts()))?;
    let number = found.checkpoint.map_or(0, Position::get);
    let puts = found.rows.into_iter().map(RowChange::Put).collect();
    same("rows beside their checkpoint", puts, rows_of(number))
}

/// Then both stay what they are.
pub(in crate::contract) fn a_swap_is_refused_where_somebody_was_faster(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let live = kept.live(&counts(), 5, vec![put("a", 1)])?;
    let built = kept.built(&counts(), 4, vec![put("a", 7)])?;
    let roles = generations(&kept, "Counts")?;
    let mut behind = built.clone();
    behind.mark.commits -= 1;
    let mut before = built.clone();
    before.mark.checkpoint = at(3);
    let mut foreign = built.clone();
    foreign.table = kinds();
    for (told, built, to) in [
        ("a swap to before the live rows", &built, 4),
        ("a swap of rows that were committed to", &behind, 5),
        ("a swap of rows that have come elsewhere", &before, 5),
        ("a swap of the live rows", &live, 5),
        ("a swap of rows of another projection", &foreign, 5),
    ] {
        same(told, kept.swap(built, to)?, false)?;
        kept.holds("the live rows", &counts(), 5, vec![count("a", 1)])?;
        same(
            "what there is",
            generations(&kept, "Counts")?,
            roles.clone(),
        )?;
    }
    same(
        "a swap to where the live rows stand",
        kept.swap(&built, 5)?,
        true,
    )?;
    kept.holds("the rows then", &counts(), 5, vec![count("a", 7)])?;
    same("the same again", kept.swap(&built, 9)?, false)?;
    same("of what was live", kept.swap(&live, 9)?, false)
}

/// Without live rows beside it, it becomes them.
pub(in crate::contract) fn a_build_goes_on_by_its_fingerprint_and_gives_way_to_another(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut built = kept.built(&counts_of(2), 3, vec![put("a", 1)])?;
    let rest = RowsCommit {
        park: vec![parked("x", 1, 4)],
        ..to(&built, 5, vec![put("b", 2)])
    };
    kept.made(&mut built, rest)?;
    let begun = kept.begin(&counts_of(2), Role::Building)?;
    same("one of the same", told(&begun), told(&kept.now(&built)?))?;
    let mut other = kept.begin(&counts_of(3), Role::Building)?;
    holds("another is another", other.generation != built.generation)?;
    same("where it begins", other.mark, Mark::default())?;
    let expected = vec![(other.generation, Role::Building)];
    same("what there is", generations(&kept, "Counts")?, expected)?;
    moved(
        "a commit to what gave way",
        kept.commit(to(&built, 6, vec![])),
    )?;
    same("what is parked", kept.parked(&other)?, vec![])?;
    kept.fold(&mut other, 1, vec![put("c", 3)])?;
    holds("it is made the live one", kept.swap(&other, 1)?)?;
    kept.holds("its rows", &counts_of(3), 1, vec![count("c", 3)])
}

/// Nor does one that never was.
pub(in crate::contract) fn rows_that_are_retired_or_dropped_take_no_commit(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let old = kept.live(&counts(), 3, vec![put("a", 1)])?;
    let new = kept.built(&counts(), 3, vec![put("a", 7)])?;
    holds("it is made the live one", kept.swap(&new, 3)?)?;
    let retired = kept.now(&old)?;
    let late = |standing: &Standing| kept.commit(to(standing, 4, vec![put("b", 9)]));
    moved("a commit to retired rows", late(&retired))?;
    same("where they stand", told(&kept.now(&old)?), told(&retired))?;
    let mut foreign = old.clone();
    foreign.table = kinds();
    kept.drop_rows(&foreign)?;
    same(
        "rows of another projection",
        told(&kept.now(&old)?),
        told(&retired),
    )?;
    kept.drop_rows(&old)?;
    moved("a commit to dropped rows", late(&retired))?;
    kept.drop_rows(&old)?;
    let mut unknown = kept.now(&new)?;
    unknown.generation += 1_000;
    moved("a commit to what never was", late(&unknown))?;
    kept.drop_rows(&unknown)?;
    kept.holds("the live rows", &counts(), 3, vec![count("a", 7)])?;
    let expected = vec![(new.generation, Role::Live)];
    same("what there is", generations(&kept, "Counts")?, expected)
}

/// Of whatever projection, whatever became of those before, and over a restart.
pub(in crate::contract) fn numbers_of_generations_are_never_given_twice(stage: &Stage) -> Verdict {
    let Some(mut kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut given = HashSet::new();
    for round in 0..3 {
        for revision in 1..=3 {
            let begun = kept.begin(&counts_of(revision), Role::Building)?;
            holds("its number is new", given.insert(begun.generation))?;
        }
        let live = kept.begin(&kinds(), Role::Live)?;
        holds("its number is new", given.insert(live.generation))?;
        let of_all = kept.standing(None)?;
        same("what there is", of_all.len(), 2)?;
        for standing in of_all {
            kept.drop_rows(&standing)?;
        }
        same("what is left", kept.standing(None)?.len(), 0)?;
        if round == 1 {
            match kept.reopened(stage)? {
                Some(reopened) => kept = reopened,
                None => return Ok(()),
            }
        }
    }
    Ok(())
}

/// Another opening finds it as well, and goes on with it.
pub(in crate::contract) fn rows_are_there_after_a_restart(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    kept.live(&counts(), 1, vec![put("a", 1)])?;
    let mut live = kept.built(&counts(), 2, vec![put("a", 2), put("b", 2)])?;
    let rest = RowsCommit {
        park: vec![parked("x", 1, 4), parked("y", 1 << 40, 3)],
        stopped: Some("no rule".to_owned()),
        ..to(&live, 5, vec![put("c", 2)])
    };
    kept.made(&mut live, rest)?;
    holds("it is made the live one", kept.swap(&live, 5)?)?;
    let built = kept.built(&counts_of(2), 3, vec![put("a", 3)])?;
    let found = there(&kept)?;
    if let Some(other) = kept.beside(stage)? {
        same("what another opening finds", there(&other)?, found)?;
        let (mut live, mut other_live) = (kept.now(&live)?, other.now(&live)?);
        other.fold(&mut other_live, 6, vec![put("a", 9)])?;
        moved("a commit from before", kept.commit(to(&live, 6, vec![])))?;
        live.mark = other_live.mark;
        kept.fold(&mut live, 7, vec![put("a", 2)])?;
    }
    let found = there(&kept)?;
    let Some(kept) = kept.reopened(stage)? else {
        return Ok(());
    };
    same("what is there after a restart", there(&kept)?, found)?;
    let mut built = kept.now(&built)?;
    kept.fold(&mut built, 9, vec![put("b", 3)])?;
    holds("it is made the live one", kept.swap(&built, 9)?)?;
    let rows = vec![count("a", 3), count("b", 3)];
    kept.holds("the rows then", &counts_of(2), 9, rows)
}

/// Everything that is told of the rows of [`counts`].
fn there(kept: &Kept) -> Result<impl PartialEq + Debug + use<>, Failure> {
    let standing = kept.standing(Some("Counts"))?;
    let mut parked = vec![];
    for standing in &standing {
        parked.push(kept.parked(standing)?);
    }
    let found = kept.read(&counts(), by_key(&counts()))?;
    Ok((standing.iter().map(told).collect::<Vec<_>>(), parked, found))
}
