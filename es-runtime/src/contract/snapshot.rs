//! Snapshots: given back as they were kept, to whom can read them, the newest of a stream, and never in the way of its events.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{Failure, Verdict, holds, same};
use super::make::{CATEGORY, at, many, one, stream};
use super::stage::{Opened, PATIENCE, Stage, race};
use crate::commit::{Expected, Fingerprint, Query};
use crate::id::{EventId, StreamId, Version};
use crate::name::Category;
use crate::snapshot::Snapshot;
use crate::store::EventStore;

const MINE: Fingerprint = Fingerprint::from_number(0x8000_0000_0000_0001);
const OTHER: Fingerprint = Fingerprint::from_number(0x8000_0000_0000_0003);

/// The open store. Nothing where it keeps no snapshots, which is made sure of.
fn keeping(stage: &Stage) -> Result<Option<Opened>, Failure> {
    let store = stage.open()?;
    store.append(many("a", Expected::Missing, 9))?;
    same("a snapshot that nobody has taken", kept(&store, "a")?, None)?;
    if stage.abilities().keeps_snapshots {
        return Ok(Some(store));
    }
    same("whether it is kept", keep(&store, taken("a", 3))?, false)?;
    same("a snapshot that was not kept", kept(&store, "a")?, None)?;
    Ok(None)
}

fn taken(key: &str, version: u64) -> Snapshot {
    Snapshot {
        stream: stream(key),
        version: Version::new(version).unwrap_or(Version::FIRST),
        event: EventId::from(uuid::Uuid::from_u128(version.into())),
        fingerprint: MINE,
        body: format!("state {version} of {key}").into_bytes(),
    }
}

fn keep(store: &Opened, snapshot: Snapshot) -> Result<bool, Failure> {
    Ok(store.wait(store.store().keep_snapshot(snapshot))??)
}

fn kept(store: &Opened, key: &str) -> Result<Option<Snapshot>, Failure> {
    kept_of(store, stream(key), MINE)
}

fn kept_of(
    store: &Opened,
    stream: StreamId,
    fingerprint: Fingerprint,
) -> Result<Option<Snapshot>, Failure> {
    Ok(store.wait(store.store().snapshot(stream, fingerprint))??)
}

fn drop_at(store: &Opened, key: &str, version: u64) -> Verdict {
    let version = Version::new(version).unwrap_or(Version::FIRST);
    store.wait(store.store().drop_snapshot(stream(key), version))??;
    Ok(())
}

/// Whatever bytes it has; each stream has its own.
pub(super) fn a_snapshot_comes_back_as_it_was_kept(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let mut all = vec![];
    for (number, (category, key)) in [
        (CATEGORY, "a"),
        (CATEGORY, "A"),
        (CATEGORY, "a\u{301}"),
        (CATEGORY, ""),
        (Category::from_static("Account"), "a"),
        (Category::from_static("other"), "a"),
    ]
    .into_iter()
    .enumerate()
    {
        let version = 3 + number as u64;
        let mut body: Vec<u8> = (0..=255).collect();
        body.extend(vec![b'x'; number * 300_000]);
        let snapshot = Snapshot {
            stream: StreamId::new(category, key),
            body,
            ..taken("a", version)
        };
        same("whether it is kept", keep(&store, snapshot.clone())?, true)?;
        all.push(snapshot);
    }
    for snapshot in all {
        let found = kept_of(&store, snapshot.stream.clone(), MINE)?;
        holds(
            format_args!("the snapshot of {} is as it was kept", snapshot.stream),
            found.as_ref() == Some(&snapshot),
        )?;
    }
    Ok(())
}

/// All of its 64 bits count.
pub(super) fn a_snapshot_is_given_to_its_fingerprint_alone(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    keep(&store, taken("a", 3))?;
    for bit in [0, 1, 31, 32, 53, 62, 63] {
        let other = Fingerprint::from_number(MINE.get() ^ (1 << bit));
        let found = kept_of(&store, stream("a"), other)?;
        same(
            format_args!("what another fingerprint is given, bit {bit}"),
            found,
            None,
        )?;
    }
    same("its own", kept(&store, "a")?, Some(taken("a", 3)))
}

