use es_runtime::{Event, EventContext, Upcast};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 3, from(LampSwitchedV1))]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 1)]
struct LampSwitchedV1 {}

impl Upcast<LampSwitchedV1> for LampSwitched {
    fn upcast(_: LampSwitchedV1, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

fn main() {}
