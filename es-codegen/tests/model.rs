//! The model as JSON: what is read back generates the same bytes, and nothing hostile comes in that way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    compile, compile_model,
    model::json::{ModelError, to_json},
    source::Source,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Every schema of the repository that is in order.
fn schemas() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                found.push(Source::load(&path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["tests/schemas", "../examples", "../tests/golden"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut found,
        );
    }
    assert!(found.len() >= 5);
    found
}

fn json_of(source: &Source) -> String {
    to_json(&compile(source).unwrap().model, source.name())
}

fn order() -> String {
    json_of(&Source::from_text("order.yaml", include_str!("schemas/order.yaml")).unwrap())
}

#[test]
fn what_is_read_back_generates_the_same_bytes() {
    for source in schemas() {
        let json = json_of(&source);
        let back =
            compile_model(&json).unwrap_or_else(|error| panic!("{}: {error}", source.name()));
        assert_eq!(
            back.generated,
            compile(&source).unwrap().generated,
            "{}",
            source.name()
        );
        assert_eq!(to_json(&back.model, source.name()), json);
    }
}

#[test]
fn the_format_is_what_other_generators_rely_on() {
    let schema = "domain: lamps\ntypes: { LampId: Uuid, Watt: { rust: u32, doc: Power. } }\naggregates:\n  Lamp:\n    id: LampId\n    state: { power: Option<Watt> }\n    commands: { Hang: { for: new, fields: { power: Option<Watt> }, emit: Hung } }\n    events: { Hung: { fields: { power: Option<Watt> }, create: {} } }\n";
    let source = Source::from_text("lamps.yaml", schema).unwrap();
    insta::assert_snapshot!("lamps", json_of(&source));
}

#[test]
fn what_is_no_model_is_refused() {
    for text in ["", "{}", "[]", "{\"format\": 1}", "nonsense"] {
        assert!(
            matches!(compile_model(text), Err(ModelError::Json(_))),
            "{text}"
        );
    }
    let other = order().replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(matches!(compile_model(&other), Err(ModelError::Format(2))));
    let unknown = order().replacen("\"domain\":", "\"domian\":", 1);
    assert!(matches!(compile_model(&unknown), Err(ModelError::Json(_))));
}

#[test]
fn a_broken_rule_is_told() {
    let text = order().replacen("state.items.is_empty()", "state.itms.is_empty()", 1);
    let Err(ModelError::Rules(report)) = compile_model(&text) else {
        panic!("the rule is not asked")
    };
    assert_eq!(report.diagnostics()[0].code.as_str(), "unknown-field");
}

#[test]
fn rust_that_is_none_is_refused() {
    for hostile in ["1 } fn evil() {", "x; y", "", "(("] {
        let text = order().replacen("state.items.is_empty()", hostile, 1);
        assert!(
            matches!(compile_model(&text), Err(ModelError::Json(_))),
            "{hostile}"
        );
    }
    let name = order().replacen("\"rust\": \"Order\"", "\"rust\": \"Order { evil }\"", 1);
    assert!(matches!(compile_model(&name), Err(ModelError::Json(_))));
}

/// A model with one projection that changes one row by one event, and two by another, once something in it is another.
fn with_rows(place: &str, by: Value) -> Result<(), ModelError> {
    let schema = "\
domain: d
types: { Id: Uuid }
aggregates:
  A:
    id: Id
    state: {}
    commands: { C: { for: new, fields: { n: u32 }, emit: E }, D: { emit: F } }
    events: { E: { fields: { n: u32 }, create: {} }, F: { apply: [] } }
projections:
  P:
    key: Id
    row: { n: u32 }
    index: n
    events:
      E: { insert: {} }
      F:
        - { at: { id: cx.id() }, update: row.n += 1 }
        - { at: { id: cx.id() }, new: { n: 1 }, update: [] }
";
    let source = Source::from_text("rows.yaml", schema).unwrap();
    let mut model: Value = serde_json::from_str(&json_of(&source)).unwrap();
    let pointer = format!("/model/projections/0{place}");
    *model.pointer_mut(&pointer).unwrap() = by;
    compile_model(&model.to_string()).map(drop)
}

#[test]
fn rows_that_refer_to_what_is_not_there_are_refused() {
    let insert = "/events/0/rule/one/change/insert/0";
    let changes = "/events/1/rule/several";
    for (place, by) in [
        ("/key".to_owned(), json!(3)),
        // Every change would be about the one row, and says otherwise.
        ("/key".to_owned(), json!(0)),
        ("/indexes/0/0".to_owned(), json!(2)),
        ("/indexes/0".to_owned(), json!([])),
        ("/events/0/aggregate".to_owned(), json!(1)),
        ("/events/0/event".to_owned(), json!(2)),
        // The event that the other rule is about already.
        ("/events/0/event".to_owned(), json!(1)),
        (format!("{insert}/field"), json!(2)),
        // A column of the key.
        (format!("{insert}/field"), json!(0)),
        (format!("{insert}/from"), json!({ "event": 1 })),
        (format!("{insert}/from"), json!({ "state": 0 })),
        (changes.to_owned(), json!([])),
        (format!("{changes}/0/change"), json!("insert_by_hand")),
        (format!("{changes}/0/change/update"), json!("by_hand")),
        // No column of the key.
        (format!("{changes}/0/at/0/field"), json!(1)),
    ] {
        let refused = with_rows(&place, by.clone());
        assert!(
            matches!(refused, Err(ModelError::OutOfRange)),
            "{place} {by}: {refused:?}"
        );
    }
}

#[test]
fn rows_that_break_a_rule_are_told() {
    for (place, by, code) in [
        (
            "/events/0/rule/one/change/insert",
            json!([]),
            "unset-column",
        ),
        ("/events/1/rule/several/0/at", json!(null), "unknown-row"),
        ("/columns/0/ty", json!("f64"), "unordered"),
        ("/events", json!([]), "no-rows"),
    ] {
        let Err(ModelError::Rules(report)) = with_rows(place, by) else {
            panic!("{place} is not refused")
        };
        let found = report.diagnostics().iter();
        let found: Vec<&str> = found.map(|found| found.code.as_str()).collect();
        assert!(found.contains(&code), "{place}: {found:?}");
    }
}

/// Every number in the model, one after the other, becomes one that is too large, and every text another one.
#[test]
fn whatever_is_changed_in_a_model_nothing_panics() {
    for source in schemas() {
        let model: Value = serde_json::from_str(&json_of(&source)).unwrap();
        let mut places = Vec::new();
        collect(&model, String::new(), &mut places);
        for place in places.iter().step_by(places.len() / 40 + 1) {
            for by in [
                Value::from(1_000_000),
                Value::from(0),
                Value::from("1; x"),
                Value::Null,
            ] {
                let mut changed = model.clone();
                *changed.pointer_mut(place).unwrap() = by;
                let _ = compile_model(&changed.to_string());
            }
        }
    }
}

/// The places of everything that is neither a list nor an object.
fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{at}"), places);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{place}/{name}"), places);
            }
        }
        _ => places.push(place),
    }
}
