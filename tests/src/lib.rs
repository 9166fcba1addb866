//! What the tests share: a small domain, and stores that count, refuse or lose their answers.

#![allow(
    missing_docs,
    clippy::panic,
    reason = "fixtures explain themselves by their use, and some are there to fail"
)]

pub mod account;
pub mod stores;
