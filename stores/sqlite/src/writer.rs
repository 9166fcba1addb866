//! The one thread that writes: it takes whatever waits and commits it as one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use es_runtime::{Clock, Receipt, Snapshot, StoreError, StreamId, Version};
use rusqlite::Connection;

use crate::append::{Append, Entry, Stop};
use crate::beside::{self, Asked, Keeper, Tables};
use crate::error::{Place, Trouble};
use crate::options::{Durability, SqliteOptions};
use crate::reply::{Replier, reply};
use crate::snapshots;
use crate::sync::Instant;
use crate::sync::mpsc::{Receiver, Sender, channel};
use crate::sync::thread::{self, JoinHandle};
use crate::traffic::{Took, Traffic, Watch};
use crate::watch::Head;
use crate::worker::{self, Ready};

pub(crate) const APPEND: &str = "append";

/// Bytes of bodies after which a group takes no more commits.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

pub(crate) type Answer = Result<Receipt, StoreError>;

/// What the thread is asked to write.
enum Request {
    /// A chain of commits, with whom to answer.
    Chain(Vec<Entry>, Replier<Vec<Answer>>),
    /// What no commit waits for.
    Beside(Box<dyn beside::Task>),
}

/// The writer of one store. Its queue is as long as callers wait, and each waits for one answer.
pub(crate) struct Writer {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    traffic: Traffic,
    took: Arc<Took>,
}

impl Writer {
    pub(crate) fn start(
        place: Arc<Place>,
        connection: Connection,
        options: &SqliteOptions,
        head: Arc<Head>,
    ) -> Result<Self, StoreError> {
        let (requests, waiting) = channel();
        let (clock, max_group) = (options.clock.clone(), options.max_group);
        let durability = options.durability;
        let took = Arc::new(Took::default());
        let told = took.clone();
        let thread = worker::start("es-sqlite-writer", move |ready| {
            write_all(
                &Task {
                    place,
                    clock,
                    head,
                    max_group,
                    durability,
                    took: told,
                },
                &connection,
                &waiting,
                ready,
            );
        })?;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
            traffic: Traffic::default(),
            took,
        })
    }

    pub(crate) async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        self.beside(snapshots::KEEP, move |tables| {
            tables.snapshots.keep(&snapshot).map(Ok)
        })
        .await
    }

    pub(crate) async fn drop_snapshot(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<(), StoreError> {
        self.beside(snapshots::DROP, move |tables| {
            tables.snapshots.drop(&stream, version).map(Ok)
        })
        .await
    }

    /// Has something written beside the log. The work begins when the future is polled for the first time, and goes on where
    /// it is dropped then.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnMut(&mut Tables<'_>) -> Result<Result<T, StoreError>, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, reply) = reply();
        // Where nobody listens any more the replier is dropped, and the reply says so.
        if let Some(requests) = &self.requests {
            let task = Box::new(Asked::new(operation, work, answer));
            drop(requests.send(Request::Beside(task)));
        }
        reply.await.unwrap_or_else(|| {
            Err(StoreError::permanent(
                operation,
                "the writer of the store has ended",
            ))
        })
    }

    /// Appends a chain; one answer per commit, once what was stored is durable.
    pub(crate) async fn append(&self, chain: Vec<Entry>) -> Vec<Answer> {
        let commits = chain.len();
        let (answers, reply) = reply();
        let caller = self.traffic.join();
        let is_taken = self
            .requests
            .as_ref()
            .is_some_and(|requests| requests.send(Request::Chain(chain, answers)).is_ok());
        let gone = |_| {
            let reason = "the writer of the store has ended";
            Err(if is_taken {
                StoreError::outcome_unknown(APPEND, reason)
            } else {
                StoreError::permanent(APPEND, reason)
            })
        };
        reply.look_out(caller.look_out(&self.took));
        reply
            .await
            .unwrap_or_else(|| (0..commits).map(gone).collect())
    }
}

impl Drop for Writer {
    /// Whatever was asked for before is carried out.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            worker::join(thread);
        }
    }
}

/// What the thread works with.
struct Task {
    place: Arc<Place>,
    clock: Arc<dyn Clock>,
    head: Arc<Head>,
    max_group: usize,
    durability: Durability,
    took: Arc<Took>,
}

