use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
struct Item {
    #[value(chek)]
    quantity: u32,
    #[value(number)]
    price: u32,
}

fn main() {}
