use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Lamps",
    key(lamb, room, room),
    index(),
    index(room, floor),
    index(room, room),
    index(r#type),
    index(r#type),
    events(LampBought: insert(at)),
)]
struct Lamps {
    lamp: u32,
    room: u32,
    r#type: u32,
}

fn main() {}
