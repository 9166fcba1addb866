//! The events before one that cannot be read without.

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
    ) -> Result<&Page, StoreError> {
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
    ) -> Result<&Page, StoreError> {
        let last = Version::new(event.version().get() - 1);
        let is_same = self.stream.as_ref() == Some(event.stream());
        if !is_same || self.version() > last {
            self.stream = Some(event.stream().clone());
            self.events = Page::default();
        }
        if self.version() < last {
            let mut pages = Pages::new(store, event.stream(), self.version(), last);
            while let Some(page) = pages.next().await? {
                self.events.append(page);
            }
        }
        Ok(&self.events)
    }

    fn version(&self) -> Option<Version> {
        self.events.last().map(|event| event.version())
    }
}
