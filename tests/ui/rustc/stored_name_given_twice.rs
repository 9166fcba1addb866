use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitched),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampSwitched {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

fn main() {}
