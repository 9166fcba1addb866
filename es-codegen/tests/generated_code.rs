//! What becomes of a small domain, whole, for people to read: a change of the generated code shows here first.

use es_codegen::{compile, source::Source};

#[test]
fn a_small_domain_reads_as_a_careful_person_would_write_it() {
    let schema = include_str!("../../tests/readme/parcels.yaml");
    let source = Source::from_text("parcels.yaml", schema).expect("a short schema");
    let compiled = compile(&source).expect("a schema without mistakes");
    for (name, text) in compiled.generated.files() {
        insta::assert_snapshot!(name.to_string(), text);
    }
}
