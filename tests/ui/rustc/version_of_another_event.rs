use es_runtime::{Event, EventContext, Upcast};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", version = 2, from(LampTurned))]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampTurned", version = 1)]
struct LampTurned {}

impl Upcast<LampTurned> for LampSwitched {
    fn upcast(_: LampTurned, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

fn main() {}
