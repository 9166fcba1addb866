//! The commands `lock` and `check`: what they write, what they print, how they exit.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const SCHEMA: &str = "\
domain: shop
types: { OrderId: Uuid }
aggregates:
  Order:
    id: OrderId
    state: { open: bool }
    commands:
      Open: { for: new, emit: Opened }
      Send: { fields: { paid: u32 }, emit: Sent }
    events:
      Opened: { create: { open: \"true\" } }
      Sent:
        fields: { paid: u32 }
        apply: []
";

/// The schema with a version more of an event.
fn draft() -> String {
    SCHEMA.replace("u32", "u64") + "        changes: [ { retype: { paid: u32 } } ]\n"
}

fn write(folder: &Path, schema: &str) {
    fs::write(folder.join("shop.yaml"), schema).unwrap();
}

/// A folder with a schema whose code is generated.
fn folder() -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    write(temp.path(), SCHEMA);
    run(temp.path(), &["generate", "shop.yaml"]);
    temp
}

/// A folder with a schema that is published, too.
fn published() -> TempDir {
    let temp = folder();
    run(temp.path(), &["lock", "shop.yaml"]);
    // Once there are samples, there is a test of them.
    run(temp.path(), &["generate", "shop.yaml"]);
    temp
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_es-codegen"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn exits(output: &Output, status: i32, stderr: &str) {
    let said = String::from_utf8_lossy(&output.stderr).replace('\\', "/");
    assert_eq!(said.trim_end(), stderr.trim());
    assert_eq!(output.status.code(), Some(status));
}

/// The first lines of what is reported, one each, and how it ends.
#[track_caller]
fn finds(output: &Output, status: i32, findings: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_title = |line: &&str| {
        ["error", "warning", "info"]
            .iter()
            .any(|level| line.starts_with(level))
    };
    let titles: Vec<&str> = said.lines().filter(is_title).collect();
    assert_eq!(titles, findings, "{said}");
    assert_eq!(output.status.code(), Some(status), "{said}");
}

#[test]
fn a_publication_writes_the_lock_and_a_sample_of_each_version() {
    let folder = folder();
    exits(
        &run(folder.path(), &["lock", "shop.yaml"]),
        0,
        "published version 1 of `Opened`\npublished version 1 of `Sent`\nes.lock: written, 2 samples written to history",
    );
    let lock = fs::read_to_string(folder.path().join("es.lock")).unwrap();
    let sample = fs::read_to_string(folder.path().join("history/order.sent.v1.json")).unwrap();
    assert!(lock.contains("- event: Sent\n"), "{lock}");
    assert!(sample.contains("\"paid\": 7\n"), "{sample}");
    exits(
        &run(folder.path(), &["lock", "shop.yaml"]),
        0,
        "es.lock: up to date",
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("es.lock")).unwrap(),
        lock
    );
}

