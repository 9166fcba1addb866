use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
struct Item {
    #[value(check = *value > 0)]
    quantity: u32,
}

fn main() {}
