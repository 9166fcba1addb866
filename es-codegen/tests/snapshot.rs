//! Snapshots: what the derive is told, and what tells a snapshot that other rules made.

#![allow(clippy::panic, reason = "tests say what they expect by unwrapping it")]

use es_codegen::{compile, emit::emit, source::Source};

const SCHEMA: &str = "\
domain: shop
types:
  OrderId: Uuid
  Status: [open, shipped]
aggregates:
  Order:
    id: OrderId
    snapshot: { every: 100 }
    revision: 3
    lifecycle: status
    state: { customer: String, total: u64, status: Status }
    commands:
      Place: { for: new, fields: { customer: String }, emit: Placed }
      Add: { fields: { price: u64 }, emit: Added }
      Take: { fields: { price: u64 }, emit: Taken }
      Ship: { emit: Shipped }
    events:
      Placed: { fields: { customer: String }, create: { total: 0, status: Status::Open } }
      Added: { fields: { price: u64 }, apply: state.total += event.price }
      Taken: { like: Added, to: shipped }
      Shipped: { apply: by hand }
";

fn code(schema: &str) -> String {
    let source = Source::from_text("shop.yaml", schema).expect("a short schema");
    let compiled = compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())));
    let file = compiled.generated.file("order.rs");
    file.expect("a file for each aggregate").to_owned()
}

/// The fingerprint of the rules in the schema once everything that says `from` says `to`.
fn rules(from: &str, to: &str) -> String {
    assert!(SCHEMA.contains(from), "{from}");
    let code = code(&SCHEMA.replace(from, to));
    let (_, rest) = code.split_once("rules = \"").expect("a fingerprint");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn the_derive_is_told_of_snapshots_behind_everything_else() {
    let code = code(SCHEMA);
    let (_, behind) = code.split_once("    error = ").expect("the errors");
    let (told, _) = behind.split_once("pub struct").expect("the state");
    insta::assert_snapshot!(told, @r#"
    OrderError,
        snapshot(every = 100),
        revision = 3,
        // A hash of what the events do to the state: snapshots that other rules made are left alone.
        rules = "91f053497f9a464f",
    )]
    "#);
}

#[test]
fn without_snapshots_nothing_is_said_of_them() {
    let code = code(&SCHEMA.replace("    snapshot: { every: 100 }\n", ""));
    for word in ["snapshot", "revision", "rules = "] {
        assert!(!code.contains(word), "{word}");
    }
}

#[test]
fn where_there_are_samples_their_states_are_told_apart_without_snapshots() {
    let schema = SCHEMA.replace("    snapshot: { every: 100 }\n", "");
    let source = Source::from_text("shop.yaml", schema).expect("a short schema");
    let model = compile(&source).expect("a schema without mistakes").model;
    let generated = emit(&model, "shop.yaml", Some("history"));
    let code = generated.file("order.rs").expect("the aggregate");
    let (_, behind) = code.split_once("    error = ").expect("the errors");
    let (told, _) = behind.split_once("pub struct").expect("the state");
    insta::assert_snapshot!(told);
}

#[test]
fn a_rule_that_says_something_else_has_another_fingerprint() {
    let mut seen = vec![rules("", "")];
    for (from, to) in [
        ("total: 0", "total: 1"),
        ("status: Status::Open", "status: Status::Shipped"),
        ("+= event.price", "-= event.price"),
        ("+= event.price", "+= event.price + 1"),
        ("like: Added, to: shipped", "like: Added"),
        (
            "like: Added, to: shipped",
            "fields: { price: u64 }, apply: [], to: shipped",
        ),
        ("apply: by hand", "apply: []"),
        ("Shipped", "Sent"),
        (
            "customer: String }, create: {",
            "customer: String }, create: { customer: event.customer.clone(),",
        ),
    ] {
        let found = rules(from, to);
        assert!(!seen.contains(&found), "{from} -> {to}");
        seen.push(found);
    }
}

#[test]
fn the_order_in_which_events_are_declared_is_no_rule() {
    let shipped = "      Shipped: { apply: by hand }\n";
    let first = format!("    events:\n{shipped}");
    let moved = SCHEMA.replace(shipped, "").replace("    events:\n", &first);
    assert_eq!(rules(SCHEMA, &moved), rules("", ""));
}

#[test]
fn what_changes_no_rule_keeps_the_fingerprint() {
    let before = rules("", "");
    for (from, to) in [
        ("revision: 3", "revision: 4"),
        ("every: 100", "every: 7"),
        (
            "state.total += event.price",
            "\"state . total+=event.price // more\"",
        ),
        (
            "create: { total",
            "create: { customer: event.customer, total",
        ),
        ("Ship: { emit", "Dispatch: { emit"),
        (
            "like: Added, to",
            "fields: { price: u64 }, apply: state.total += event.price, to",
        ),
    ] {
        assert_eq!(rules(from, to), before, "{from} -> {to}");
    }
}
