//! What was published is held at generation: nothing is written from a schema that breaks with it, and what does is told
//! with its file and its line.

use es_codegen::{compile_at, diagnostic::Severity};
use std::fs;

/// A schema of three versions of an event, with a symbol, a type of values and a field that is gone.
const SCHEMA: &str = "\
domain: shop
types:
  OrderId: Uuid
  Status: [open, paid]
aggregates:
  Order:
    id: OrderId
    state: { status: Status }
    commands:
      Place: { for: new, fields: { status: Status, note: String }, emit: { Placed: { total: 1_u64.into() } } }
    events:
      Placed:
        fields: { status: Status, note: String, total: Decimal }
        create: {}
        changes:
          - { remove: { priority: u8 } }
          - { add: { total: Decimal::ZERO } }
";

/// The first line of each finding, and the places that it names.
fn found(changed: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("shop.yaml");
    let out = folder.path().join("src/generated");
    fs::write(&schema, SCHEMA).unwrap();
    let published = super::published(SCHEMA, None);
    fs::write(folder.path().join("es.lock"), published).unwrap();
    let (_, compiled) = compile_at(&schema, &out).unwrap();
    assert!(compiled.is_ok(), "what was published is generated");

    fs::write(&schema, changed).unwrap();
    let (source, compiled) = compile_at(&schema, &out).unwrap();
    let Err(report) = compiled else {
        return Vec::new();
    };
    let errors = report.diagnostics().iter();
    let errors = errors.filter(|it| it.severity == Severity::Error);
    let places = errors.map(|error| {
        let place = |span: es_codegen::source::Span| {
            let file = source.file(span.file).unwrap();
            let line = file.text()[..span.start as usize].lines().count().max(1);
            let name = file.name().rsplit('/').next().unwrap().to_owned();
            format!("{name}:{line}")
        };
        let others = error.others.iter().map(|(span, _)| place(*span));
        let places: Vec<String> = [place(error.span)].into_iter().chain(others).collect();
        format!("{}: {}", error.code.as_str(), places.join(", "))
    });
    places.collect()
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(SCHEMA.contains(from), "{from}");
    assert_eq!(found(&SCHEMA.replace(from, to)), expected);
}

#[test]
fn a_shape_that_is_another_one_without_an_entry() {
    check(
        "note: String, total: Decimal }",
        "note: Vec<String>, total: Decimal }",
        &["no-source: shop.yaml:10, shop.yaml:13"],
    );
    let changed = SCHEMA.replace("note: String", "note: Vec<String>");
    assert_eq!(
        found(&changed),
        ["field-became-list: shop.yaml:13, es.lock:25"]
    );
}

#[test]
fn an_entry_in_the_middle() {
    check(
        "          - { add: { total",
        "          - { add: { note: String::new() } }\n          - { add: { total",
        &["history-rewritten: shop.yaml:17, es.lock:25"],
    );
}

#[test]
fn a_published_value_that_is_another_one() {
    check(
        "total: Decimal::ZERO",
        "total: Decimal::ONE",
        &["upcast-default-changed: shop.yaml:17, es.lock:25"],
    );
    // How it is laid out makes no difference.
    check("total: Decimal::ZERO", "total: \"Decimal :: ZERO\"", &[]);
}

#[test]
fn a_symbol_that_is_gone() {
    check(
        "[open, paid]",
        "[open]",
        &["enum-value-removed: shop.yaml:4, es.lock:43"],
    );
}

#[test]
fn a_name_that_is_used_again() {
    let again = SCHEMA.replace("total: Decimal }", "total: Decimal, priority: u8 }");
    let again = again.replace(
        "total: 1_u64.into()",
        "total: 1_u64.into(), priority: \"1\"",
    ) + "          - { add: { priority: \"0\" } }\n";
    assert_eq!(
        found(&again),
        ["field-name-reused: shop.yaml:18, es.lock:25"]
    );
}

#[test]
fn a_chain_with_a_gap() {
    // An entry that leads to nothing, and one that is missing.
    check(
        "add: { total: Decimal::ZERO }",
        "add: { sum: Decimal::ZERO }",
        &["broken-change: shop.yaml:17"],
    );
    check(
        "          - { remove: { priority: u8 } }\n",
        "",
        &["version-decreased: shop.yaml:12, es.lock:8"],
    );
}
