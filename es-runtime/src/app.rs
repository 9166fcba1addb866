//! The application: one store, the aggregates that are warm, and everything that is done with them.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

use crate::aggregate::Aggregate;
use crate::command::{Dispatch, Emit, Target};
use crate::commit::CommandRecord;
use crate::context::{Ids, Surroundings};
use crate::envelope::Metadata;
use crate::id::{CommandId, Version};
use crate::snapshot::{AsDeclared, SnapshotCheck, SnapshotPolicy};
use crate::store::{EventStore, Slice, StoreError};
use crate::sync::{AtomicU64, Mutex};
use crate::time::{Clock, Timestamp};

#[cfg_attr(es_shuttle, path = "app/backoff_in_schedules.rs")]
mod backoff;
mod decide;
mod earlier;
mod error;
mod history;
mod lead;
mod load;
mod pages;
mod snapshots;
mod subscribe;
mod transact;
mod warm;

pub(crate) use backoff::pause;
pub(crate) use earlier::{Earlier, NoEarlier};
pub use error::{ExecuteError, LoadError, ReadCause, ReadError, RulePanicked, SnapshotDiffers};
pub use history::Recorded;
pub use load::Loaded;
pub(crate) use load::panic_message;
pub use subscribe::{SubscribeFrom, Subscription};
pub use transact::{TransactOptions, Transacted, Transaction};

use load::Until;
use warm::{Job, WarmSet};

/// An event-sourced application over one store. Clones share everything.
///
/// Commands on one aggregate are decided one after the other on a state that stays in memory, and stored in groups; a
/// foreign writer to the same store, in this process or another, is noticed at the commit, and the command is decided
/// again on what is there by then.
pub struct App<S> {
    core: Arc<Core<S>>,
    warm: Arc<WarmSet>,
}

impl<S> Clone for App<S> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
            warm: self.warm.clone(),
        }
    }
}

/// What carrying out a command needs, apart from the warm aggregates, which would hold themselves alive through it.
struct Core<S> {
    store: S,
    surroundings: Surroundings,
    options: AppOptions,
    /// How many snapshots were used, to know which of them are compared.
    snapshots_used: AtomicU64,
    /// Aggregates whose events of older shapes cannot be read bare.
    asking: Mutex<HashSet<&'static str>>,
}

impl<S: EventStore> Core<S> {
    /// Whether a command was carried out before: then what it did is the answer, even where a check that is younger than
    /// it would refuse it now.
    async fn has_carried_out<E>(
        &self,
        record: &Result<Option<CommandRecord>, E>,
    ) -> Result<bool, StoreError> {
        let Ok(Some(record)) = record else {
            return Ok(false);
        };
        let receipt = self.store.receipt(record.id, record.fingerprint).await?;
        Ok(receipt.is_some())
    }
}

/// How an application behaves.
#[derive(Clone)]
#[non_exhaustive]
pub struct AppOptions {
    /// How many aggregates of one kind stay in memory, besides those at work.
    pub warm_aggregates: usize,
    /// How often in a row a decision may be overtaken, with nobody served, before its callers are told.
    pub attempts: u32,
    /// When snapshots of the aggregates that declare them are taken, [as they declare](AsDeclared) unless told otherwise.
    /// Where it is nothing, none is taken and none is used.
    pub snapshots: Option<Arc<dyn SnapshotPolicy>>,
    /// Which snapshots are compared with what all events give; [by the build](SnapshotCheck::of_build) unless told otherwise.
    pub snapshot_check: Option<SnapshotCheck>,
    /// Where time and fresh ids come from.
    pub surroundings: Surroundings,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            warm_aggregates: 10_000,
            attempts: 16,
            snapshots: Some(Arc::new(AsDeclared)),
            snapshot_check: SnapshotCheck::of_build(),
            surroundings: Surroundings::default(),
        }
    }
}

