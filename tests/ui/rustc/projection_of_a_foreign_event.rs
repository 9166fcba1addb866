use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event, EventContext, Insert, Projection};
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Lamps",
    key(lamp),
    events(LampBought in Lamp: insert, DoorOpened in Lamp: delete),
)]
struct OneLamp {
    lamp: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "DoorOpened")]
struct DoorOpened {}

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
#[event(name = "LampSwitched")]
struct LampSwitched {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        panic!()
    }
}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

impl Insert<LampBought> for OneLamp {
    fn insert(lamp: u32, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

fn main() {}
