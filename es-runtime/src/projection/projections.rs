//! The read models of an application: which there are, and how they are folded, rebuilt and read.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ahead::Ahead;
use super::crew::Crew;
use super::error::ProjectionError;
use super::read_model::ReadModel;
use super::worker::{Work, Worker};
use super::{Projection, incoming};
use crate::envelope::RawEvent;
use crate::id::Position;
use crate::row_store::{Parked, Role, RowStore, RowTable, RowsDiff, Standing};
use crate::store::{EventStore, Slice};

/// Up to how many events that are not folded yet are counted.
const LAG: usize = 1_000;

/// How many rows of each kind a rebuild tells about.
const SAMPLES: usize = 5;

/// The read models that are folded from the log in `L` into tables in `R`, most often the same store. Clones share all.
///
/// ```
/// use es_runtime::{App, Find, MemoryStore, Projections};
/// # use es_runtime::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Aggregate)]
/// # #[aggregate(name = "account", id = Uuid, events(Opened: create, Deposited), commands(Open: new, Deposit), error = std::convert::Infallible)]
/// # struct Account;
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "Opened")]
/// # struct Opened { owner: String }
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "Deposited")]
/// # struct Deposited { amount: u64 }
/// # #[derive(Command, Clone, Serialize)]
/// # #[command(emits(Opened))]
/// # struct Open { owner: String }
/// # #[derive(Command, Clone, Serialize)]
/// # #[command(emits(Deposited))]
/// # struct Deposit { amount: u64 }
/// # impl Create<Opened> for Account { fn create(_: Opened) -> Self { Self } }
/// # impl Apply<Deposited> for Account { fn apply(&mut self, _: Deposited) {} }
/// # impl HandleNew<Open> for Account {
/// #     fn handle_new(command: Open, _: &Context<Self>) -> Result<Emit<Open>, Self::Error> { Ok(emit(Opened { owner: command.owner })) }
/// # }
/// # impl Handle<Deposit> for Account {
/// #     fn handle(&self, command: Deposit, _: &Context<Self>) -> Result<Emit<Deposit>, Self::Error> { Ok(emit(Deposited { amount: command.amount })) }
/// # }
/// #
/// # #[derive(Clone, Debug, PartialEq, Projection, Serialize, Deserialize)]
/// # #[projection(name = "Balance", key(account), events(Opened: insert, Deposited))]
/// # struct Balance {
/// #     account: Uuid,
/// #     owner: String,
/// #     amount: u64,
/// # }
/// #
/// # impl Insert<Opened> for Balance {
/// #     fn insert(account: Uuid, event: Opened, _: &EventContext<'_>) -> Self {
/// #         Self { account, owner: event.owner, amount: 0 }
/// #     }
/// # }
/// #
/// # impl Project<Deposited> for Balance {
/// #     fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
/// #         self.amount += event.amount;
/// #     }
/// # }
/// #
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let app = App::new(MemoryStore::new());
/// let projections = Projections::new(app.store().clone()).with::<Balance>();
/// // In every process of an application; for each projection one of them folds.
/// let running = projections.clone();
/// tokio::spawn(async move { running.run().await });
///
/// let ada = Uuid::from_u128(1);
/// let opened = app.execute(&ada, Open { owner: "Ada".into() }).await?;
/// let balances = projections.read::<Balance>();
/// balances.wait_for(&opened.receipt).await?;
/// assert_eq!(balances.get(&ada).await?.map(|balance| balance.amount), Some(0));
///
/// let rich = Find::<Balance>::all()
///     .filter(|row| row.amount.at_least(1_000))
///     .order_by(|row| row.amount.descending())
///     .limit(10);
/// assert!(balances.find(rich).await?.rows.is_empty());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Projections<L, R = L> {
    stores: Arc<Stores<L, R>>,
    kinds: Vec<Kind<L, R>>,
}

/// Where the events are, and the rows.
pub(super) struct Stores<L, R> {
    pub(super) log: L,
    pub(super) rows: R,
}

/// What is known of a projection without its type.
struct Kind<L, R> {
    name: &'static str,
    table: fn() -> RowTable,
    worker: fn(Role) -> Box<dyn Work<L, R>>,
}

impl<L, R> Clone for Kind<L, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, R> Copy for Kind<L, R> {}

impl<L, R> Clone for Projections<L, R> {
    fn clone(&self) -> Self {
        Self {
            stores: self.stores.clone(),
            kinds: self.kinds.clone(),
        }
    }
}

impl<L, R> fmt::Debug for Projections<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.kinds.iter().map(|kind| kind.name);
        f.debug_list().entries(names).finish()
    }
}

impl<S: EventStore + RowStore + Clone> Projections<S> {
    /// Of a store that keeps both the log and the rows.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self::over(store.clone(), store)
    }
}

/// How far a rebuild has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The stored name of the projection.
    pub projection: &'static str,
    /// Where the rebuild had begun, or gone on after it was ended.
    pub from: Option<Position>,
    /// Up to where it is folded.
    pub reached: Option<Position>,
    /// Where the log ended when it was last looked at.
    pub head: Option<Position>,
    /// How many events of the projection were folded.
    pub events: u64,
    /// How long it has been running.
    pub elapsed: Duration,
}

