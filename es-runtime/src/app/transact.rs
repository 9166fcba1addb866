//! One decision over several aggregates and queries, stored in one commit.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;

use super::decide::{ask, check, encode, take_in_new};
use super::error::{ExecuteError, LoadError, ReadError};
use super::load::{Folded, Until, load};
use super::{AppOptions, Core, backoff, snapshots};
use crate::aggregate::Aggregate;
use crate::command::{Dispatch, Emit};
use crate::commit::{
    CommandRecord, Commit, Expected, Fingerprint, Guard, Query, Receipt, StreamWrite,
};
use crate::context::Context;
use crate::envelope::{Metadata, NewEvent, Page};
use crate::id::{CommandId, Position, StreamId, Version};
use crate::json;
use crate::name::Name;
use crate::snapshot::Snapshot;
use crate::store::{EventStore, Slice, StoreError};
use crate::sync::{Mutex, lock};
use crate::time::Timestamp;

/// How many events a guarded read asks for at once.
const PAGE: usize = 512;

/// What a caller may say about a transaction beside its decision.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransactOptions {
    command: Option<CommandRecord>,
    occurred_at: Option<Timestamp>,
    metadata: Metadata,
}

impl TransactOptions {
    /// Nothing said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, carried out once under `id`: `name` and `body` say what is wished, to tell "the same again" from
    /// "another under the same id".
    ///
    /// # Errors
    /// Where the body cannot be written as JSON so that it reads back the same.
    pub fn command<T: Serialize>(
        mut self,
        id: CommandId,
        name: &'static str,
        body: &T,
    ) -> Result<Self, json::EncodeError> {
        let body = json::encode_as(name, body)?;
        let fingerprint = Fingerprint::of(&[name.as_bytes(), &body]);
        self.command = Some(CommandRecord {
            id,
            name: Name::from_static(name),
            fingerprint,
            body,
        });
        Ok(self)
    }

    /// The same about what happened at `moment`.
    #[must_use]
    pub fn occurred_at(mut self, moment: Timestamp) -> Self {
        self.occurred_at = Some(moment.to_micros_precision());
        self
    }

    /// The same, asked by whom `metadata` says.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

/// What a transaction has led to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Transacted<T> {
    /// What the decision returned; nothing where the command had been carried out before.
    pub value: Option<T>,
    /// What the store says about it.
    pub receipt: Receipt,
    /// How often it was decided.
    pub attempts: u32,
}

/// Decides and stores until nobody has been faster.
pub(super) async fn transact<S, T, R, F, D>(
    core: &Arc<Core<S>>,
    options: TransactOptions,
    decide: D,
) -> Result<Transacted<T>, ExecuteError<R>>
where
    S: EventStore,
    R: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<T, ExecuteError<R>>> + Send,
    D: Fn(Transaction<S>) -> F + Send + Sync,
{
    if let Some(command) = &options.command
        && let Some(receipt) = core.store.receipt(command.id, command.fingerprint).await?
    {
        return Ok(Transacted {
            value: None,
            receipt,
            attempts: 0,
        });
    }
    let metadata = Arc::new(options.metadata);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let work = Arc::new(Mutex::new(Work::default()));
        let occurred_at = options.occurred_at;
        let transaction = Transaction {
            core: core.clone(),
            work: work.clone(),
            metadata: metadata.clone(),
            occurred_at,
        };
        let decided = decide(transaction).await;
        let mut work = std::mem::take(&mut *lock(&work));
        if let Some(error) = work.failed.take() {
            return Err(ExecuteError::Read(error));
        }
        let (writes, guard) = work.commit(decided.is_ok());
        // A refusal, too, holds only where everything that was read still stands. A failure of the store is none.
        let value = match decided {
            Err(
                error @ (ExecuteError::Store(_)
                | ExecuteError::Read(_)
                | ExecuteError::SnapshotDiffers(_)),
            ) => return Err(error),
            value => value,
        };
        let command = options.command.clone().filter(|_| value.is_ok());
        let commit = Commit {
            writes,
            guard,
            command,
            metadata: (*metadata).clone(),
        };
        match (core.store.append(commit).await, value) {
            (Ok(receipt), Ok(value)) => {
                if !receipt.repeated {
                    for snapshot in work.take_snapshots(&core.options) {
                        snapshots::keep(&core.store, snapshot);
                    }
                }
                let value = (!receipt.repeated).then_some(value);
                return Ok(Transacted {
                    value,
                    receipt,
                    attempts,
                });
            }
            (Ok(_), Err(refusal)) => return Err(refusal),
            (Err(last), _) if last.is_conflict() => {
                tracing::debug!(attempts, error = %last, "a transaction was overtaken");
                if attempts >= core.options.attempts {
                    return Err(ExecuteError::Conflict { attempts, last });
                }
                if attempts > 1 {
                    backoff::pause(attempts).await;
                }
            }
            (Err(error), _) => return Err(ExecuteError::Store(error)),
        }
    }
}

