//! A disk that fails in the middle of the work: the Nth call of a kind is answered by an error, in another process.

use std::ffi::OsStr;
use std::path::Path;

use es_runtime::contract::history::{Append, History, Outcome, Seen, check};
use es_sqlite::SqliteStore;

use crate::child::{Child, Minutes, assert_sound, seen};
use crate::recording::NO_STRACE;
use crate::work::{Failure, Role, Task};

/// Commits of one run, and how often each is tried.
const COMMITS: u64 = 6;
const TRIES: u32 = 4;

/// Runs a process in which system calls fail as `fault` says, only those on `on` where that is given. Each thread counts
/// its calls: the one that opens the store, and the one that writes.
fn run(file: &Path, fault: &str, on: Option<&Path>) -> Minutes {
    run_recorded(file, fault, on, "/dev/null".as_ref())
}

/// The same; the calls are recorded, with those that cut files off.
fn run_recorded(file: &Path, fault: &str, on: Option<&Path>, record: &Path) -> Minutes {
    let minutes = Minutes::default();
    let task = Task {
        role: Role::Repeat {
            commits: COMMITS,
            tries: TRIES,
        },
        file: file.to_owned(),
        seed: 1,
    };
    let inject = format!("--inject={fault}");
    let calls = format!("--trace={},ftruncate", fault.split(':').next().unwrap());
    let output = format!("--output={}", record.display());
    let path = on.map(|on| format!("--trace-path={}", on.display()));
    let mut words: Vec<&OsStr> = vec![
        "strace".as_ref(),
        "--follow-forks".as_ref(),
        output.as_ref(),
        "--seccomp-bpf".as_ref(),
        calls.as_ref(),
        inject.as_ref(),
    ];
    words.extend(path.as_ref().map(AsRef::<OsStr>::as_ref));
    let status = Child::start_under(0, &words, &task, &minutes).wait();
    assert!(status.success(), "{NO_STRACE}: {status} ({fault})");
    assert!(minutes.look().is_done, "{fault}");
    minutes
}

/// A failure that nothing was stored was true: the repeated command was carried out by its repetition.
fn assert_true_to_their_word(minutes: &Minutes) {
    let collected = minutes.look();
    for repeated in &collected.repeated {
        let is_unknown = |(append, failure, _): &(_, Failure, _)| {
            *append == Some(*repeated) && *failure == Failure::OutcomeUnknown
        };
        assert!(collected.failures.iter().any(is_unknown), "{collected:#?}");
    }
}

/// The history in which an append that was never answered but by failures that stored nothing is refused.
fn taken_at_its_word(minutes: &Minutes, log: Vec<Seen>) -> History {
    let collected = minutes.look();
    let mut history = collected.history(log);
    for (index, append) in history.appends.iter_mut().enumerate() {
        let mut failures = collected
            .failures
            .iter()
            .filter(|failure| failure.0 == Some(index));
        if append.end.is_none() && failures.all(|failure| failure.1 != Failure::OutcomeUnknown) {
            append.outcome = Outcome::Refused;
        }
    }
    history
}

async fn judge(file: &Path, minutes: &Minutes) {
    let store = SqliteStore::open(file).unwrap();
    let log = seen(&store).await;
    assert_eq!(check(&taken_at_its_word(minutes, log)), []);
    // What was left open is resolved by repeating it, once the disk works again.
    minutes.resolve(0, &store).await;
    let log = seen(&store).await;
    let history = minutes.look().history(log);
    assert_eq!(check(&history), []);
    assert_eq!(history.appends.len(), usize::try_from(COMMITS).unwrap());
    assert!(history.appends.iter().all(is_stored), "{history:#?}");
    drop(store);
    assert_sound(file);
}

fn is_stored(append: &Append) -> bool {
    matches!(append.outcome, Outcome::Acknowledged(_))
}

#[tokio::test]
async fn a_call_that_fails_once_is_a_typed_error_and_the_repeated_command_is_carried_out_once() {
    let (mut unknown, mut undone) = (0, 0);
    for (fault, many, step) in [
        // As many calls as a thread makes in such a run, from the first opening to the last closing.
        ("fsync,fdatasync:error=EIO", 10, 1),
        ("pwrite64:error=EIO", 155, 9),
        ("pwrite64:error=ENOSPC", 155, 9),
        ("ftruncate:error=EIO", 2, 1),
    ] {
        for when in (1..=many).step_by(step) {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("app.db");
            let minutes = run(&file, &format!("{fault}:when={when}"), None);
            assert_true_to_their_word(&minutes);
            let history = minutes.look().history(Vec::new());
            assert!(
                history.appends.iter().all(is_stored),
                "{fault}: {history:#?}"
            );
            for (append, failure, text) in &minutes.look().failures {
                assert!(text.contains("app.db"), "{text}");
                match failure {
                    Failure::OutcomeUnknown => unknown += 1,
                    Failure::Permanent | Failure::Transient => {
                        undone += usize::from(append.is_some())
                    }
                }
            }
            judge(&file, &minutes).await;
        }
    }
    println!("{unknown} outcomes unknown, {undone} with nothing stored");
    assert!(unknown > 0 && undone > 0);
}

#[tokio::test]
async fn a_disk_that_fails_for_good_refuses_everything_and_harms_nothing() {
    for fault in [
        "fsync,fdatasync:error=EIO:when=3+",
        "pwrite64:error=EIO:when=30+",
        "pwrite64:error=ENOSPC:when=30+",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.db");
        let minutes = run(&file, fault, Some(&folder.path().join("app.db-wal")));
        let failures = minutes.look().failures.len();
        assert!(
            failures >= usize::try_from(TRIES).unwrap(),
            "{fault}: {failures}"
        );
        judge(&file, &minutes).await;
    }
}

/// Snapshots and rows stand in the log without having been synced. Systems tell of a failed sync once, and then take what
/// they could not write for written.
#[test]
fn behind_a_sync_that_failed_the_log_begins_anew_before_anything_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (file, record) = (folder.path().join("app.db"), folder.path().join("calls"));
    let log = folder.path().join("app.db-wal");
    let fault = "fsync,fdatasync:error=EIO:when=4";
    run_recorded(&file, fault, Some(&log), &record);
    let record = std::fs::read_to_string(&record).unwrap();
    let mut calls = record.lines().skip_while(|call| !call.contains("INJECTED"));
    assert!(calls.next().is_some(), "{record}");
    let is_cut_off = |call: &str| call.contains("ftruncate(") && call.contains(", 0) ");
    let begins_anew = calls.position(is_cut_off).expect(&record);
    // The sync of the log itself, which the failure may have made worthless, and that of the file are all there is before.
    assert!(begins_anew <= 2, "{record}");
}
