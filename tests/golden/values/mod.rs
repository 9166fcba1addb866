//! Every kind of value, and the types among them that are not generated.

pub mod account;
pub mod generated;

use serde::{Deserialize, Serialize};

/// The number of an account; text on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Iban(pub String);
