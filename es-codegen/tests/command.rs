//! The command: what it prints, what it writes, how it exits.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const SCHEMA: &str = "
domain: counting
types: { CounterId: Uuid }
aggregates:
  Counter:
    id: CounterId
    state: { count: u32 }
    commands:
      Start: { for: new, emit: Started }
    events:
      Started: { create: { count: 0 } }
";

fn folder(schema: &str) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("counting.yaml"), schema).unwrap();
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
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).trim_end(),
        stderr.trim()
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(output.status.code(), Some(status));
}

#[test]
fn generated_code_stands_beside_the_schema() {
    let folder = folder(SCHEMA);
    exits(
        &run(folder.path(), &["generate", "counting.yaml"]),
        0,
        "src/generated: 3 written",
    );
    assert!(folder.path().join("src/generated/counter.rs").exists());
    exits(
        &run(folder.path(), &["generate", "counting.yaml", "--check"]),
        0,
        "src/generated: up to date",
    );
}

#[test]
fn generated_code_stands_where_it_is_wanted() {
    let folder = folder(SCHEMA);
    let arguments = ["generate", "counting.yaml", "--out", "domain"];
    exits(&run(folder.path(), &arguments), 0, "domain: 3 written");
    assert!(folder.path().join("domain/counter.rs").exists());
    assert!(!folder.path().join("src").exists());
}

#[test]
fn the_same_schema_gives_the_same_bytes_wherever_it_lies() {
    let (one, other) = (folder(SCHEMA), folder(SCHEMA));
    run(one.path(), &["generate", "counting.yaml"]);
    let path = other.path().join("counting.yaml");
    run(one.path(), &["generate", path.to_str().unwrap()]);
    for name in ["mod.rs", "types.rs", "counter.rs"] {
        let read = |folder: &TempDir| fs::read(folder.path().join("src/generated").join(name));
        assert_eq!(read(&one).unwrap(), read(&other).unwrap());
    }
}

#[test]
fn drift_is_told_and_fails_the_check() {
    let folder = folder(SCHEMA);
    run(folder.path(), &["generate", "counting.yaml"]);
    let schema = SCHEMA.replace("count: u32", "count: u64");
    fs::write(folder.path().join("counting.yaml"), schema).unwrap();
    exits(
        &run(folder.path(), &["generate", "counting.yaml", "--check"]),
        1,
        "error: `src/generated/counter.rs` is out of date\nhint: run `es-codegen generate counting.yaml`",
    );
}

