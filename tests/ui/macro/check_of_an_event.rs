use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "ItemAdded")]
struct ItemAdded {
    #[event(check)]
    quantity: u32,
}

fn main() {}
