//! What a rule may ask about the moment it runs in.

use std::sync::Arc;

use uuid::Uuid;

use crate::aggregate::Aggregate;
use crate::envelope::Metadata;
use crate::fresh;
use crate::id::Version;
use crate::time::{Clock, SystemClock, Timestamp};

/// Where fresh ids come from.
pub trait Ids: Send + Sync + 'static {
    /// A UUID that was never given before.
    fn new_uuid(&self) -> Uuid;
}

/// Random UUIDs ordered by time (version 7).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn new_uuid(&self) -> Uuid {
        fresh::uuid()
    }
}

/// Everything that a rule would otherwise have to ask the machine for, from sources that a test can set.
#[derive(Clone)]
pub struct Surroundings {
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Where fresh ids come from.
    pub ids: Arc<dyn Ids>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        }
    }
}

/// What the handler of a command may ask: `cx`.
pub struct Context<A: Aggregate> {
    id: A::Id,
    version: Option<Version>,
    now: Timestamp,
    occurred_at: Option<Timestamp>,
    metadata: Arc<Metadata>,
    ids: Arc<dyn Ids>,
}

impl<A: Aggregate> Context<A> {
    /// The context of one decision. The time is asked once, so that a rule sees the same moment throughout.
    #[must_use]
    pub fn new(
        id: A::Id,
        version: Option<Version>,
        occurred_at: Option<Timestamp>,
        metadata: Arc<Metadata>,
        surroundings: &Surroundings,
    ) -> Self {
        Self {
            id,
            version,
            now: surroundings.clock.now(),
            occurred_at,
            metadata,
            ids: surroundings.ids.clone(),
        }
    }

    /// The id of the aggregate.
    #[must_use]
    pub fn id(&self) -> A::Id {
        self.id.clone()
    }

    /// Where the aggregate stands; nothing where it does not exist yet.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// The time of the decision.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When that happened about which the command speaks: as the caller said, else [`now`](Self::now).
    #[must_use]
    pub fn occurred_at(&self) -> Timestamp {
        self.occurred_at.unwrap_or(self.now)
    }

    /// A fresh id: a `Uuid`, or any id made of one.
    #[must_use]
    pub fn new_id<I: From<Uuid>>(&self) -> I {
        I::from(self.ids.new_uuid())
    }

    /// On whose behalf the command was given.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.metadata.actor.as_deref()
    }

    /// What the command belongs to across services.
    #[must_use]
    pub fn correlation(&self) -> Option<&str> {
        self.metadata.correlation.as_deref()
    }

    /// What led to the command.
    #[must_use]
    pub fn causation(&self) -> Option<&str> {
        self.metadata.causation.as_deref()
    }

    /// Everything known about who asked.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}
