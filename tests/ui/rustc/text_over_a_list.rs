use es_runtime::Value;

#[derive(Value)]
#[value(text)]
struct Names(Vec<String>);

fn main() {}
