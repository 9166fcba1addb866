//! The compiler of `es`: a domain described in YAML becomes typed, event-sourced Rust.
//!
//! ```
//! use es_codegen::{compile, source::Source};
//!
//! let schema = "
//! domain: counting
//! types:
//!   CounterId: Uuid
//! aggregates:
//!   Counter:
//!     id: CounterId
//!     state: { count: u32 }
//!     commands:
//!       Start: { for: new, emit: Started }
//!     events:
//!       Started: { create: { count: 0 } }
//! ";
//! let source = Source::from_text("counting.yaml", schema)?;
//! let compiled = compile(&source).expect("a schema without mistakes");
//! let counter = compiled.generated.file("counter.rs").expect("a file for each aggregate");
//! assert!(counter.contains("impl Create<events::Started> for Counter"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A build script calls [`build()`]; the command `es-codegen` is a thin front end over the same.

mod build;
pub mod check;
mod description;
pub mod diagnostic;
pub mod emit;
pub mod evolution;
mod file_error;
pub mod fmt;
mod generated;
mod hash;
mod index;
mod init;
pub mod language;
pub mod leaf;
pub mod model;
pub mod names;
pub mod read;
mod scaffold;
pub mod source;
mod write;
mod yaml;

pub use build::{Build, build};
pub use description::description;
pub use file_error::FileError;
pub use generated::Generated;
pub use init::{Crates, InitError, init};
pub use scaffold::{Scaffold, ScaffoldError, StubFile};
pub use write::{Drift, WriteError, Written, compare, write};

use diagnostic::{Diagnostics, Report};
use model::{
    Model,
    json::{self, ModelError},
};
use source::Source;
use std::{
    error::Error,
    path::{Path, PathBuf},
};

/// What became of a schema without errors.
#[derive(Debug)]
#[non_exhaustive]
pub struct Compiled {
    /// The domain.
    pub model: Model,
    /// The files.
    pub generated: Generated,
    /// Warnings, where there are some.
    pub warnings: Report,
}

/// Compiles a schema in memory.
///
/// # Errors
/// Every mistake in it, at once.
pub fn compile(source: &Source) -> Result<Compiled, Report> {
    let (model, warnings) = model_of(source)?;
    let generated = emit::emit(&model, source.name(), None);
    Ok(Compiled {
        model,
        generated,
        warnings,
    })
}

/// Compiles the schema at a path, which is held against what was published of it where its lock lies beside it; `out` is
/// the folder that the files are meant for.
///
/// # Errors
/// Where the files cannot be read. Every mistake in them stands beside the source that it is about.
pub fn compile_at(
    schema: &Path,
    out: &Path,
) -> Result<(Source, Result<Compiled, Report>), source::LoadError> {
    let mut cx = Diagnostics::new();
    let mut source = Source::load(schema)?;
    let name = source.name().to_owned();
    let lock = evolution::Lock::beside(&mut cx, &mut source, schema)?;
    let model = checked(&mut cx, &source).filter(|_| !cx.has_errors());
    if let Some(model) = &model {
        let declared = evolution::declared(model);
        evolution::check(&mut cx, &declared, lock.as_ref(), &model.levels);
    }
    let compiled = cx.finish().and_then(|warnings| match model {
        Some(model) => {
            let samples = lock.map(|_| evolution::samples_from(out, schema));
            let generated = emit::emit(&model, &name, samples.as_deref());
            Ok(Compiled {
                model,
                generated,
                warnings,
            })
        }
        None => Err(warnings),
    });
    Ok((source, compiled))
}

/// Compiles a model that [`json::to_json`] or another program has written.
///
/// # Errors
/// Where the text is not a model, or breaks a rule.
pub fn compile_model(text: &str) -> Result<Compiled, ModelError> {
    let (model, schema, warnings) = json::from_json(text)?;
    let generated = emit::emit(&model, &schema, None);
    Ok(Compiled {
        model,
        generated,
        warnings,
    })
}

/// Reads and checks a schema, without generating anything.
///
/// # Errors
/// Every mistake in it, at once.
pub fn model_of(source: &Source) -> Result<(Model, Report), Report> {
    let mut cx = Diagnostics::new();
    let model = checked(&mut cx, source);
    let report = cx.finish()?;
    match model {
        Some(model) => Ok((model, report)),
        None => Err(report),
    }
}

/// Reads and checks a schema; every mistake in it goes into the sink. Where there is one, the model makes no sense.
pub fn checked(cx: &mut Diagnostics, source: &Source) -> Option<Model> {
    let schema = read::read(cx, source);
    let model = schema.and_then(|schema| model::lower(cx, source, &schema));
    if let Some(model) = &model {
        check::check(cx, model);
    }
    model
}

/// The folder that the files of a schema go into unless told otherwise: `src/generated` beside it.
#[must_use]
pub fn default_folder(schema: &Path) -> PathBuf {
    let beside = match schema.file_name() {
        Some(_) => schema.with_file_name("src"),
        // `.`, say, has no name that another could stand in the place of.
        None => schema.join("..").join("src"),
    };
    beside.join("generated")
}

/// An error with its causes, on one line.
#[must_use]
pub fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
