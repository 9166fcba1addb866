//! A new package to begin with: a small domain with its scenarios, a build script, and a program that runs.
//!
//! The files stand in `init/` as they will stand in the package, but for the places of its name and of our version.

use crate::{file_error::FileError, write::write_new};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each file of a new package, with its text.
const FILES: [(&str, &str); 6] = [
    ("library.yaml", include_str!("init/library.yaml")),
    ("Cargo.toml", include_str!("init/manifest.toml")),
    ("build.rs", include_str!("init/build.rs")),
    ("src/main.rs", include_str!("init/main.rs")),
    ("README.md", include_str!("init/README.md")),
    (".gitignore", include_str!("init/gitignore")),
];

/// Where a new package takes the crates of es from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crates {
    /// From the registry, in the version of this one.
    Registry,
    /// From a clone of the repository, in this folder.
    Clone(PathBuf),
}

impl Crates {
    /// From the clone that this crate was built in, while that is there, so that a new package builds whatever is
    /// published; from the registry otherwise.
    #[must_use]
    pub fn nearest() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        match here.parent() {
            Some(root) if root.join("es-runtime/Cargo.toml").is_file() => {
                Self::Clone(root.to_owned())
            }
            _ => Self::Registry,
        }
    }

    /// The manifest of a new package, as the template has it for the registry.
    fn apply(&self, manifest: &str) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let mut manifest = manifest.to_owned();
        for (name, folder) in IN_A_CLONE {
            let (plain, table) = match self {
                Self::Registry => (
                    format!("{name} = {version:?}"),
                    format!("{name} = {{ version = {version:?}"),
                ),
                Self::Clone(root) => {
                    let path = root.join(folder);
                    let table = format!("{name} = {{ path = {:?}", path.to_string_lossy());
                    (format!("{table} }}"), table)
                }
            };
            manifest = manifest
                .replace(&format!("{name} = \"{{{{version}}}}\""), &plain)
                .replace(
                    &format!("{name} = {{ version = \"{{{{version}}}}\""),
                    &table,
                );
        }
        manifest
    }
}

/// What a new package depends on, and where it stands in a clone.
const IN_A_CLONE: [(&str, &str); 3] = [
    ("es-codegen", "es-codegen"),
    ("es-runtime", "es-runtime"),
    ("es-sqlite", "stores/sqlite"),
];

/// Writes a new package into a folder, which is made where it is missing; gives the name of the package, which follows
/// from that of the folder.
///
/// # Errors
/// Where the folder has one of the files already, and where the operating system refuses. Nothing is left behind then.
pub fn init(folder: &Path, crates: &Crates) -> Result<String, InitError> {
    let found = FILES.iter().map(|(name, _)| folder.join(name));
    let found: Vec<_> = found
        .filter(|path| fs::symlink_metadata(path).is_ok())
        .collect();
    if !found.is_empty() {
        return Err(InitError::Exists(found));
    }
    let sources = folder.join("src");
    fs::create_dir_all(&sources).map_err(FileError::of("create", &sources))?;
    let name = package_name(folder)?;
    for (done, (file, text)) in FILES.iter().enumerate() {
        let path = folder.join(file);
        let text = crates.apply(text).replace("{{name}}", &name);
        if let Err(error) = write_new(&path, &text) {
            for (file, _) in FILES.iter().take(done) {
                // What failed is told; a rest of it would only be in the way of the next try.
                let _ = fs::remove_file(folder.join(file));
            }
            return Err(FileError::of("write", &path)(error).into());
        }
    }
    Ok(name)
}

/// Why no package could be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The folder has files of these names, and they may be worth something.
    #[error("{} already, and nothing is overwritten\nhint: choose a new folder, `es-codegen init my-library`", there(.0))]
    Exists(Vec<PathBuf>),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] FileError),
}

fn there(paths: &[PathBuf]) -> String {
    let quoted: Vec<_> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    let verb = if paths.len() == 1 { "is" } else { "are" };
    format!("{} {verb} there", quoted.join(", "))
}

/// The name of the package in a folder, also where the path does not say that of the folder.
fn package_name(folder: &Path) -> Result<String, InitError> {
    let whole = fs::canonicalize(folder).map_err(FileError::of("find", folder))?;
    let name = whole.file_name().unwrap_or_default();
    Ok(valid_name(&name.to_string_lossy()))
}

/// The longest name that the registry of crates takes.
const NAME_LIMIT: usize = 64;

/// Names that cargo does not take, beside the keywords: of crates that are always there, of folders in `target`, and of
/// what the package itself depends on.
const TAKEN: [&str; 15] = [
    "alloc",
    "build",
    "core",
    "deps",
    "es-codegen",
    "es-derive",
    "es-runtime",
    "es-sqlite",
    "examples",
    "incremental",
    "proc-macro",
    "serde",
    "std",
    "test",
    "tokio",
];

/// A name that cargo takes, as near as can be to one that it may not.
fn valid_name(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let mut name = words.join("-").to_ascii_lowercase();
    name.truncate(NAME_LIMIT - "app-".len());
    let name = name.trim_matches(['-', '_']);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_keyword = syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err();
    if name.is_empty() {
        "app".to_owned()
    } else if !is_name || is_keyword || TAKEN.contains(&name.replace('_', "-").as_str()) {
        format!("app-{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_folder_becomes_one_that_cargo_takes() {
        for (folder, package) in [
            ("library", "library"),
            ("My Library (new)", "my-library-new"),
            ("my_library", "my_library"),
            ("Bücher", "b-cher"),
            ("2026", "app-2026"),
            ("type", "app-type"),
            ("Self", "app-self"),
            ("async", "app-async"),
            ("test", "app-test"),
            ("proc_macro", "app-proc_macro"),
            ("serde", "app-serde"),
            ("es-runtime", "app-es-runtime"),
            ("--help", "help"),
            ("", "app"),
            ("図書館", "app"),
            ("..", "app"),
        ] {
            assert_eq!(valid_name(folder), package, "{folder}");
        }
        assert_eq!(valid_name(&"long".repeat(50)).len(), 60);
    }
}
