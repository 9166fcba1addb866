use es_runtime::Value;

#[derive(Value)]
#[value(number, text)]
struct Watt(u32);

fn main() {}
