use es_runtime::Value;

#[derive(Value)]
#[value(number)]
struct Watt(String);

fn main() {}
