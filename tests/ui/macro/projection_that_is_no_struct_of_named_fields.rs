use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Rows", key(lamp), index(lamp), events(LampBought: insert))]
struct Lamps(u32);

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Kinds", key(lamp), events(LampBought: insert))]
enum Kinds {
    Bright,
}

#[derive(Projection)]
#[projection(name = "Generic", key(lamp), events(LampBought: insert))]
struct Generic<T> {
    lamp: T,
}

fn main() {}
