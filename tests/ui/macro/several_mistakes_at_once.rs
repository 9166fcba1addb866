use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Command, Context, Create, Emit, Event, Handle, emit};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    id = u32,
    events(LampBought, LampSwitched: creat, LampSwitched),
    commands(SwitchLamp: always),
    eror = Infallible,
    snapshot(every = 0),
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2, tags(dealer))]
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
#[command(emit(LampSwitched), reads(Prices))]
struct SwitchLamp {}

impl Handle<SwitchLamp> for Lamp {
    fn handle(&self, _: SwitchLamp, _: &Context<Self>) -> Result<Emit<SwitchLamp>, Infallible> {
        Ok(emit(LampSwitched {}))
    }
}

fn main() {}
