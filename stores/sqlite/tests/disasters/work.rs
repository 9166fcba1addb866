//! What the other process does: appends or reads, and says line by line what it asks, what it is answered, what it sees.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use es_runtime::contract::history::{Append, Outcome, Seen};
use es_runtime::{
    CommandId, Commit, EventId, EventStore, Expected, Fingerprint, NewEvent, Query, Slice,
    Snapshot, StoreError, Uuid, Version,
};
use es_sqlite::{Durability, SqliteStore};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::common::*;
use crate::random::Random;

/// Where the other process finds its task.
pub(crate) const TASK: &str = "ES_SQLITE_TEST_TASK";

/// What marks a line that is said to the parent, among those of the test harness.
pub(crate) const MARK: char = '@';

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) role: Role,
    pub(crate) file: PathBuf,
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Appends for ever, several at a time.
    Write,
    /// Reads the log for ever.
    Follow,
    /// Opens the store so many times, and appends so many commits each time.
    Sessions {
        sessions: u64,
        commits: u64,
        is_full: bool,
    },
    /// Appends so many commits, one after the other; each that fails is repeated under its command id, at most so often.
    Repeat { commits: u64, tries: u32 },
}

/// What is said to the parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Said {
    /// An append begins; its command can be repeated under this id.
    Begun {
        number: u64,
        append: Append,
        command: Option<CommandId>,
    },
    Answered {
        number: u64,
        end: u64,
        outcome: Outcome,
        is_repeated: bool,
    },
    Failed {
        /// Nothing where the store could not even be opened.
        number: Option<u64>,
        failure: Failure,
        text: String,
    },
    Saw(Vec<Seen>),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    Transient,
    Permanent,
    OutcomeUnknown,
}

/// The one clock of all processes.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap()
}

/// What the other process does; nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_process() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let task: Task = serde_json::from_str(&task).unwrap();
    match task.role {
        Role::Write => {
            let store = SqliteStore::open(&task.file).unwrap();
            // A log that grows slowly is judged more often.
            write(&store, task.seed, u64::MAX, Duration::from_millis(5)).await;
        }
        Role::Follow => follow(&SqliteStore::open(&task.file).unwrap()).await,
        Role::Sessions {
            sessions,
            commits,
            is_full,
        } => {
            let durability = match is_full {
                true => Durability::Full,
                false => Durability::LosesLastCommitsOnPowerCut,
            };
            for session in 0..sessions {
                let store = SqliteStore::options()
                    .durability(durability)
                    .open(&task.file)
                    .unwrap();
                write(&store, task.seed + 10 * session, commits, Duration::ZERO).await;
            }
        }
        Role::Repeat { commits, tries } => repeat(&task, commits, tries).await,
    }
    say(&Said::Done);
}

