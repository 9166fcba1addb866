use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event, Id};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = LampId,
    events(LampBought: create),
    error = Infallible,
)]
struct Lamp;

#[derive(Id)]
struct LampId(u32, u32);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

fn main() {}
