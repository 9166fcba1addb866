//! From the model to files of Rust: one file for the types, one for each aggregate and each projection, one for what was
//! otherwise before, and `mod.rs` that holds them together.
//!
//! Whatever is decided here is asked of the model. Each kind of generated item has a file of its own below.

mod aggregate;
mod commands;
mod convert;
mod docs;
mod effects;
mod errors;
mod events;
mod fields;
pub(crate) mod fingerprint;
mod handlers;
mod history;
mod json;
mod literals;
mod ownership;
mod parts;
mod pretty;
mod projection;
mod root;
mod row_rules;
mod rules;
mod samples;
mod scenarios;
mod scope;
pub(crate) mod stubs;
mod text;
mod types;

use crate::{generated::Generated, model::Model};
use scope::Domain;

/// The files that a model becomes; `schema` is the file name that their headers show, and `samples` where the samples of
/// what was published lie, as seen from the package of the files.
#[must_use]
pub fn emit(model: &Model, schema: &str, samples: Option<&str>) -> Generated {
    let domain = Domain::new(model);
    let mut generated = Generated::default();
    generated.add("mod.rs", schema, &root::root(model));
    if !model.types.is_empty() {
        generated.add("types.rs", schema, &types::types(&domain));
    }
    if history::has_history(model) {
        generated.add("history.rs", schema, &history::history(&domain));
    }
    for aggregate in &model.aggregates {
        let file = format!("{}.rs", aggregate.module().plain());
        generated.add(
            &file,
            schema,
            &aggregate::aggregate(&domain, aggregate, samples),
        );
    }
    for projection in &model.projections {
        let file = format!("{}.rs", projection.module().plain());
        let text = projection::projection(&domain, projection, samples);
        generated.add(&file, schema, &text);
    }
    generated
}