/// One attempt at a decision: everything it loads must still stand when it is stored, and everything it executes is
/// stored together.
pub struct Transaction<S> {
    core: Arc<Core<S>>,
    work: Arc<Mutex<Work>>,
    metadata: Arc<Metadata>,
    occurred_at: Option<Timestamp>,
}

/// What an attempt has read and decided so far.
#[derive(Default)]
struct Work {
    /// In the order in which they were first asked for.
    order: Vec<StreamId>,
    streams: HashMap<StreamId, Participant>,
    query: Option<Query>,
    /// Up to where all queries read: the head when the first was asked.
    read_up_to: Option<Position>,
    /// An event that was decided but cannot be taken in: nothing can be stored any more.
    failed: Option<Box<ReadError>>,
}

/// An aggregate that takes part.
struct Participant {
    /// The `Folded` of its kind, with the events decided so far.
    running: Box<dyn Any + Send>,
    /// Where the stream stood when it was read.
    version: Option<Version>,
    events: Vec<NewEvent>,
    /// What takes a snapshot of the running state, where one is due.
    snapshot: TakeSnapshot,
}

type TakeSnapshot = fn(&AppOptions, &StreamId, &mut (dyn Any + Send)) -> Option<Snapshot>;

fn take_snapshot<A: Aggregate>(
    options: &AppOptions,
    stream: &StreamId,
    running: &mut (dyn Any + Send),
) -> Option<Snapshot> {
    snapshots::due(options, stream, running.downcast_mut::<Folded<A>>()?)
}

impl Work {
    /// Snapshots of what stands now, where they are due.
    fn take_snapshots(&mut self, options: &AppOptions) -> Vec<Snapshot> {
        let take = |(stream, participant): (&StreamId, &mut Participant)| {
            (participant.snapshot)(options, stream, participant.running.as_mut())
        };
        self.streams.iter_mut().filter_map(take).collect()
    }

    /// What is stored: the events where the decision stands, and in any case what must still hold.
    fn commit(&mut self, keep_events: bool) -> (Vec<StreamWrite>, Option<Guard>) {
        let mut writes = Vec::with_capacity(self.order.len());
        for stream in &self.order {
            if let Some(participant) = self.streams.get_mut(stream) {
                let mut events = std::mem::take(&mut participant.events);
                if !keep_events {
                    events.clear();
                }
                writes.push(StreamWrite {
                    stream: stream.clone(),
                    expected: Expected::as_loaded(participant.version),
                    events,
                });
            }
        }
        (
            writes,
            self.query.take().map(|query| Guard {
                query,
                after: self.read_up_to,
            }),
        )
    }
}

impl<S: EventStore> Transaction<S> {
    /// The aggregate `id` as it stands, with what this transaction has decided so far. Nothing where it does not exist.
    ///
    /// # Errors
    /// Where the store fails, or its events cannot be read.
    pub async fn load<A: Aggregate + Clone>(&mut self, id: &A::Id) -> Result<Option<A>, LoadError> {
        let stream = A::stream(id);
        let loaded: Folded<A> = self.take(&stream).await?;
        let state = loaded.state.clone();
        self.put_back(&stream, loaded, Vec::new());
        Ok(state)
    }