#[test]
fn mistakes_are_shown_and_nothing_is_written() {
    let folder = folder(&SCHEMA.replace("emit: Started", "emit: Startet"));
    for verb in ["generate", "check"] {
        let output = run(folder.path(), &[verb, "counting.yaml"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("counting.yaml:9:32"), "{stderr}");
        assert!(!stderr.contains('\u{1b}'), "{stderr}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert!(!folder.path().join("src").exists());
}

#[test]
fn warnings_alone_are_shown_and_pass() {
    let folder = folder(&SCHEMA.replace(
        "    commands:\n      Start: { for: new, emit: Started }\n",
        "",
    ));
    let output = run(folder.path(), &["generate", "counting.yaml"]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("warning[never-emitted]"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_edited_file_is_refused() {
    let folder = folder(SCHEMA);
    run(folder.path(), &["generate", "counting.yaml"]);
    let counter = folder.path().join("src/generated/counter.rs");
    let edited = fs::read_to_string(&counter).unwrap() + "// mine\n";
    fs::write(&counter, &edited).unwrap();
    exits(
        &run(folder.path(), &["generate", "counting.yaml"]),
        1,
        "error: `src/generated/counter.rs` was edited by hand, and the edit would be lost\nhint: move the edit to a file of your own, remove the generated one, and generate again",
    );
    assert_eq!(fs::read_to_string(&counter).unwrap(), edited);
}

#[test]
fn a_schema_that_is_not_there_is_trouble() {
    let folder = folder(SCHEMA);
    let output = run(folder.path(), &["generate", "other.yaml"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.starts_with("error: cannot read the schema `other.yaml`: "),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn wrong_usage_is_trouble() {
    let folder = folder(SCHEMA);
    assert_eq!(run(folder.path(), &["generate"]).status.code(), Some(2));
    assert_eq!(
        run(folder.path(), &["invent", "counting.yaml"])
            .status
            .code(),
        Some(2)
    );
}

/// Four mistakes of different kinds, one with a second place.
const BROKEN: &str = "
domain: counting
types: { CounterId: Uuid, Größe: Strng }
aggregates:
  Counter:
    id: CounterId
    state: { count: u32, count: u64 }
    commands:
      Start: { for: new, emit: Startet }
    events:
      Started: { create: { count: 0 } }
";

#[test]
fn diagnostics_are_also_json_a_line_each() {
    let folder = folder(BROKEN);
    for verb in ["check", "generate"] {
        let output = run(folder.path(), &[verb, "--format", "json", "counting.yaml"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            concat!(
                r#"{"code":"unknown-type","severity":"error","message":"no type is called `Strng`","file":"counting.yaml","line":3,"column":34,"end_line":3,"end_column":39,"label":null,"hints":["did you mean `String`?"],"others":[]}"#,
                "\n",
                r#"{"code":"duplicate-key","severity":"error","message":"`count` stands here twice","file":"counting.yaml","line":7,"column":26,"end_line":7,"end_column":31,"label":"again here","hints":[],"others":[{"file":"counting.yaml","line":7,"column":14,"end_line":7,"end_column":19,"label":"first defined here"}]}"#,
                "\n",
                r#"{"code":"unknown-event","severity":"error","message":"`Counter` has no event `Startet`","file":"counting.yaml","line":9,"column":32,"end_line":9,"end_column":39,"label":null,"hints":["did you mean `Started`?"],"others":[]}"#,
                "\n",
            )
        );
    }
}

#[test]
fn fifty_are_shown_as_text_and_all_as_json() {
    let types: String = (0..70).map(|n| format!("  T{n}: Strng\n")).collect();
    let folder = folder(&format!("domain: counting\ntypes:\n{types}"));
    let text = run(folder.path(), &["check", "counting.yaml"]);
    let stderr = String::from_utf8_lossy(&text.stderr);
    assert_eq!(stderr.matches("error[unknown-type]").count(), 50);
    assert!(
        stderr
            .trim_end()
            .ends_with("error: 20 more errors not shown"),
        "{stderr}"
    );
    let json = run(
        folder.path(),
        &["check", "counting.yaml", "--format", "json"],
    );
    assert_eq!(String::from_utf8_lossy(&json.stdout).lines().count(), 70);
}

#[test]
fn a_folder_is_a_schema() {
    let folder = folder(SCHEMA);
    let schema = folder.path().join("schema");
    fs::create_dir(&schema).unwrap();
    let (types, rest) = SCHEMA.split_once("aggregates:").unwrap();
    fs::write(schema.join("types.yaml"), types).unwrap();
    fs::write(schema.join("counter.yaml"), format!("aggregates:{rest}")).unwrap();
    exits(
        &run(folder.path(), &["generate", "schema"]),
        0,
        "src/generated: 3 written",
    );
    exits(
        &run(folder.path(), &["generate", "schema/", "--check"]),
        0,
        "src/generated: up to date",
    );
    let from_inside = ["generate", ".", "--check"];
    exits(
        &run(&schema, &from_inside),
        0,
        "./../src/generated: up to date",
    );
    fs::write(schema.join("types.yaml"), types.replace("Uuid", "Uuuid")).unwrap();
    let output = run(folder.path(), &["check", "schema"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("--> schema/types.yaml:3:21"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_code_is_explained_and_all_are_listed() {
    let folder = folder(SCHEMA);
    let one = run(folder.path(), &["explain", "tag"]);
    let text = String::from_utf8_lossy(&one.stdout);
    assert!(
        text.starts_with("error[tag]: A tag.\n\n`!` and `!!` begin tags"),
        "{text}"
    );
    assert_eq!(one.status.code(), Some(0));
    let all = run(folder.path(), &["explain"]);
    let text = String::from_utf8_lossy(&all.stdout);
    assert_eq!(
        text.lines().count(),
        es_codegen::diagnostic::Code::ALL.len()
    );
    assert!(
        text.contains("\ntag                        A tag.\n"),
        "{text}"
    );
    assert_eq!(all.status.code(), Some(0));
}

#[test]
fn a_code_that_is_not_known_is_trouble_with_a_suggestion() {
    let folder = folder(SCHEMA);
    exits(
        &run(folder.path(), &["explain", "unknwon-event"]),
        2,
        "error: no code is called `unknwon-event`\nhint: did you mean `unknown-event`?",
    );
    exits(
        &run(folder.path(), &["explain", "E0277"]),
        2,
        "error: no code is called `E0277`\nhint: `es-codegen explain` lists all codes",
    );
}

#[test]
fn a_schema_is_laid_out_or_it_is_told_that_it_is_not() {
    let folder = folder("domain: d\ntypes:\n    A:   u8 # why\n");
    let check = ["fmt", "--check", "counting.yaml"];
    exits(
        &run(folder.path(), &check),
        1,
        "error: `counting.yaml` is laid out otherwise\nhint: run `es-codegen fmt counting.yaml`",
    );
    exits(&run(folder.path(), &["fmt", "counting.yaml"]), 0, "");
    let text = fs::read_to_string(folder.path().join("counting.yaml")).unwrap();
    assert_eq!(text, "domain: d\ntypes:\n  A: u8 # why\n");
    exits(&run(folder.path(), &check), 0, "");
}

#[test]
fn what_is_no_yaml_is_not_laid_out() {
    let folder = folder("domain: {\n");
    let output = run(folder.path(), &["fmt", "counting.yaml"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("error[yaml-syntax]"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn stubs_are_written_once_and_then_printed() {
    let schema = SCHEMA.replace("create: { count: 0 }", "create: by hand");
    let folder = folder(&schema);
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "mod generated;\n").unwrap();
    let arguments = ["generate", "counting.yaml", "--scaffold"];
    exits(
        &run(folder.path(), &arguments),
        0,
        "src/generated: 3 written\nsrc/counter_by_hand.rs: written, with 1 stub\nhint: add `mod counter_by_hand;` to `src/main.rs`",
    );
    exits(
        &run(folder.path(), &arguments),
        0,
        "src/generated: nothing has changed\nevery rule by hand is there\nhint: add `mod counter_by_hand;` to `src/main.rs`",
    );
    fs::write(
        folder.path().join("src/counter_by_hand.rs"),
        "//! Nothing yet.\n",
    )
    .unwrap();
    let output = run(folder.path(), &arguments);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "src/generated: nothing has changed\nsrc/counter_by_hand.rs: yours, and not changed; 1 stub to be added to it:\nhint: add `mod counter_by_hand;` to `src/main.rs`\n"
    );
    let stub = String::from_utf8_lossy(&output.stdout);
    assert!(stub.starts_with("impl es_runtime::Create<"), "{stub}");
}

#[test]
fn where_stubs_have_no_place_nothing_is_written() {
    let folder = folder(SCHEMA);
    let arguments = ["generate", "counting.yaml", "--scaffold", "--out", "domain"];
    exits(
        &run(folder.path(), &arguments),
        2,
        "error: rules by hand belong into the `src` of a package, and `domain` is in none",
    );
    assert!(!folder.path().join("domain").exists());
}

#[test]
fn a_model_goes_out_and_comes_in_again() {
    let folder = folder(SCHEMA);
    let printed = run(folder.path(), &["model", "--json", "counting.yaml"]);
    assert_eq!(printed.status.code(), Some(0));
    fs::write(folder.path().join("counting.json"), &printed.stdout).unwrap();
    run(folder.path(), &["generate", "counting.yaml"]);
    let arguments = ["generate", "--from-model", "counting.json", "--check"];
    assert_eq!(run(folder.path(), &arguments).status.code(), Some(0));
    fs::write(folder.path().join("counting.json"), "{}").unwrap();
    exits(
        &run(folder.path(), &arguments),
        1,
        "error: counting.json: this is not a model: missing field `format` at line 1 column 2",
    );
    let missing = run(folder.path(), &["generate", "--from-model", "no.json"]);
    assert_eq!(missing.status.code(), Some(2));
}
