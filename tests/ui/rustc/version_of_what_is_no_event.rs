use es_runtime::{Event, EventContext, Upcast};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 2, from(LampSwitchedV1))]
struct LampSwitched {}

#[derive(Serialize, Deserialize)]
struct LampSwitchedV1 {}

impl Upcast<LampSwitchedV1> for LampSwitched {
    fn upcast(_: LampSwitchedV1, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

fn main() {}
