use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", was("LampTurned", "LampSwitched", "LampTurned", ""))]
struct LampSwitched {}

fn main() {}
