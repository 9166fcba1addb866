//! What a rule of a projection may ask about the event that it takes in, and a hop about the one that it reads: `cx`.

use std::cell::OnceCell;
use std::error::Error;

use crate::envelope::{Metadata, Page, RawEvent};
use crate::event::{DecodeContext, Event, decode_event, encode_event};
use crate::id::{EventId, Id, Position, StreamId, Version};
use crate::time::Timestamp;

/// What stands beside a stored event.
#[derive(Debug)]
pub struct EventContext<'a> {
    decode: DecodeContext<'a>,
    /// Read when it is asked for the first time; boxed, since few rules ask.
    metadata: OnceCell<Box<Metadata>>,
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
            Box::new(metadata.expect("the metadata of the event cannot be read"))
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
    pub fn earlier_of<E: Event>(&self) -> Vec<E> {
        let earlier = self.earlier();
        let is_it = |event: &RawEvent<'_>| {
            let name = event.name().as_str();
            name == E::NAME || E::WAS.contains(&name)
        };
        let needs_earlier = |event: &RawEvent<'_>| {
            is_it(event) && event.schema() < E::VERSION && E::needs_earlier(event.schema())
        };
        // What each of them finds before it, if any looks there: those before it as they were read already, or each of
        // them would be read again for each one behind it.
        let is_kept = earlier.iter().any(|event| needs_earlier(&event));
        let mut before = Page::default();
        let mut found = Vec::new();
        for event in earlier.iter() {
            let read = is_it(&event).then(|| read_earlier::<E>(event, &before));
            if is_kept {
                match &read {
                    Some(read) if needs_earlier(&event) => keep_read(&mut before, &event, read),
                    _ => before.copy(&event),
                }
            }
            found.extend(read);
        }
        found
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

fn read_earlier<E: Event>(event: RawEvent<'_>, earlier: &Page) -> E {
    let read = decode_event(&DecodeContext { event, earlier });
    read.unwrap_or_else(|error| cannot_be_read(&event, &error))
}

/// Keeps an event as it would be stored today.
fn keep_read<E: Event>(page: &mut Page, event: &RawEvent<'_>, read: &E) {
    let encoded = encode_event(read).unwrap_or_else(|error| cannot_be_read(event, &error));
    page.push_part(event, &encoded);
}

#[expect(
    clippy::panic,
    reason = "hops cannot fail, and whoever reads an event catches panics"
)]
fn cannot_be_read(event: &RawEvent<'_>, error: &dyn Error) -> ! {
    panic!(
        "the earlier event `{}` (schema version {}) at version {} cannot be read: {error}",
        event.name(),
        event.schema(),
        event.version()
    )
}
