use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(room, day), events(LampBought: upsert, LampSwitched))]
struct Lamps {
    room: u32,
    day: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Total", key(), events(LampBought: rows, LampSwitched))]
struct Total {
    lamps: u32,
}

fn main() {}
