//! Compiles the schema of the README.

fn main() {
    es_codegen::build("parcels.yaml");
}
