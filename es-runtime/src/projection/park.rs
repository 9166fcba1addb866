//! Events that a projection has put aside.

use std::collections::BTreeMap;

use super::error::ProjectError;
use crate::envelope::RawEvent;
use crate::id::{StreamId, Version};
use crate::row_store::Parked;

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

    /// What a store has put aside, in the order of the log.
    pub(super) fn of(parked: Vec<Parked>) -> Self {
        let mut lot = Self::default();
        for parked in parked {
            let stream = lot.streams.entry(parked.stream.clone());
            stream.or_default().push(parked);
        }
        lot
    }

    /// Puts an event aside, behind the others of its stream.
    pub(super) fn park(&mut self, event: &RawEvent<'_>, cause: ProjectError) -> Parked {
        let parked = Parked::new(
            event.stream().clone(),
            event.version(),
            event.position(),
            event.name().clone(),
            cause.to_string(),
        );
        tracing::warn!(
            stream = %parked.stream,
            version = parked.version.get(),
            event = %parked.event,
            cause = %parked.cause,
            "an event was parked"
        );
        let stream = self.streams.entry(parked.stream.clone());
        stream.or_default().push(parked.clone());
        parked
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
    pub(super) fn keep(&mut self, stream: &StreamId, cause: &ProjectError) -> Vec<Parked> {
        let parked = self.streams.get_mut(stream);
        let Some((first, behind)) = parked.and_then(|all| all.split_first_mut()) else {
            return Vec::new();
        };
        first.cause = cause.to_string();
        let mut kept = vec![first.clone()];
        for parked in behind {
            let version = first.version;
            parked.cause = ProjectError::Behind { version }.to_string();
            kept.push(parked.clone());
        }
        kept
    }
}
