//! Reading an aggregate: its stored events, folded.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::earlier::Earlier;
use super::error::{LoadError, ReadCause, ReadError};
use super::pages::Pages;
use super::{Core, snapshots};
use crate::aggregate::Aggregate;
use crate::bare;
use crate::envelope::{Envelope, Page};
use crate::event::{DecodeContext, EventSet};
use crate::id::{EventId, StreamId, Version};
use crate::store::EventStore;
use crate::sync::lock;
use crate::time::Timestamp;

/// An aggregate as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded<A> {
    /// The state; nothing where it does not exist.
    pub state: Option<A>,
    /// The version of the last event; nothing where there is none.
    pub version: Option<Version>,
}

/// An aggregate as it was folded, with what is needed to go on.
#[derive(Clone)]
pub(super) struct Folded<A> {
    pub(super) state: Option<A>,
    pub(super) version: Option<Version>,
    /// The identity of the last event, where it is known: a snapshot names the event that it was taken at, which is one that
    /// was stored just now.
    pub(super) last: Option<EventId>,
    /// The version of the newest snapshot that is known of.
    pub(super) snapshot: Option<Version>,
}

impl<A> Folded<A> {
    /// What has no events yet.
    pub(super) const MISSING: Self = Self {
        state: None,
        version: None,
        last: None,
        snapshot: None,
    };

    pub(super) fn into_loaded(self) -> Loaded<A> {
        Loaded {
            state: self.state,
            version: self.version,
        }
    }
}

/// Up to where a stream is read.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Now,
    Version(Version),
    RecordedAt(Timestamp),
}

impl Until {
    /// The last version that is read, where that is known before.
    pub(super) fn last(self) -> Option<Version> {
        match self {
            Self::Version(version) => Some(version),
            Self::Now | Self::RecordedAt(_) => None,
        }
    }
}

/// Reads the aggregate, from its snapshot where it has one.
pub(super) async fn load<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    stream: &StreamId,
    until: Until,
) -> Result<Folded<A>, LoadError> {
    match snapshots::load(core, stream, until).await? {
        Some(folded) => Ok(folded),
        None => replay(core, stream, until).await,
    }
}

/// Reads the stream from its start.
pub(super) async fn replay<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    stream: &StreamId,
    until: Until,
) -> Result<Folded<A>, LoadError> {
    let mut envelope = core.envelope::<A>(until);
    loop {
        let pages = Pages::new(&core.store, stream, None, until.last()).envelope(envelope);
        if let Some(folded) = go_on(core, pages, None, Folded::MISSING, until).await? {
            return Ok(folded);
        }
        envelope = bare::more_than(envelope)?;
        core.hops_ask::<A>();
    }
}

impl<S> Core<S> {
    /// How much of its events it takes to replay an aggregate. That may turn out to be more: hops may ask for anything.
    fn envelope<A: Aggregate>(&self, until: Until) -> Envelope {
        let is_more = matches!(until, Until::RecordedAt(_));
        match is_more || lock(&self.asking).contains(A::NAME) {
            true => Envelope::Whole,
            false => Envelope::Bare,
        }
    }

    /// Remembers that hops of the aggregate's events ask for more.
    fn hops_ask<A: Aggregate>(&self) {
        lock(&self.asking).insert(A::NAME);
    }
}

/// Reads what stands in the stream behind an earlier state.
pub(super) async fn catch_up<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    stream: &StreamId,
    from: Folded<A>,
    until: Until,
) -> Result<Folded<A>, LoadError> {
    let pages = Pages::new(&core.store, stream, from.version, until.last());
    let folded = go_on(core, pages, None, from, until).await?;
    folded.ok_or_else(|| bare::left_out().into())
}

/// Takes in what the pages hold behind an earlier state; `first` was read of them already. Nothing where a hop has asked for
/// more than was read.
pub(super) async fn go_on<A: Aggregate, S: EventStore>(
    core: &Core<S>,
    mut pages: Pages<'_, S>,
    first: Option<Page>,
    from: Folded<A>,
    until: Until,
) -> Result<Option<Folded<A>>, LoadError> {
    let mut folded = from;
    let mut typed = Vec::new();
    let mut earlier = Earlier::default();
    let mut next = match first {
        Some(first) => Some(first),
        None => pages.next().await?,
    };
    while let Some(page) = next {
        for event in page.iter() {
            if Some(event.version()) <= folded.version {
                continue;
            }
            let expected = Version::after(folded.version);
            if event.version() != expected {
                let cause = ReadCause::Gap { expected };
                return Err(LoadError::Read(ReadError::of(&event, cause)));
            }
            if matches!(until, Until::RecordedAt(moment) if event.recorded_at() > moment) {
                return Ok(Some(folded));
            }
            let earlier = earlier.of::<A::Event, S>(&core.store, event);
            let earlier = earlier.await.map_err(|none| none.of(&event))?;
            let cx = DecodeContext { event, earlier };
            let Some(taken) = bare::unless_asked(|| take_in(folded, &cx, &mut typed)) else {
                return Ok(None);
            };
            folded = taken.map_err(|cause| LoadError::Read(ReadError::of(&event, cause)))?;
        }
        next = pages.next().await?;
    }
    Ok(Some(folded))
}

/// The state after one more stored event. `typed` is room that is used again.
pub(super) fn take_in<A: Aggregate>(
    folded: Folded<A>,
    cx: &DecodeContext<'_>,
    typed: &mut Vec<A::Event>,
) -> Result<Folded<A>, ReadCause> {
    let version = cx.event.version();
    caught(move || {
        typed.clear();
        A::Event::decode(cx, typed)?;
        let mut state = folded.state;
        for event in typed.drain(..) {
            state = Some(A::fold(state, event)?);
        }
        Ok(Folded {
            state,
            version: Some(version),
            last: cx.event.origin().map(|origin| origin.id),
            snapshot: folded.snapshot,
        })
    })
}

/// Reads what is stored. A panic in code of the user's ends here: its rules, and how its own types are read.
pub(super) fn caught<T>(read: impl FnOnce() -> Result<T, ReadCause>) -> Result<T, ReadCause> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(ReadCause::Panicked(panic_message(&*panic))))
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message").to_owned()
}
