//! Dependencies between the crates point one way; this table is the whole truth about them.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which crates of the workspace each may depend on, in what is published (not in tests).
const LAYERS: &[(&str, &[&str])] = &[
    ("es-derive", &[]),
    ("es-codegen", &[]),
    ("es-runtime", &["es-derive"]),
    ("es-sqlite", &["es-runtime"]),
    ("bank", &["es-runtime", "es-sqlite"]),
    ("orders", &["es-codegen", "es-runtime", "es-sqlite"]),
    ("permits", &["es-codegen", "es-runtime", "es-sqlite"]),
];

/// Crates that only test or measure; nobody depends on them.
const TESTS: &[&str] = &[
    "es-benches",
    "es-tests",
    "es-golden-2021",
    "es-kinds",
    "es-parity",
    "es-rules",
    "readme",
];

#[test]
fn every_crate_depends_only_on_those_below_it() {
    let metadata = MetadataCommand::new().exec().unwrap();
    let members: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let ours: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.as_str())
            .filter(|name| members.contains(*name))
            .collect();
        if TESTS.contains(&name) {
            continue;
        }
        let Some(below) = allowed.get(name) else {
            panic!("{name} has no place in the table of layers")
        };
        for dependency in ours {
            assert!(
                below.contains(&dependency),
                "{name} must not depend on {dependency}"
            );
        }
    }
    for (name, _) in LAYERS {
        assert!(
            members.contains(*name),
            "{name} stands in the table of layers, but there is no such crate"
        );
    }
}

#[test]
fn the_runtime_brings_neither_an_executor_nor_a_database() {
    let metadata = MetadataCommand::new().exec().unwrap();
    let runtime = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| package.name == "es-runtime")
        .unwrap();
    for dependency in runtime
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
    {
        let name = dependency.name.as_str();
        assert!(
            ![
                "tokio",
                "async-std",
                "smol",
                "rusqlite",
                "tokio-postgres",
                "sqlx"
            ]
            .contains(&name),
            "{name}"
        );
    }
}
