//! The golden output of es-codegen again, and what it generates for the permits of the examples, by the rules of edition
//! 2021: it compiles here, and its scenarios hold.

#![deny(warnings)]
#![forbid(unsafe_code)]

#[path = "../../golden/checks/mod.rs"]
pub mod checks;

#[path = "../../golden/history/mod.rs"]
pub mod history;

#[path = "../../golden/names/mod.rs"]
pub mod names;

#[path = "../../../examples/permits/src/generated/mod.rs"]
pub mod permits;

#[path = "../../golden/rows/mod.rs"]
pub mod rows;

#[path = "../../golden/shop/mod.rs"]
pub mod shop;

#[path = "../../golden/values/mod.rs"]
pub mod values;
