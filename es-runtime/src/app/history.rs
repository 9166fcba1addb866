//! The audit trail of an aggregate: its events with everything that stands beside them.

use super::earlier::Earlier;
use super::error::{LoadError, ReadError};
use super::load::caught;
use crate::aggregate::Aggregate;
use crate::envelope::{Metadata, RawEvent, SchemaVersion};
use crate::event::{DecodeContext, EventSet};
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::store::{Direction, EventStore, Slice, StoreError};
use crate::time::Timestamp;

/// A typed event with what stands beside it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recorded<E> {
    /// What happened.
    pub event: E,
    /// The identity of the stored event.
    pub id: EventId,
    /// Its stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the store.
    pub position: Position,
    /// The commit that stored it.
    pub commit: CommitNumber,
    /// The shape in which it is stored.
    pub schema: SchemaVersion,
    /// Whether it is the last of the events that were stored as one. Few are read as several, so it nearly always is.
    pub is_last_part: bool,
    /// When it happened, by the caller.
    pub occurred_at: Timestamp,
    /// When it was stored.
    pub recorded_at: Timestamp,
    /// Who asked, and in which connection.
    pub metadata: Metadata,
}

pub(super) async fn history<A: Aggregate, S: EventStore>(
    store: &S,
    stream: StreamId,
    slice: Slice<Version>,
) -> Result<Vec<Recorded<A::Event>>, LoadError> {
    let direction = slice.direction;
    let page = store.read_stream(stream, slice).await?;
    let mut trail = Vec::with_capacity(page.len());
    let mut earlier = Earlier::default();
    for event in page.iter() {
        let mut parts = recorded::<A::Event, S>(store, &mut earlier, event).await?;
        if direction == Direction::Backwards {
            parts.reverse();
        }
        trail.extend(parts);
    }
    Ok(trail)
}

/// What a stored event is, with what stands beside it.
pub(super) async fn recorded<E: EventSet, S: EventStore>(
    store: &S,
    earlier: &mut Earlier,
    event: RawEvent<'_>,
) -> Result<Vec<Recorded<E>>, LoadError> {
    let earlier = earlier.of::<E, S>(store, event);
    let earlier = earlier.await.map_err(|none| none.of(&event))?;
    let cx = DecodeContext { event, earlier };
    let mut typed = Vec::new();
    caught(|| Ok(E::decode(&cx, &mut typed)?))
        .map_err(|cause| LoadError::Read(ReadError::of(&event, cause)))?;
    let metadata = event
        .metadata()
        .map_err(|error| StoreError::permanent("reading metadata", error))?;
    let last = typed.len().saturating_sub(1);
    let all = typed
        .into_iter()
        .enumerate()
        .map(|(part, decoded)| Recorded {
            event: decoded,
            id: event.id(),
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            commit: event.commit(),
            schema: event.schema(),
            is_last_part: part == last,
            occurred_at: event.occurred_at(),
            recorded_at: event.recorded_at(),
            metadata: metadata.clone(),
        });
    Ok(all.collect())
}
