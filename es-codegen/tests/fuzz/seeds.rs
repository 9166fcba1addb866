//! The right schemas of this repository, from which all others are made.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The files, and folders of files.
const PLACES: [&str; 6] = [
    "es-codegen/tests/schemas",
    "es-codegen/tests/hostile/accepted",
    "es-codegen/src/init",
    "examples",
    "tests/golden",
    "tests/parity",
];

/// All texts, in the order of their paths.
pub(crate) fn all() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for place in PLACES {
        find(&root.join(place), &mut paths);
    }
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            paths.push(path);
        }
    }
}
