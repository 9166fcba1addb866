//! Comparing: by what the rows of one generation differ from those of another.

use super::kept::keeping;
use super::tables::{at, counts, noted_counts, put, single_count, text};
use crate::contract::failure::{Verdict, holds, same};
use crate::contract::stage::Stage;
use crate::row_store::{Cell, ChangedRow, RowChange, RowsDiff};

/// The numbers are of all rows, though some of each kind are shown only.
pub(in crate::contract) fn a_comparison_counts_and_shows_what_was_added_removed_and_changed(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let old = kept.live(
        &counts(),
        3,
        vec![put("a", 1), put("b", 2), put("c", 3), put("d", 4)],
    )?;
    let noted =
        |name: &str, counted| RowChange::Put(vec![text(name), Cell::Null, Cell::Integer(counted)]);
    let news = [("a", 1), ("b", 5), ("c", 6), ("e", 7), ("f", 8)];
    let new = kept.built(
        &noted_counts(),
        5,
        news.map(|(name, counted)| noted(name, counted)).into(),
    )?;
    let changed = |name: &str, old, new| {
        let columns = vec![("count".to_owned(), Cell::Integer(old), Cell::Integer(new))];
        ChangedRow::new(vec![text(name)], columns)
    };
    let expected = RowsDiff {
        old_checkpoint: at(3),
        new_checkpoint: at(5),
        columns_added: vec!["note".to_owned()],
        columns_removed: vec![],
        added: 2,
        removed: 1,
        changed: 2,
        added_samples: vec![vec![text("e")], vec![text("f")]],
        removed_samples: vec![vec![text("d")]],
        changed_samples: vec![changed("b", 2, 5), changed("c", 3, 6)],
    };
    let diff = kept.compare(&old, &new, 10)?;
    same("the difference", in_order(diff), expected.clone())?;
    for samples in [0, 1] {
        let diff = kept.compare(&old, &new, samples)?;
        same(
            "samples of what was added",
            diff.added_samples.len(),
            samples,
        )?;
        same(
            "samples of what was removed",
            diff.removed_samples.len(),
            samples,
        )?;
        same(
            "samples of what was changed",
            diff.changed_samples.len(),
            samples,
        )?;
        holds(
            "the samples are some of them",
            diff.added_samples
                .iter()
                .all(|key| expected.added_samples.contains(key))
                && diff
                    .changed_samples
                    .iter()
                    .all(|row| expected.changed_samples.contains(row)),
        )?;
        same("what was added", diff.added, 2)?;
        same("what was removed", diff.removed, 1)?;
        same("what was changed", diff.changed, 2)?;
    }
    let same_rows = kept.compare(&old, &old, 10)?;
    holds("rows do not differ from themselves", same_rows.is_empty())
}

/// Samples come in whichever order.
fn in_order(mut diff: RowsDiff) -> RowsDiff {
    diff.added_samples.sort_by_key(|key| format!("{key:?}"));
    diff.removed_samples.sort_by_key(|key| format!("{key:?}"));
    diff.changed_samples.sort_by_key(|row| format!("{row:?}"));
    diff
}

/// Then no row of the one is a row of the other.
pub(in crate::contract) fn a_comparison_over_different_keys_takes_all_rows_for_others(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let old = kept.live(&counts(), 3, vec![put("a", 1), put("b", 2), put("c", 3)])?;
    let new = kept.built(&single_count(), 3, vec![put("a", 1)])?;
    let diff = kept.compare(&old, &new, 10)?;
    same("what was added", diff.added, 1)?;
    same("what was removed", diff.removed, 3)?;
    same("what was changed", diff.changed, 0)
}
