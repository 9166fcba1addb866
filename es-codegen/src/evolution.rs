//! Evolution: what was published once is held against what is declared now.

mod declared;
pub mod history;

pub use declared::declared;
