//! A schema with what was published of it: what `check` and `lock` look at.

use super::{Failure, mistakes, trouble};
use crate::cli::Format;
use es_codegen::{
    checked,
    diagnostic::Diagnostics,
    evolution::{self, Lock, history::History},
    model::Model,
    source::Source,
};
use std::path::Path;

/// A schema without errors.
pub(super) struct Evolved {
    pub(super) source: Source,
    pub(super) model: Model,
    pub(super) declared: History,
    pub(super) lock: Option<Lock>,
    /// What was found up to now.
    pub(super) found: Diagnostics,
}

/// Reads a schema and its lock, and holds one against the other.
pub(super) fn read(schema: &Path, format: Format) -> Result<Evolved, Failure> {
    let mut source = Source::load(schema).map_err(trouble)?;
    let mut found = Diagnostics::new();
    let lock = Lock::beside(&mut found, &mut source, schema).map_err(trouble)?;
    let model = checked(&mut found, &source);
    match model {
        Some(model) if !found.has_errors() => {
            let declared = evolution::declared(&model);
            evolution::check(&mut found, &declared, lock.as_ref(), &model.levels);
            Ok(Evolved {
                source,
                model,
                declared,
                lock,
                found,
            })
        }
        _ => match found.finish() {
            Ok(report) | Err(report) => Err(mistakes(&report, &source, format)),
        },
    }
}