/// Past the test harness, which would keep it, and in one piece.
fn say(said: &Said) {
    let line = format!("\n{MARK}{}\n", serde_json::to_string(said).unwrap());
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Appends from two tasks at a time.
async fn write(store: &SqliteStore, seed: u64, commits: u64, pause: Duration) {
    let tasks = (0..2).map(|task| {
        let mut worker = Worker::new(store.clone(), seed + task);
        tokio::spawn(async move {
            for _ in 0..commits.div_ceil(2) {
                worker.append().await;
                tokio::time::sleep(pause).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

struct Worker {
    store: SqliteStore,
    random: Random,
    /// Where it has last seen the stream that all write to.
    shared: Option<Version>,
}

impl Worker {
    fn new(store: SqliteStore, seed: u64) -> Self {
        Self {
            store,
            random: Random::new(seed),
            shared: None,
        }
    }

    async fn append(&mut self) {
        let commit = self.commit();
        let number = self.random.next();
        begin(number, &commit);
        let answer = self.store.append(commit).await;
        self.shared = match &answer {
            Ok(receipt) => receipt.version_of(&stream("shared")).or(self.shared),
            Err(StoreError::Conflict(conflict)) => conflict.actual,
            Err(_) => self.shared,
        };
        end(number, &answer);
        if let Some(version) = self.shared
            && self.random.percent(30)
        {
            self.keep_snapshot(version).await;
        }
    }

    /// Written without a sync, between commits that are synced.
    async fn keep_snapshot(&mut self, version: Version) {
        let snapshot = Snapshot {
            stream: stream("shared"),
            version,
            event: EventId::from(Uuid::from_u128(version.get().into())),
            fingerprint: Fingerprint::of(&[]),
            body: vec![b'x'; self.random.below(10_000)],
        };
        self.store.keep_snapshot(snapshot).await.unwrap();
    }

    /// For one stream that all write to, or that stands where it was last seen, or is new; or for several.
    fn commit(&mut self) -> Commit {
        let random = &mut self.random;
        let own = format!("own-{:x}", random.next());
        let writes = match random.below(4) {
            0 => vec![write_to("shared", Expected::Any, random)],
            1 => vec![write_to("shared", Expected::as_loaded(self.shared), random)],
            2 => vec![write_to(&own, Expected::Missing, random)],
            _ => vec![
                write_to("left", Expected::Any, random),
                write_to(&own, Expected::Missing, random),
                write_to("right", Expected::Any, random),
            ],
        };
        let mut commit = commit(writes);
        if random.percent(50) {
            commit.command = Some(command(&own, "x"));
        }
        commit
    }
}

fn write_to(key: &str, expected: Expected, random: &mut Random) -> es_runtime::StreamWrite {
    let events = (0..=random.below(3)).map(|_| NewEvent {
        body: vec![b'x'; random.below(2_000)],
        ..tagged("deposited", &["t"])
    });
    crate::common::write(key, expected, events.collect())
}

fn begin(number: u64, commit: &Commit) {
    say(&Said::Begun {
        number,
        append: Append::begun(now(), commit),
        command: commit.command.as_ref().map(|command| command.id),
    });
}

fn end(number: u64, answer: &Result<es_runtime::Receipt, StoreError>) {
    say(&Said::Answered {
        number,
        end: now(),
        outcome: Outcome::of(answer),
        is_repeated: answer.as_ref().is_ok_and(|receipt| receipt.repeated),
    });
}

async fn follow(store: &SqliteStore) {
    let mut last = None;
    loop {
        let page = store
            .read_log(Query::all(), Slice::after(last, 500))
            .await
            .unwrap()
            .events;
        match page.last() {
            Some(event) => last = Some(event.position()),
            None => store.changed(last).await.unwrap(),
        }
        say(&Said::Saw(page.iter().map(Seen::from).collect()));
    }
}

async fn repeat(task: &Task, commits: u64, tries: u32) {
    let mut store = None;
    for _ in 0..tries {
        match SqliteStore::open(&task.file) {
            Ok(opened) => {
                store = Some(opened);
                break;
            }
            Err(error) => fail(None, &error),
        }
    }
    let Some(store) = store else { return };
    for number in 0..commits {
        let name = format!("{}-{number}", task.seed);
        let mut commit = commit(vec![
            crate::common::write("a", Expected::Any, large(2)),
            crate::common::write(&name, Expected::Missing, large(2)),
        ]);
        commit.command = Some(command(&name, "x"));
        begin(number, &commit);
        for _ in 0..tries {
            match store.append(commit.clone()).await {
                Err(error) => fail(Some(number), &error),
                answer => {
                    end(number, &answer);
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Readers go on, whatever the writer has met.
        let read = store.read_stream(stream("a"), Slice::last(10)).await;
        if let Err(error) = read {
            fail(None, &error);
        }
    }
}

fn large(many: usize) -> Vec<NewEvent> {
    let event = || NewEvent {
        body: vec![b'x'; 1_500],
        ..tagged("deposited", &["t"])
    };
    (0..many).map(|_| event()).collect()
}

fn fail(number: Option<u64>, error: &StoreError) {
    let failure = match error {
        StoreError::Transient { .. } => Failure::Transient,
        StoreError::Permanent { .. } => Failure::Permanent,
        StoreError::OutcomeUnknown { .. } => Failure::OutcomeUnknown,
        error => panic!("{error}"),
    };
    say(&Said::Failed {
        number,
        failure,
        text: error.to_string(),
    });
}
