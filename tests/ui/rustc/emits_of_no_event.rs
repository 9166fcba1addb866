use std::convert::Infallible;

use es_runtime::{Aggregate, Command, Context, Create, Emit, Event, HandleNew};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    commands(BuyLamp: new),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

#[derive(Serialize, Deserialize)]
struct LampSold {}

#[derive(Command, Clone, Serialize)]
#[command(emits(LampBought, LampSold))]
struct BuyLamp {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

impl HandleNew<BuyLamp> for Lamp {
    fn handle_new(_: BuyLamp, _: &Context<Self>) -> Result<Emit<BuyLamp>, Infallible> {
        Ok(Emit::nothing())
    }
}

fn main() {}
