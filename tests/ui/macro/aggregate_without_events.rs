use std::convert::Infallible;

use es_runtime::Aggregate;

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = u32,
    error = Infallible,
)]
struct Lamp;

fn main() {}
