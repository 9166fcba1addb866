//! The compiler of `es`: a domain described in YAML becomes typed, event-sourced Rust.

pub mod leaf;
pub mod model;
pub mod names;
pub mod source;
