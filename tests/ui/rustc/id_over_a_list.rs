use es_runtime::Id;

#[derive(Id)]
struct LampId(Vec<u8>);

fn main() {}
