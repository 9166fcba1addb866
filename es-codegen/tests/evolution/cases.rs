//! Every row of the table of changes: a folder for each, with the schema that was published and what became of it.

use super::{published, report, source};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evolution/cases")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// What is found in each schema of a folder once another one is published: the verdicts, and what is said.
fn found(folder: &Path) -> String {
    let lock = published(
        &fs::read_to_string(folder.join("published.yaml")).unwrap(),
        None,
    );
    let mut text = String::new();
    for path in entries(folder) {
        if path.extension().is_none_or(|end| end != "yaml") || name(&path) == "published" {
            continue;
        }
        let mut source = source(
            &format!("{}.yaml", name(&path)),
            &fs::read_to_string(&path).unwrap(),
        );
        let report = report(&mut source, &lock);
        let verdicts: Vec<String> = report
            .diagnostics()
            .iter()
            .map(|found| format!("{} {}", found.severity.as_str(), found.code.as_str()))
            .collect();
        let verdict = if verdicts.is_empty() {
            "nothing".to_owned()
        } else {
            verdicts.join(", ")
        };
        let said = report.render(&source, Default::default());
        writeln!(text, "=== {}: {verdict}\n{said}\n", name(&path)).unwrap();
    }
    text
}

#[test]
fn every_change_has_its_verdict() {
    for case in entries(&folder()) {
        if !case.is_dir() {
            continue;
        }
        insta::with_settings!({ snapshot_path => &case, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("found", found(&case));
        });
    }
}

#[test]
fn every_row_of_the_table_has_a_case() {
    let names: Vec<String> = entries(&folder()).iter().map(|path| name(path)).collect();
    for row in 1..=46 {
        let number = format!("{row:02}-");
        assert!(
            names.iter().any(|name| name.starts_with(&number)),
            "row {row}"
        );
    }
}

#[test]
fn what_is_published_as_it_is_gives_no_finding() {
    for case in entries(&folder()).iter().filter(|path| path.is_dir()) {
        let text = fs::read_to_string(case.join("published.yaml")).unwrap();
        let mut source = source("published.yaml", &text);
        let report = report(&mut source, &published(&text, None));
        assert!(
            report.is_empty(),
            "{}",
            report.render(&source, Default::default())
        );
    }
}
