//! One decision: the command asked, its events encoded, and the state after them.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{ExecuteError, ReadCause, ReadError, RulePanicked};
use super::load::{Folded, panic_message, take_in};
use crate::aggregate::Aggregate;
use crate::command::{self, Dispatch, Refusal};
use crate::commit::{CommandRecord, Fingerprint};
use crate::context::{Context, Surroundings};
use crate::envelope::{NewEvent, Origin, Page, PageRow};
use crate::event::{DecodeContext, Encoded, EventSet};
use crate::id::{CommandId, CommitNumber, EventId, Position, StreamId, Version};
use crate::name::{EventName, Name};

/// What a handler answers.
pub(super) type Decision<A> =
    Result<Vec<<A as Aggregate>::Event>, Refusal<<A as Aggregate>::Error>>;

/// Looks for invalid values in a command and its id.
pub(super) fn check<C: Dispatch>(
    stream: &StreamId,
    id: &<C::Aggregate as Aggregate>::Id,
    command: &C,
) -> Result<(), ExecuteError<<C::Aggregate as Aggregate>::Error>> {
    let check = || command::check(command, Some(id));
    Ok(caught(stream, None, command.name(), check)??)
}

/// A command as the store shall remember it.
pub(super) fn record<C: Dispatch>(
    id: CommandId,
    stream: &StreamId,
    command: &C,
) -> Result<CommandRecord, ExecuteError<<C::Aggregate as Aggregate>::Error>> {
    let name = command.name();
    let body = caught(stream, None, name, || command.encode())?.map_err(|error| error.of(name))?;
    let (category, key) = (stream.category().as_str(), stream.key());
    let parts = [name.as_bytes(), category.as_bytes(), key.as_bytes(), &body];
    Ok(CommandRecord {
        id,
        name: Name::from_static(name),
        fingerprint: Fingerprint::of(&parts),
        body,
    })
}

/// Asks a handler.
pub(super) fn ask<A: Aggregate>(
    stream: &StreamId,
    command: &'static str,
    cx: &Context<A>,
    handler: impl FnOnce(&Context<A>) -> Decision<A>,
) -> Result<Vec<A::Event>, ExecuteError<A::Error>> {
    match caught(stream, cx.version(), command, || handler(cx))? {
        Ok(events) => Ok(events),
        Err(Refusal::Rejected(reason)) => Err(ExecuteError::Rejected(reason)),
        Err(Refusal::Missing) => Err(ExecuteError::Missing {
            stream: stream.clone(),
            command,
        }),
        Err(Refusal::Exists) => Err(ExecuteError::Exists {
            stream: stream.clone(),
            command,
        }),
    }
}

/// Runs code of the user's: rules, and how its own types are written. A panic in it ends here.
fn caught<T, R: Error>(
    stream: &StreamId,
    version: Option<Version>,
    command: &'static str,
    run: impl FnOnce() -> T,
) -> Result<T, ExecuteError<R>> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        ExecuteError::Panicked(Box::new(RulePanicked {
            stream: stream.clone(),
            version,
            command,
            message: panic_message(&*panic),
        }))
    })
}

/// Events as they go into the store.
pub(super) fn encode<A: Aggregate>(
    stream: &StreamId,
    command: &'static str,
    cx: &Context<A>,
    events: &[A::Event],
    surroundings: &Surroundings,
) -> Result<Vec<NewEvent>, ExecuteError<A::Error>> {
    let occurred_at = cx.occurred_at().to_micros_precision();
    let mut encoded = Vec::with_capacity(events.len());
    for event in events {
        let Encoded {
            name,
            schema,
            reads_as,
            codec,
            tags,
            body,
        } = caught(stream, cx.version(), command, || event.encode())??;
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
    mut folded: Folded<A>,
    events: &[NewEvent],
) -> Result<Folded<A>, Box<ReadError>> {
    let bytes = events.iter().map(|event| event.body.len()).sum();
    let mut page = Page::with_capacity(events.len(), bytes);
    let mut last = folded.version;
    for event in events {
        let version = Version::after(last);
        let row = PageRow {
            version,
            // Given by the store only later, as the commit is; rules do not see them.
            position: Position::FIRST,
            schema: event.schema,
            reads_as: event.reads_as,
            codec: event.codec.number(),
            origin: Some(Origin {
                id: event.id,
                commit: CommitNumber::FIRST,
                occurred_at: event.occurred_at,
                recorded_at: event.occurred_at,
            }),
        };
        page.push(stream, &event.name, row, &[], &event.body);
        last = Some(version);
    }
    let earlier = Page::default();
    let mut typed = Vec::with_capacity(1);
    for event in page.iter() {
        let cx = DecodeContext {
            event,
            earlier: &earlier,
        };
        folded = take_in(folded, &cx, &mut typed).map_err(|cause: ReadCause| {
            Box::new(ReadError {
                position: None,
                ..*ReadError::of(&event, cause)
            })
        })?;
    }
    Ok(folded)
}
