//! Disasters: processes killed, power cut, disks that fail. A history is kept of all that was asked and answered, and is
//! judged against the log that is left.
//!
//! How to run more of each than an ordinary run does stands in `docs/proofs.md`.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

#[path = "../common/mod.rs"]
mod common;

mod child;
mod disk;
mod failing;
mod killed;
mod power;
mod random;
mod recording;
mod work;

/// A number from the environment, so that a long run is the same code.
fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}
