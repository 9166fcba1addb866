//! Both forms of a domain are described alike, and as the schema is.

use es_codegen::source::Source;
use es_parity as yaml;
use es_runtime::DescribeAggregate;

use super::{bank_by_hand, hard};

#[track_caller]
fn check<H: DescribeAggregate, Y: DescribeAggregate>(schema: &str) {
    let source = Source::load(schema.as_ref()).unwrap();
    let (model, _) = es_codegen::model_of(&source).unwrap();
    let described = es_codegen::description(&model, &model.aggregates[0]);
    assert_eq!(H::DESCRIPTION.to_json(), described);
    assert_eq!(Y::DESCRIPTION.to_json(), described);
}

#[test]
fn the_bank() {
    check::<bank_by_hand::Account, yaml::bank::Account>("parity/bank.yaml");
}

#[test]
fn hard_names() {
    check::<hard::Hard, yaml::names::Hard>("parity/names.yaml");
}
