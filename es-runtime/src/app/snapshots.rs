//! Snapshots at work: taken beside a commit, used by a load, compared with what the events give.
//!
//! Whatever is wrong with a snapshot, the events are there: it is passed over with a warning, and they are replayed.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::error::{LoadError, SnapshotDiffers};
use super::load::{Folded, Until, caught, go_on, replay};
use super::pages::Pages;
use super::{AppOptions, Core};
use crate::aggregate::Aggregate;
use crate::bare;
use crate::envelope::Page;
use crate::event::DecodeError;
use crate::id::{StreamId, Version};
use crate::snapshot::{OnDifference, Snapshot, SnapshotPoint, Snapshots};
use crate::store::EventStore;

/// The aggregate, read from its snapshot and the events behind it; nothing where there is none that can be used.
pub(super) async fn load<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    stream: &StreamId,
    until: Until,
) -> Result<Option<Folded<A>>, LoadError> {
    let (Some(how), Some(_)) = (A::SNAPSHOTS, &core.options.snapshots) else {
        return Ok(None);
    };
    let Some(snapshot) = find(core, &how, stream).await else {
        return Ok(None);
    };
    if matches!(until, Until::Version(version) if version < snapshot.version) {
        return Ok(None);
    }
    let state = match caught(|| Ok(how.decode(&snapshot.body).map_err(DecodeError::from)?)) {
        Ok(state) => state,
        Err(cause) => return Ok(pass_over(core, &snapshot, cause.to_string()).await),
    };

    // The event that it was taken at is read as well: it tells that the stream still is the one that it was taken of.
    let before = Version::new(snapshot.version.get() - 1);
    let mut pages = Pages::new(&core.store, stream, before, until.last());
    let Some(first) = pages.next().await? else {
        let reason = "the stream ends before it".to_owned();
        return Ok(pass_over(core, &snapshot, reason).await);
    };
    match is_taken_there(&snapshot, &first, until) {
        Taken::There => {}
        Taken::TooLate => return Ok(None),
        Taken::Elsewhere => {
            let reason = "another event stands at its version".to_owned();
            return Ok(pass_over(core, &snapshot, reason).await);
        }
    }
    let folded = Folded {
        state: Some(state),
        version: Some(snapshot.version),
        last: Some(snapshot.event),
        snapshot: Some(snapshot.version),
    };
    let folded = match core.is_check_due() {
        false => folded,
        true => match check(core, &how, stream, folded).await? {
            Some(checked) => checked,
            None => return Ok(None),
        },
    };
    let folded = go_on(core, pages, Some(first), folded, until).await?;
    folded.ok_or_else(|| bare::left_out().into()).map(Some)
}

/// The snapshot as the store gives it.
async fn find<A, S: EventStore>(
    core: &Core<S>,
    how: &Snapshots<A>,
    stream: &StreamId,
) -> Option<Snapshot> {
    match core.store.snapshot(stream.clone(), how.fingerprint()).await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            tracing::warn!(%stream, %error, "the snapshot cannot be read; all events are replayed");
            None
        }
    }
}

/// How a snapshot stands to the stream that was found.
enum Taken {
    /// At the event that stands there.
    There,
    /// Behind the moment that is asked for, as far as is known.
    TooLate,
    /// At another event than the one that stands there.
    Elsewhere,
}

fn is_taken_there(snapshot: &Snapshot, found: &Page, until: Until) -> Taken {
    match found.iter().next() {
        Some(event) if event.version() == snapshot.version => {
            if event.id() != snapshot.event {
                Taken::Elsewhere
            } else if matches!(until, Until::RecordedAt(moment) if event.recorded_at() > moment) {
                Taken::TooLate
            } else {
                Taken::There
            }
        }
        // Its event, and those before, were taken out of the store. That the stream goes on behind it is what is left to
        // know it by, and nothing tells whether that was before the moment; a gap is found when the events are taken in.
        _ => match until {
            Until::RecordedAt(_) => Taken::TooLate,
            Until::Now | Until::Version(_) => Taken::There,
        },
    }
}