fn write_all(task: &Task, connection: &Connection, waiting: &Receiver<Request>, ready: Ready) {
    let prepared = Append::prepare(connection)
        .and_then(|append| Ok((append, Keeper::prepare(connection, task.durability)?)));
    let (mut append, mut keeper) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            return ready.say(Err(task
                .place
                .failure(error)
                .nothing_stored("opening the store")));
        }
    };
    ready.say(Ok(()));
    let (mut pace, mut watch) = (Pace::default(), Watch::default());
    while let Some(first) = watch.next(waiting) {
        // The clock and the wakers are code of others. Whatever they do, the next group is written; callers without an
        // answer are told that the outcome is unknown.
        let written = catch_unwind(AssertUnwindSafe(|| {
            let begun = Instant::now();
            let mut group = Group::default();
            group.take(first);
            // What goes beside the log shares a transaction too, where no commit waits for it.
            while group.repliers.is_empty()
                && group.beside.len() < task.max_group
                && let Ok(next) = waiting.try_recv()
            {
                group.take(next);
            }
            if !group.repliers.is_empty() {
                let is_ready = task.place.check_in_place().and_then(|()| keeper.settle());
                let answers = match is_ready {
                    Ok(()) => write_group(task, &mut append, &mut group, waiting, pace),
                    Err(trouble) => answers_to_failed_begin(task, trouble, group.links.len()),
                };
                if append.has_failed_to_commit() {
                    keeper.doubt();
                }
                pace = Pace {
                    callers: group.repliers.len(),
                    took: begun.elapsed(),
                };
                task.took.publish(pace.took);
                let mut answers = answers.into_iter();
                for (commits, replier) in group.repliers {
                    replier.send(answers.by_ref().take(commits).collect());
                }
            }
            if !group.beside.is_empty() {
                keeper.carry_out(&task.place, group.beside);
                task.head.rows_moved.notify_all();
            }
        }));
        if written.is_err() {
            tracing::error!("a panic while writing was caught");
            append.roll_back();
        }
    }
}

/// What is written as one transaction.
#[derive(Default)]
struct Group {
    links: Vec<Link>,
    /// Whom to answer, each for so many commits.
    repliers: Vec<(usize, Replier<Vec<Answer>>)>,
    bytes: usize,
    /// What is done once they are answered.
    beside: Vec<Box<dyn beside::Task>>,
}

/// A commit in its chain.
struct Link {
    entry: Entry,
    /// Whether it was decided on the one before it.
    is_behind_another: bool,
}

impl Group {
    /// Whether it takes more.
    fn has_room(&self, max_group: usize) -> bool {
        self.links.len() < max_group && self.bytes < GROUP_BYTES
    }

    fn take(&mut self, request: Request) {
        let (chain, answers) = match request {
            Request::Chain(chain, answers) => (chain, answers),
            Request::Beside(task) => return self.beside.push(task),
        };
        self.repliers.push((chain.len(), answers));
        for (place, entry) in chain.into_iter().enumerate() {
            let is_behind_another = place > 0;
            self.bytes += entry.bytes;
            self.links.push(Link {
                entry,
                is_behind_another,
            });
        }
    }
}

/// How the last group went.
#[derive(Clone, Copy, Default)]
struct Pace {
    callers: usize,
    took: Duration,
}

impl Pace {
    /// For how long at most nobody comes before a group of fewer callers than the last one is closed: they were answered a
    /// moment ago and may be about to ask again. Without waiting, the first of them takes the transaction and the others
    /// miss it, which on a disk costs a quarter of the throughput; a small part of what writing takes is a good price for
    /// that.
    fn patience(self) -> Duration {
        (self.took / 8).min(Duration::from_millis(1))
    }
}

/// Writes what waits as one transaction, one answer per commit. Commits that come while others are written go with them.
fn write_group(
    task: &Task,
    append: &mut Append<'_>,
    group: &mut Group,
    waiting: &Receiver<Request>,
    last: Pace,
) -> Vec<Answer> {
    // Before the lock is waited for, so that whoever waits already waits for it once.
    while group.has_room(task.max_group)
        && let Ok(next) = waiting.try_recv()
    {
        group.take(next);
    }
    if let Err(trouble) = append.begin(task.clock.now()) {
        return answers_to_failed_begin(task, trouble, group.links.len());
    }
    let mut since = Instant::now();
    let mut answers: Vec<Answer> = Vec::with_capacity(group.links.len());
    loop {
        if carry_out(task, append, &group.links, false, &mut answers).is_err() {
            return write_parts(task, append, &group.links);
        }
        if !group.has_room(task.max_group) {
            break;
        }
        match waiting.try_recv() {
            Ok(next) => {
                group.take(next);
                append.move_to(task.clock.now());
                since = Instant::now();
            }
            Err(_) if group.repliers.len() >= last.callers => break,
            Err(_) if since.elapsed() >= last.patience() => break,
            // Sleeping and being woken would take longer than what is waited for.
            Err(_) => thread::yield_now(),
        }
    }
    commit(task, append, answers)
}

