use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    error = Infallible,
    snapshot(every = 0),
    revision = -1,
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
