//! What is written beside the log, between the groups of commits: snapshots and rows of projections, in transactions that
//! are not synced.

use es_runtime::StoreError;
use rusqlite::{Connection, Statement};

use crate::error::{Failure, Place, Trouble};
use crate::options::Durability;
use crate::reply::Replier;
use crate::rows::RowTables;
use crate::snapshots::Snapshots;
use crate::sql;

/// What is to be written, with whom to answer.
pub(crate) trait Task: Send {
    /// Writes it in the running transaction. Where it fails, or is refused, whatever it has written is taken back.
    fn write(&mut self, tables: &mut Tables<'_>) -> Result<(), Trouble>;

    /// Answers once it is committed, or why it is not.
    fn answer(self: Box<Self>, outcome: Result<(), Failed>);
}

/// Why a task is not known to be carried out.
#[derive(Clone)]
pub(crate) enum Failed {
    /// Nothing of it is stored.
    Undone(Failure),
    /// It may be stored or not.
    Unknown(Failure),
}

impl Failed {
    fn told(&self, operation: &'static str) -> StoreError {
        match self {
            Self::Undone(failure) => failure.nothing_stored(operation),
            Self::Unknown(failure) => failure.outcome_unknown(operation),
        }
    }
}

/// How a transaction has failed as a whole.
enum Broken {
    Before(Trouble),
    AtCommit(Trouble),
}

impl<T: Into<Trouble>> From<T> for Broken {
    fn from(trouble: T) -> Self {
        Self::Before(trouble.into())
    }
}

/// A task that is a function, and whose answer it gives.
pub(crate) struct Asked<F, T> {
    operation: &'static str,
    work: F,
    answer: Option<Result<T, StoreError>>,
    replier: Replier<Result<T, StoreError>>,
}

impl<F, T> Asked<F, T>
where
    F: FnMut(&mut Tables<'_>) -> Result<Result<T, StoreError>, Trouble> + Send,
    T: Send,
{
    pub(crate) fn new(
        operation: &'static str,
        work: F,
        replier: Replier<Result<T, StoreError>>,
    ) -> Self {
        Self {
            operation,
            work,
            answer: None,
            replier,
        }
    }
}

impl<F, T> Task for Asked<F, T>
where
    F: FnMut(&mut Tables<'_>) -> Result<Result<T, StoreError>, Trouble> + Send,
    T: Send,
{
    fn write(&mut self, tables: &mut Tables<'_>) -> Result<(), Trouble> {
        self.answer = Some((self.work)(tables)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), Failed>) {
        let answer = match (outcome, self.answer) {
            (Err(failed), _) => Err(failed.told(self.operation)),
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(StoreError::permanent(self.operation, "it was not tried")),
        };
        self.replier.send(answer);
    }
}

/// How many pages of the log are taken up at once.
const LONG_LOG: i64 = 1_000;

/// How the log stands.
struct LogState {
    /// Whether others have kept it from being taken up.
    is_busy: bool,
    pages: i64,
    taken_up: i64,
}

impl LogState {
    /// How it stands behind one of the checkpoints.
    fn after(connection: &Connection, checkpoint: &str) -> Result<Self, rusqlite::Error> {
        connection.query_row(checkpoint, [], |row| {
            Ok(Self {
                is_busy: row.get(0)?,
                pages: row.get(1)?,
                taken_up: row.get(2)?,
            })
        })
    }
}

/// What tasks write with.
pub(crate) struct Tables<'c> {
    pub(crate) snapshots: Snapshots<'c>,
    pub(crate) rows: RowTables<'c>,
}

/// What carries tasks out on the connection of the writer.
pub(crate) struct Keeper<'c> {
    connection: &'c Connection,
    durability: Durability,
    /// Whether the connection syncs what it commits, as the store was opened to.
    is_settled: bool,
    /// Whether a commit has failed, after which nobody knows what of the log is on the disk.
    is_in_doubt: bool,
    begin: Statement<'c>,
    commit: Statement<'c>,
    savepoint: Statement<'c>,
    release: Statement<'c>,
    tables: Tables<'c>,
}

impl<'c> Keeper<'c> {
    pub(crate) fn prepare(
        connection: &'c Connection,
        durability: Durability,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            durability,
            is_settled: true,
            is_in_doubt: false,
            begin: sql::prepare(connection, sql::BEGIN)?,
            commit: sql::prepare(connection, sql::COMMIT)?,
            savepoint: sql::prepare(connection, sql::SAVEPOINT)?,
            release: sql::prepare(connection, sql::RELEASE)?,
            tables: Tables {
                snapshots: Snapshots::prepare(connection)?,
                rows: RowTables::prepare(connection)?,
            },
        })
    }

    /// Carries everything out in one transaction, which is not synced: what a power cut takes with it, the events give
    /// again. It never takes events and leaves what was made of them, since they stand before it in the same log.
    pub(crate) fn carry_out(&mut self, place: &Place, mut tasks: Vec<Box<dyn Task>>) {
        match self.write(&mut tasks) {
            Ok(written) => {
                for (task, written) in tasks.into_iter().zip(written) {
                    task.answer(written.map_err(|trouble| Failed::Undone(place.failure(trouble))));
                }
            }
            Err(broken) => {
                self.is_in_doubt |= matches!(broken, Broken::AtCommit(_));
                let failed = match broken {
                    Broken::AtCommit(trouble) if !trouble.leaves_commit_undone() => {
                        Failed::Unknown(place.failure(trouble))
                    }
                    Broken::AtCommit(trouble) | Broken::Before(trouble) => {
                        Failed::Undone(place.failure(trouble))
                    }
                };
                let (Failed::Undone(failure) | Failed::Unknown(failure)) = &failed;
                tracing::warn!(%failure, tasks = tasks.len(), "what goes beside the log was not written");
                for task in tasks {
                    task.answer(Err(failed.clone()));
                }
            }
        }
    }

    /// Says of each why it alone was not written, if it was not.
    fn write(&mut self, tasks: &mut [Box<dyn Task>]) -> Result<Vec<Result<(), Trouble>>, Broken> {
        self.is_settled = false;
        self.connection.execute_batch(sql::NOT_SYNCED)?;
        let written = self.transaction(tasks);
        if written.is_err() {
            self.tables.rows.forget();
        } else if let Err(trouble) = self.take_up() {
            self.is_in_doubt = true;
            tracing::warn!(error = %trouble, "the log was not taken up into the file");
        }
        // What is written is written. It is tried again before the next group of commits, which is refused else.
        if let Err(trouble) = self.settle() {
            tracing::warn!(error = %trouble, "the connection is not back as it was opened");
        }
        written
    }

    /// Takes the log up into the file once it is long, as SQLite does it behind commits that are synced.
    fn take_up(&self) -> Result<(), Trouble> {
        let log = LogState::after(self.connection, sql::LOOK_AT_LOG)?;
        if log.pages - log.taken_up >= LONG_LOG {
            LogState::after(self.connection, sql::TAKE_UP_LOG)?;
        }
        Ok(())
    }

    /// A commit has failed. What stood in the log before it, and was not synced, may be missing on the disk from then on,
    /// whatever is synced later: systems tell of a failure once, and forget what they could not write.
    pub(crate) fn doubt(&mut self) {
        self.is_in_doubt = true;
    }

    /// Makes sure that the connection is as it was opened, outside of any transaction, and that the log is on the disk as far
    /// as it goes: no commit may be acknowledged before it is synced.
    pub(crate) fn settle(&mut self) -> Result<(), Trouble> {
        if self.is_settled && !self.is_in_doubt {
            return Ok(());
        }
        if !self.connection.is_autocommit() {
            self.connection.execute_batch(sql::ROLLBACK)?;
        }
        self.connection
            .execute_batch(sql::synced(self.durability))?;
        self.is_settled = true;
        if self.is_in_doubt {
            // All that is in the log is written to the file and synced there, and the log begins anew.
            let log = LogState::after(self.connection, sql::BEGIN_LOG_ANEW)?;
            if log.is_busy {
                return Err(Trouble::log_is_read());
            }
            self.is_in_doubt = false;
        }
        Ok(())
    }

    fn transaction(
        &mut self,
        tasks: &mut [Box<dyn Task>],
    ) -> Result<Vec<Result<(), Trouble>>, Broken> {
        self.begin.execute([])?;
        let mut written = Vec::with_capacity(tasks.len());
        for task in tasks {
            self.savepoint.execute([])?;
            let outcome = task.write(&mut self.tables);
            if outcome.is_err() {
                self.tables.rows.forget();
            }
            match outcome {
                // SQLite has ended the whole transaction, on a full disk say: nobody's is written.
                Err(trouble) if self.connection.is_autocommit() => return Err(trouble.into()),
                outcome => {
                    if outcome.is_err() {
                        self.connection.execute_batch(sql::ROLLBACK_TO)?;
                    }
                    written.push(outcome);
                }
            }
            self.release.execute([])?;
        }
        match self.commit.execute([]) {
            Ok(_) => Ok(written),
            Err(error) => Err(Broken::AtCommit(error.into())),
        }
    }
}
