//! Broken schemas: one file or folder for each mistake, named after its code, beside what is said about it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{diagnostic::Code, source::Source};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken")
}

/// Every broken schema with its name: a file, or a folder of files that are one schema together.
fn schemas() -> Vec<(String, Source)> {
    let mut schemas: Vec<(String, Source)> = entries(&folder())
        .into_iter()
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            let source = if path.is_dir() {
                let files = entries(&path)
                    .into_iter()
                    .map(|file| (format!("{name}/{}", file_name(&file)), text(&file)));
                Source::from_texts(format!("{name}/"), files)
            } else if path.extension()? == "yaml" {
                Source::from_text(file_name(&path), text(&path))
            } else {
                return None;
            };
            Some((name, source.unwrap()))
        })
        .collect();
    schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
    schemas
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_mistake_is_said_and_placed() {
    for (name, source) in schemas() {
        let report = match es_codegen::model_of(&source) {
            Ok((_, warnings)) => warnings,
            Err(report) => report,
        };
        assert!(
            report
                .diagnostics()
                .iter()
                .any(|diagnostic| name.starts_with(diagnostic.code.as_str())),
            "{name}: the file is named after a code that is not reported"
        );
        insta::with_settings!({ snapshot_path => folder(), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, report.render(&source, Default::default()));
        });
    }
}

#[test]
fn every_code_has_a_broken_schema() {
    let reported: BTreeSet<Code> = schemas()
        .iter()
        .flat_map(|(_, source)| {
            match es_codegen::model_of(source) {
                Ok((_, warnings)) => warnings,
                Err(report) => report,
            }
            .diagnostics()
            .to_vec()
        })
        .map(|diagnostic| diagnostic.code)
        .collect();
    // Schemas that are too large to stand in a file are built in `tests/hostile`.
    let too_large = [Code::TooLarge, Code::TooManyMistakes];
    let silent: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !reported.contains(code) && !too_large.contains(code))
        // Changes have their own cases, in `tests/evolution`.
        .filter(|code| code.axis().is_none())
        .map(|code| code.as_str())
        .collect();
    assert!(
        silent.is_empty(),
        "no broken schema is answered with {silent:?}"
    );
}
