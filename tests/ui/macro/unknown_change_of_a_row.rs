use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Lamps",
    key(lamp),
    events(
        LampBought: inzert,
        LampSwitched: update(of),
        LampSold: rows(at),
    ),
)]
struct Lamps {
    lamp: u32,
}

fn main() {}
