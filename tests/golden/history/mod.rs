//! A parcel service that has lived for long: the generated code, and what it leaves to be written by hand.

mod by_hand;
pub mod generated;
