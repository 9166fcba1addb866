use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(lamp), events(LampSwitched, LampSold: delete))]
struct Lamps {
    lamp: u32,
}

fn main() {}
