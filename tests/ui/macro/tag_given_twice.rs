use es_runtime::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought", tags(dealer, dealer = event.dealer.len()))]
struct LampBought {
    dealer: String,
}

fn main() {}
