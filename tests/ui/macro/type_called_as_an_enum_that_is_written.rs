use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Command, Context, Create, Emit, Event, Handle, emit};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create, LampEvent),
    commands(LampCommand),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampEvent")]
struct LampEvent {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

impl Apply<LampEvent> for Lamp {
    fn apply(&mut self, _: LampEvent) {}
}

#[derive(Command, Clone, Serialize)]
#[command(emits(LampEvent))]
struct LampCommand {}

impl Handle<LampCommand> for Lamp {
    fn handle(&self, _: LampCommand, _: &Context<Self>) -> Result<Emit<LampCommand>, Infallible> {
        Ok(emit(LampEvent {}))
    }
}

fn main() {}