    /// The events that match `query`, in the order of the log. Where another one comes in before the commit, the
    /// transaction is decided again.
    ///
    /// All queries of a transaction see the log as it stood when the first of them was asked.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn read(&mut self, query: Query) -> Result<Page, StoreError> {
        let is_first = lock(&self.work).query.is_none();
        if is_first {
            let head = self.core.store.head().await?;
            lock(&self.work).read_up_to = head;
        }
        let head = {
            let mut work = lock(&self.work);
            let before = work.query.take().unwrap_or_default();
            work.query = Some(before.or(query.clone()));
            work.read_up_to
        };
        let Some(head) = head else {
            return Ok(Page::default());
        };
        let mut events = Page::default();
        let mut slice = Slice::after(None, PAGE).until(head);
        loop {
            let page = self.core.store.read_log(query.clone(), slice).await?;
            events.append(page.events);
            match page.reached {
                Some(reached) if reached < head => slice.after = Some(reached),
                _ => return Ok(events),
            }
        }
    }

    /// Decides a command on the aggregate `id`. Its events are stored with everything else, when the transaction is done.
    ///
    /// # Errors
    /// Where the command holds an invalid value, or the aggregate refuses, or cannot be read.
    pub async fn execute<C: Dispatch, R>(
        &mut self,
        id: &<C::Aggregate as Aggregate>::Id,
        command: C,
    ) -> Result<(), ExecuteError<R>>
    where
        R: std::error::Error + From<<C::Aggregate as Aggregate>::Error> + 'static,
    {
        let stream = C::Aggregate::stream(id);
        check(&stream, id, &command).map_err(|error| error.map_rejection(R::from))?;
        let loaded: Folded<C::Aggregate> = self.take(&stream).await?;
        let (name, surroundings) = (command.name(), &self.core.surroundings);
        let (version, metadata) = (loaded.version, self.metadata.clone());
        let cx = Context::new(
            id.clone(),
            version,
            self.occurred_at,
            metadata,
            surroundings,
        );
        let decided = ask(&stream, name, &cx, |cx| {
            command
                .dispatch(loaded.state.as_ref(), cx)
                .map(Emit::into_events)
        });
        let new = decided.and_then(|events| encode(&stream, name, &cx, &events, surroundings));
        match new {
            Ok(new) => {
                let loaded = take_in_new(&stream, loaded, &new).map_err(|error| {
                    lock(&self.work).failed = Some(error.clone());
                    ExecuteError::Read(error)
                })?;
                self.put_back(&stream, loaded, new);
                Ok(())
            }
            Err(error) => {
                self.put_back(&stream, loaded, Vec::new());
                Err(error.map_rejection(R::from))
            }
        }
    }

    /// Takes the running state of a stream out, reading it where this is the first time.
    async fn take<A: Aggregate>(&mut self, stream: &StreamId) -> Result<Folded<A>, LoadError> {
        let running = {
            let mut work = lock(&self.work);
            work.streams
                .get_mut(stream)
                .map(|participant| std::mem::replace(&mut participant.running, Box::new(())))
        };
        if let Some(running) = running.and_then(|running| running.downcast::<Folded<A>>().ok()) {
            return Ok(*running);
        }
        let loaded: Folded<A> = load(&self.core, stream, Until::Now).await?;
        let mut work = lock(&self.work);
        work.order.push(stream.clone());
        let participant = Participant {
            running: Box::new(()),
            version: loaded.version,
            events: Vec::new(),
            snapshot: take_snapshot::<A>,
        };
        work.streams.insert(stream.clone(), participant);
        Ok(loaded)
    }

    fn put_back<A: Aggregate>(&mut self, stream: &StreamId, loaded: Folded<A>, new: Vec<NewEvent>) {
        if let Some(participant) = lock(&self.work).streams.get_mut(stream) {
            participant.running = Box::new(loaded);
            participant.events.extend(new);
        }
    }
}
