use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
struct Lamps {
    lamp: u32,
}

fn main() {}
