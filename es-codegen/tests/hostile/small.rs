//! Schemas that stand in files: `small/NAME.yaml`, or `small/NAME` for a folder of them.

use crate::{beside, child::refused, said};
use std::{fs, path::Path};

#[test]
fn every_small_schema_is_refused() {
    let mut entries: Vec<_> = fs::read_dir(beside("small"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    entries.sort();
    for path in entries {
        let temp = tempfile::tempdir().unwrap();
        let schema = if path.is_dir() {
            "schema"
        } else {
            "schema.yaml"
        };
        copy(&path, &temp.path().join(schema));
        let name = path.file_stem().unwrap().to_str().unwrap();
        said("small", name, &refused(temp.path(), schema));
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        copy(&path, &to.join(path.file_name().unwrap()));
    }
}
