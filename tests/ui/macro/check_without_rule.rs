use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
#[value(number, check)]
struct Money(u64);

fn main() {
    let _ = Money(1) + Money(2);
}
