//! A store that keeps rows as the cases call it.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::tables::{at, by_key, counts, put, text, to};
use crate::any::{AnyStore, BoxFuture};
use crate::commit::Expected;
use crate::contract::failure::{Failure, Verdict, refused, same};
use crate::contract::make::many;
use crate::contract::stage::{Opened, PATIENCE, Stage};
use crate::id::Position;
use crate::row_store::{
    Cell, Found, Mark, Parked, Role, RowChange, RowQuery, RowStore, RowTable, RowsCommit, RowsDiff,
    RowsOwner, Standing,
};
use crate::store::StoreError;

/// So many events that no checkpoint of a case stands behind the log.
const EVENTS: usize = 100;

/// An open store that keeps rows. Each call waits for its answer; clones share the store.
#[derive(Clone)]
pub(super) struct Kept {
    store: Opened,
}

/// The open store. Nothing where it keeps no rows, which is made sure of.
pub(super) fn keeping(stage: &Stage) -> Result<Option<Kept>, Failure> {
    let store = stage.open()?;
    store.append(many("a", Expected::Missing, EVENTS))?;
    let kept = Kept { store };
    if stage.abilities().keeps_rows {
        return Ok(Some(kept));
    }
    keeps_none(&kept)?;
    Ok(None)
}

/// A store that keeps no rows says so, whatever it is asked.
fn keeps_none(kept: &Kept) -> Verdict {
    let table = counts();
    let standing = Standing {
        generation: 1,
        table: table.clone(),
        role: Role::Live,
        mark: Mark::default(),
        parked: 0,
        stopped: None,
    };
    let commit = to(&standing, 1, vec![put("a", 1)]);
    fails("own_rows", kept.owned("a").answer())?;
    fails("rows_standing", kept.standing(None))?;
    fails("begin_rows, live", kept.begin(&table, Role::Live))?;
    fails("begin_rows, built", kept.begin(&table, Role::Building))?;
    fails("commit_rows", kept.commit(commit))?;
    fails("swap_rows", kept.swap(&standing, 1))?;
    fails("drop_rows", kept.drop_rows(&standing))?;
    fails("fetch_rows", kept.fetch(&standing, &[&[text("a")]]))?;
    fails("read_rows", kept.read(&table, by_key(&table)))?;
    fails("count_rows", kept.count(&table, by_key(&table)))?;
    fails("parked_events", kept.parked(&standing))?;
    fails("rows_reached", kept.reached(1).answer())?;
    fails("compare_rows", kept.compare(&standing, &standing, 1))
}

#[track_caller]
fn fails<T: Debug>(operation: &str, answer: Result<T, StoreError>) -> Verdict {
    let what = format_args!("{operation} where no rows are kept").to_string();
    refused(what, answer, "an error", |_| true)
}

impl Kept {
    /// The store closed and opened again. Nothing where it does not outlive that, which is made sure of.
    pub(super) fn reopened(self, stage: &Stage) -> Result<Option<Self>, Failure> {
        let reopened = stage.reopened(self.store)?;
        Ok(reopened.map(|store| Self { store }))
    }

    /// The store opened once more. Nothing where that cannot be done, which is made sure of.
    pub(super) fn beside(&self, stage: &Stage) -> Result<Option<Self>, Failure> {
        let beside = stage.beside(&self.store)?;
        Ok(beside.map(|store| Self { store }))
    }

