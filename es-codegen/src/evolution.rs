//! Evolution: what was published once is held against what is declared now.

pub mod history;
