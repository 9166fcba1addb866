//! Domains in YAML that the tests hold against the same domains written with derives.

pub mod bank;
pub mod names;
