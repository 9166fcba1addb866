use es_runtime::Value;

#[derive(Value)]
enum Colour {}

fn main() {}
