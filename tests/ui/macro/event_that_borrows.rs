use es_runtime::Event;
use serde::Serialize;

#[derive(Event, Serialize)]
#[event(name = "LampBought")]
struct LampBought<'a> {
    from: &'a str,
}

fn main() {}
