//! Events that a projection has put aside.

use std::collections::BTreeMap;

use super::error::ProjectError;
use crate::envelope::RawEvent;
use crate::id::{Position, StreamId, Version};
use crate::name::EventName;

/// An event that a projection has put aside, to be taken in later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// Its stream; later events of it are parked as well.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the store.
    pub position: Position,
    /// Its stored name.
    pub event: EventName,
    /// Why it was put aside.
    pub cause: ProjectError,
}

/// What is put aside, by stream, each in the order of its events.
#[derive(Debug, Default)]
pub(super) struct Lot {
    streams: BTreeMap<StreamId, Vec<Parked>>,
}

impl Lot {
    /// The first event of the stream that is put aside.
    pub(super) fn first(&self, stream: &StreamId) -> Option<&Parked> {
        self.streams.get(stream)?.first()
    }

    /// Puts an event aside, behind the others of its stream.
    pub(super) fn park(&mut self, event: &RawEvent<'_>, cause: ProjectError) {
        let parked = Parked {
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            event: event.name().clone(),
            cause,
        };
        tracing::warn!(
            stream = %parked.stream,
            version = parked.version.get(),
            event = %parked.event,
            cause = %parked.cause,
            "an event was parked"
        );
        let stream = self.streams.entry(parked.stream.clone());
        stream.or_default().push(parked);
    }

    /// Everything that is put aside, in the order of the log.
    pub(super) fn all(&self) -> Vec<&Parked> {
        let mut all: Vec<_> = self.streams.values().flatten().collect();
        all.sort_by_key(|parked| parked.position);
        all
    }

    /// The streams of which something is put aside.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        self.streams.keys().cloned().collect()
    }

    /// Takes up what was put aside of a stream up to and with `version`.
    pub(super) fn take_up(&mut self, stream: &StreamId, version: Version) {
        if let Some(parked) = self.streams.get_mut(stream) {
            parked.retain(|parked| parked.version > version);
            if parked.is_empty() {
                self.streams.remove(stream);
            }
        }
    }

    /// Says anew why a stream stays put aside: the first event for this cause, those behind it for the first one.
    pub(super) fn keep(&mut self, stream: &StreamId, cause: ProjectError) {
        let parked = self.streams.get_mut(stream);
        let Some((first, behind)) = parked.and_then(|all| all.split_first_mut()) else {
            return;
        };
        first.cause = cause;
        for parked in behind {
            parked.cause = ProjectError::Behind {
                version: first.version,
            };
        }
    }
}
