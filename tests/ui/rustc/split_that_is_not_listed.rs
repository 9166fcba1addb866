use es_runtime::{Aggregate, Apply, Create, Event, EventContext, Id, Split};
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct LampId(u32);

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "LampMoved")]
pub struct LampMovedV1 {
    pub place: String,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "LampMoved", version = 2, split(LampMovedV1))]
pub struct LampMoved {
    pub floor: u32,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
pub struct LampBought {}

#[derive(Debug, Clone, Aggregate)]
#[aggregate(name = "lamp", id = LampId, error = std::convert::Infallible)]
#[aggregate(events(LampBought: create, LampMoved))]
pub struct Lamp {}

impl Split<Lamp> for LampMovedV1 {
    fn split(_: Self, _: &EventContext<'_>) -> Vec<LampEvent> {
        vec![LampMoved { floor: 1 }.into()]
    }
}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self {}
    }
}

impl Apply<LampMoved> for Lamp {
    fn apply(&mut self, _: LampMoved) {}
}

fn main() {}
