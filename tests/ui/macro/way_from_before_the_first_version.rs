use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 1, from(LampSwitchedV1))]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSold", split(LampSwitchedV1))]
struct LampSold {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
struct LampSwitchedV1 {}

fn main() {}
