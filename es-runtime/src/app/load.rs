//! Reading an aggregate: its stored events, folded.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{LoadError, ReadCause, ReadError};
use super::pages::Pages;
use crate::aggregate::Aggregate;
use crate::envelope::{Page, RawEvent};
use crate::event::{DecodeContext, EventSet};
use crate::id::{StreamId, Version};
use crate::store::EventStore;
use crate::time::Timestamp;

/// An aggregate as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded<A> {
    /// The state; nothing where it does not exist.
    pub state: Option<A>,
    /// The version of the last event; nothing where there is none.
    pub version: Option<Version>,
}

impl<A> Loaded<A> {
    /// What has no events yet.
    pub(super) const MISSING: Self = Self {
        state: None,
        version: None,
    };
}

/// Up to where a stream is read.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Now,
    Version(Version),
    RecordedAt(Timestamp),
}

/// Reads the stream from its start.
pub(super) async fn load<A: Aggregate, S: EventStore>(
    store: &S,
    stream: &StreamId,
    until: Until,
) -> Result<Loaded<A>, LoadError> {
    go_on(store, stream, Loaded::MISSING, until).await
}

/// Reads what stands in the stream behind an earlier state.
pub(super) async fn go_on<A: Aggregate, S: EventStore>(
    store: &S,
    stream: &StreamId,
    from: Loaded<A>,
    until: Until,
) -> Result<Loaded<A>, LoadError> {
    let mut loaded = from;
    let last = match until {
        Until::Version(version) => Some(version),
        Until::Now | Until::RecordedAt(_) => None,
    };
    let mut pages = Pages::new(store, stream, loaded.version, last);
    let mut typed = Vec::new();
    while let Some(page) = pages.next().await? {
        for event in page.iter() {
            if matches!(until, Until::RecordedAt(moment) if event.recorded_at() > moment) {
                return Ok(loaded);
            }
            let earlier = earlier::<A::Event, S>(store, event).await?;
            let cx = DecodeContext {
                event,
                earlier: &earlier,
            };
            loaded = take_in(loaded, &cx, &mut typed)
                .map_err(|cause| LoadError::Read(ReadError::of(&event, cause)))?;
        }
    }
    Ok(loaded)
}

/// The state after one more stored event. `typed` is room that is used again.
pub(super) fn take_in<A: Aggregate>(
    loaded: Loaded<A>,
    cx: &DecodeContext<'_>,
    typed: &mut Vec<A::Event>,
) -> Result<Loaded<A>, ReadCause> {
    let version = Some(cx.event.version());
    caught(move || {
        typed.clear();
        A::Event::decode(cx, typed)?;
        let mut state = loaded.state;
        for event in typed.drain(..) {
            state = Some(A::fold(state, event)?);
        }
        Ok(Loaded { state, version })
    })
}

/// Reads what is stored. A panic in code of the user's ends here: its rules, and how its own types are read.
pub(super) fn caught<T>(read: impl FnOnce() -> Result<T, ReadCause>) -> Result<T, ReadCause> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(ReadCause::Panicked(panic_message(&*panic))))
}

/// What a panic said.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message").to_owned()
}

/// Everything in the stream before `event`, where it is of one of the few shapes that cannot be read without.
pub(super) async fn earlier<E: EventSet, S: EventStore>(
    store: &S,
    event: RawEvent<'_>,
) -> Result<Page, LoadError> {
    let mut all = Page::default();
    let Some(last) = Version::new(event.version().get() - 1) else {
        return Ok(all);
    };
    if !E::needs_earlier(event.name().as_str(), event.schema()) {
        return Ok(all);
    }
    let mut pages = Pages::new(store, event.stream(), None, Some(last));
    while let Some(page) = pages.next().await? {
        all.append(page);
    }
    Ok(all)
}
