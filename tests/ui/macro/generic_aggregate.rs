use es_runtime::{Aggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    error = std::fmt::Error,
)]
struct Lamp<T>(T);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

fn main() {}
