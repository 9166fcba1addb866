use es_runtime::Command;
use serde::Serialize;

#[derive(Command, Clone, Serialize)]
#[command(emits("LampBought"))]
struct BuyLamp {}

#[derive(Command, Clone, Serialize)]
#[command(emits("the lamp is bought"))]
struct BuyLampByText {}

#[derive(Command, Clone, Serialize)]
#[command(emits(Vec<LampBought>))]
struct BuyLamps {}

#[derive(Command, Clone, Serialize)]
#[command(emits(Bought<Lamp>))]
struct BuyAnything {}

#[derive(Command, Clone, Serialize)]
#[command(emits = [LampBought, LampSwitched])]
struct BuyAndSwitchLamp {}

#[derive(Command, Clone, Serialize)]
#[command(emits = LampBought)]
struct BuyOneLamp {}

fn main() {}
