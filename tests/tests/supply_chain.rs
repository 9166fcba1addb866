//! What our crates are made of: no `unsafe`, and features that each build alone.
//!
//! What comes from outside is held by `cargo deny`, to which `deny.toml` says what may.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use proc_macro2::{TokenStream, TokenTree};

fn metadata() -> Metadata {
    MetadataCommand::new().exec().unwrap()
}

fn folder(package: &Package) -> PathBuf {
    package.manifest_path.parent().unwrap().into()
}

#[test]
fn no_source_of_ours_has_unsafe_in_it() {
    let metadata = metadata();
    let mut paths = Vec::new();
    for package in metadata.workspace_packages() {
        for place in ["src", "tests", "benches", "examples", "build.rs"] {
            sources(&folder(package).join(place), &mut paths);
        }
    }
    assert!(paths.len() > 200, "{} files", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        // What does not even consist of tokens is not compiled: input of tests.
        let tokens = text.parse().unwrap_or_default();
        assert!(!has_unsafe(tokens), "{}", path.display());
    }
}

fn sources(place: &Path, paths: &mut Vec<PathBuf>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            sources(&entry.unwrap().path(), paths);
        }
    } else if place.is_file() && place.extension().is_some_and(|end| end == "rs") {
        paths.push(place.to_owned());
    }
}

fn has_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == "unsafe",
        TokenTree::Group(group) => has_unsafe(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[test]
fn the_compiler_forbids_unsafe_in_every_crate() {
    let root = fs::read_to_string(metadata().workspace_root.join("Cargo.toml")).unwrap();
    let forbid = "unsafe_code = \"forbid\"";
    assert!(section(&root, "[workspace.lints.rust]").contains(forbid));
    for package in metadata().workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path).unwrap();
        let inherits = section(&manifest, "[lints]").contains("workspace = true");
        let says_so = section(&manifest, "[lints.rust]").contains(forbid);
        assert!(inherits || says_so, "{}", package.name);
    }
}

/// The lines of a manifest under a heading.
fn section<'m>(manifest: &'m str, heading: &str) -> &'m str {
    let behind = manifest.split_once(&format!("\n{heading}\n"));
    behind.map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or(rest))
}

#[test]
fn every_feature_of_a_published_crate_builds_alone() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let published = packages.iter().filter(|package| package.publish.is_none());
    let mut wrong = Vec::new();
    for package in published {
        let single = package.features.keys().filter(|name| *name != "default");
        let mut ways = vec![vec![], vec!["--all-features".to_owned()]];
        if package.features.contains_key("default") {
            ways.push(vec!["--no-default-features".to_owned()]);
        }
        ways.extend(single.map(|name| {
            vec![
                "--no-default-features".to_owned(),
                "--features".to_owned(),
                name.clone(),
            ]
        }));
        for way in ways {
            let output = Command::new(env!("CARGO"))
                .args(["check", "--quiet", "--package", &package.name])
                .args(&way)
                .current_dir(&metadata.workspace_root)
                .output()
                .unwrap();
            if !output.status.success() {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                wrong.push(format!("{} {}\n{text}", package.name, way.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
