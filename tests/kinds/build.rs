//! Compiles the schema into `src/generated`.

fn main() {
    es_codegen::build("kinds.yaml");
}
