use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
enum Payment {
    Cash {},
    #[value(check)]
    Card { last4: String },
}

fn main() {}
