//! Waiting for rows: until they have come as far as an event, or stop before it.

use super::kept::{Pending, keeping, told};
use super::tables::{counts, counts_of, to};
use crate::contract::failure::{Verdict, holds, same};
use crate::contract::stage::Stage;
use crate::row_store::{RowsCommit, Standing};

/// By a commit or by a swap, through whichever opening; and by nothing else.
pub(in crate::contract) fn whoever_waits_for_rows_is_woken_when_they_come_so_far_or_stop(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let waiting = kept.reached(3);
    waiting.still("waiting without rows")?;
    let mut live = kept.live(&counts(), 2, vec![])?;
    waiting.still("waiting for what is not folded yet")?;
    kept.fold(&mut live, 3, vec![])?;
    came(waiting, &live)?;
    came(kept.reached(1), &live)?;
    let (waiting, further) = (kept.reached(5), kept.reached(9));
    waiting.still("waiting for what is not folded yet")?;
    let stopping = RowsCommit {
        stopped: Some("no rule".to_owned()),
        ..to(&live, 4, vec![])
    };
    kept.made(&mut live, stopping)?;
    for waiting in [waiting, further, kept.reached(5)] {
        let standing = waiting.answer()?;
        same("where they stand", standing.mark, live.mark)?;
        same("why", standing.stopped.as_deref(), Some("no rule"))?;
    }
    kept.fold(&mut live, 4, vec![])?;
    let waiting = kept.reached(8);
    let built = kept.built(&counts_of(2), 9, vec![])?;
    waiting.still("waiting while others are built")?;
    holds("they are made the live ones", kept.swap(&built, 9)?)?;
    let mut live = kept.now(&built)?;
    came(waiting, &live)?;
    if let Some(other) = kept.beside(stage)? {
        let waiting = kept.reached(12);
        waiting.still("waiting for what is not folded yet")?;
        other.fold(&mut live, 12, vec![])?;
        came(waiting, &live)?;
    }
    Ok(())
}

fn came(waiting: Pending<Standing>, live: &Standing) -> Verdict {
    let standing = waiting.answer()?;
    same("where they stand", told(&standing), told(live))
}
