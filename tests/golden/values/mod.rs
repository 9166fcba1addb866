//! Every kind of value, and the types among them that are not generated.

pub mod account;
pub mod generated;

use es_runtime::{Describe, describe::Shape};
use serde::{Deserialize, Serialize};

/// The number of an account; text on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Iban(pub String);

impl Describe for Iban {
    const SHAPE: Shape = String::SHAPE;
}
