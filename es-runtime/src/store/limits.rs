//! What a commit may hold at most, checked once at the door so that every store refuses the same.

use std::collections::HashSet;

use super::StoreError;
use crate::commit::Commit;

/// The limits of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a category, a key, an event name, a tag or a command name; at least 255 in every store.
    pub name_bytes: usize,
    /// Events of one commit.
    pub events: usize,
    /// Bytes of the body of one event or command; at least 1 MiB in every store.
    pub body_bytes: usize,
    /// Tags of one event.
    pub tags: usize,
    /// Bytes of the texts of a commit's metadata, which is kept with each of its events; at least 16 KiB in every store.
    pub metadata_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name_bytes: 255,
            events: 10_000,
            body_bytes: 16 * 1024 * 1024,
            tags: 32,
            metadata_bytes: 64 * 1024,
        }
    }
}

impl Limits {
    /// Refuses a commit that goes beyond the limits or contradicts itself; a store calls it before anything else.
    ///
    /// # Errors
    /// [`StoreError::Refused`], saying which limit and which part.
    pub fn check(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut streams = HashSet::new();
        let mut events = 0;
        for write in &commit.writes {
            self.name("a category", write.stream.category().as_str())?;
            self.name("the key of a stream", write.stream.key())?;
            // A lone stream, as most commits have, needs no set.
            if commit.writes.len() > 1 && !streams.insert(&write.stream) {
                return refused(format!("stream {} stands in it twice", write.stream));
            }
            events += write.events.len();
            for event in &write.events {
                self.name("an event name", event.name.as_str())?;
                if event.reads_as > event.schema {
                    return refused(format!(
                        "event `{}` of schema version {} claims to read as {}",
                        event.name, event.schema, event.reads_as
                    ));
                }
                self.body("event", event.name.as_str(), &event.body)?;
                if event.tags.len() > self.tags {
                    return refused(format!(
                        "event `{}` has {} tags; {} are allowed",
                        event.name,
                        event.tags.len(),
                        self.tags
                    ));
                }
                for tag in &event.tags {
                    self.name("a tag", tag.as_str())?;
                }
            }
        }
        if events > self.events {
            return refused(format!(
                "it has {events} events; {} are allowed",
                self.events
            ));
        }
        let metadata = commit.metadata.bytes();
        if metadata > self.metadata_bytes {
            return refused(format!(
                "its metadata has {metadata} bytes; {} are allowed",
                self.metadata_bytes
            ));
        }
        match &commit.command {
            Some(command) => {
                self.name("the name of a command", command.name.as_str())?;
                self.body("command", command.name.as_str(), &command.body)
            }
            None => Ok(()),
        }
    }

    fn body(&self, what: &str, name: &str, body: &[u8]) -> Result<(), StoreError> {
        if body.len() > self.body_bytes {
            return refused(format!(
                "the body of {what} `{name}` has {} bytes; {} are allowed",
                body.len(),
                self.body_bytes
            ));
        }
        Ok(())
    }

    fn name(&self, what: &str, text: &str) -> Result<(), StoreError> {
        if text.is_empty() {
            return refused(format!("{what} is empty"));
        }
        if text.len() > self.name_bytes {
            let shown: String = text.chars().take(40).collect();
            return refused(format!(
                "{what} has {} bytes; {} are allowed: `{shown}…`",
                text.len(),
                self.name_bytes
            ));
        }
        Ok(())
    }
}

fn refused(reason: String) -> Result<(), StoreError> {
    Err(StoreError::Refused { reason })
}
