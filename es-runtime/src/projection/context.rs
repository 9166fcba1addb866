//! What a rule of a projection may ask about the event that it takes in, and a hop about the one that it reads: `cx`.

use std::cell::OnceCell;

use crate::envelope::{Metadata, Page, RawEvent};
use crate::event::{DecodeContext, DecodeError, Event, decode_event};
use crate::id::{EventId, Id, Position, StreamId, Version};
use crate::time::Timestamp;

/// What stands beside a stored event.
#[derive(Debug)]
pub struct EventContext<'a> {
    decode: DecodeContext<'a>,
    /// Read when it is asked for the first time.
    metadata: OnceCell<Metadata>,
}

impl<'a> EventContext<'a> {
    /// That of the event which is about to be read.
    #[must_use]
    pub fn new(decode: DecodeContext<'a>) -> Self {
        Self {
            decode,
            metadata: OnceCell::new(),
        }
    }

    /// The id of the aggregate whose event it is.
    ///
    /// # Panics
    /// Where it is not an id of that type; caught where rules run.
    #[must_use]
    pub fn id<I: Id>(&self) -> I {
        let id = self.stream().key().parse().ok();
        id.expect("the key of the stream is not an id of this type")
    }

    /// The stream it is in.
    #[must_use]
    pub fn stream(&self) -> &'a StreamId {
        self.event().stream()
    }

    /// Its identity.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.event().id()
    }

    /// Its number in the stream.
    #[must_use]
    pub fn version(&self) -> Version {
        self.event().version()
    }

    /// Its place in the store.
    #[must_use]
    pub fn position(&self) -> Position {
        self.event().position()
    }

    /// When it happened, by the caller.
    #[must_use]
    pub fn occurred_at(&self) -> Timestamp {
        self.event().occurred_at()
    }

    /// When it was stored.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        self.event().recorded_at()
    }

    /// On whose behalf the command was given.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.metadata().actor.as_deref()
    }

    /// What the command belongs to across services.
    #[must_use]
    pub fn correlation(&self) -> Option<&str> {
        self.metadata().correlation.as_deref()
    }

    /// What led to the command.
    #[must_use]
    pub fn causation(&self) -> Option<&str> {
        self.metadata().causation.as_deref()
    }

    /// Everything known about who asked.
    ///
    /// # Panics
    /// Where the stored text is not metadata, which only damage can cause; caught where rules run.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| {
            let metadata = self.event().metadata();
            metadata.expect("the metadata of the event cannot be read")
        })
    }

    /// The events before it in its stream, as they are stored. They are there for a hop that says `earlier`; nobody else
    /// finds any.
    #[must_use]
    pub fn earlier(&self) -> &'a Page {
        self.decode.earlier
    }

    /// Those of the [earlier](Self::earlier) events that are of the type `E`, each read by the way from its own shape.
    ///
    /// # Panics
    /// Where one of them cannot be read; caught where rules run.
    #[must_use]
    #[expect(
        clippy::panic,
        reason = "hops cannot fail, and whoever reads an event catches panics"
    )]
    pub fn earlier_of<E: Event>(&self) -> Vec<E> {
        let mut found = Vec::new();
        for event in self.earlier().iter() {
            let name = event.name().as_str();
            if name != E::NAME && !E::WAS.contains(&name) {
                continue;
            }
            match self.decode_earlier(event) {
                Ok(event) => found.push(event),
                Err(error) => panic!(
                    "the earlier event `{name}` (schema version {}) at version {} cannot be read: {error}",
                    event.schema(),
                    event.version()
                ),
            }
        }
        found
    }

    fn decode_earlier<E: Event>(&self, event: RawEvent<'_>) -> Result<E, DecodeError> {
        let mut earlier = Page::default();
        if event.schema() < E::VERSION && E::needs_earlier(event.schema()) {
            let before = self.earlier().iter();
            for before in before.take_while(|before| before.version() < event.version()) {
                earlier.copy(&before);
            }
        }
        decode_event(&DecodeContext {
            event,
            earlier: &earlier,
        })
    }

    /// The event as it is stored, with what reading it may look at.
    #[must_use]
    pub fn decode(&self) -> &DecodeContext<'a> {
        &self.decode
    }

    fn event(&self) -> RawEvent<'a> {
        self.decode.event
    }
}
