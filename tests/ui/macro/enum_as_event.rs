use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
enum LampSwitched {
    On,
    Off,
}

fn main() {}
