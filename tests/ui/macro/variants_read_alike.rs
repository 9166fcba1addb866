use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Value, Serialize, Deserialize)]
enum Color {
    #[serde(alias = "Blue")]
    Red,
    Blue,
    #[serde(alias = "Red")]
    Green,
}

#[derive(Value, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    RoundLamp { watt: u32 },
    Roundlamp { watt: u32 },
}

#[derive(Value, Serialize, Deserialize)]
#[serde(untagged)]
enum Phase {
    Idle,
    Busy,
    Count(u32),
}

fn main() {}
