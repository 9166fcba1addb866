use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Command, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitched),
    commands(SwitchLamp: new),
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
        Self
    }
}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

#[derive(Command, Clone, Serialize)]
#[command(emits(LampSwitched))]
struct SwitchLamp {}

fn main() {}
