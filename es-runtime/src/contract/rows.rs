//! Rows of projections: committed with their checkpoint or not at all, read as of one moment, built beside the live ones,
//! and owned by one.

mod cells;
mod compare;
mod find;
mod fold;
mod generation;
mod kept;
mod owner;
mod parked;
mod tables;
mod wait;

pub(super) use cells::*;
pub(super) use compare::*;
pub(super) use find::*;
pub(super) use fold::*;
pub(super) use generation::*;
pub(super) use owner::*;
pub(super) use parked::*;
pub(super) use wait::*;
