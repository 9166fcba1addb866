use std::convert::Infallible;

use es_runtime::{
    Aggregate, Apply, Command, Context, Create, Emit, Event, Handle, HandleNew, emit,
};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create; LampSwitched),
    commands(BuyLamp: new, SwitchLamp);
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
#[command(emits(LampBought))]
struct BuyLamp {}

#[derive(Command, Clone, Serialize)]
#[command(emits(LampSwitched))]
struct SwitchLamp {}

impl HandleNew<BuyLamp> for Lamp {
    fn handle_new(_: BuyLamp, _: &Context<Self>) -> Result<Emit<BuyLamp>, Infallible> {
        Ok(emit(LampBought {}))
    }
}

impl Handle<SwitchLamp> for Lamp {
    fn handle(&self, _: SwitchLamp, _: &Context<Self>) -> Result<Emit<SwitchLamp>, Infallible> {
        Ok(emit(LampSwitched {}))
    }
}

fn main() {}
