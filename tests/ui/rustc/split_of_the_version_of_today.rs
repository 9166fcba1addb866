use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event, EventContext, Split};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitchedV1: split, LampSwitched),
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
#[event(name = "LampSwitched")]
struct LampSwitched {}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
struct LampSwitchedV1 {}

impl Split<Lamp> for LampSwitchedV1 {
    fn split(_: Self, _: &EventContext<'_>) -> Vec<LampEvent> {
        vec![]
    }
}

fn main() {}
