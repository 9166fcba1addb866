use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought<T> {
    of: T,
}

fn main() {}
