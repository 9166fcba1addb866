use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(lamp), events(LampBought as: insert))]
struct Lamps {
    lamp: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Rooms", key(room), events(LampBought in Lamp as Room: upsert))]
struct Rooms {
    room: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Total", key(), events(LampBought as Room: rows, LampBought as Lamp: rows, LampSold as Sale: delete))]
struct Total {
    lamps: u32,
}

fn main() {}