impl Progress {
    /// How many positions of the log there are to fold, from where it had begun.
    #[must_use]
    pub fn total(&self) -> u64 {
        behind(self.from, self.head)
    }

    /// How many of them are folded.
    #[must_use]
    pub fn done(&self) -> u64 {
        behind(self.from, self.reached)
    }

    /// Positions a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    pub fn rate(&self) -> f64 {
        self.done() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// How long it will take from here, at that rate; nothing before it is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    pub fn time_left(&self) -> Option<Duration> {
        let left = behind(self.reached, self.head) as f64;
        Duration::try_from_secs_f64(left / self.rate()).ok()
    }
}

fn behind(from: Option<Position>, to: Option<Position>) -> u64 {
    let number = |position: Option<Position>| position.map_or(0, Position::get);
    number(to).saturating_sub(number(from))
}

/// What a rebuild has led to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The generation that is live now.
    pub generation: u64,
    /// By what its rows differ from those that were live before; nothing where there were none.
    pub diff: Option<RowsDiff>,
}

/// Where a projection stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProjectionStatus {
    /// Its stored name.
    pub projection: &'static str,
    /// Its generations, oldest first.
    pub generations: Vec<Standing>,
    /// Whether the live rows were folded by another definition than this code has; then it wants to be rebuilt.
    pub is_outdated: bool,
    /// How many events of the projection are not folded yet into the live rows, counted up to a thousand.
    pub lag: usize,
}

impl ProjectionStatus {
    /// The generation that is read, if there is one.
    #[must_use]
    pub fn live(&self) -> Option<&Standing> {
        let mut generations = self.generations.iter();
        generations.find(|standing| standing.role == Role::Live)
    }
}

impl<L: EventStore, R: RowStore> Projections<L, R> {
    /// Of a log and of another store that keeps the rows.
    #[must_use]
    pub fn over(log: L, rows: R) -> Self {
        Self {
            stores: Arc::new(Stores { log, rows }),
            kinds: Vec::new(),
        }
    }

    /// The same with one projection more.
    #[must_use]
    pub fn with<P: Projection>(mut self) -> Self {
        self.kinds.retain(|kind| kind.name != P::NAME);
        self.kinds.push(Kind {
            name: P::NAME,
            table: || RowTable::of(&P::description()),
            worker: |role| Box::new(Worker::<P>::new(role)),
        });
        self
    }

    /// The rows of a projection, to be read.
    #[must_use]
    pub fn read<P: Projection>(&self) -> ReadModel<P, L, R> {
        ReadModel::new(self.stores.clone())
    }

    /// Folds everything the log holds by now, waiting where another process is at it.
    ///
    /// # Errors
    /// The first one, once the other projections are through: an event that cannot be taken in
    /// ([`ProjectionError::Stopped`]), rows of another definition ([`StoreError::RowsOutdated`](crate::StoreError), to be
    /// rebuilt), or a store that fails.
    pub async fn catch_up(&self) -> Result<(), ProjectionError> {
        self.crew().catch_up().await
    }

    /// Folds what there is, and then what comes, within moments. It may run in any number of processes: for each projection
    /// one of them folds, and when that ends, however suddenly, the next one goes on where it stood. Dropping the future
    /// ends it at any place, without harm.
    ///
    /// A projection that stands before an event that it cannot take in does not hold up the others; what it says is logged,
    /// and told by [`status`](Self::status) and to whoever [waits](ReadModel::wait_for) for it. What fails for now is tried again.
    ///
    /// # Errors
    /// Where no projection goes on; that of the first one.
    pub async fn run(&self) -> Result<(), ProjectionError> {
        self.crew().run().await
    }

