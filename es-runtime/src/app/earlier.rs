//! The events before one that cannot be read without.

use super::error::{LoadError, ReadCause, ReadError};
use super::pages::Pages;
use crate::envelope::{Page, RawEvent};
use crate::event::EventSet;
use crate::id::{StreamId, Version};
use crate::store::{EventStore, StoreError};

/// The beginning of a stream, for whoever reads several of its events: what is fetched for one is there for the next.
#[derive(Default)]
pub(crate) struct Earlier {
    stream: Option<StreamId>,
    events: Page,
    none: Page,
}

impl Earlier {
    /// Everything before `event`, where it is of one of the few shapes that cannot be read without.
    pub(super) async fn of<E: EventSet, S: EventStore>(
        &mut self,
        store: &S,
        event: RawEvent<'_>,
    ) -> Result<&Page, NoEarlier> {
        if !E::needs_earlier(event.name().as_str(), event.schema()) {
            return Ok(&self.none);
        }
        self.before(store, event).await
    }

    /// Nothing, for an event that is read without.
    pub(crate) fn none(&self) -> &Page {
        &self.none
    }

    /// Everything in the stream before `event`.
    pub(crate) async fn before<S: EventStore>(
        &mut self,
        store: &S,
        event: RawEvent<'_>,
    ) -> Result<&Page, NoEarlier> {
        let last = Version::new(event.version().get() - 1);
        let is_same = self.stream.as_ref() == Some(event.stream());
        if !is_same || self.version() > last {
            self.stream = Some(event.stream().clone());
            self.events = Page::default();
        }
        if self.version() < last {
            let expected = Version::after(self.version());
            let mut pages = Pages::new(store, event.stream(), self.version(), last);
            while let Some(page) = pages.next().await? {
                self.events.append(page);
            }
            // What was read would be something else without them.
            let is_whole = self.version() == last && self.events.len() as u64 == number(last);
            if !is_whole {
                return Err(NoEarlier::Missing { expected });
            }
        }
        Ok(&self.events)
    }

    fn version(&self) -> Option<Version> {
        self.events.last().map(|event| event.version())
    }
}

fn number(version: Option<Version>) -> u64 {
    version.map_or(0, Version::get)
}

/// Why the events before one are not there.
pub(crate) enum NoEarlier {
    /// They cannot be fetched.
    Store(StoreError),
    /// They are not in the store, from this one on.
    Missing { expected: Version },
}

impl From<StoreError> for NoEarlier {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl NoEarlier {
    /// The error of whoever reads the event.
    pub(super) fn of(self, event: &RawEvent<'_>) -> LoadError {
        match self {
            Self::Store(error) => LoadError::Store(error),
            Self::Missing { expected } => {
                LoadError::Read(ReadError::of(event, ReadCause::Gap { expected }))
            }
        }
    }
}
