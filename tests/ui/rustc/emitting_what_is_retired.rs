use std::convert::Infallible;

use es_runtime::{Aggregate, Command, Context, Create, Emit, Event, Handle, emit};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampSwitched: retired),
    commands(SwitchLamp),
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

#[derive(Command, Clone, Serialize)]
#[command(emits(LampSwitched))]
struct SwitchLamp {}

impl Handle<SwitchLamp> for Lamp {
    fn handle(&self, _: SwitchLamp, _: &Context<Self>) -> Result<Emit<SwitchLamp>, Infallible> {
        Ok(emit(LampSwitched {}))
    }
}

fn main() {}
