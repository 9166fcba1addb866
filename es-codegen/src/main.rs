//! The `es-codegen` command.
fn main() {}
