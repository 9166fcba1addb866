//! Subscriptions: the events of a kind of aggregate as a stream, for code that is no projection.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Core;
use super::earlier::Earlier;
use super::error::LoadError;
use super::history::{Recorded, recorded};
use crate::aggregate::Aggregate;
use crate::any::BoxFuture;
use crate::commit::Query;
use crate::envelope::Page;
use crate::event::EventSet;
use crate::id::Position;
use crate::name::{Category, EventName, Tag};
use crate::store::{EventStore, Slice};

/// How many events are read at a time, and at most wait for whoever takes them.
const PAGE: usize = 256;

/// Where a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscribeFrom {
    /// At the first event there is.
    Start,
    /// Behind what there is when it is polled for the first time.
    Now,
    /// Behind this position: that of the last event that was dealt with.
    Position(Position),
}

/// The events of the aggregates of kind `A`, in the order of the log: what there is, and then what comes, without a hole.
///
/// Nothing is read ahead of what is taken but one page. It keeps no checkpoint of its own: whoever has dealt with an event
/// keeps its position, in a [`Bookmark`](crate::Bookmark) or beside what it has done, and begins
/// [behind it](SubscribeFrom::Position) the next time. Where that is forgotten an event comes again, and none is ever lost.
/// Events of one position were stored as one, which is read as several: its position is kept once the
/// [last of them](Recorded::is_last_part) is dealt with.
///
/// An event that cannot be read is an error, and the stream ends with it.
pub struct Subscription<A: Aggregate, S> {
    core: Arc<Core<S>>,
    query: Query,
    /// The names of the events that are asked for, where they are not all.
    only: Option<Arc<[&'static str]>>,
    state: State<A>,
    ready: VecDeque<Recorded<A::Event>>,
}

enum State<A: Aggregate> {
    Begins(SubscribeFrom),
    Reads(BoxFuture<'static, Step<A>>),
    Reached(Option<Position>),
    /// What is told once everything before it is taken.
    Failed(Option<LoadError>),
}

/// Some events, up to where the log was looked through for them, and what is wrong with the next one.
struct Step<A: Aggregate> {
    events: Vec<Recorded<A::Event>>,
    reached: Option<Position>,
    error: Option<LoadError>,
}

impl<A: Aggregate, S: EventStore> Subscription<A, S> {
    pub(super) fn new(core: Arc<Core<S>>, from: SubscribeFrom) -> Self {
        Self {
            core,
            query: Query::types(
                A::Event::NAMES
                    .iter()
                    .map(|name| (Category::from_static(A::NAME), EventName::from_static(name))),
            ),
            only: None,
            state: State::Begins(from),
            ready: VecDeque::new(),
        }
    }

    /// The same, of events of these stored names alone, whichever of its names an event was stored under.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        let names: Arc<[&str]> = names
            .iter()
            .filter_map(|name| A::Event::name_today(name))
            .collect();
        let is_asked_for = |stored: &str| {
            let today = A::Event::name_today(stored);
            today.is_some_and(|name| names.contains(&name))
                || A::Event::SPLIT.iter().any(|(name, _)| *name == stored)
        };
        for item in &mut self.query.items {
            item.types.retain(|event| is_asked_for(event.name.as_str()));
        }
        if names.is_empty() || self.query.items.iter().any(|item| item.types.is_empty()) {
            // An item without types would be all of them.
            self.query.items.clear();
        }
        self.only = Some(names);
        self
    }

    /// The same, of events that carry all of these tags.
    #[must_use]
    pub fn tagged(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        let tags: Vec<Tag> = tags.into_iter().collect();
        for item in &mut self.query.items {
            item.tags.extend(tags.iter().cloned());
        }
        self
    }

    fn read(&self, from: SubscribeFrom) -> BoxFuture<'static, Step<A>> {
        let (core, query, only) = (self.core.clone(), self.query.clone(), self.only.clone());
        Box::pin(async move {
            let mut step = Step {
                events: Vec::new(),
                reached: None,
                error: None,
            };
            if let Err(error) =
                fill::<A, S>(&core.store, query, only.as_deref(), from, &mut step).await
            {
                step.error = Some(error);
            }
            step
        })
    }
}

/// Reads the next page that there is, waiting for it.
async fn fill<A: Aggregate, S: EventStore>(
    store: &S,
    query: Query,
    only: Option<&[&str]>,
    from: SubscribeFrom,
    step: &mut Step<A>,
) -> Result<(), LoadError> {
    step.reached = match from {
        SubscribeFrom::Start => None,
        SubscribeFrom::Now => store.head().await?,
        SubscribeFrom::Position(position) => Some(position),
    };
    loop {
        let page = store
            .read_log(query.clone(), Slice::after(step.reached, PAGE))
            .await?;
        let events: Page = page.events;
        let mut earlier = Earlier::default();
        for event in events.iter() {
            let mut parts = recorded::<A::Event, S>(store, &mut earlier, event).await?;
            if let Some(names) = only {
                parts.retain(|part| names.contains(&part.event.name()));
                if let Some(last) = parts.last_mut() {
                    last.is_last_part = true;
                }
            }
            step.events.extend(parts);
        }
        match page.reached {
            None => store.changed(step.reached).await?,
            reached => step.reached = reached,
        }
        if !step.events.is_empty() {
            return Ok(());
        }
    }
}

// Nothing in it is pinned but what is in its boxes.
impl<A: Aggregate, S> Unpin for Subscription<A, S> {}

impl<A: Aggregate, S: EventStore> Stream for Subscription<A, S> {
    type Item = Result<Recorded<A::Event>, LoadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            match &mut this.state {
                State::Begins(from) => {
                    let from = *from;
                    this.state = State::Reads(this.read(from));
                }
                State::Reached(reached) => {
                    let from = reached.map_or(SubscribeFrom::Start, SubscribeFrom::Position);
                    this.state = State::Reads(this.read(from));
                }
                State::Failed(error) => return Poll::Ready(error.take().map(Err)),
                State::Reads(step) => {
                    let Poll::Ready(step) = step.as_mut().poll(cx) else {
                        return Poll::Pending;
                    };
                    this.ready.extend(step.events);
                    this.state = match step.error {
                        None => State::Reached(step.reached),
                        error => State::Failed(error),
                    };
                }
            }
        }
    }
}

impl<A: Aggregate, S> fmt::Debug for Subscription<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("query", &self.query)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
