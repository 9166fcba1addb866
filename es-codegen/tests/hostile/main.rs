//! Hostile schemas: whatever is given to the command, it says what is wrong within 2 seconds and 200 MB, and writes nothing.
//!
//! Small schemas stand in `small`, those that are right though they do not look so in `accepted`; large ones are built by
//! `large.rs`, and what is no schema file at all by `files.rs`. Beside each stands what is said about it.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod accepted;
mod child;
mod files;
mod large;
mod small;

use std::path::{Path, PathBuf};

/// A folder beside this file.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile")
        .join(name)
}

/// Compares what was said with what stands in a snapshot of that name.
fn said(folder: &str, name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => beside(folder), prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}
