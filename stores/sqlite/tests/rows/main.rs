//! Rows of projections: each answer is that of the store in memory, and they are kept as a file keeps them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

#[path = "../common/mod.rs"]
mod common;

mod file;
mod make;
mod owners;
mod queries;
mod reached;
mod reference;
