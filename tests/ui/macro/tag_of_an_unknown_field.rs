use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought", tags(dealr, colour))]
struct LampBought {
    dealer: String,
}

fn main() {}