#[test]
fn what_is_to_be_published_is_said_and_not_written() {
    let folder = published();
    exits(
        &run(folder.path(), &["lock", "shop.yaml", "--check"]),
        0,
        "es.lock: up to date",
    );
    write(folder.path(), &draft());
    finds(
        &run(folder.path(), &["lock", "shop.yaml", "--check"]),
        1,
        &[
            "error[lock-stale]: version 2 of `Sent` is not published",
            "warning[field-type-widened]: version 2 of `Sent` has a `u64` in its field `paid`, where a `u32` was",
            "info[command-changed]: the command `Send` carries something else",
        ],
    );
    assert!(!folder.path().join("history/order.sent.v2.json").exists());
    let output = run(folder.path(), &["lock", "shop.yaml"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(folder.path().join("history/order.sent.v2.json").exists());
    exits(
        &run(folder.path(), &["lock", "shop.yaml", "--check"]),
        0,
        "es.lock: up to date",
    );
}

#[test]
fn what_is_made_of_events_is_written_down_with_each_publication() {
    let folder = published();
    write(
        folder.path(),
        &SCHEMA.replace("open: \"true\"", "open: \"false\""),
    );
    finds(
        &run(folder.path(), &["lock", "shop.yaml", "--check"]),
        1,
        &[
            "error[lock-stale]: `es.lock` does not say what the schema says",
            "info[state-changed]: the state of `Order` is made otherwise",
        ],
    );
    run(folder.path(), &["lock", "shop.yaml"]);
    exits(
        &run(folder.path(), &["lock", "shop.yaml", "--check"]),
        0,
        "es.lock: up to date",
    );
}

#[test]
fn nothing_is_published_where_a_rule_is_broken() {
    let folder = published();
    let lock = fs::read_to_string(folder.path().join("es.lock")).unwrap();
    write(folder.path(), &SCHEMA.replace("paid: u32", "paid: u16"));
    let output = run(folder.path(), &["lock", "shop.yaml"]);
    finds(
        &output,
        1,
        &[
            "error[field-type-narrowed]: the field `paid` of `Sent` held `u32`, and holds `u16`, and its version is still 1",
            "info[command-changed]: the command `Send` carries something else",
        ],
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("es.lock")).unwrap(),
        lock
    );
}

#[test]
fn a_sample_that_is_there_is_never_written_again() {
    let folder = published();
    let sample = folder.path().join("history/order.sent.v1.json");
    fs::write(&sample, "{}").unwrap();
    fs::remove_file(folder.path().join("history/order.opened.v1.json")).unwrap();
    exits(
        &run(folder.path(), &["lock", "shop.yaml"]),
        0,
        "es.lock: up to date, 1 sample written to history",
    );
    assert_eq!(fs::read_to_string(&sample).unwrap(), "{}");
}

#[test]
fn check_looks_at_the_lock_the_samples_and_the_generated_code() {
    let folder = folder();
    finds(
        &run(folder.path(), &["check", "shop.yaml"]),
        0,
        &["warning[lock-missing]: nothing of this domain is published"],
    );
    let folder = published();
    exits(
        &run(folder.path(), &["check", "shop.yaml"]),
        0,
        "src/generated: up to date",
    );
    fs::remove_file(folder.path().join("history/order.sent.v1.json")).unwrap();
    finds(
        &run(folder.path(), &["check", "shop.yaml"]),
        0,
        &["warning[sample-missing]: the sample of version 1 of `Sent` is missing"],
    );
    fs::remove_dir_all(folder.path().join("src/generated")).unwrap();
    let output = run(folder.path(), &["check", "shop.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("order.rs` is missing"));
    run(folder.path(), &["generate", "shop.yaml", "--out", "domain"]);
    let elsewhere = run(folder.path(), &["check", "shop.yaml", "--out", "domain"]);
    assert_eq!(elsewhere.status.code(), Some(0));
}

#[test]
fn findings_are_told_as_json_to_programs() {
    let folder = published();
    write(folder.path(), &draft());
    let output = run(
        folder.path(),
        &["lock", "shop.yaml", "--check", "--format", "json"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let severities: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["severity"].to_string()
        })
        .collect();
    assert_eq!(severities, ["\"error\"", "\"warning\"", "\"info\""]);
}

#[test]
fn an_edited_lock_is_told_with_its_line() {
    let folder = published();
    let path = folder.path().join("es.lock");
    let lock = fs::read_to_string(&path).unwrap();
    fs::write(&path, lock.replace("paid: u32", "paid: u64")).unwrap();
    let output = run(folder.path(), &["check", "shop.yaml"]);
    finds(
        &output,
        1,
        &["error[history-rewritten]: version 1 of `Sent` was edited in the lock"],
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("--> es.lock:16:5"));
}

#[test]
fn a_folder_has_its_lock_in_it() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("schema");
    fs::create_dir(&folder).unwrap();
    write(&folder, SCHEMA);
    let output = run(temp.path(), &["lock", "schema"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(folder.join("es.lock").exists() && folder.join("history").is_dir());
    exits(
        &run(temp.path(), &["lock", "schema", "--check"]),
        0,
        "schema/es.lock: up to date",
    );
}

#[test]
fn repairs_are_written_into_the_schema_and_looked_at_again() {
    let folder = published();
    write(folder.path(), &SCHEMA.replace("u32", "u64"));
    let output = run(folder.path(), &["check", "shop.yaml", "--fix"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("shop.yaml: repaired\nwarning[field-type-widened]"),
        "{said}"
    );
    let text = fs::read_to_string(folder.path().join("shop.yaml")).unwrap();
    assert_eq!(text, draft());
    // Nothing is left to be repaired.
    let again = run(folder.path(), &["check", "shop.yaml", "--fix"]);
    assert!(String::from_utf8_lossy(&again.stderr).starts_with("warning[field-type-widened]"));
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_lock_is_held_against_the_one_in_git() {
    let folder = published();
    let path = folder.path();
    git(path, &["init", "--quiet", "--initial-branch", "trunk"]);
    git(
        path,
        &["commit", "--quiet", "--allow-empty", "--message", "nothing"],
    );
    git(path, &["tag", "nothing"]);
    git(path, &["add", "es.lock"]);
    git(path, &["commit", "--quiet", "--message", "one"]);
    let check = |name: &str| run(path, &["check", "shop.yaml", "--against", name]);
    exits(&check("trunk"), 0, "src/generated: up to date");
    exits(&check("nothing"), 0, "src/generated: up to date");
    exits(&check("nobody"), 2, "error: git knows no `nobody` in `.`");
    let option = run(path, &["check", "shop.yaml", "--against=--all"]);
    exits(&option, 2, "error: git knows no `--all` in `.`");

    let before = fs::read_to_string(path.join("es.lock")).unwrap();
    write(path, &draft());
    run(path, &["lock", "shop.yaml"]);
    run(path, &["generate", "shop.yaml"]);
    git(path, &["commit", "--quiet", "--all", "--message", "two"]);
    exits(&check("trunk~1"), 0, "src/generated: up to date");
    write(path, SCHEMA);
    run(path, &["generate", "shop.yaml"]);
    fs::write(path.join("es.lock"), before).unwrap();
    finds(
        &check("trunk"),
        1,
        &["error[lock-stale]: `Sent` is published in version 2 by `trunk`, and here in version 1"],
    );
    fs::remove_file(path.join("es.lock")).unwrap();
    finds(
        &check("trunk"),
        1,
        &[
            "error[lock-stale]: there is a lock in `trunk`, and none here",
            "warning[lock-missing]: nothing of this domain is published",
        ],
    );
}

#[test]
fn outside_of_git_nothing_can_be_held_against_it() {
    let folder = published();
    let output = run(folder.path(), &["check", "shop.yaml", "--against", "HEAD"]);
    exits(&output, 2, "error: git knows no `HEAD` in `.`");
}
