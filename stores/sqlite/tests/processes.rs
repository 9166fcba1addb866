//! Several processes on one file. The other process is this test binary, started again with a task in its environment.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use es_runtime::{EventStore, Expected};
use es_sqlite::SqliteStore;

const TASK: &str = "ES_SQLITE_TEST_TASK";
const FILE: &str = "ES_SQLITE_TEST_FILE";

fn start(program: &Path, task: &str, file: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--exact", "the_other_process", "--nocapture"])
        .env(TASK, task)
        .env(FILE, file)
        .stdout(Stdio::piped());
    command
}

fn other_process(task: &str, file: &Path) -> Child {
    start(&std::env::current_exe().unwrap(), task, file)
        .spawn()
        .unwrap()
}

/// What the other process does; nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_process() {
    let (Ok(task), Ok(file)) = (std::env::var(TASK), std::env::var(FILE)) else {
        return;
    };
    match task.as_str() {
        "open" => match SqliteStore::open(&file) {
            Ok(_) => say("opened"),
            Err(error) => say(&error.to_string()),
        },
        "append when told" => {
            let store = SqliteStore::open(&file).unwrap();
            say("ready");
            for _ in std::io::stdin().lines() {
                store.append(one("a", Expected::Any)).await.unwrap();
                say("written");
            }
        }
        "append 300" => append_to_shared(SqliteStore::open(&file).unwrap(), 300).await,
        task => panic!("{task}"),
    }
}

/// Appends to a stream that everybody appends to; another process says what was acknowledged.
async fn append_to_shared(store: SqliteStore, many: u64) {
    for _ in 0..many {
        let receipt = store.append(one("shared", Expected::Any)).await.unwrap();
        if std::env::var(TASK).is_ok() {
            let position = receipt.last_position().unwrap();
            let version = receipt.version_of(&stream("shared")).unwrap();
            say(&format!("ack {position} {version}"));
        }
    }
}

/// Past the test harness, which would keep it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

fn acknowledged(line: &str) -> Option<(u64, u64)> {
    let (position, version) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((position.parse().ok()?, version.parse().ok()?))
}

async fn assert_stored(store: &SqliteStore, acknowledged: &BTreeMap<u64, u64>) {
    let events = log(store).await;
    assert_eq!(
        positions(&events),
        (1..=events.len() as u64).collect::<Vec<_>>()
    );
    let shared: BTreeMap<u64, u64> = read(store, "shared")
        .await
        .iter()
        .map(|event| (event.position().get(), event.version().get()))
        .collect();
    assert!(
        shared.values().copied().eq(1..=shared.len() as u64),
        "versions in the order of positions"
    );
    for (position, version) in acknowledged {
        assert_eq!(shared.get(position), Some(version), "position {position}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_append_to_one_file_at_the_same_time() {
    let fixture = Fixture::new();
    let children: Vec<_> = (0..2)
        .map(|_| other_process("append 300", &fixture.path()))
        .collect();
    append_to_shared(fixture.store.clone(), 300).await;
    let mut stored = BTreeMap::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        stored.extend(
            String::from_utf8(output.stdout)
                .unwrap()
                .lines()
                .filter_map(acknowledged),
        );
    }
    assert_eq!(stored.len(), 600);
    assert_stored(&fixture.store, &stored).await;
    assert_eq!(log(&fixture.store).await.len(), 900);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_another_process_wakes_who_waits_within_100_milliseconds() {
    let fixture = Fixture::new();
    let program = std::env::current_exe().unwrap();
    let mut command = start(&program, "append when told", &fixture.path());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until_it_says = |said: &str| while lines.next().unwrap().unwrap() != said {};
    until_it_says("ready");
    let mut took = Vec::new();
    for _ in 0..9 {
        let store = fixture.store.clone();
        let after = store.head().await.unwrap();
        let waiting =
            tokio::spawn(async move { store.changed(after).await.map(|()| Instant::now()) });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        until_it_says("written");
        let written = Instant::now();
        let woken = tokio::time::timeout(Duration::from_secs(5), waiting).await;
        let woken = woken.unwrap().unwrap().unwrap();
        took.push(woken.saturating_duration_since(written));
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    took.sort_unstable();
    assert!(took[4] < Duration::from_millis(100), "{took:?}");
}

/// The superuser may write to anything, so the other process is nobody where this one is the superuser.
#[cfg(unix)]
#[test]
fn a_file_or_folder_that_is_read_only_is_a_clear_error() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    // Where nobody can reach it.
    let program = folder.path().join("other-process");
    // By a process of its own: a child that another test starts meanwhile would hold the file open for writing, and so
    // nobody could run it.
    let mut copy = Command::new("cp");
    copy.arg(std::env::current_exe().unwrap()).arg(&program);
    assert!(copy.status().unwrap().success());
    let set_mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let is_superuser = std::fs::metadata(&path).unwrap().uid() == 0;
    let open = |path: &Path| {
        let mut command = start(&program, "open", path);
        if is_superuser {
            command.uid(65_534);
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };

    set_mode(folder.path(), 0o555);
    set_mode(&path, 0o444);
    let said = open(&path);
    assert!(said.contains("app.db is read-only"), "{said}");
    set_mode(&path, 0o666);
    let said = open(&path);
    assert!(
        said.contains("app.db") && said.contains("writable"),
        "{said}"
    );
    let said = open(&folder.path().join("new.db"));
    assert!(
        said.contains("new.db") && said.contains("writable"),
        "{said}"
    );
    set_mode(folder.path(), 0o777);
    let said = open(&path);
    assert!(said.contains("opened"), "{said}");
}
