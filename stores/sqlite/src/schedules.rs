//! The queue of the writer under many schedules: whoever keeps being polled is answered, each commit is stored once at most
//! and where its receipt says, whoever leaves, sleeps or is faster.
//!
//! `RUSTFLAGS="--cfg es_shuttle" cargo test -p es-sqlite --lib schedules --target-dir target/shuttle`

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use es_runtime::schedules::explore;
use es_runtime::{
    Category, Commit, EventId, Expected, Position, StoreError, StreamId, Uuid, Version,
};
use rusqlite::Connection;
use shuttle::future::block_on;
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, JoinHandle};

use crate::append::Entry;
use crate::append::tests::one_event;
use crate::error::Place;
use crate::options::SqliteOptions;
use crate::sql;
use crate::watch::{Head, Watch};
use crate::writer::{Answer, Writer};

#[test]
fn whoever_keeps_being_polled_is_answered_and_each_commit_is_stored_where_its_receipt_says() {
    explore(callers_of_a_writer);
}

/// The numbers of the events, by which the test knows them again.
const STEADY: [u64; 3] = [0, 10, 20];
const LEAVING: u64 = 30;
const SLEEPING: u64 = 40;
const CHAINS: u64 = 2;

fn callers_of_a_writer() {
    let file = File::new();
    let head = Arc::new(Head::default());
    let options = SqliteOptions::default().max_group(thread_rng().gen_range(1..5));
    let writer = Writer::start(place(), file.connect(), &options, head.clone()).unwrap();
    let (writer, watch) = (
        Arc::new(writer),
        Watch::start(place(), File::new().connect(), head).unwrap(),
    );
    let mut steady = Vec::new();
    for first in &STEADY[..thread_rng().gen_range(1..=STEADY.len())] {
        steady.push(appends(&writer, *first));
    }
    let follower = follows(watch, 2 * CHAINS * steady.len() as u64);
    let leaving = thread_rng()
        .r#gen::<bool>()
        .then(|| polls_once(&writer, LEAVING));
    let sleeping = thread_rng()
        .r#gen::<bool>()
        .then(|| polls_once(&writer, SLEEPING));
    let mut asked = Vec::new();
    if let Some(leaving) = leaving {
        drop(leaving.join().unwrap());
        asked.push(LEAVING);
    }
    let acknowledged: Vec<Acknowledged> = steady
        .into_iter()
        .flat_map(|caller| caller.join().unwrap())
        .collect();
    let asleep = sleeping.map(|sleeping| {
        asked.push(SLEEPING);
        sleeping.join().unwrap()
    });
    follower.join().unwrap();
    // Whatever was asked for before the writer goes is carried out, whoever still waits for it.
    drop(writer);
    drop(asleep);
    file.check(&acknowledged, &asked);
}

/// An event, and where a receipt says that it stands.
struct Acknowledged {
    number: u64,
    version: Version,
    position: Position,
}

/// A thread that appends chains of two commits, the second decided on the first, until each chain is stored.
fn appends(writer: &Arc<Writer>, first: u64) -> JoinHandle<Vec<Acknowledged>> {
    let writer = writer.clone();
    thread::spawn(move || {
        let (mut acknowledged, mut known) = (Vec::new(), None);
        for number in (first..).step_by(2).take(usize::try_from(CHAINS).unwrap()) {
            loop {
                let next = Some(Version::after(known));
                let chain = vec![
                    one("shared", number, Expected::as_loaded(known)),
                    one("shared", number + 1, Expected::as_loaded(next)),
                ];
                match &block_on(writer.append(chain))[..] {
                    [Ok(one), Ok(two)] => {
                        for (number, receipt) in [(number, one), (number + 1, two)] {
                            acknowledged.push(Acknowledged {
                                number,
                                version: receipt.streams[0].after.unwrap(),
                                position: receipt.last_position().unwrap(),
                            });
                        }
                        known = two.streams[0].after;
                        break;
                    }
                    // What the second expects may be true by now, though the first was refused.
                    [Err(StoreError::Conflict(conflict)), Err(StoreError::Behind)] => {
                        known = conflict.actual;
                    }
                    answers => panic!("{answers:?}"),
                }
            }
        }
        acknowledged
    })
}

/// A thread that is told of so many events.
fn follows(watch: Watch, events: u64) -> JoinHandle<()> {
    thread::spawn(move || block_on(watch.changed(Position::new(events - 1))).unwrap())
}

type Waiting = Pin<Box<dyn Future<Output = Vec<Answer>> + Send>>;

/// A thread that has an append polled once, and hands it back if there is no answer yet.
fn polls_once(writer: &Arc<Writer>, number: u64) -> JoinHandle<Option<Waiting>> {
    let writer = Arc::downgrade(writer);
    thread::spawn(move || {
        let writer = writer.upgrade()?;
        let chain = vec![
            one("alone", number, Expected::Any),
            one("alone", number + 1, Expected::Any),
        ];
        let mut waiting: Waiting = Box::pin(async move { writer.append(chain).await });
        match waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Pending => Some(waiting),
            Poll::Ready(answers) => {
                assert!(answers.iter().all(Result::is_ok));
                None
            }
        }
    })
}

fn one(stream: &str, number: u64, expected: Expected) -> Entry {
    let mut commit: Commit = one_event();
    let write = &mut commit.writes[0];
    write.stream = StreamId::new(Category::from_static("account"), stream);
    write.expected = expected;
    write.events[0].id = EventId::from(Uuid::from_u64_pair(0, number));
    Entry::new(commit).unwrap()
}

fn place() -> Arc<Place> {
    Arc::new(Place {
        file: "in memory".into(),
        busy_timeout: Duration::ZERO,
        identity: None,
    })
}

/// A database in memory that several connections share.
struct File {
    name: String,
    /// Keeps it alive, and looks at it once everybody else has gone.
    connection: Connection,
}

impl File {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("schedule-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let connection = connect(&name);
        connection.execute_batch(sql::LAYOUT).unwrap();
        Self { name, connection }
    }

    fn connect(&self) -> Connection {
        connect(&self.name)
    }

    /// Holds the log against what was acknowledged, and against what was asked for by those who did not wait.
    fn check(&self, acknowledged: &[Acknowledged], asked: &[u64]) {
        let mut rows = self
            .connection
            .prepare("select position, key, version, id from event order by position")
            .unwrap();
        let rows = rows.query_map([], |row| {
            let id: [u8; 16] = row.get(3)?;
            let number = u64::try_from(u128::from_be_bytes(id)).unwrap();
            Ok((
                u64::try_from(row.get::<_, i64>(0)?).unwrap(),
                row.get::<_, String>(1)?,
                u64::try_from(row.get::<_, i64>(2)?).unwrap(),
                number,
            ))
        });
        let log: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        assert_eq!(log.len(), acknowledged.len() + 2 * asked.len());
        for event in acknowledged {
            let (position, version) = (event.position.get(), event.version.get());
            let row = (position, "shared".to_owned(), version, event.number);
            assert!(log.contains(&row), "{row:?} is not in {log:?}");
        }
        for number in asked.iter().flat_map(|first| [*first, first + 1]) {
            assert!(log.iter().any(|row| row.1 == "alone" && row.3 == number));
        }
        for (row, position) in log.iter().zip(1..) {
            assert_eq!(row.0, position);
        }
    }
}

fn connect(name: &str) -> Connection {
    Connection::open(format!("file:{name}?mode=memory&cache=shared")).unwrap()
}