    /// Begins to wait for an answer.
    pub(super) fn begun<T: Send + 'static>(
        &self,
        ask: impl FnOnce(AnyStore) -> BoxFuture<'static, Result<T, StoreError>> + Send + 'static,
    ) -> Pending<T> {
        let (told, answer) = channel();
        let store = self.store.clone();
        // Not joined: behind a store that never answers it would never end.
        thread::spawn(move || {
            let answer = store.wait(ask(store.store())).and_then(|answer| answer);
            drop(store);
            let _ = told.send(answer);
        });
        Pending(answer)
    }

    /// Begins to wait until nobody else owns the rows of that name.
    pub(super) fn owned(&self, name: &str) -> Pending<RowsOwner> {
        let name = name.to_owned();
        self.begun(|store| Box::pin(async move { store.own_rows(name).await }))
    }

    /// Begins to wait until the rows of [`counts`] have come that far.
    pub(super) fn reached(&self, checkpoint: u64) -> Pending<Standing> {
        let projection = counts().projection.clone();
        let position = at(checkpoint).unwrap_or(Position::FIRST);
        self.begun(move |store| {
            Box::pin(async move { store.rows_reached(projection, position).await })
        })
    }

    pub(super) fn wait<T: Send>(
        &self,
        future: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.store.wait(future)?
    }

    pub(super) fn store(&self) -> AnyStore {
        self.store.store()
    }

    pub(super) fn standing(&self, projection: Option<&str>) -> Result<Vec<Standing>, StoreError> {
        let projection = projection.map(str::to_owned);
        self.wait(self.store().rows_standing(projection))
    }

    /// Where the generation stands now.
    pub(super) fn now(&self, generation: &Standing) -> Result<Standing, Failure> {
        let all = self.standing(Some(&generation.table.projection))?;
        let found = all
            .iter()
            .find(|standing| standing.generation == generation.generation);
        found.cloned().ok_or_else(|| {
            let what = format_args!("generation {}", generation.generation).to_string();
            Failure::new(what, "it stands somewhere", &all)
        })
    }

    pub(super) fn begin(&self, table: &Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        self.wait(self.store().begin_rows(table.clone(), role))
    }

    pub(super) fn commit(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        self.wait(self.store().commit_rows(commit))
    }

    /// Makes a commit that must be taken, and moves `standing` to where the generation stands then.
    #[track_caller]
    pub(super) fn made(&self, standing: &mut Standing, commit: RowsCommit) -> Verdict {
        let expected = Mark {
            checkpoint: commit.to,
            commits: standing.mark.commits + 1,
        };
        let mark = self.commit(commit)?;
        same("where rows stand behind a commit", mark, expected)?;
        standing.mark = mark;
        Ok(())
    }

    /// Folds the rows up to a checkpoint.
    #[track_caller]
    pub(super) fn fold(
        &self,
        standing: &mut Standing,
        checkpoint: u64,
        changes: Vec<RowChange>,
    ) -> Verdict {
        let commit = to(standing, checkpoint, changes);
        self.made(standing, commit)
    }

    /// A live generation that is folded up to a checkpoint.
    #[track_caller]
    pub(super) fn live(
        &self,
        table: &Arc<RowTable>,
        checkpoint: u64,
        changes: Vec<RowChange>,
    ) -> Result<Standing, Failure> {
        self.folded(table, Role::Live, checkpoint, changes)
    }

    /// A generation that is being built, and is folded up to a checkpoint.
    #[track_caller]
    pub(super) fn built(
        &self,
        table: &Arc<RowTable>,
        checkpoint: u64,
        changes: Vec<RowChange>,
    ) -> Result<Standing, Failure> {
        self.folded(table, Role::Building, checkpoint, changes)
    }

    #[track_caller]
    fn folded(
        &self,
        table: &Arc<RowTable>,
        role: Role,
        checkpoint: u64,
        changes: Vec<RowChange>,
    ) -> Result<Standing, Failure> {
        let mut standing = self.begin(table, role)?;
        same("what it is there for", standing.role, role)?;
        same("where it begins", standing.mark, Mark::default())?;
        self.fold(&mut standing, checkpoint, changes)?;
        Ok(standing)
    }

    pub(super) fn swap(&self, built: &Standing, checkpoint: u64) -> Result<bool, StoreError> {
        let (store, projection) = (self.store(), built.table.projection.clone());
        let swap = store.swap_rows(projection, built.generation, built.mark, at(checkpoint));
        self.wait(swap)
    }

    pub(super) fn drop_rows(&self, dropped: &Standing) -> Result<(), StoreError> {
        let (store, projection) = (self.store(), dropped.table.projection.clone());
        self.wait(store.drop_rows(projection, dropped.generation))
    }

    pub(super) fn fetch(
        &self,
        standing: &Standing,
        keys: &[&[Cell]],
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        let keys = keys.iter().map(|key| key.to_vec()).collect();
        let (store, table) = (self.store(), standing.table.clone());
        self.wait(store.fetch_rows(standing.generation, table, keys))
    }

    pub(super) fn read(&self, table: &Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        self.wait(self.store().read_rows(table.clone(), query))
    }

    /// Makes sure of all live rows and their checkpoint.
    #[track_caller]
    pub(super) fn holds(
        &self,
        what: impl Display,
        table: &Arc<RowTable>,
        checkpoint: u64,
        rows: Vec<Vec<Cell>>,
    ) -> Verdict {
        let checkpoint = at(checkpoint);
        let found = self.read(table, by_key(table))?;
        same(what, found, Found { rows, checkpoint })
    }

    pub(super) fn count(&self, table: &Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        self.wait(self.store().count_rows(table.clone(), query))
    }

    pub(super) fn parked(&self, standing: &Standing) -> Result<Vec<Parked>, StoreError> {
        self.wait(self.store().parked_events(standing.generation))
    }

    pub(super) fn compare(
        &self,
        old: &Standing,
        new: &Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        let (old, new) = (old.clone(), new.clone());
        self.wait(self.store().compare_rows(old, new, samples))
    }
}

/// An answer that may take a while.
pub(super) struct Pending<T>(Receiver<Result<T, StoreError>>);

impl<T: Debug> Pending<T> {
    /// Makes sure that there is no answer for a moment.
    #[track_caller]
    pub(super) fn still(&self, what: impl Display) -> Verdict {
        match self.0.recv_timeout(Duration::from_millis(50)) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            answer => Err(Failure::new(what, "no answer yet", answer)),
        }
    }

    pub(super) fn answer(self) -> Result<T, StoreError> {
        self.0
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|error| Err(StoreError::permanent("waiting for an answer", error)))
    }
}

/// Makes sure that a commit is refused since the rows do not stand where it says.
#[track_caller]
pub(super) fn moved(what: impl Display, answer: Result<Mark, StoreError>) -> Verdict {
    refused(
        what,
        answer,
        "RowsMoved",
        |error| matches!(error, StoreError::RowsMoved { projection } if *projection == counts().projection),
    )
}

/// Everything that is told of a generation.
pub(super) fn told(standing: &Standing) -> impl PartialEq + Debug + use<> {
    let Standing {
        generation,
        table,
        role,
        mark,
        parked,
        stopped,
    } = standing.clone();
    (generation, table, role, mark, parked, stopped)
}
