use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitched: retired),
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

#[derive(Serialize, Deserialize)]
struct LampSwitched {}

fn main() {}
