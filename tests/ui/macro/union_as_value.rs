use es_runtime::Value;

#[derive(Value)]
union Brightness {
    lumen: u32,
    watt: f32,
}

fn main() {}