/// A stale one never takes the place of a newer one, whatever code has taken it.
pub(super) fn the_newest_snapshot_stays(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let foreign = |version| Snapshot {
        fingerprint: OTHER,
        ..taken("a", version)
    };
    let again = Snapshot {
        body: b"another state".to_vec(),
        ..taken("a", 5)
    };
    for (told, snapshot, is_kept) in [
        ("the first one", taken("a", 5), true),
        ("an older one", taken("a", 4), false),
        ("the same again", again, false),
        ("an older one of another fingerprint", foreign(4), false),
        ("a newer one", taken("a", 6), true),
    ] {
        same(told, keep(&store, snapshot)?, is_kept)?;
    }
    same("the newest", kept(&store, "a")?, Some(taken("a", 6)))?;
    let told = "as new, of another fingerprint";
    same(told, keep(&store, foreign(6))?, true)?;
    same("what the first code is given", kept(&store, "a")?, None)?;
    let found = kept_of(&store, stream("a"), OTHER)?;
    same("what the other code is given", found, Some(foreign(6)))?;
    let found = keep(&store, taken("a", 1 << 40))?;
    same("one beyond 32 bits", found, true)?;
    same("the newest", kept(&store, "a")?, Some(taken("a", 1 << 40)))
}

/// Of snapshots that come in at the same time, the newest is there in the end.
pub(super) fn of_racing_snapshots_the_newest_stays(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    for round in 0..20 {
        let versions = (1..=8).map(|number| round * 8 + (number * 5) % 8 + 1);
        let answers = race(versions.map(|version| {
            let store = store.clone();
            move || keep(&store, taken("a", version))
        }));
        for answer in answers {
            answer?;
        }
        let newest = taken("a", (round + 1) * 8);
        same("the newest", kept(&store, "a")?, Some(newest))?;
    }
    Ok(())
}

/// So one that was found out does not take a better one with it.
pub(super) fn a_snapshot_is_dropped_by_its_version_alone(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    drop_at(&store, "a", 5)?;
    keep(&store, taken("a", 5))?;
    keep(&store, taken("b", 5))?;
    for version in [1, 4, 6] {
        drop_at(&store, "a", version)?;
        let found = kept(&store, "a")?;
        same("what another version leaves", found, Some(taken("a", 5)))?;
    }
    drop_at(&store, "a", 5)?;
    same("what its own version leaves", kept(&store, "a")?, None)?;
    let found = kept(&store, "b")?;
    same("that of another stream", found, Some(taken("b", 5)))?;
    same(
        "whether an older one is kept then",
        keep(&store, taken("a", 2))?,
        true,
    )
}

/// They move no number, wake nobody, and a stream is appended to as if there were none.
pub(super) fn snapshots_leave_the_log_as_it_is(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let (log, head) = (store.log(&Query::all())?, store.head()?);
    let waiting = store.waiting(head);
    keep(&store, taken("a", 9))?;
    keep(&store, taken("nobody", 3))?;
    drop_at(&store, "nobody", 3)?;
    keep(&store, taken("a", 1 << 40))?;
    waiting.still()?;
    same("the log", store.log(&Query::all())?, log)?;
    same("the head", store.head()?, head)?;
    store.append(one("nobody", Expected::Missing))?;
    store.append(one("a", at(9)))?;
    waiting.woken()?;
    let found = kept(&store, "a")?;
    same(
        "the snapshot behind an append",
        found,
        Some(taken("a", 1 << 40)),
    )
}

/// Whoever has taken it need not wait for it, nor for anything else.
pub(super) fn a_snapshot_whose_future_is_dropped_is_kept(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    let port = store.store();
    store.wait(async {
        let mut keeping = pin!(port.keep_snapshot(taken("a", 4)));
        poll_fn(|cx| {
            let _ = keeping.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
    })?;
    let begun = Instant::now();
    while kept(&store, "a")?.is_none() && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    same("the snapshot", kept(&store, "a")?, Some(taken("a", 4)))
}

/// And another opening is given it as well.
pub(super) fn a_snapshot_is_there_after_a_restart(stage: &Stage) -> Verdict {
    let Some(store) = keeping(stage)? else {
        return Ok(());
    };
    keep(&store, taken("a", 4))?;
    if let Some(other) = stage.beside(&store)? {
        let found = kept(&other, "a")?;
        same("what another opening is given", found, Some(taken("a", 4)))?;
        same(
            "whether it keeps a stale one",
            keep(&other, taken("a", 3))?,
            false,
        )?;
    }
    match stage.reopened(store)? {
        Some(store) => {
            let found = kept(&store, "a")?;
            same("the snapshot after a restart", found, Some(taken("a", 4)))
        }
        None => Ok(()),
    }
}
