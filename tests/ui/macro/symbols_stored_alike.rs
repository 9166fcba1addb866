use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    #[serde(rename = "red")]
    Crimson,
}

fn main() {}
