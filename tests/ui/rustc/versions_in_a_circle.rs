use es_runtime::{Event, EventContext, Upcast};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 3, from(LampSwitchedV2))]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 2, from(LampSwitched))]
struct LampSwitchedV2 {}

impl Upcast<LampSwitchedV2> for LampSwitched {
    fn upcast(_: LampSwitchedV2, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

impl Upcast<LampSwitched> for LampSwitchedV2 {
    fn upcast(_: LampSwitched, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

fn main() {}
