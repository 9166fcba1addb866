//! `mod published`: a test that what was published is still read, and read as before.

use super::text::{Text, quoted};
use crate::model::Aggregate;

const ABOUT: &str =
    "Every sample of an event that was ever published is read as it was read before.

This needs `es-runtime` among the dev-dependencies, with its feature `testing`.";

/// Puts the test of the samples in `folder` into the file of an aggregate.
pub(super) fn samples(text: &mut Text, aggregate: &Aggregate, folder: &str) {
    let this = &aggregate.name.rust;
    text.item();
    text.doc(ABOUT);
    text.line("#[cfg(test)]");
    text.open("mod published {");
    text.line("#[test]");
    text.open("fn every_sample_is_read_as_before() {");
    let folder = quoted(&format!("/{folder}"));
    text.line(&format!(
        "let folder = concat!(env!(\"CARGO_MANIFEST_DIR\"), {folder});"
    ));
    text.line(&format!(
        "es_runtime::testing::read_samples::<super::{this}>(folder);"
    ));
    text.close("}");
    text.close("}");
}
