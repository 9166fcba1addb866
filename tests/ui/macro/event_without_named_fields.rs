use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
struct LampSwitched(bool);

fn main() {}
