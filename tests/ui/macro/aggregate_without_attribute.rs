use es_runtime::Aggregate;

#[derive(Aggregate)]
struct Lamp;

fn stream() -> es_runtime::StreamId {
    Lamp::stream(&7)
}

fn main() {}
