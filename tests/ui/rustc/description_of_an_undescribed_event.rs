use std::collections::BTreeMap;
use std::convert::Infallible;

use es_runtime::{Aggregate, Create, DescribeAggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    events(LampBought: create),
    error = Infallible,
)]
struct Lamp;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {
    #[serde(flatten)]
    details: BTreeMap<String, String>,
}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

fn main() {
    let _ = <Lamp as DescribeAggregate>::DESCRIPTION;
}
