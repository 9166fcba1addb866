//! Samples of stored events, held against what they were read as.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use es_runtime::testing::read_samples;

use super::domain::Order;

/// What the test says that reads the samples in this folder.
fn told(folder: &Path) -> Option<String> {
    let panic = catch_unwind(|| read_samples::<Order>(folder)).err()?;
    panic.downcast_ref::<String>().cloned()
}

fn sample(folder: &Path, name: &str, sample: &str) {
    fs::write(folder.join(name), sample).unwrap();
}

const SHIPPED: &str = r#"{
  "aggregate": "order", "event": "OrderShipped", "version": 1, "reads_as": 1,
  "body": { "carrier": "DHL, \"Köln\"", "paid": 9007199254740993 }
}"#;

const READ: &str = r#"[
  {
    "event": "OrderShipped",
    "version": 2,
    "body": {
      "carrier": "DHL, \"Köln\""
    }
  },
  {
    "event": "OrderPaid",
    "version": 1,
    "body": {
      "amount": 9007199254740993
    }
  }
]
"#;

#[test]
fn a_sample_that_is_read_for_the_first_time_is_written_down_and_then_holds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(folder, "shipped.v1.json", SHIPPED);
    sample(folder, "other.json", &SHIPPED.replace("order", "invoice"));
    sample(
        folder,
        "noted.json",
        r#"{"aggregate":"order","event":"OrderRemarked","version":1,"reads_as":1,"body":{"note":""}}"#,
    );
    let first = told(folder).unwrap();
    assert!(
        first.contains("it was written to `shipped.v1.reads.json`"),
        "{first}"
    );
    assert_eq!(told(folder), None);
    let kept = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(kept("shipped.v1.reads.json"), READ);
    assert_eq!(kept("noted.reads.json"), "[]\n");
    assert!(!folder.join("other.reads.json").exists());
}

#[test]
fn a_changed_meaning_fails_with_what_was_expected_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(folder, "shipped.json", SHIPPED);
    sample(
        folder,
        "shipped.reads.json",
        &READ.replace("OrderPaid", "OrderBilled"),
    );
    let told = told(folder).unwrap();
    let place = folder.join("shipped.json");
    assert!(told.starts_with(&place.display().to_string()), "{told}");
    assert!(
        told.contains("-     \"event\": \"OrderBilled\",\n+     \"event\": \"OrderPaid\","),
        "{told}"
    );
    assert!(
        told.contains("where that is meant, `ES_SAMPLES=update` accepts it"),
        "{told}"
    );
}

#[test]
fn a_sample_that_cannot_be_read_fails_with_the_reason() {
    let cases = [
        ("{", "it is no sample"),
        (
            r#"{"aggregate":"order","event":"OrderLost","version":1,"reads_as":1,"body":{}}"#,
            "no event of that name is known",
        ),
        (
            r#"{"aggregate":"order","event":"OrderWeighed","version":1,"reads_as":1,"body":{"kilograms":4294967295}}"#,
            "reading it panicked: a weight",
        ),
        (
            r#"{"aggregate":"order","event":"OrderMade","version":1,"reads_as":1,"body":{}}"#,
            "its body does not fit: missing field `item`",
        ),
    ];
    for (written, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        sample(folder.path(), "a.json", written);
        let told = told(folder.path()).unwrap();
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn without_samples_there_is_a_way_to_get_some() {
    let folder = tempfile::tempdir().unwrap();
    let none = told(folder.path()).unwrap();
    assert!(
        none.contains("there is no sample of `order`") && none.contains("es-codegen lock"),
        "{none}"
    );
    let missing = told(&folder.path().join("no")).unwrap();
    assert!(missing.contains("cannot be read"), "{missing}");
}
