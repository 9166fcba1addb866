//! The compiler of `es`: a domain described in YAML becomes typed, event-sourced Rust.

pub mod diagnostic;
pub mod emit;
mod generated;
pub mod leaf;
pub mod model;
pub mod names;
pub mod read;
pub mod source;
mod yaml;

pub use generated::Generated;
