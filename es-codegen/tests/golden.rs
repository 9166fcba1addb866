//! The golden output is what the compiler generates today; `tests/golden-2021` and `tests/tests/generated.rs` compile and
//! run it. To take changes over: `cargo run -p es-codegen -- generate tests/golden/X/X.yaml --out tests/golden/X/generated`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{compare, compile, source::Source};
use std::path::PathBuf;

#[test]
fn the_shop_is_up_to_date() {
    check("shop");
}

#[test]
fn the_hard_names_are_up_to_date() {
    check("names");
}

#[test]
fn the_checks_are_up_to_date() {
    check("checks");
}

#[test]
fn the_history_is_up_to_date() {
    check("history");
}

#[test]
fn the_values_are_up_to_date() {
    check("values");
}

#[test]
fn the_rows_are_up_to_date() {
    check("rows");
}

fn check(domain: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden")
        .join(domain);
    let source = Source::load(&folder.join(format!("{domain}.yaml"))).unwrap();
    let compiled = compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())));
    for (name, text) in compiled.generated.files() {
        assert!(syn::parse_file(text).is_ok(), "{domain}/{name} is not Rust");
    }
    let drift = compare(&compiled.generated, &folder.join("generated")).unwrap();
    assert_eq!(drift, []);
}
