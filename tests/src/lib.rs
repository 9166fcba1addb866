//! What the tests share: two small domains, values drawn from bytes, stores that count, refuse or lose their answers, and stores
//! that are wrong or do nothing.

pub mod account;
pub mod draw;
pub mod idle;
pub mod ledger;
pub mod mutants;
mod pass_on;
pub mod steps;
pub mod stores;
