use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(revision = 2)]
struct Lamps {
    lamp: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key = lamp, events())]
struct MoreLamps {
    lamp: u32,
}

fn main() {}
