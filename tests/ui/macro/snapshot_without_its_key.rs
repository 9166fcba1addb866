use std::convert::Infallible;

use es_runtime::{Aggregate, Create, Event};
use serde::{Deserialize, Serialize};

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(name = "lamp", id = u32, events(Bought: create), error = Infallible, snapshot(10))]
struct Lamp;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(name = "bulb", id = u32, events(Bought: create), error = Infallible, snapshot(every = "10"))]
struct Bulb;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(name = "cord", id = u32, events(Bought: create), error = Infallible, snapshot = 10)]
struct Cord;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(name = "plug", id = u32, events(Bought: create), error = Infallible, snapshot(every(10)))]
struct Plug;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "Bought")]
struct Bought {}

impl Create<Bought> for Lamp {
    fn create(_: Bought) -> Self {
        Self
    }
}

impl Create<Bought> for Bulb {
    fn create(_: Bought) -> Self {
        Self
    }
}

impl Create<Bought> for Cord {
    fn create(_: Bought) -> Self {
        Self
    }
}

impl Create<Bought> for Plug {
    fn create(_: Bought) -> Self {
        Self
    }
}

fn main() {}
