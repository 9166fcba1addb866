//! Names that generated code has beside those of the schema: none hides another, and rustc warns of none.

#![allow(clippy::panic, reason = "tests say what they expect by unwrapping it")]

use es_codegen::{compile, source::Source};

/// The text of all generated files.
fn code(schema: &str) -> String {
    let source = Source::from_text("names.yaml", schema).expect("a short schema");
    let compiled = match compile(&source) {
        Ok(compiled) => compiled,
        Err(report) => panic!("{}", report.render(&source, Default::default())),
    };
    let files = compiled.generated.files();
    files.map(|(_, text)| text.to_string()).collect()
}

#[test]
fn a_field_called_as_the_context_does_not_hide_it() {
    let code = code(
        "domain: names
types:
  XId: String
  A: { fields: { n: u8, m: Option<u8> }, changes: [ { add: { m: None } } ] }
  U: { union: { V: { cx: A, cx_: u8, event: u8 }, W: { n: u8 } }, changes: [ { follows: A } ] }
aggregates:
  X:
    id: XId
    state: {}
    events:
      Started: { fields: { u: U }, create: {}, changes: [ { follows: U } ] }
",
    );
    let pattern = "UV1::V { cx: cx__, cx_, event } => Self::V {";
    assert!(code.contains(pattern), "{code}");
    assert!(code.contains("cx: A::upcast(cx__, cx),"), "{code}");
    assert!(code.contains("UV1::W { n } => Self::W { n },"), "{code}");
}

#[test]
fn details_of_a_message_do_not_hide_one_another() {
    let code = code(
        "domain: names
types: { XId: String }
aggregates:
  X:
    id: XId
    state: {}
    commands:
      Start:
        for: new
        reject:
          No: { when: \"1 > 2\", with: { f: \"1_u8\", f_: \"2_u8\" }, message: \"{f} and {f_}\" }
        emit: Started
    events:
      Started: { create: {} }
",
    );
    assert!(code.contains("Self::No { f: f__, f_ } =>"), "{code}");
    assert!(code.contains("\"{f__} and {f_}\""), "{code}");
}

#[test]
fn older_versions_of_what_is_called_self_are_called_as_rust_would_have_it() {
    let code = code(
        "domain: names
types:
  XId: String
  self: { fields: { n: u8 }, changes: [ { add: { n: \"1\" } } ] }
aggregates:
  X:
    id: XId
    state: {}
    events:
      Self: { fields: { s: self }, create: {}, changes: [ { follows: self } ] }
",
    );
    assert!(!code.contains("Self_V1"), "{code}");
    assert!(code.contains("impl Upcast<SelfV1> for Self_ {"), "{code}");
    assert!(
        code.contains("impl Upcast<SelfV1> for events::Self_ {"),
        "{code}"
    );
    // The event and the type are called the same, and so is what they were.
    assert!(code.contains("pub s: super::types::SelfV1,"), "{code}");
}
