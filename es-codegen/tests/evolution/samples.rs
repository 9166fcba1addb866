//! Samples: one for each version, the same with every run, with values that are easily lost.

use super::{declared, published};
use es_codegen::evolution::{Publication, Sample, samples};

const SCHEMA: &str = "\
domain: shop
types:
  OrderId: Uuid
  Money: Decimal
  Status: [open, sent]
  Payment: { union: { Again: { of: \"Box<Payment>\" }, Card: { last4: String, valid: Date } } }
  Iban: { rust: crate::Iban, as: String, sample: \"12\" }
  Point: { rust: crate::Point, as: \"Vec<f64>\", sample: \"[1.5, 2]\" }
  Line: { sku: String, parts: Vec<Line>, inside: \"Option<Box<Line>>\" }
aggregates:
  Order:
    id: OrderId
    state: { open: bool }
    events:
      Opened: { create: { open: \"true\" } }
      Order Shipped:
        fields:
          small: i8
          count: u64
          large: i128
          share: f64
          name: String
          total: Money
          id: OrderId
          at: Timestamp
          on: Date
          took: Duration
          label: Bytes
          note: Option<String>
          days: BTreeSet<Date>
          prices: \"BTreeMap<Date, Money>\"
          status: Status
          by: Payment
          to: Iban
          point: Point
          line: Line
        apply: []
      Paid:
        fields: { total: Money, note: String }
        apply: []
        changes:
          - { remove: { by: String } }
          - { add: { note: String::new() } }
";

fn all() -> Vec<Sample> {
    samples(&Publication::of(&declared(SCHEMA), None).history)
}

#[test]
fn each_version_has_one() {
    let files: Vec<String> = all().into_iter().map(|sample| sample.file).collect();
    insta::assert_snapshot!(files.join("\n"));
}

#[test]
fn each_type_has_a_telling_value() {
    let all = all();
    let sample = all
        .iter()
        .find(|sample| sample.of.contains("Shipped"))
        .unwrap();
    serde_json::from_str::<serde::de::IgnoredAny>(&sample.text).unwrap();
    insta::assert_snapshot!(sample.text);
}

#[test]
fn an_older_version_has_the_fields_it_had() {
    let all = all();
    let sample = all
        .iter()
        .find(|sample| sample.file == "order.paid.v1.json")
        .unwrap();
    insta::assert_snapshot!(sample.text);
}

#[test]
fn they_are_the_same_with_every_run() {
    assert_eq!(all(), all());
    assert_eq!(published(SCHEMA, None), published(SCHEMA, None));
}

#[test]
fn names_of_events_become_names_of_files_that_differ() {
    let names = [
        "Order Shipped",
        "OrderShipped",
        "orderShipped",
        "Órder",
        "Order/Shipped",
        "CON",
        "..",
        "ORDERSHIPPED",
    ];
    let events: String = names
        .iter()
        .enumerate()
        .map(|(place, name)| format!("      \"{name}\": {{ rust: E{place}, apply: [] }}\n"))
        .collect();
    let schema = SCHEMA
        .split("      Order Shipped:")
        .next()
        .unwrap()
        .to_owned()
        + &events;
    let samples = samples(&declared(&schema));
    let mut files: Vec<String> = samples
        .iter()
        .map(|sample| sample.file.to_lowercase())
        .collect();
    for file in &files {
        let is_safe =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        assert!(
            file.chars().all(is_safe) && !file.starts_with('.'),
            "{file}"
        );
    }
    files.sort();
    files.dedup();
    assert_eq!(files.len(), names.len() + 1);
}

#[test]
fn a_renamed_event_keeps_its_file() {
    let renamed = SCHEMA.replace("      Paid:\n", "      Settled:\n        was: [Paid]\n");
    let samples = samples(&declared(&renamed));
    let sample = samples
        .iter()
        .find(|sample| sample.file == "order.paid.v1.json")
        .unwrap();
    assert!(
        sample.text.contains("\"event\": \"Settled\""),
        "{}",
        sample.text
    );
}
