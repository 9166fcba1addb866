use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(lamp), events(LampBought: insert))]
struct Lamps {
    lamp: u32,
    #[serde(skip)]
    room: u32,
    #[serde(flatten)]
    place: Place,
    #[serde(with = "day")]
    day: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[serde(transparent)]
#[projection(name = "Lamp", key(lamp), events(LampBought: insert))]
struct Lamp {
    lamp: u32,
}

#[derive(Clone, Serialize, Deserialize)]
struct Place {}

mod day {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(day: &u32, to: S) -> Result<S::Ok, S::Error> {
        day.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        u32::deserialize(from)
    }
}

fn main() {}
