use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(
    name = "Days",
    key(day),
    index(from, to),
    index(from_and_to),
    events(DayBegan: insert),
)]
struct Days {
    day: u32,
    from: u32,
    to: u32,
    from_and_to: u32,
}

fn main() {
    let _ = Days::find_by_from_and_to(&1, &2).filter(|row| row.day.is(3));
}
