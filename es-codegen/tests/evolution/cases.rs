//! Every row of the table of changes: a folder for each, with the schema that was published and what became of it.

use super::{locked, published, report, source};
use es_codegen::{
    checked,
    diagnostic::Diagnostics,
    evolution::{self, Publication, fix, samples},
};
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

/// Each published schema with each that it was changed into.
fn changes() -> Vec<(String, String, String)> {
    let mut changes = Vec::new();
    for case in entries(&folder()).iter().filter(|path| path.is_dir()) {
        let published = fs::read_to_string(case.join("published.yaml")).unwrap();
        for path in entries(case) {
            if path.extension().is_some_and(|end| end == "yaml") && name(&path) != "published" {
                let what = format!("{}/{}", name(case), name(&path));
                changes.push((what, published.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    changes
}

#[test]
fn a_publication_takes_nothing_away_and_leaves_nothing_to_be_published() {
    let mut count = 0;
    for (what, before, after) in changes() {
        let first = published(&before, None);
        let mut source = source("changed.yaml", &after);
        if report(&mut source, &first).errors() > 0 {
            continue;
        }
        count += 1;
        let old = locked(&mut source, &first).unwrap();
        let second = published(&after, Some(&old));
        let new = locked(&mut source, &second).unwrap();
        let mut cx = Diagnostics::new();
        evolution::against(&mut cx, &new, &old, "`before`");
        assert!(cx.finish().unwrap().is_empty(), "{what}");
        let is_kept = |file: &str| {
            samples(&new.history)
                .iter()
                .any(|sample| sample.file == file)
        };
        assert!(
            samples(&old.history)
                .iter()
                .all(|sample| is_kept(&sample.file)),
            "{what}"
        );
        let model = checked(&mut Diagnostics::new(), &source).unwrap();
        let again = Publication::of(&evolution::declared(&model), Some(&new));
        assert_eq!((again.published.len(), again.lock), (0, second), "{what}");
    }
    assert!(count > 30, "{count}");
}

#[test]
fn what_is_declared_and_published_is_found_no_more() {
    for (what, before, after) in changes() {
        let first = published(&before, None);
        let mut source = source("changed.yaml", &after);
        if report(&mut source, &first).errors() > 0 {
            continue;
        }
        let old = locked(&mut source, &first).unwrap();
        let left = report(&mut source, &published(&after, Some(&old)));
        let is_accepted = |found: &es_codegen::diagnostic::Diagnostic| {
            found.code == es_codegen::diagnostic::Code::AllowUnused
        };
        assert!(
            left.diagnostics().iter().all(is_accepted),
            "{what}\n{}",
            left.render(&source, Default::default())
        );
    }
}

#[test]
fn no_repair_makes_it_worse() {
    let mut count = 0;
    for (what, before, after) in changes() {
        let lock = published(&before, None);
        let mut broken = source("changed.yaml", &after);
        let errors = report(&mut broken, &lock).errors();
        let read = locked(&mut broken, &lock).unwrap();
        for fixed in fix(&broken, &read) {
            count += 1;
            let mut repaired = source("changed.yaml", &fixed.text);
            let left = report(&mut repaired, &lock).errors();
            assert!(left < errors, "{what}: {left} of {errors}\n{}", fixed.text);
        }
    }
    assert!(count > 10, "{count}");
}
