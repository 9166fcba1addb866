//! Chaos: runners that are killed at any moment while others write, two at a time, with rules that fail now and then. Every
//! position is taken in exactly once.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use es_runtime::prelude::*;
use es_runtime::{Query, Slice};
use es_sqlite::{Durability, SqliteStore};
use es_tests::account::{Deposit, Deposited, Opened, Withdrawn};
use serde::{Deserialize, Serialize};

use super::{Balance, id, open};

/// A row for each position: an event that is taken in twice stops the projection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Applied",
    key(position),
    on_error(retry(100)),
    events(Opened: insert(at), Deposited: insert(at), Withdrawn: insert(at))
)]
struct Applied {
    position: u64,
    stream: String,
}

static TRIES: AtomicU32 = AtomicU32::new(0);

/// Fails two times of three.
fn now_and_then(cx: &EventContext<'_>) -> Applied {
    assert!(TRIES.fetch_add(1, Ordering::Relaxed) % 3 == 2, "not now");
    Applied {
        position: cx.position().get(),
        stream: cx.stream().to_string(),
    }
}

macro_rules! applied {
    ($($event:ty),*) => {$(
        impl At<$event> for Applied {
            fn at(_: &$event, cx: &EventContext<'_>) -> u64 {
                cx.position().get()
            }
        }

        impl Insert<$event> for Applied {
            fn insert(_: u64, _: $event, cx: &EventContext<'_>) -> Self {
                now_and_then(cx)
            }
        }
    )*};
}

applied!(Opened, Deposited, Withdrawn);

const FILE: &str = "ES_CHAOS_FILE";
const ROUNDS: usize = 50;
const WRITERS: u8 = 4;

fn store(file: &str) -> SqliteStore {
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    options.open(file).unwrap()
}

fn projections(store: SqliteStore) -> Projections<SqliteStore> {
    Projections::new(store).with::<Balance>().with::<Applied>()
}

/// What a runner's process does; nothing where it is run as a test.
#[test]
fn run_for_as_long_as_the_process_lives() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(projections(store(&file)).run()).unwrap();
}

struct Runner(Child);

impl Runner {
    fn start(file: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "chaos::run_for_as_long_as_the_process_lives"])
            .env(FILE, file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_that_are_killed_take_in_every_position_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db").display().to_string();
    let ours = store(&file);
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (app, ends) = (App::new(store(&file)), ends.clone());
            tokio::spawn(async move {
                let name = writer.to_string();
                open(&app, &name).await;
                while !ends.load(Ordering::Relaxed) {
                    app.execute(&id(&name), Deposit { amount: 1 })
                        .await
                        .unwrap();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        })
        .collect();

    let mut runners = [Runner::start(&file), Runner::start(&file)];
    for round in 0..ROUNDS {
        tokio::time::sleep(Duration::from_millis(round as u64 * 7_919 % 80)).await;
        runners[round % 2] = Runner::start(&file);
    }
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }

    let head = ours.head().await.unwrap().unwrap();
    let projections = projections(ours.clone());
    let applied = projections.read::<Applied>();
    let waited = tokio::time::timeout(Duration::from_secs(60), applied.wait_until(head));
    waited.await.expect("it takes too long").unwrap();
    let balances = projections.read::<Balance>();
    balances.wait_until(head).await.unwrap();
    drop(runners);

    let (mut expected, mut reached) = (Vec::new(), None);
    loop {
        let page = ours
            .read_log(Query::all(), Slice::after(reached, 1_000))
            .await
            .unwrap();
        let Some(until) = page.reached else { break };
        expected.extend(page.events.iter().map(|event| event.position().get()));
        reached = Some(until);
    }
    let rows = applied.find(Find::all()).await.unwrap().rows;
    let found: Vec<_> = rows.iter().map(|row| row.position).collect();
    assert_eq!(found, expected);

    let mut folded = MemoryRows::<Balance>::new();
    folded.catch_up(&ours).await.unwrap();
    let folded = folded.find(Find::all()).unwrap();
    assert_eq!(balances.find(Find::all()).await.unwrap().rows, folded.rows);
    assert!(
        found.len() > 1_000,
        "only {} events were written",
        found.len()
    );
}
