use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Lamps",
    key(lamp),
    events(
        LampBought in Lamp: insert,
        LampBought in Lantern: insert,
        LampBought in Lamp: delete,
        LampBought,
    ),
)]
struct Lamps {
    lamp: u32,
}

fn main() {}
