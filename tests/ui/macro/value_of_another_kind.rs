use es_runtime::{Aggregate, Create, Event, EventContext, Upcast, Value};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = lamp,
    id = "LampId",
    events("LampBought": create),
    error = 5,
    revision = "2",
)]
struct Lamp;

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = lamp-bought, version = "2", reads_as = "2", from("LampBoughtV1"), earlier(LampBoughtV1))]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "lamp-bought", version = "first", crate = "es_runtime")]
struct LampBoughtV1 {}

impl Upcast<LampBoughtV1> for LampBought {
    fn upcast(_: LampBoughtV1, _: &EventContext<'_>) -> Self {
        Self {}
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = , version = two, from(LampSwitchedV1), earlier = true)]
struct LampSwitched {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
struct LampSwitchedV1 {}

#[derive(Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(text = true)]
struct Colour(String);

#[derive(Serialize, Deserialize, Value)]
struct Bulb {
    #[value(check(true))]
    colour: Colour,
}

fn main() {}
