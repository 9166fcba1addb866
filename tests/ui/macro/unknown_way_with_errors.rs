use es_runtime::Projection;
use serde::{Deserialize, Serialize};

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "A", key(a), on_error(retyr(3)), events(LampBought: insert))]
struct A {
    a: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "B", key(b), on_error(retry), events(LampBought: insert))]
struct B {
    b: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "C", key(c), on_error(retry(0)), events(LampBought: insert))]
struct C {
    c: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "D", key(d), on_error(park(3)), events(LampBought: insert))]
struct D {
    d: u32,
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "E", key(e), on_error = park, events(LampBought: insert))]
struct E {
    e: u32,
}

fn main() {}
