use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", reads_as = 2)]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSold", reads_as = 0)]
struct LampSold {}

fn main() {}
