//! One decision: the command asked, its events encoded, and the state after them.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{ExecuteError, ReadCause, ReadError, RulePanicked};
use super::load::{Loaded, panic_message, take_in};
use crate::aggregate::Aggregate;
use crate::command::{self, Dispatch, Refusal};
use crate::context::{Context, Surroundings};
use crate::envelope::{NewEvent, Page, PageRow};
use crate::event::{DecodeContext, Encoded, EventSet};
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::name::EventName;
use crate::time::Timestamp;

/// What a handler answers.
pub(super) type Decision<A> =
    Result<Vec<<A as Aggregate>::Event>, Refusal<<A as Aggregate>::Error>>;

/// Looks for invalid values in a command and its id. A panic in a check ends here.
pub(super) fn check<C: Dispatch>(
    stream: &StreamId,
    id: &<C::Aggregate as Aggregate>::Id,
    command: &C,
) -> Result<(), ExecuteError<<C::Aggregate as Aggregate>::Error>> {
    match catch_unwind(AssertUnwindSafe(|| command::check(command, Some(id)))) {
        Ok(checked) => Ok(checked?),
        Err(panic) => Err(panicked(stream, None, command.name(), &*panic)),
    }
}

/// Asks a handler. A panic in it ends here.
pub(super) fn ask<A: Aggregate>(
    stream: &StreamId,
    command: &'static str,
    cx: &Context<A>,
    handler: impl FnOnce(&Context<A>) -> Decision<A>,
) -> Result<Vec<A::Event>, ExecuteError<A::Error>> {
    match catch_unwind(AssertUnwindSafe(|| handler(cx))) {
        Ok(Ok(events)) => Ok(events),
        Ok(Err(Refusal::Rejected(reason))) => Err(ExecuteError::Rejected(reason)),
        Ok(Err(Refusal::Missing)) => Err(ExecuteError::Missing {
            stream: stream.clone(),
            command,
        }),
        Ok(Err(Refusal::Exists)) => Err(ExecuteError::Exists {
            stream: stream.clone(),
            command,
        }),
        Err(panic) => Err(panicked(stream, cx.version(), command, &*panic)),
    }
}

fn panicked<R: Error>(
    stream: &StreamId,
    version: Option<Version>,
    command: &'static str,
    panic: &(dyn Any + Send),
) -> ExecuteError<R> {
    ExecuteError::Panicked(Box::new(RulePanicked {
        stream: stream.clone(),
        version,
        command,
        message: panic_message(panic),
    }))
}

/// Events as they go into the store.
pub(super) fn encode<A: Aggregate>(
    events: &[A::Event],
    occurred_at: Timestamp,
    surroundings: &Surroundings,
) -> Result<Vec<NewEvent>, ExecuteError<A::Error>> {
    let occurred_at = occurred_at.to_micros_precision();
    let mut encoded = Vec::with_capacity(events.len());
    for event in events {
        let Encoded {
            name,
            schema,
            reads_as,
            codec,
            tags,
            body,
        } = event.encode()?;
        let (id, name) = (
            EventId::from(surroundings.ids.new_uuid()),
            EventName::from_static(name),
        );
        encoded.push(NewEvent {
            id,
            name,
            schema,
            reads_as,
            codec,
            occurred_at,
            tags,
            body,
        });
    }
    Ok(encoded)
}

/// The state after events that are about to be stored, folded from the very bytes: so it equals what a reload gives, and
/// an event that could not be read back is never stored.
pub(super) fn take_in_new<A: Aggregate>(
    stream: &StreamId,
    mut loaded: Loaded<A>,
    events: &[NewEvent],
) -> Result<Loaded<A>, Box<ReadError>> {
    let mut page = Page::default();
    let mut last = loaded.version;
    for event in events {
        let version = Version::after(last);
        let row = PageRow {
            id: event.id,
            stream: stream.clone(),
            version,
            // Given by the store only later; rules do not see them.
            position: Position::FIRST,
            commit: CommitNumber::FIRST,
            name: event.name.clone(),
            schema: event.schema,
            reads_as: event.reads_as,
            codec: event.codec.number(),
            occurred_at: event.occurred_at,
            recorded_at: event.occurred_at,
        };
        page.push(row, &[], &event.body);
        last = Some(version);
    }
    let earlier = Page::default();
    let mut typed = Vec::with_capacity(1);
    for event in page.iter() {
        let cx = DecodeContext {
            event,
            earlier: &earlier,
        };
        loaded = take_in(loaded, &cx, &mut typed).map_err(|cause: ReadCause| {
            Box::new(ReadError {
                position: None,
                ..*ReadError::of(&event, cause)
            })
        })?;
    }
    Ok(loaded)
}
