use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(lamp), events(LampBought: insert))]
struct Lamps {
    lamp: u32,
    #[projection(check)]
    room: u32,
}

fn main() {}
