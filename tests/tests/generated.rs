//! The golden output of es-codegen: it compiles without a warning, its scenarios hold, and what it stores is as the
//! schema says.

#![deny(warnings)]
#![forbid(unsafe_code)]

#[path = "../golden/names/mod.rs"]
mod names;

#[path = "../golden/shop/mod.rs"]
mod shop;

#[path = "../golden/values/mod.rs"]
mod values;
