//! What is said beside the rows: which events were put aside, and why they go no further.

use super::kept::keeping;
use super::tables::{counts, parked, put, to};
use crate::contract::failure::{Verdict, holds, same};
use crate::contract::make::{CATEGORY, stream};
use crate::contract::stage::Stage;
use crate::id::{StreamId, Version};
use crate::name::Category;
use crate::row_store::{Parked, RowsCommit};

/// Of a stream everything up to and with that version is, and nothing of others.
pub(in crate::contract) fn parked_events_come_back_in_order_until_they_are_taken_up(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, vec![])?;
    let elsewhere = Parked {
        stream: StreamId::new(Category::from_static("other"), "x"),
        ..parked("x", 1, 2)
    };
    let told = Parked {
        event: "a 'name'".into(),
        cause: "line one\n\"line\" two\0 ü".to_owned(),
        ..parked("", 1 << 40, 5)
    };
    let mut all = vec![
        elsewhere,
        parked("x", 1, 3),
        parked("y", 1, 4),
        told,
        parked("x", 2, 6),
        parked("x", 3, 1 << 40),
    ];
    for (number, shuffled) in [[5, 0, 3], [4, 2, 1]].into_iter().enumerate() {
        let park = shuffled.map(|index: usize| all[index].clone());
        let commit = RowsCommit {
            park: park.into(),
            ..to(&live, 2 + number as u64, vec![put("a", 1)])
        };
        kept.made(&mut live, commit)?;
    }
    same("what is parked", kept.parked(&live)?, all.clone())?;
    same("how much it is", kept.now(&live)?.parked, 6)?;
    // Tried again without success, which is told anew.
    all[4].cause = "another cause".to_owned();
    let commit = RowsCommit {
        park: vec![all[4].clone()],
        take_up: vec![taken_up("x", 1), taken_up("nobody", 1), taken_up("", 7)],
        ..to(&live, 3, vec![])
    };
    kept.made(&mut live, commit)?;
    all.remove(1);
    same("what is left", kept.parked(&live)?, all.clone())?;
    same("how much it is", kept.now(&live)?.parked, 5)?;
    let commit = RowsCommit {
        take_up: vec![taken_up("x", 3), taken_up("", 1 << 40)],
        ..to(&live, 3, vec![])
    };
    kept.made(&mut live, commit)?;
    all.retain(|parked| *parked.stream.category() != CATEGORY || parked.stream == stream("y"));
    same("what is left then", kept.parked(&live)?, all)?;
    same("how much it is", kept.now(&live)?.parked, 2)
}

fn taken_up(key: &str, version: u64) -> (StreamId, Version) {
    (stream(key), Version::new(version).unwrap_or(Version::FIRST))
}

/// They become live with it, retire with it, and go with it.
pub(in crate::contract) fn parked_events_belong_to_their_generation(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, vec![])?;
    let mut built = kept.built(&counts(), 1, vec![])?;
    let (of_live, of_built) = (
        vec![parked("x", 1, 2)],
        vec![parked("x", 1, 2), parked("y", 1, 3)],
    );
    for (standing, park) in [(&mut live, &of_live), (&mut built, &of_built)] {
        let commit = RowsCommit {
            park: park.clone(),
            ..to(standing, 3, vec![])
        };
        kept.made(standing, commit)?;
    }
    let commit = RowsCommit {
        take_up: vec![taken_up("x", 1)],
        ..to(&live, 3, vec![])
    };
    same("of the live one", kept.parked(&live)?, of_live)?;
    kept.made(&mut live, commit)?;
    same("of the live one then", kept.parked(&live)?, vec![])?;
    same("of the built one", kept.parked(&built)?, of_built.clone())?;
    holds("it is made the live one", kept.swap(&built, 3)?)?;
    same("of what was live", kept.parked(&live)?, vec![])?;
    same("of what is live", kept.parked(&built)?, of_built)?;
    kept.drop_rows(&built)?;
    same("of what is dropped", kept.parked(&built)?, vec![])
}

/// Whatever the text is.
pub(in crate::contract) fn why_rows_stopped_is_told_until_the_next_commit(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let mut live = kept.live(&counts(), 1, vec![])?;
    same("why they stopped", kept.now(&live)?.stopped, None)?;
    for stopped in [Some("no 'rule'\nfor \"it\""), Some("ü\0"), None, Some("")] {
        let stopped = stopped.map(str::to_owned);
        let commit = RowsCommit {
            stopped: stopped.clone(),
            ..to(&live, 1, vec![])
        };
        kept.made(&mut live, commit)?;
        same("why they stopped", kept.now(&live)?.stopped, stopped)?;
    }
    Ok(())
}
