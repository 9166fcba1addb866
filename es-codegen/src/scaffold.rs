//! Stubs of the rules that a schema leaves to Rust: written once, into files that belong to the user from then on.
//!
//! A stub compiles, so that everything else can be tried at once, and ends in a `todo!` that says what to write. Until
//! then its command is answered with the typed error of a panicked rule, and nothing is stored. An empty body would be
//! worse than none: it would look like a rule.
//!
//! No file that exists is ever changed: it is the user's, and a stub behind its last line could stand in the middle of
//! what they are about to write. What is missing in one is handed back as text instead.

mod written;

use crate::{
    emit::stubs::{self, ByHand, HopByHand, RowsByHand},
    file_error::FileError,
    model::{Aggregate, Model, Projection},
    names::RustName,
    write::write_new,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use written::Written;

/// The stubs that a crate lacks.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scaffold {
    /// The files that they belong into, one for each aggregate and each projection that lacks rules, and one for changes of
    /// stored shapes.
    pub files: Vec<StubFile>,
    /// The modules that no file declares yet.
    pub undeclared: Vec<String>,
    /// The file to declare them in, where one declares the generated module.
    pub root: Option<PathBuf>,
}

/// The stubs of one aggregate or projection, or of changes.
#[derive(Debug)]
#[non_exhaustive]
pub struct StubFile {
    /// The file that they belong into.
    pub path: PathBuf,
    /// Whether the file exists and so is the user's.
    pub exists: bool,
    /// How many rules are missing.
    pub rules: usize,
    /// The text of the file or, where it exists, what has to be added to it.
    pub text: String,
}

/// Why it cannot be told what is missing, or the stubs cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The generated code is in no package's `src`.
    #[error("rules by hand belong into the `src` of a package, and `{}` is in none", .0.display())]
    NoSources(PathBuf),
    /// The folder of the generated code cannot be a module.
    #[error("rules by hand use the generated module, and `{}` has not the name of one", .0.display())]
    NoModule(PathBuf),
    /// A file of the package cannot be searched for rules.
    #[error("cannot look for rules by hand in `{}`, line {line}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong in it.
        source: syn::Error,
    },
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] FileError),
}

impl Scaffold {
    /// Finds out which rules by hand the package lacks that a model is generated into; `folder` is that of the
    /// generated code.
    ///
    /// # Errors
    /// Where the package cannot be found, or a file in it not be read.
    pub fn of(model: &Model, folder: &Path) -> Result<Self, ScaffoldError> {
        let generated = module_of(folder)?;
        let written = Written::find(&sources_of(folder)?, folder)?;
        let mut scaffold = Self {
            files: Vec::new(),
            undeclared: Vec::new(),
            root: written.declared_in(generated.plain()).map(Path::to_owned),
        };
        for aggregate in &model.aggregates {
            let missing = missing(aggregate, &written);
            let write = |exists| {
                let write = if exists { stubs::text } else { stubs::file };
                write(model, aggregate, &missing, &generated)
            };
            scaffold.add(folder, &written, &aggregate.module(), missing.len(), write);
        }
        for projection in &model.projections {
            let missing = missing_rows(model, projection, &written);
            let write = |exists| {
                let write = if exists {
                    stubs::text_of_rows
                } else {
                    stubs::file_of_rows
                };
                write(model, projection, &missing, &generated)
            };
            scaffold.add(folder, &written, &projection.module(), missing.len(), write);
        }
        let missing = missing_hops(model, &written);
        let write = |exists| {
            let write = if exists {
                stubs::text_of_hops
            } else {
                stubs::file_of_hops
            };
            write(model, &missing, &generated)
        };
        let owner = RustName::history();
        scaffold.add(folder, &written, &owner, missing.len(), write);
        Ok(scaffold)
    }

    /// Adds the rules that the owner of a module lacks, as `write` writes them into a new file or one that exists.
    fn add(
        &mut self,
        folder: &Path,
        written: &Written,
        owner: &RustName,
        rules: usize,
        write: impl FnOnce(bool) -> String,
    ) {
        let module = format!("{}_by_hand", owner.plain());
        let path = folder.with_file_name(format!("{module}.rs"));
        let exists = fs::symlink_metadata(&path).is_ok();
        if rules > 0 {
            self.files.push(StubFile {
                path,
                exists,
                rules,
                text: write(exists),
            });
        } else if !exists {
            return;
        }
        if !written.declares(&module) {
            self.undeclared.push(module);
        }
    }

    /// Writes the files that do not exist.
    ///
    /// # Errors
    /// Where the operating system refuses, also because a file has come to be there.
    pub fn write(&self) -> Result<(), ScaffoldError> {
        for file in self.files.iter().filter(|file| !file.exists) {
            write_new(&file.path, &file.text).map_err(FileError::of("write", &file.path))?;
        }
        Ok(())
    }
}

fn missing<'m>(aggregate: &'m Aggregate, written: &Written) -> Vec<ByHand<'m>> {
    let this = aggregate.name.rust.plain();
    ByHand::of(aggregate)
        .filter(|rule| !written.has(rule.role(), rule.subject(), this))
        .collect()
}

fn missing_rows<'m>(
    model: &'m Model,
    projection: &'m Projection,
    written: &Written,
) -> Vec<RowsByHand<'m>> {
    let this = projection.name.rust.plain();
    RowsByHand::of(model, projection)
        .filter(|rule| !written.has(rule.role(), rule.subject(), this))
        .collect()
}

fn missing_hops(model: &Model, written: &Written) -> Vec<HopByHand> {
    let mut hops = HopByHand::of(model);
    hops.retain(|hop| !written.has(HopByHand::ROLE, hop.subject(), hop.this()));
    hops
}

/// The module that the generated code is, going by the name of its folder.
fn module_of(folder: &Path) -> Result<RustName, ScaffoldError> {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.and_then(RustName::given)
        .ok_or_else(|| ScaffoldError::NoModule(folder.to_owned()))
}

/// The `src` that the generated code is in, seen from where the command runs.
fn sources_of(folder: &Path) -> Result<PathBuf, ScaffoldError> {
    let absolute = std::path::absolute(folder).map_err(FileError::of("find", folder))?;
    let mut above = absolute.ancestors().skip(1);
    let sources = above.find(|path| path.file_name().is_some_and(|name| name == "src"));
    let sources = sources.ok_or_else(|| ScaffoldError::NoSources(folder.to_owned()))?;
    let here = std::env::current_dir().map_err(FileError::of("find", folder))?;
    let relative = sources.strip_prefix(&here).unwrap_or(sources);
    Ok(if relative.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        relative.to_owned()
    })
}
