//! Every kind of value in every position, generated from a schema.

pub mod generated;
pub mod own;
