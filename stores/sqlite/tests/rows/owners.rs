//! One owner for each name, over all stores on a file and all processes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use es_runtime::{RowStore, RowsOwner, StoreError};
use es_sqlite::{LockError, SqliteStore};

use crate::common::Fixture;

const FILE: &str = "ES_SQLITE_TEST_OWNED_FILE";

/// Long enough for whoever may own to own.
const MOMENT: Duration = Duration::from_millis(200);

async fn own(store: &SqliteStore, name: &str) -> RowsOwner {
    let owning = store.own_rows(name.to_owned());
    let owner = tokio::time::timeout(Duration::from_secs(5), owning).await;
    owner.unwrap().unwrap()
}

async fn is_owned(store: &SqliteStore, name: &str) -> bool {
    let owning = store.own_rows(name.to_owned());
    tokio::time::timeout(MOMENT, owning).await.is_err()
}

#[tokio::test]
async fn a_name_has_one_owner_at_a_time() {
    let fixture = Fixture::new();
    let other = SqliteStore::open(fixture.path()).unwrap();
    let owner = own(&fixture.store, "Balances").await;
    assert!(is_owned(&fixture.store, "Balances").await);
    assert!(is_owned(&other, "Balances").await);
    drop(own(&other, "balances").await);
    drop(own(&other, "Balances ").await);

    let waiting = tokio::spawn(async move { own(&other, "Balances").await });
    tokio::time::sleep(MOMENT).await;
    assert!(!waiting.is_finished());
    drop(owner);
    let owner = waiting.await.unwrap();
    assert!(is_owned(&fixture.store, "Balances").await);
    drop(owner);
    assert!(!is_owned(&fixture.store, "Balances").await);
}

#[tokio::test]
async fn many_who_wait_own_one_after_the_other() {
    let fixture = Fixture::new();
    let owner = own(&fixture.store, "Balances").await;
    let store = fixture.store.clone();
    let all = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { drop(own(&store, "Balances").await) })
    });
    let all: Vec<_> = all.collect();
    drop(owner);
    for waiting in all {
        waiting.await.unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_file_leads_to_the_same_owner() {
    let fixture = Fixture::new();
    let link = fixture.folder.path().join("link.db");
    std::os::unix::fs::symlink(fixture.path(), &link).unwrap();
    let other = SqliteStore::open(&link).unwrap();
    let _owner = own(&fixture.store, "Balances").await;
    assert!(is_owned(&other, "Balances").await);
}

#[tokio::test]
async fn a_lock_that_cannot_be_created_is_a_typed_error() {
    let fixture = Fixture::new();
    // The name of the lock is as good as that of the file is: too long for one.
    let path = fixture.folder.path().join("x".repeat(240));
    let store = SqliteStore::open(&path).unwrap();
    let refused = store.own_rows("Balances".to_owned()).await.unwrap_err();
    let StoreError::Permanent { cause, .. } = &refused else {
        panic!("{refused}");
    };
    let cause = cause.downcast_ref::<LockError>().unwrap();
    assert!(cause.to_string().contains("-rows-Balances-"), "{cause}");
}

/// What the other process does; nothing in an ordinary run.
#[tokio::test]
async fn the_other_process() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let store = SqliteStore::open(&file).unwrap();
    let _owner = own(&store, "Balances").await;
    let mut out = std::io::stdout();
    writeln!(out, "\nowned").unwrap();
    out.flush().unwrap();
    // Until it is killed.
    std::io::stdin().lines().for_each(drop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_process_of_the_owner_is_killed_the_next_one_owns_within_a_second() {
    let fixture = Fixture::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owners::the_other_process", "--nocapture"])
        .env(FILE, fixture.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while lines.next().unwrap().unwrap() != "owned" {}
    assert!(is_owned(&fixture.store, "Balances").await);
    let store = fixture.store.clone();
    let waiting = tokio::spawn(async move {
        let owner = own(&store, "Balances").await;
        (owner, Instant::now())
    });
    tokio::time::sleep(MOMENT).await;
    assert!(!waiting.is_finished());
    child.kill().unwrap();
    let killed = Instant::now();
    child.wait().unwrap();
    let (_owner, owned) = waiting.await.unwrap();
    let took = owned.saturating_duration_since(killed);
    assert!(took < Duration::from_secs(1), "{took:?}");
}