/// Gives up a snapshot that cannot be used, so that the next one can be kept.
async fn pass_over<A, S: EventStore>(
    core: &Core<S>,
    snapshot: &Snapshot,
    reason: String,
) -> Option<Folded<A>> {
    let (stream, version) = (&snapshot.stream, snapshot.version);
    tracing::warn!(%stream, %version, %reason, "the snapshot cannot be used; all events are replayed");
    drop_it(core, stream, version).await;
    None
}

async fn drop_it<S: EventStore>(core: &Core<S>, stream: &StreamId, version: Version) {
    if let Err(error) = core.store.drop_snapshot(stream.clone(), version).await {
        tracing::warn!(%stream, %version, %error, "the snapshot could not be dropped");
    }
}

/// Replays all events up to where the snapshot was taken, and compares. Gives what to go on with: nothing where the
/// snapshot was dropped.
async fn check<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    how: &Snapshots<A>,
    stream: &StreamId,
    folded: Folded<A>,
) -> Result<Option<Folded<A>>, LoadError> {
    let Some(version) = folded.version else {
        return Ok(Some(folded));
    };
    let replayed = match replay::<A, S>(core, stream, Until::Version(version)).await {
        Ok(replayed) if replayed.version == folded.version => replayed,
        Err(error) if !error.is_gap() => return Err(error),
        _ => {
            tracing::warn!(%stream, %version, "the snapshot cannot be compared: events below it are missing");
            return Ok(Some(folded));
        }
    };
    let is_same = match (&folded.state, &replayed.state) {
        (Some(kept), Some(replayed)) => caught(|| Ok(how.is_same(kept, replayed))).unwrap_or(false),
        _ => false,
    };
    if is_same {
        return Ok(Some(folded));
    }
    let differs = SnapshotDiffers {
        stream: stream.clone(),
        version,
    };
    match core.options.snapshot_check.map(|check| check.on_difference) {
        Some(OnDifference::Drop) => {
            tracing::warn!(error = %differs, "the snapshot is dropped; all events are replayed");
            drop_it(core, stream, version).await;
            Ok(None)
        }
        _ => Err(LoadError::SnapshotDiffers(differs)),
    }
}

impl<S> Core<S> {
    /// Whether the snapshot that is used now is one of those to be compared.
    fn is_check_due(&self) -> bool {
        self.options.snapshot_check.is_some_and(|check| {
            let used = self.snapshots_used.fetch_add(1, Ordering::Relaxed);
            used.is_multiple_of(u64::from(check.every.get()))
        })
    }
}

/// The snapshot of a state that was stored, where one is due.
pub(super) fn due<A: Aggregate>(
    options: &AppOptions,
    stream: &StreamId,
    folded: &mut Folded<A>,
) -> Option<Snapshot> {
    let (how, policy) = (A::SNAPSHOTS?, options.snapshots.as_ref()?);
    let (state, version, event) = (folded.state.as_ref()?, folded.version?, folded.last?);
    let at = SnapshotPoint {
        category: stream.category(),
        version,
        last: folded.snapshot,
        every: how.every(),
    };
    // The policy, and how the state is written, are code of the user's.
    let body = match caught(|| Ok(policy.is_due(&at).then(|| how.encode(state)))) {
        Ok(None) => return None,
        Ok(Some(Ok(body))) => body,
        Ok(Some(Err(error))) => return refuse(stream, &error, folded),
        Err(error) => return refuse(stream, &error, folded),
    };
    folded.snapshot = Some(version);
    Some(Snapshot {
        stream: stream.clone(),
        version,
        event,
        fingerprint: how.fingerprint(),
        body,
    })
}

/// It is tried again with the next one, not after each commit.
fn refuse<A>(
    stream: &StreamId,
    error: &dyn std::fmt::Display,
    folded: &mut Folded<A>,
) -> Option<Snapshot> {
    tracing::warn!(%stream, %error, "no snapshot was taken");
    folded.snapshot = folded.version;
    None
}

/// Hands a snapshot to the store, and does not wait for it: whoever waits for a command waits for its events alone.
pub(super) fn keep<S: EventStore>(store: &S, snapshot: Snapshot) {
    let (stream, version) = (snapshot.stream.clone(), snapshot.version);
    let keeping = pin!(store.keep_snapshot(snapshot));
    if let Poll::Ready(Err(error)) = keeping.poll(&mut Context::from_waker(Waker::noop())) {
        tracing::warn!(%stream, %version, %error, "the snapshot was not kept");
    }
}
