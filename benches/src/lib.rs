//! What work costs in this framework, beside what bare rusqlite or a plain `Vec` needs for the same.
//!
//! Only ratios count: a round of ours and a round of the floor follow each other, so that a machine that is busy or slow is so for both.

pub mod cpu;
pub mod domain;
pub mod floor;
pub mod group;
pub mod ours;
pub mod package;
pub mod plain;
pub mod race;
pub mod schema;
pub mod table;
