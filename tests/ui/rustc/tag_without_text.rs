use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought", tags(dealers))]
struct LampBought {
    dealers: Vec<String>,
}

fn main() {}
