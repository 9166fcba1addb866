//! Opening: what a store is after a restart, and to another process.

use super::failure::{Failure, Verdict, holds, same};
use super::make::{at, commit, events, many, one, write};
use super::stage::{Opened, Stage, versions};
use crate::commit::{Expected, Query};
use crate::id::Version;

/// Everything is there as it was, and numbers go on from where they stood.
pub(super) fn what_was_acknowledged_is_there_after_a_restart(stage: &Stage) -> Verdict {
    let mut store = stage.open()?;
    let mut last = None;
    for round in 0..5 {
        let receipt = store.append(commit(vec![
            write("a", at(round * 3), events(3)),
            write("b", Expected::Any, events(1)),
        ]))?;
        let first = receipt.positions.map(|told| (receipt.commit, told.first));
        holds(
            "numbers go on from where they stood",
            first.is_some() && first > last,
        )?;
        last = receipt.positions.map(|told| (receipt.commit, told.last));
        let (log, head) = (store.log(&Query::all())?, store.head()?);
        let count = usize::try_from(round + 1).unwrap_or(0) * 4;
        same("events before a restart", log.len(), count)?;
        let Some(reopened) = stage.reopened(store)? else {
            return Ok(());
        };
        store = reopened;
        same("events after a restart", store.log(&Query::all())?, log)?;
        same("the head after a restart", store.head()?, head)?;
        same(
            "versions after a restart",
            versions(&store.stream("a")?).len(),
            count / 4 * 3,
        )?;
    }
    Ok(())
}

/// Each sees what the other has written, and goes on from there.
pub(super) fn two_openings_of_a_store_share_one_history(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(many("a", Expected::Missing, 2))?;
    same("events stored", store.stream("a")?.len(), 2)?;
    let Some(other) = stage.beside(&store)? else {
        return Ok(());
    };
    let stands = |store: &Opened| -> Result<Expected, Failure> {
        let last = store.stream("a")?.last().map(|event| event.version);
        Ok(Expected::as_loaded(last))
    };
    for round in 0..20 {
        let (writer, reader) = if round % 2 == 0 {
            (&other, &store)
        } else {
            (&store, &other)
        };
        let receipt = writer.append(one("a", stands(reader)?))?;
        let version = receipt.streams.first().and_then(|told| told.after);
        same("the version behind it", version, Version::new(round + 3))?;
        same(
            "the head that the other sees",
            reader.head()?,
            receipt.last_position(),
        )?;
        same(
            "what both see",
            writer.log(&Query::all())?,
            reader.log(&Query::all())?,
        )?;
    }
    drop(store);
    same(
        "events when the first is closed",
        other.stream("a")?.len(),
        22,
    )
}
