use es_runtime::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
#[value(text, check = !name.is_empty())]
struct Name(String);

fn main() {}
