use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitched, LampTurned: retired),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched", was("LampTurned"))]
struct LampSwitched {}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampTurned")]
struct LampTurned {}

fn main() {}