/// Writes commits of which one breaks the transaction it shares with others. It is answered alone: those before it are
/// written without it, and then those behind it.
fn write_parts(task: &Task, append: &mut Append<'_>, links: &[Link]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::with_capacity(links.len());
    let mut end = links.len();
    while answers.len() < links.len() {
        let start = answers.len();
        let is_void = answers.last().is_some_and(voids_what_follows);
        match write_transaction(task, append, &links[start..end], is_void) {
            Ok(stored) => {
                answers.extend(stored);
                end = links.len();
            }
            Err(Broken { place: 0, error }) => {
                tracing::debug!(%error, "a commit is refused alone");
                answers.push(Err(error));
                end = links.len();
            }
            Err(Broken { place, .. }) => end = start + place,
        }
    }
    answers
}

/// Whether what was decided on a commit was decided on a state that never was: it is refused, or its command had been
/// carried out before.
pub(crate) fn voids_what_follows(answer: &Answer) -> bool {
    !matches!(answer, Ok(receipt) if !receipt.repeated)
}

/// Nothing of a transaction was stored, since the commit of this place in it cannot be carried out.
struct Broken {
    place: usize,
    error: StoreError,
}

/// Writes commits as one transaction. `is_void` tells whether a chain that goes on with the first one has broken before it.
fn write_transaction(
    task: &Task,
    append: &mut Append<'_>,
    links: &[Link],
    is_void: bool,
) -> Result<Vec<Answer>, Broken> {
    if let Err(trouble) = append.begin(task.clock.now()) {
        return Ok(answers_to_failed_begin(task, trouble, links.len()));
    }
    let mut answers = Vec::with_capacity(links.len());
    carry_out(task, append, links, is_void, &mut answers)?;
    Ok(commit(task, append, answers))
}

/// Carries out, in the running transaction, the commits that have no answer yet.
fn carry_out(
    task: &Task,
    append: &mut Append<'_>,
    links: &[Link],
    is_void: bool,
    answers: &mut Vec<Answer>,
) -> Result<(), Broken> {
    for (place, link) in links.iter().enumerate().skip(answers.len()) {
        let is_void = answers.last().map_or(is_void, voids_what_follows);
        let answer = if link.is_behind_another && is_void {
            Err(StoreError::Behind)
        } else {
            match append.append(&link.entry) {
                Ok(receipt) => Ok(receipt),
                Err(Stop::Refused(error)) => Err(error),
                Err(Stop::RefusedTooLate(error)) => {
                    append.roll_back();
                    return Err(Broken { place, error });
                }
                Err(Stop::Trouble(trouble)) => {
                    append.roll_back();
                    let error = task.place.failure(trouble).nothing_stored(APPEND);
                    return Err(Broken { place, error });
                }
            }
        };
        answers.push(answer);
    }
    Ok(())
}

/// Makes the running transaction durable. Refusals wait for it as well, since they may rest on what it has stored.
fn commit(task: &Task, append: &mut Append<'_>, answers: Vec<Answer>) -> Vec<Answer> {
    match append.commit() {
        Ok(last) => {
            if let Some(last) = last {
                task.head.publish(last);
            }
            answers
        }
        Err(trouble) => answers_to_failed_commit(task, append, trouble, answers),
    }
}

fn answers_to_failed_begin(task: &Task, trouble: Trouble, commits: usize) -> Vec<Answer> {
    let failure = task.place.failure(trouble);
    tracing::warn!(%failure, commits, "a group of commits could not be begun");
    (0..commits)
        .map(|_| Err(failure.nothing_stored(APPEND)))
        .collect()
}

fn answers_to_failed_commit(
    task: &Task,
    append: &mut Append<'_>,
    trouble: Trouble,
    answers: Vec<Answer>,
) -> Vec<Answer> {
    append.roll_back();
    let is_undone = trouble.leaves_commit_undone();
    let failure = task.place.failure(trouble);
    tracing::warn!(%failure, is_undone, commits = answers.len(), "a group of commits failed");
    let answer = |answer: Answer| {
        Err(if is_undone || answer.is_err() {
            failure.nothing_stored(APPEND)
        } else {
            failure.outcome_unknown(APPEND)
        })
    };
    answers.into_iter().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use es_runtime::Commit;

    use super::*;
    use crate::open;

    /// In the tests of whole stores, looking at the file would hide it if the writer told nobody.
    #[tokio::test]
    async fn the_writer_says_how_far_the_log_reaches() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::default();
        let (place, connections) = open::open(&folder.path().join("app.db"), &options).unwrap();
        let head = Arc::new(Head::default());
        let writer =
            Writer::start(Arc::new(place), connections.writer, &options, head.clone()).unwrap();

        let nothing = Entry::new(Commit::default()).unwrap();
        assert!(writer.append(vec![nothing]).await[0].is_ok());
        assert!(!head.has_passed(None));
        let event = Entry::new(crate::append::tests::one_event()).unwrap();
        assert!(writer.append(vec![event]).await[0].is_ok());
        assert!(head.has_passed(None));
    }
}
