//! `mod published`: a test that what was published is still read, and read as before; or makes the same rows.

use super::text::{Text, quoted};
use crate::model::{Aggregate, Projection};

/// Puts the test of the samples in `folder` into the file of an aggregate.
pub(super) fn of_aggregate(text: &mut Text, aggregate: &Aggregate, folder: &str) {
    let about = "Every sample of an event that was ever published is read as it was read before, and makes the same state.";
    let (this, test) = (&aggregate.name.rust, "every_sample_is_read_as_before");
    published(
        text,
        about,
        test,
        &format!("read_samples::<super::{this}>"),
        folder,
    );
}

/// Puts the test of the samples in `folder` into the file of a projection.
pub(super) fn of_projection(text: &mut Text, projection: &Projection, folder: &str) {
    let about =
        "Every sample of an event that was ever published makes the rows that it made before.";
    let (this, test) = (&projection.name.rust, "every_sample_makes_rows_as_before");
    published(
        text,
        about,
        test,
        &format!("read_rows::<super::{this}>"),
        folder,
    );
}

/// What the test needs.
const NEEDS: &str =
    "This needs `es-runtime` among the dev-dependencies, with its feature `testing`.";

fn published(text: &mut Text, about: &str, test: &str, function: &str, folder: &str) {
    text.item();
    text.doc(&format!("{about}\n\n{NEEDS}"));
    text.line("#[cfg(test)]");
    text.open("mod published {");
    text.line("#[test]");
    text.open(&format!("fn {test}() {{"));
    let folder = quoted(&format!("/{folder}"));
    text.line(&format!(
        "let folder = concat!(env!(\"CARGO_MANIFEST_DIR\"), {folder});"
    ));
    text.line(&format!("es_runtime::testing::{function}(folder);"));
    text.close("}");
    text.close("}");
}