impl AppOptions {
    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.surroundings.clock = Arc::new(clock);
        self
    }

    /// The same with another source of ids.
    #[must_use]
    pub fn ids(mut self, ids: impl Ids) -> Self {
        self.surroundings.ids = Arc::new(ids);
        self
    }

    /// The same with another number of warm aggregates.
    #[must_use]
    pub fn warm_aggregates(mut self, count: usize) -> Self {
        self.warm_aggregates = count;
        self
    }

    /// The same, taking snapshots when `policy` says so.
    #[must_use]
    pub fn snapshots(mut self, policy: impl SnapshotPolicy) -> Self {
        self.snapshots = Some(Arc::new(policy));
        self
    }

    /// The same, taking no snapshots and using none.
    #[must_use]
    pub fn without_snapshots(mut self) -> Self {
        self.snapshots = None;
        self
    }

    /// The same, comparing snapshots with what all events give as `check` says, or never.
    #[must_use]
    pub fn snapshot_check(mut self, check: Option<SnapshotCheck>) -> Self {
        self.snapshot_check = check;
        self
    }

    /// The same with another number of attempts, at least one.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }
}

/// What a caller may say about a command beside the command itself.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExecuteOptions {
    /// The caller's id for this wish: repeated under it, the command is carried out once.
    pub command_id: Option<CommandId>,
    /// When that happened about which the command speaks; now, where nothing is said. Kept to the microsecond.
    pub occurred_at: Option<Timestamp>,
    /// Who asks, and in which connection.
    pub metadata: Metadata,
}

impl ExecuteOptions {
    /// Nothing said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, carried out once under `id`.
    #[must_use]
    pub fn command_id(mut self, id: CommandId) -> Self {
        self.command_id = Some(id);
        self
    }

    /// The same about what happened at `moment`.
    #[must_use]
    pub fn occurred_at(mut self, moment: Timestamp) -> Self {
        self.occurred_at = Some(moment);
        self
    }

    /// The same, asked by whom `metadata` says.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

/// What a command has led to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Executed<A: Aggregate> {
    /// The events, in order. Those of the first time, where the command had been carried out before.
    pub events: Vec<A::Event>,
    /// What the store says about them.
    pub receipt: crate::commit::Receipt,
    /// How often it was decided: more than once where another writer was faster.
    pub attempts: u32,
}

