//! Evolution: what was published once is held against what is declared now.

mod fingerprint;
pub mod history;
mod lock;
mod shape;

pub use lock::{Lock, lock_path};
