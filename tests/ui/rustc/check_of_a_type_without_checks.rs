use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Address {
    street: String,
}

#[derive(Serialize, Deserialize, Value)]
struct Price {
    cents: u64,
}

#[derive(Serialize, Deserialize, Value)]
struct Parcel {
    #[value(check)]
    to: Option<Address>,
    #[value(check)]
    price: Price,
}

fn main() {}