impl<S: EventStore> App<S> {
    /// The application over `store`, with the machine's clock and ids.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self::with_options(store, AppOptions::default())
    }

    /// The application over `store`, behaving as `options` say.
    #[must_use]
    pub fn with_options(store: S, options: AppOptions) -> Self {
        let warm = Arc::new(WarmSet::new(options.warm_aggregates));
        let surroundings = options.surroundings.clone();
        Self {
            core: Arc::new(Core {
                store,
                surroundings,
                options,
                snapshots_used: AtomicU64::new(0),
                asking: Mutex::default(),
            }),
            warm,
        }
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.core.store
    }

    /// Carries a command out on the aggregate `id`: decides it, stores its events, and answers when they are durable.
    ///
    /// A caller that stops waiting strands nobody. Its command may or may not be carried out; give it a command id
    /// ([`execute_with`](Self::execute_with)) to find out by repeating it.
    ///
    /// # Errors
    /// Where the command holds an invalid value, or the aggregate refuses, or the store does; see [`ExecuteError`].
    pub fn execute<C: Dispatch>(
        &self,
        id: &<C::Aggregate as Aggregate>::Id,
        command: C,
    ) -> impl Future<Output = Result<Executed<C::Aggregate>, ErrorOf<C>>> + Send + use<C, S> {
        self.execute_with(id, command, ExecuteOptions::default())
    }

    /// Carries a command out, with what `options` say about it.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); and where the command id stands for another command already.
    pub fn execute_with<C: Dispatch>(
        &self,
        id: &<C::Aggregate as Aggregate>::Id,
        command: C,
        options: ExecuteOptions,
    ) -> impl Future<Output = Result<Executed<C::Aggregate>, ErrorOf<C>>> + Send + use<C, S> {
        let (app, id) = (self.clone(), id.clone());
        async move {
            let stream = C::Aggregate::stream(&id);
            let checked = decide::check(&stream, &id, &command);
            let record = options
                .command_id
                .map(|command_id| decide::record(command_id, &stream, &command))
                .transpose();
            if let Err(invalid) = checked
                && !app.core.has_carried_out(&record).await?
            {
                return Err(invalid);
            }
            let record = record?;
            let slot = app.warm.slot::<C::Aggregate>(&id);
            let job = Job {
                name: command.name(),
                creates: command.target() == Target::New,
                decide: Box::new(move |state, cx| {
                    command.clone().dispatch(state, cx).map(Emit::into_events)
                }),
                record,
                occurred_at: options.occurred_at.map(Timestamp::to_micros_precision),
                metadata: Arc::new(options.metadata),
            };
            let core = app.core.clone();
            slot.carry_out(job, move |shared| {
                Box::pin(lead::lead(core.clone(), id.clone(), shared))
            })
            .await
        }
    }

    /// The aggregate `id` as it stands, and its version.
    ///
    /// # Errors
    /// Where the store fails, or its events cannot be read.
    pub async fn load<A: Aggregate>(&self, id: &A::Id) -> Result<Loaded<A>, LoadError> {
        self.load_until(id, Until::Now).await
    }

    /// The aggregate `id` as it stood at `version`: time travel by number.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_at<A: Aggregate>(
        &self,
        id: &A::Id,
        version: Version,
    ) -> Result<Loaded<A>, LoadError> {
        self.load_until(id, Until::Version(version)).await
    }

    /// The aggregate `id` as the store knew it at `moment`, by `recorded_at`: time travel by clock.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_as_of<A: Aggregate>(
        &self,
        id: &A::Id,
        moment: Timestamp,
    ) -> Result<Loaded<A>, LoadError> {
        self.load_until(id, Until::RecordedAt(moment)).await
    }

    async fn load_until<A: Aggregate>(
        &self,
        id: &A::Id,
        until: Until,
    ) -> Result<Loaded<A>, LoadError> {
        let folded = load::load(&self.core, &A::stream(id), until).await?;
        Ok(folded.into_loaded())
    }

    /// Some events of the aggregate `id` with everything that stands beside them: the audit trail. An empty list means
    /// that there are no more in the slice.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn history<A: Aggregate>(
        &self,
        id: &A::Id,
        slice: Slice<Version>,
    ) -> Result<Vec<Recorded<A::Event>>, LoadError> {
        history::history::<A, S>(&self.core.store, A::stream(id), slice).await
    }

    /// The events of the aggregates of kind `A` from there on, as a stream: for code that sends mail, calls services, or fills
    /// what is no projection.
    #[must_use]
    pub fn subscribe<A: Aggregate>(&self, from: SubscribeFrom) -> Subscription<A, S> {
        Subscription::new(self.core.clone(), from)
    }

    /// Decides over several aggregates and queries at once, and stores everything in one commit.
    ///
    /// `decide` loads, asks and executes through the transaction it is given; nothing is stored before it is done. Every
    /// load is an expectation and every read a guard: where another writer was faster, `decide` runs again.
    ///
    /// # Errors
    /// What `decide` returns; and as [`execute`](Self::execute).
    pub async fn transact<T, R, F, D>(&self, decide: D) -> Result<Transacted<T>, ExecuteError<R>>
    where
        T: Send,
        R: std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, ExecuteError<R>>> + Send,
        D: Fn(Transaction<S>) -> F + Send + Sync,
    {
        self.transact_with(TransactOptions::default(), decide).await
    }

    /// Decides over several aggregates, with what `options` say about it.
    ///
    /// # Errors
    /// As [`transact`](Self::transact).
    pub async fn transact_with<T, R, F, D>(
        &self,
        options: TransactOptions,
        decide: D,
    ) -> Result<Transacted<T>, ExecuteError<R>>
    where
        T: Send,
        R: std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, ExecuteError<R>>> + Send,
        D: Fn(Transaction<S>) -> F + Send + Sync,
    {
        transact::transact(&self.core, options, decide).await
    }
}

/// The error of a command's execution.
type ErrorOf<C> = ExecuteError<<<C as Dispatch>::Aggregate as Aggregate>::Error>;
