//! More rows than there is room for: they come and go, and the memory that folding takes stays bounded.

use std::process::Command;

use es_runtime::prelude::*;
use es_runtime::{
    Codec, Commit, EventId, EventName, Expected, NewEvent, SchemaVersion, StreamWrite,
};
use es_sqlite::{Durability, SqliteStore};
use es_tests::account::Account;

use super::{Balance, id};

const FILE: &str = "ES_LARGE_FILE";
const ACCOUNTS: usize = 40_000;

/// What the rebuild of more than a hundred megabytes of rows may take; the rest of the process included.
const AT_MOST_KIB: u64 = 150 * 1024;

fn projections(file: &str) -> Projections<SqliteStore> {
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    Projections::new(options.open(file).unwrap()).with::<Balance>()
}

fn event(number: usize, name: &'static str, body: Vec<u8>) -> NewEvent {
    NewEvent {
        id: EventId::from(Uuid::from_u128(number as u128 + 1)),
        name: EventName::from_static(name),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: Vec::new(),
        body,
    }
}

/// An account for each number, whose owner has a name of three kilobytes; behind them all a deposit to each.
async fn fill(store: &SqliteStore) {
    let owner = "x".repeat(3_000);
    let opened = format!(r#"{{"owner":"{owner}"}}"#).into_bytes();
    for (round, name) in ["opened", "deposited"].into_iter().enumerate() {
        for first in (0..ACCOUNTS).step_by(500) {
            let writes = (first..first + 500).map(|account| {
                let body = match round {
                    0 => opened.clone(),
                    _ => format!(r#"{{"amount":{account}}}"#).into_bytes(),
                };
                StreamWrite {
                    stream: Account::stream(&id(&account.to_string())),
                    expected: Expected::Any,
                    events: vec![event(round * ACCOUNTS + account, name, body)],
                }
            });
            let commit = Commit {
                writes: writes.collect(),
                ..Commit::default()
            };
            store.append(commit).await.unwrap();
        }
    }
}

/// What the process does that rebuilds; nothing where it is run as a test.
#[test]
fn rebuild_within_bounds() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let projections = projections(&file);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        projections.rebuild("Balance", |_| {}).await.unwrap();
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < AT_MOST_KIB, "{peak} KiB were needed");
}

#[tokio::test]
async fn rows_that_have_no_room_come_when_they_are_needed_and_memory_stays_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db").display().to_string();
    let projections = projections(&file);
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    fill(&options.open(&file).unwrap()).await;
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "large::rebuild_within_bounds"])
        .env(FILE, &file)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");

    let balances = projections.read::<Balance>();
    assert_eq!(balances.count(Find::all()).await.unwrap(), ACCOUNTS as u64);
    for account in [0, 1, 499, 500, 20_000, ACCOUNTS - 1] {
        let row = balances
            .get(&id(&account.to_string()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.amount, row.changes), (account as i64, 1));
    }
}
