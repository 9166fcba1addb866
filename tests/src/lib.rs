//! What the tests share: a small domain, stores that count, refuse or lose their answers, and stores that are wrong.

pub mod account;
pub mod mutants;
pub mod stores;
