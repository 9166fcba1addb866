//! Rules that fail in every way, generated from a schema.

pub mod generated;
