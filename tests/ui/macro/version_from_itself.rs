use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 2, from(LampSwitched))]
struct LampSwitched {}

fn main() {}
