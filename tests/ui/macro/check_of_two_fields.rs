use es_runtime::{Checked, Value};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Value)]
#[value(check = value.from < value.until)]
struct Period {
    from: u64,
    until: u64,
}

fn main() {
    let _ = Period { from: 1, until: 2 }.check();
}