    fn crew(&self) -> Crew<'_, L, R> {
        let works = self.kinds.iter().map(|kind| (kind.worker)(Role::Live));
        Crew::new(&self.stores.log, &self.stores.rows, works)
    }

    /// Builds the rows of a projection anew, beside those that are read, while events are appended and others fold; readers
    /// then see all of the new rows in place of all of the old ones. A rebuild that was ended goes on where it stood.
    ///
    /// The old rows stay until they are [dropped](Self::drop_retired). `progress` is told after each page.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up); the rows that are read are then what they were.
    pub async fn rebuild(
        &self,
        projection: &str,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Rebuilt, ProjectionError> {
        let kind = self.kind(projection)?;
        let (log, rows) = (&self.stores.log, &self.stores.rows);
        let _owner = rows.own_rows(format!("{projection} (rebuild)")).await?;
        let mut work = (kind.worker)(Role::Building);
        work.begin(rows).await?;
        let begun = Instant::now();
        let mut state = Progress {
            projection: kind.name,
            from: work.reached(),
            reached: work.reached(),
            head: log.head().await?,
            events: 0,
            elapsed: Duration::ZERO,
        };
        let mut pages = Ahead::new(log, incoming::query(work.events()), work.envelope());
        loop {
            let page = pages.page(work.reached()).await?;
            if page.reached.is_none() {
                let (generation, mark) = work.stands();
                let live = self.live(projection).await?;
                let swapped =
                    rows.swap_rows(projection.to_owned(), generation, mark, work.reached());
                if swapped.await? {
                    tracing::info!(projection, generation, "rows were rebuilt");
                    return self.rebuilt(generation, live).await;
                }
                // The live rows have come further in the meantime.
                work.begin(rows).await?;
                continue;
            }
            work.take_in(log, rows, &page).await?;
            let is_left = |event: &RawEvent<'_>| Some(event.position()) > work.reached();
            let left = page.events.iter().rev().take_while(is_left).count();
            pages.set_envelope(work.envelope());
            if state.head <= page.reached {
                state.head = log.head().await?;
            }
            state.reached = work.reached();
            state.events += (page.events.len() - left) as u64;
            state.elapsed = begun.elapsed();
            tracing::debug!(
                projection,
                done = state.done(),
                total = state.total(),
                "rows are being rebuilt"
            );
            progress(&state);
        }
    }

    async fn rebuilt(
        &self,
        generation: u64,
        old: Option<Standing>,
    ) -> Result<Rebuilt, ProjectionError> {
        let rows = &self.stores.rows;
        let all = rows.rows_standing(None).await?;
        let new = all
            .into_iter()
            .find(|standing| standing.generation == generation);
        let diff = match (old, new) {
            (Some(old), Some(new)) => Some(rows.compare_rows(old, new, SAMPLES).await?),
            _ => None,
        };
        Ok(Rebuilt { generation, diff })
    }

    async fn live(&self, projection: &str) -> Result<Option<Standing>, ProjectionError> {
        let standing = self
            .stores
            .rows
            .rows_standing(Some(projection.to_owned()))
            .await?;
        Ok(standing
            .into_iter()
            .find(|standing| standing.role == Role::Live))
    }

    /// Drops what was live before the last rebuilds; says how many generations that were.
    ///
    /// # Errors
    /// Where there is no such projection, or the store fails.
    pub async fn drop_retired(&self, projection: &str) -> Result<usize, ProjectionError> {
        let kind = self.kind(projection)?;
        let rows = &self.stores.rows;
        let mut dropped = 0;
        for standing in rows.rows_standing(Some(kind.name.to_owned())).await? {
            if standing.role == Role::Retired {
                rows.drop_rows(kind.name.to_owned(), standing.generation)
                    .await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// Where each projection stands.
    ///
    /// # Errors
    /// Where a store fails.
    pub async fn status(&self) -> Result<Vec<ProjectionStatus>, ProjectionError> {
        let mut all = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let generations = self
                .stores
                .rows
                .rows_standing(Some(kind.name.to_owned()))
                .await?;
            let mut status = ProjectionStatus {
                projection: kind.name,
                generations,
                is_outdated: false,
                lag: 0,
            };
            let checkpoint = status.live().and_then(|live| live.mark.checkpoint);
            let fingerprint = status.live().map(|live| live.table.fingerprint);
            status.is_outdated = fingerprint.is_some_and(|live| live != (kind.table)().fingerprint);
            let events = incoming::query((kind.worker)(Role::Live).events());
            let slice = Slice::after(checkpoint, LAG);
            status.lag = self.stores.log.read_log(events, slice).await?.events.len();
            all.push(status);
        }
        Ok(all)
    }

    /// The events that a projection has put aside, in the order of the log.
    ///
    /// # Errors
    /// Where there is no such projection, or the store fails.
    pub async fn parked(&self, projection: &str) -> Result<Vec<Parked>, ProjectionError> {
        let kind = self.kind(projection)?;
        match self.live(kind.name).await? {
            Some(live) => Ok(self.stores.rows.parked_events(live.generation).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Tries again to take in what a projection has put aside, stream by stream in order, once its rules are mended; what
    /// fails again stays, with what is behind it. Others may fold meanwhile. Says how much was taken in.
    ///
    /// # Errors
    /// Where there is no such projection, its rows are of another definition, or a store fails.
    pub async fn redrive(&self, projection: &str) -> Result<usize, ProjectionError> {
        let kind = self.kind(projection)?;
        let (log, rows) = (&self.stores.log, &self.stores.rows);
        loop {
            let mut work = (kind.worker)(Role::Live);
            work.begin(rows).await?;
            match work.redrive(log, rows).await {
                // Somebody else has folded in between.
                Err(ProjectionError::Store(crate::StoreError::RowsMoved { .. })) => {}
                outcome => return outcome,
            }
        }
    }

    /// The names of the projections.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> + '_ {
        self.kinds.iter().map(|kind| kind.name)
    }

    fn kind(&self, projection: &str) -> Result<Kind<L, R>, ProjectionError> {
        let found = self.kinds.iter().find(|kind| kind.name == projection);
        found.copied().ok_or_else(|| ProjectionError::Unknown {
            name: projection.to_owned(),
            known: self.names().collect::<Vec<_>>().join(", "),
        })
    }
}
