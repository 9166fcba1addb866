//! Opening: what is a store, what is not, and what is left alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use common::*;
use es_runtime::{AnyStore, EventStore, Expected, StoreError};
use es_sqlite::{APPLICATION_ID, OpenError, SqliteStore};
use rusqlite::Connection;

/// Opens what cannot be opened, checks the reason, and gives the message.
macro_rules! refused {
    ($path:expr, $pattern:pat $(if $guard:expr)?) => {
        match SqliteStore::open($path).map(drop) {
            Err(StoreError::Permanent { cause, .. }) => {
                let error = cause.downcast_ref::<OpenError>().unwrap();
                assert!(matches!(error, $pattern $(if $guard)?), "{error}");
                error.to_string()
            }
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn a_folder_is_not_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let message = refused!(folder.path(), OpenError::Folder { .. });
    assert!(message.contains(&*folder.path().to_string_lossy()));
}

#[test]
fn a_missing_folder_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("app.db");
    refused!(&path, OpenError::NoFolder { .. });
    assert!(!path.exists());
}

#[test]
fn names_that_mean_memory_to_sqlite_are_refused() {
    for path in ["", ":memory:"] {
        refused!(path, OpenError::NotAFile { .. });
    }
}

#[test]
fn what_is_not_a_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("short", b"x".to_vec()),
        ("text", b"Not a database.\n".repeat(1_000)),
        ("zeros", vec![0; 8_192]),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        refused!(&path, OpenError::NotADatabase { .. });
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        3,
        "files were left beside"
    );
}

#[test]
fn a_path_that_ends_in_a_slash_names_the_file_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.txt");
    std::fs::write(&path, "h").unwrap();
    refused!(path.join(""), OpenError::NotADatabase { .. });
    assert_eq!(std::fs::read(&path).unwrap(), b"h");
}

#[tokio::test]
async fn a_log_without_its_file_is_left_alone() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let log = std::fs::read(fixture.folder.path().join("app.db-wal")).unwrap();
    let left = |file: Option<&[u8]>| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        std::fs::write(folder.path().join("app.db-wal"), &log).unwrap();
        if let Some(file) = file {
            std::fs::write(&path, file).unwrap();
        }
        refused!(&path, OpenError::LogWithoutFile { .. });
        assert_eq!(
            std::fs::read(folder.path().join("app.db-wal")).unwrap(),
            log
        );
        assert_eq!(std::fs::read(&path).ok().as_deref(), file);
    };
    left(None);
    left(Some(b""));
}

#[test]
fn any_time_can_be_waited_for_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteStore::options().busy_timeout(std::time::Duration::MAX);
    options.open(folder.path().join("app.db")).unwrap();
}

#[test]
fn a_foreign_database_is_left_alone_byte_for_byte() {
    for (journal, id) in [("delete", 0), ("wal", 0), ("wal", 77)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign 100%?#.db");
        let foreign = Connection::open(&path).unwrap();
        foreign
            .execute_batch(&format!(
                "pragma application_id = {id}; pragma journal_mode = {journal}; create table t (a); insert into t values (1)"
            ))
            .unwrap();
        // Still open, so that a log stands beside the file where there is one.
        let before = contents(folder.path());
        for _ in 0..2 {
            refused!(&path, OpenError::Foreign { application_id, .. } if *application_id == id);
            assert_eq!(contents(folder.path()), before, "{journal}");
        }
        drop(foreign);
        let before = contents(folder.path());
        refused!(&path, OpenError::Foreign { .. });
        assert_eq!(contents(folder.path()), before, "{journal}");
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn another_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let database = Connection::open(&path).unwrap();
    database.execute_batch("pragma user_version = 7").unwrap();
    refused!(
        &path,
        OpenError::Newer {
            found: 7,
            known: 4,
            ..
        }
    );
    database.execute_batch("pragma user_version = 2").unwrap();
    refused!(
        &path,
        OpenError::Older {
            found: 2,
            known: 4,
            ..
        }
    );
}

#[tokio::test]
async fn an_empty_file_becomes_a_store_that_says_whose_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    std::fs::write(&path, b"").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    store.append(one("a", Expected::Any)).await.unwrap();
    // From the first moment on, and in the file itself, not only in the log beside it.
    let header = std::fs::read(&path).unwrap();
    assert_eq!(header[68..72], APPLICATION_ID.to_be_bytes());
    let again = SqliteStore::open(&path).unwrap();
    assert_eq!(read(&again, "a").await.len(), 1);
}

#[test]
fn a_store_that_is_closed_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    for _ in 0..2 {
        drop(SqliteStore::open(&path).unwrap());
        assert_eq!(contents(folder.path()).len(), 1);
    }
}

#[tokio::test]
async fn a_path_may_hold_any_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b%20?x=1#é.db");
    for round in 1..=2 {
        let store = SqliteStore::open(&path).unwrap();
        store.append(one("a", Expected::Any)).await.unwrap();
        assert_eq!(read(&store, "a").await.len(), round);
    }
    assert!(path.exists());
}

