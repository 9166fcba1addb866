use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event, EventContext, Insert, Projection};
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Rooms",
    key(lamp),
    events(LampBought as Room: insert),
)]
struct Rooms {
    lamp: u32,
}

#[derive(Deserialize)]
struct Room {}

impl Insert<Room> for Rooms {
    fn insert(lamp: u32, _: Room, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Prices",
    key(lamp),
    events(LampBought as Price: insert),
)]
struct Prices {
    lamp: u32,
}

#[derive(Deserialize)]
struct Price {}

impl From<LampBought> for Price {
    fn from(_: LampBought) -> Self {
        Self {}
    }
}

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        panic!()
    }
}

fn main() {}
