use es_runtime::Value;

#[derive(Value)]
#[value(number)]
struct Size {
    width: u32,
    height: u32,
}

fn main() {}
