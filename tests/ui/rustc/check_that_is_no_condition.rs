use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
#[value(text, check = value.len())]
struct Name(String);

fn main() {}
