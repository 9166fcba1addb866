//! What the tests share: a small domain, stores that count, refuse or lose their answers, and stores
//! that are wrong or do nothing.

pub mod account;
pub mod idle;
pub mod mutants;
pub mod stores;
