use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name, tags)]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = 5)]
struct LampSwitched {}

fn main() {}
