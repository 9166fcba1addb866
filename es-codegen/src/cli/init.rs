//! `es-codegen init`: a new package to begin with.

use super::{Failure, trouble};
use clap::Args;
use es_codegen::{Crates, init};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder; the package is called like it
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

pub(super) fn run(Init { folder }: &Init) -> Result<(), Failure> {
    let crates = Crates::nearest();
    let name = init(folder, &crates).map_err(trouble)?;
    eprintln!(
        "{}: the package `{name}`, a small library",
        folder.display()
    );
    if let Crates::Clone(root) = crates {
        eprintln!("it takes the crates of es from {}", root.display());
    }
    eprintln!(
        "hint: `cargo run` and `cargo test` in it; then read README.md, and change library.yaml"
    );
    Ok(())
}
