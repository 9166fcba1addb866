//! The golden output of es-codegen again, by the rules of edition 2021: it compiles here, and its scenarios hold.

#![deny(warnings)]
#![forbid(unsafe_code)]

#[path = "../../golden/checks/mod.rs"]
pub mod checks;

#[path = "../../golden/names/mod.rs"]
pub mod names;

#[path = "../../golden/shop/mod.rs"]
pub mod shop;

#[path = "../../golden/values/mod.rs"]
pub mod values;
