//! What the tests share: a small domain, and stores that count, refuse or lose their answers.

pub mod account;
pub mod stores;
