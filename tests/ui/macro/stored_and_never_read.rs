use es_runtime::{Event, Projection, Value};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {
    #[serde(rename(serialize = "dealer", deserialize = "seller"), default)]
    dealer: String,
    #[serde(rename(serialize = "watt", deserialize = "watts"), alias = "watt")]
    watt: u32,
    #[serde(skip_deserializing)]
    price: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSold")]
#[serde(transparent)]
struct LampSold {
    price: u32,
}

#[derive(Value, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
struct Place {
    #[serde(default)]
    room_number: u32,
    floor: u32,
    #[serde(rename = "floor")]
    level: u32,
}

#[derive(Value, Serialize, Deserialize)]
enum Switch {
    On {
        #[serde(skip_deserializing)]
        since: u32,
    },
    #[serde(rename(serialize = "off"))]
    Off(u32),
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Lamps", key(lamp), events(LampBought: insert))]
#[serde(tag = "kind")]
struct Lamps {
    lamp: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rooms: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<u32>,
}

fn main() {}
