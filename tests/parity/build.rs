//! Compiles the two schemas, each into a folder of its own.

fn main() {
    es_codegen::Build::new("bank.yaml").out("src/bank").run();
    es_codegen::Build::new("names.yaml").out("src/names").run();
}
