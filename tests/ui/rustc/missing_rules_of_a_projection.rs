use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event, Projection};
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Switches",
    key(lamp),
    events(
        LampBought: insert,
        LampSwitched,
    ),
)]
struct Switches {
    lamp: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Total",
    key(),
    events(
        LampBought: rows,
        LampSwitched: upsert(at),
    ),
)]
struct Total {}

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

fn main() {}
