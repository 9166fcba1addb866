//! The program as a user runs it: on the real log, twice, and on everything that can be wrong around it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program on a database here, with more arguments.
    fn run(&self, database: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_permits"))
            .arg(self.path(database))
            .args(arguments)
            .output()
            .unwrap()
    }

    /// A log of the first lines of the real one, changed by `change`.
    fn log(&self, lines: usize, change: impl FnOnce(&mut Vec<String>)) -> String {
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/receipt.events.jsonl");
        let text = std::fs::read_to_string(real).unwrap();
        let mut lines: Vec<String> = text.lines().take(lines).map(str::to_owned).collect();
        change(&mut lines);
        let path = self.path("log.jsonl");
        std::fs::write(&path, lines.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a failed run tells, without the progress before it and the path of the place.
fn error(place: &Place, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let folder = format!("{}/", place.folder.path().display());
    let start = text.find("error: ").unwrap();
    text[start..].replace(&folder, "").trim_end().to_owned()
}

#[test]
fn the_real_log_is_imported_and_a_second_run_does_no_harm() {
    let place = Place::new();
    for (new, known) in [(8577, 0), (0, 8577)] {
        let output = place.run("permits.db", &[]);
        let text = stdout(&output);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(text.contains(&format!("imported {new} events")), "{text}");
        assert!(
            text.contains(&format!("{known} were known already")),
            "{text}"
        );
        assert!(text.contains("   1250  Internet\n"), "{text}");
        assert!(text.contains("     29  Customer contact\n"), "{text}");
        assert!(
            text.contains("   1416  T06 Determine necessity of stop advice\n"),
            "{text}"
        );
        assert!(
            text.ends_with("everything is as the log is known to be: 1434 cases, 8577 events\n"),
            "{text}"
        );
    }
}

#[test]
fn long_cases_are_kept_as_snapshots() {
    let place = Place::new();
    assert!(place.run("permits.db", &[]).status.success());
    let database = rusqlite::Connection::open(place.path("permits.db")).unwrap();
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let long =
        "select count(*) from (select 1 from event group by category, key having count(*) >= 10)";
    assert_eq!(count("select count(*) from snapshot"), count(long));
    assert!(count(long) > 0);
}

#[test]
fn progress_is_told_in_plain_lines_where_there_is_no_terminal() {
    let place = Place::new();
    let output = place.run("permits.db", &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("importing: 1710 of 1710 events\n"), "{text}");
    assert!(
        text.contains("WorkByResource: 8577 of 8577 positions, "),
        "{text}"
    );
    assert!(!text.contains('\r') && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn an_import_that_was_cut_short_goes_on_where_it_stopped() {
    let place = Place::new();
    let part = place.log(500, |_| {});
    // The facts are those of the whole log, so the part alone is told to differ.
    assert!(
        error(&place, &place.run("permits.db", &["--log", &part]))
            .contains("  events: 500 stored, 8577 known")
    );
    let text = stdout(&place.run("permits.db", &[]));
    assert!(
        text.contains("imported 8077 events") && text.contains("500 were known already"),
        "{text}"
    );
}

#[test]
fn a_truncated_log_changes_nothing_and_is_told_with_its_line() {
    let place = Place::new();
    let log = place.log(300, |lines| lines[299].truncate(40));
    let output = place.run("permits.db", &["--log", &log]);
    let text = error(&place, &output);
    let expected = "error: log.jsonl:300: EOF while parsing a string at line 1 column 40\n\
                    hint: the log is damaged, cut short or another one; nothing was imported from it";
    assert_eq!(text, expected);
    assert!(!place.path("permits.db").exists());
}

#[test]
fn a_log_with_a_line_missing_in_the_middle_is_told() {
    let place = Place::new();
    let log = place.log(20, |lines| drop(lines.remove(2)));
    let text = error(&place, &place.run("permits.db", &["--log", &log]));
    assert!(
        text.starts_with(
            "error: log.jsonl:3: event 4 of case-10011 does not follow the line before it\n"
        ),
        "{text}"
    );
}

#[test]
fn an_activity_that_nobody_knows_is_told_with_its_line() {
    let place = Place::new();
    let log = place.log(20, |lines| {
        lines[1] = lines[1].replace("T02 Check", "T99 Check")
    });
    let text = error(&place, &place.run("permits.db", &["--log", &log]));
    assert!(
        text.starts_with(
            "error: log.jsonl:2: no activity is called `T99 Check confirmation of receipt`\n"
        ),
        "{text}"
    );
}

#[test]
fn a_log_that_breaks_a_rule_of_the_domain_is_told_with_the_rule() {
    let place = Place::new();
    let send = |lines: &mut Vec<String>| {
        lines[1] = lines[1].replace(
            "T02 Check confirmation of receipt",
            "T05 Print and send confirmation of receipt",
        );
    };
    let log = place.log(2, send);
    let text = error(&place, &place.run("permits.db", &["--log", &log]));
    assert_eq!(
        text,
        "error: log.jsonl:2: the confirmation of receipt has not been checked yet"
    );
}

#[test]
fn an_empty_log_and_a_missing_one_are_told() {
    let place = Place::new();
    let log = place.log(0, |_| {});
    let text = error(&place, &place.run("permits.db", &["--log", &log]));
    assert!(
        text.starts_with("error: log.jsonl:1: there is no event in it\n"),
        "{text}"
    );
    let missing = place.path("nowhere.jsonl");
    let text = error(
        &place,
        &place.run("permits.db", &["--log", missing.to_str().unwrap()]),
    );
    assert_eq!(
        text,
        "error: cannot read nowhere.jsonl: No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_that_is_no_database_is_told_and_left_alone() {
    let place = Place::new();
    std::fs::write(
        place.path("notes.txt"),
        "not a database, but long enough to be looked at as one ".repeat(40),
    )
    .unwrap();
    let before = std::fs::read(place.path("notes.txt")).unwrap();
    let text = error(&place, &place.run("notes.txt", &[]));
    assert!(text.contains("notes.txt"), "{text}");
    assert_eq!(std::fs::read(place.path("notes.txt")).unwrap(), before);
}
