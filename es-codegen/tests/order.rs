//! The Order of the language's description reads into the model that it describes.

use es_codegen::source::Source;

#[test]
fn order() {
    let source = Source::from_text("order.yaml", include_str!("schemas/order.yaml")).unwrap();
    let (model, warnings) = es_codegen::model_of(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(std::slice::from_ref(&source), Default::default())));
    assert!(warnings.is_empty());
    println!("{model:#?}");
}
