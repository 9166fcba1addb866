//! Broken schemas: one file for each mistake, named after its code, beside what is said about it.

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

fn schemas() -> Vec<(String, Source)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths
        .iter()
        .map(|path| {
            (
                name(path),
                Source::from_text(
                    format!("{}.yaml", name(path)),
                    fs::read_to_string(path).unwrap(),
                )
                .unwrap(),
            )
        })
        .collect()
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
            insta::assert_snapshot!(name, report.render(std::slice::from_ref(&source), Default::default()));
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
    let silent: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !reported.contains(code))
        .map(|code| code.as_str())
        .collect();
    assert!(
        silent.is_empty(),
        "no broken schema is answered with {silent:?}"
    );
}