#[test]
fn a_file_that_is_cut_short_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..4096]).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Permanent { .. }), "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_cut_short_while_its_log_is_taken_up_is_whole_again() {
    let fixture = Fixture::new();
    for _ in 0..100 {
        let commit = one("a", Expected::Any);
        fixture.store.append(commit).await.unwrap();
    }
    let log = std::fs::read(fixture.folder.path().join("app.db-wal")).unwrap();
    let bytes_before = std::fs::read(fixture.path()).unwrap().len();
    let database = Connection::open(fixture.path()).unwrap();
    database
        .query_row("pragma wal_checkpoint", [], |_| Ok(()))
        .unwrap();
    let whole = std::fs::read(fixture.path()).unwrap();

    assert!(bytes_before < whole.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    // The header tells the new size already.
    std::fs::write(&path, &whole[..bytes_before]).unwrap();
    std::fs::write(folder.path().join("app.db-wal"), &log).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(read(&store, "a").await.len(), 100);
    store.append(one("a", at(100))).await.unwrap();
}

#[test]
fn a_file_whose_creation_was_cut_short_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let beside = folder.path().join("app.db-journal");
    // The first page has not reached the disk, another one has.
    let torn = [[0; 4096], [7; 4096]].concat();
    // The magic, then in four bytes each: records, nonce, pages before, bytes of a sector, bytes of a page.
    let journal = |pages: u8| {
        let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        journal.extend([
            0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, pages, 0, 0, 2, 0, 0, 0, 16, 0,
        ]);
        journal.resize(512, 0);
        journal
    };
    for foreign in [journal(2), b"Not a journal.".repeat(40)] {
        std::fs::write(&path, &torn).unwrap();
        std::fs::write(&beside, &foreign).unwrap();
        refused!(&path, OpenError::NotADatabase { .. });
        assert_eq!(std::fs::read(&beside).unwrap(), foreign);
        assert_eq!(std::fs::read(&path).unwrap(), torn);
    }
    std::fs::write(&beside, journal(0)).unwrap();
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(contents(folder.path()).len(), 1);
}

#[test]
fn many_open_a_new_file_at_once() {
    for round in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        if round % 2 == 0 {
            // Every one of them finds the tables, and switches to a log.
            drop(SqliteStore::open(&path).unwrap());
            let database = Connection::open(&path).unwrap();
            database
                .execute_batch("pragma journal_mode = delete")
                .unwrap();
        }
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    SqliteStore::open(&path).unwrap()
                });
            }
        });
    }
}

#[test]
fn the_switch_to_a_log_waits_for_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let writer = Connection::open(&path).unwrap();
    writer
        .execute_batch("pragma journal_mode = delete; begin immediate")
        .unwrap();
    let opening = std::thread::spawn(move || SqliteStore::open(&path));
    std::thread::sleep(Duration::from_millis(200));
    assert!(!opening.is_finished());
    writer.execute_batch("commit").unwrap();
    opening.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_url_names_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let url = format!("sqlite:{}", path.display());
    let store = AnyStore::open(&url, [es_sqlite::opener()]).await.unwrap();
    store.append(one("a", Expected::Any)).await.unwrap();
    drop(store);
    assert_eq!(read(&SqliteStore::open(&path).unwrap(), "a").await.len(), 1);
}

#[test]
fn a_file_that_is_held_exclusively_is_a_transient_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let holder = Connection::open(&path).unwrap();
    holder
        .execute_batch("pragma locking_mode = exclusive; begin exclusive")
        .unwrap();
    let options = SqliteStore::options().busy_timeout(Duration::from_millis(50));
    let error = options.clone().open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Transient { .. }), "{error}");
    assert!(
        error.to_string().contains("app.db") && error.to_string().contains("lock"),
        "{error}"
    );
    drop(holder);
    options.open(&path).unwrap();
}

#[test]
fn opening_does_not_wait_for_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("begin immediate").unwrap();
    SqliteStore::options()
        .busy_timeout(Duration::from_millis(50))
        .open(&path)
        .unwrap();
}

#[test]
fn nothing_in_the_file_is_changed_or_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut asking = commit(vec![write("a", Expected::Any, vec![tagged("x", &["t"])])]);
    asking.command = Some(command("c", "x"));
    runtime.block_on(store.append(asking)).unwrap();
    let database = Connection::open(&path).unwrap();
    for table in [
        "category",
        "event_type",
        "event",
        "tag_name",
        "tag",
        "command",
    ] {
        let column = if table == "tag" { "tag" } else { "rowid" };
        let column = if table == "command" { "name" } else { column };
        for sql in [
            format!("delete from {table}"),
            format!("update {table} set {column} = {column}"),
        ] {
            let error = database.execute(&sql, []).unwrap_err();
            assert!(error.to_string().contains("append-only"), "{sql}: {error}");
        }
        let rows: i64 = database
            .query_row(&format!("select count(*) from {table}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(rows, 1, "{table}");
    }
    // What the store relies on without checking it holds.
    let dangling: i64 = database
        .query_row("select count(*) from pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(dangling, 0);
}
