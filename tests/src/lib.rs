//! What the tests share: a small domain, values drawn from bytes, stores that count, refuse or lose their answers, and stores
//! that are wrong or do nothing.

pub mod account;
pub mod draw;
pub mod idle;
pub mod mutants;
pub mod steps;
pub mod stores;
