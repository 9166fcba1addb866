use es_runtime::{Aggregate, Command, Create, Event, Id, Insert, Projection, Value};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate = "lamp"]
struct Lamp;

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event = "LampBought"]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event]
struct LampSwitched {}

#[derive(Command, Clone, Serialize)]
#[command]
struct BuyLamp {
    #[command]
    price: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection]
struct Lamps {
    lamp: u32,
}

impl Insert<LampBought> for Lamps {
    fn insert(lamp: u32, _: LampBought, _: &es_runtime::EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Id)]
#[id]
struct LampId(u32);

#[derive(Serialize, Deserialize, Value)]
#[value = "text"]
struct Colour(String);

fn main() {}
