use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    error = Infallible,
)]
struct Lamp;

#[derive(Event)]
#[event(name = "LampBought")]
struct LampBought {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

fn main() {}
